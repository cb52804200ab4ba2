/**
 * GitHub secret scanning. Alerts do not name the key: each becomes a reference, which is resolved with a GitHub token.
 * Deliveries may contain the secret, so only names, numbers and links are read. (GitHub, webhook events)
 */
import { instant } from '../fields.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { fieldsOf, isRecord } from '../shapes.ts';
import { bytesOfHex } from './bytes.ts';
import {
  decodeUtf8,
  firstGroup,
  hourOf,
  ignored,
  isRoot,
  noSuchPath,
  parseText,
  present,
  type Refused,
  type ReportedSubject,
  type Rest,
  readingOf,
  refused,
  shortText,
  withUnusable,
  wrongMethod,
} from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

type Alert = Readonly<Record<string, unknown>>;

const ALERT = 'secret_scanning_alert';
const LOCATION = 'secret_scanning_alert_location';

const OTHER_EVENT = 'an event of GitHub that we do not act on';
const CLOSED = 'the alert is closed, by a person or by us after the revocation';

const otherAction = (): string => 'an action that we do not act on';
const always = (): undefined => undefined;
const whileOpen = (alert: Alert): string | undefined =>
  alert.state === 'resolved' || shortText(alert, 'resolution') !== undefined ? CLOSED : undefined;

/** By event and action: why the alert is ignored, or undefined to process it. Other actions are ignored. */
const ACTIONS: ReadonlyMap<string, (alert: Alert) => string | undefined> = new Map([
  [`${ALERT}.created`, always],
  [`${ALERT}.reopened`, always],
  [`${ALERT}.publicly_leaked`, always],
  [`${ALERT}.validated`, ({ validity }) => (validity === 'active' ? undefined : 'the secret was not found active')],
  [`${ALERT}.resolved`, () => CLOSED],
  [`${ALERT}.assigned`, () => 'the alert changed hands'],
  [`${ALERT}.unassigned`, () => 'the alert changed hands'],
  [`${LOCATION}.created`, whileOpen],
]);

/** `X-Hub-Signature-256` is HMAC-SHA256 over the bytes of the body. (GitHub, validating webhook deliveries) */
export const github: Source = {
  name: 'github',
  isAuthentic({ headers, body }, proofs) {
    const hex = firstGroup(/^sha256=([0-9a-f]{64})$/, headers['x-hub-signature-256']);
    return hex !== undefined && proofs.hmacSha256(body, bytesOfHex(hex));
  },
  read(request, now) {
    if (!isRoot(request)) return noSuchPath(request);
    if (request.method !== 'POST') return wrongMethod('POST', request);
    const event = request.headers['x-github-event'] ?? '';
    if (event === 'ping') return ignored('a ping');
    // A proxy may remove the header: then the body says whether it is an alert.
    if (event !== ALERT && event !== LOCATION && event !== '') return ignored(OTHER_EVENT);
    const payload = payloadOf(request);
    if (payload.kind === 'json') return readAlert(event, payload.value, request, now);
    return withUnusable(payload, reportOf(event, {}, request));
  },
};

/** A hook sends plain JSON, or JSON in the form field `payload`. */
function payloadOf({ headers, body }: WebRequest): { readonly kind: 'json'; readonly value: unknown } | Refused {
  const text = decodeUtf8(body);
  if (typeof text !== 'string') return text;
  const form = firstGroup(/^(application\/x-www-form-urlencoded)\b/i, headers['content-type']);
  if (form === undefined) return parseText(text);
  const [payload, ...others] = new URLSearchParams(text).getAll('payload');
  return payload === undefined || others.length > 0
    ? refused(400, 'expected one form field, payload')
    : parseText(payload);
}

/** A delivery with the required fields. */
interface Delivery {
  readonly action: string;
  readonly alert: Alert;
  readonly number: number;
  /** `owner/name` */
  readonly repositoryName: string;
  readonly link: string | undefined;
}

/**
 * The signature does not cover the event name in the header. Other alerts of GitHub also have numbers, but no secret
 * type.
 */
function deliveryOf(event: string, payload: Readonly<Record<string, unknown>>): Delivery | Refusal {
  const { repository } = payload;
  const alert = fieldsOf(payload.alert);
  const repositoryName = firstGroup(/^([\w.-]{1,100}\/[\w.-]{1,100})$/, shortText(repository, 'full_name'));
  if (repositoryName === undefined || shortText(alert, 'secret_type') === undefined) {
    return refusal('invalid', 'expected alert with secret_type, and repository.full_name');
  }
  const number = Number.isSafeInteger(alert.number) ? Number(alert.number) : 0;
  if (number < 1) return refusal('invalid', 'expected alert.number');
  const action = shortText(payload, 'action');
  if (event === '' || action === undefined) return refusal('invalid', 'expected the header X-GitHub-Event, and action');
  const home = shortText(repository, 'html_url');
  const derived = home === undefined ? {} : { link: `${home}/security/secret-scanning/${number}` };
  return { action, alert, number, repositoryName, link: shortText(alert, 'html_url') ?? shortText(derived, 'link') };
}

/** GitHub does not retry. Operators find the delivery by its id under Recent Deliveries. */
function reportOf(event: string, { action, alert, repository }: Alert, request: WebRequest): ReportedSubject {
  const delivery = deliveryId(request);
  const number = fieldsOf(alert).number;
  const names = present({ action: shortText({ action }, 'action'), repository: shortText(repository, 'full_name') });
  const known = Number.isSafeInteger(number) ? { number } : {};
  return {
    about: [delivery],
    identifiers: { sender: 'github', event, ...names, ...known, ...present({ delivery }) },
  };
}

const deliveryId = ({ headers }: WebRequest): string | undefined =>
  firstGroup(/^([0-9a-fA-F-]{36})$/, headers['x-github-delivery']);

function readAlert(event: string, payload: unknown, request: WebRequest, now: number): Reading {
  const fields = fieldsOf(payload);
  if (event === '' && shortText(fields.alert, 'secret_type') === undefined) return ignored(OTHER_EVENT);
  const delivery = deliveryOf(event, fields);
  const report = reportOf(event, fields, request);
  const rest: Rest = { ignoredReasons: [], faults: [], nothing: OTHER_EVENT };
  if ('kind' in delivery) return readingOf([], { ...rest, faults: [{ ...report, ...delivery }] }, now);
  const { action, alert, number, repositoryName, link } = delivery;
  const reasonToIgnore = ACTIONS.get(`${event}.${action}`) ?? otherAction;
  const why = reasonToIgnore(alert);
  if (why !== undefined) return ignored(why);
  const time = timeOf(alert) ?? hourOf(now);
  const found = {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: [event, action, number, time, ...spotOf(fields.location)].join('/'),
    source: `github://${repositoryName}`,
    time,
    data: {
      reference: { provider: 'github', ref: `${repositoryName}/${number}` },
      evidence: present({
        detector: shortText(alert, 'secret_type'),
        url: link,
        receivedVia: 'webhook',
        verifiedBy: 'hmac-sha256',
        sourceEventId: deliveryId(request),
      }),
    },
  };
  return readingOf([{ ...report, value: found }], rest, now);
}

/** Old versions of GitHub Enterprise Server send no time. */
const timeOf = ({ updated_at, created_at }: Alert): string | undefined =>
  [updated_at, created_at].map((value) => instant.safeParse(value).data).find((time) => time !== undefined);

const SHA = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Distinguishes places of a leak by fields that cannot contain a secret: a kind, a hash, numbers. */
function spotOf(location: unknown): readonly string[] {
  if (!isRecord(location)) return [];
  const details = fieldsOf(location.details);
  return [
    firstGroup(/^([a-z_]{1,40})$/, shortText(location, 'type')),
    ['commit_sha', 'blob_sha'].map((key) => firstGroup(SHA, shortText(details, key))).find((sha) => sha !== undefined),
    Number.isSafeInteger(details.start_line) ? details.start_line : undefined,
    // Issues, pull requests and comments: the number at the end of the URL.
    Object.keys(details)
      .map((key) => firstGroup(/\/(\d{1,20})$/, shortText(details, key)))
      .find((number) => number !== undefined),
  ].flatMap((part) => (part === undefined ? [] : [String(part)]));
}
