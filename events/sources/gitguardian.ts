/**
 * GitGuardian's custom webhook. Incidents contain hashes instead of secrets. An incident of a CoreWeave detector
 * without a key id becomes a dead letter with a link. (GitGuardian, custom webhook)
 */
import { instant } from '../fields.ts';
import { instantMs } from '../instant.ts';
import { fieldsOf, isRecord } from '../shapes.ts';
import { bytesOfHex } from './bytes.ts';
import { findingsIn, GITGUARDIAN_INCIDENT, placeText, unnamedIn } from './findings.ts';
import {
  type Candidate,
  firstGroup,
  hourOf,
  ignored,
  isRoot,
  jsonOf,
  listed,
  noSuchPath,
  present,
  type ReportedSubject,
  readingOf,
  refused,
  shortText,
  withUnusable,
  wrongMethod,
} from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

type Fields = Readonly<Record<string, unknown>>;

const CLOSED = 'the incident is closed, by a person or by GitGuardian';
const OTHER_ACTION = 'an action that we do not act on';
const OTHER_SECRET = 'an incident of another detector, without a CoreWeave credential';
const always = (): undefined => undefined;

/** By action: why the incident is ignored, or undefined to process it. Other actions are ignored. */
type ReasonToIgnore = (incident: Fields) => string | undefined;
const ACTIONS: ReadonlyMap<unknown, ReasonToIgnore> = new Map<unknown, ReasonToIgnore>([
  ['incident_triggered', always],
  ['new_occurrence', always],
  ['incident_reopened', always],
  ['incident_regression', always],
  [
    'incident_validity_changed',
    ({ validity }) => (validity === 'valid' ? undefined : 'the secret was not found valid'),
  ],
  ['incident_resolved', () => CLOSED],
  ['incident_ignored', () => CLOSED],
]);

/** Largest clock difference of the sender, for timestamps in a known format. */
const WINDOW_MS = 300_000;

/** The HMAC key is the timestamp followed by the token, so the time of a request cannot be changed. */
export const gitguardian: Source = {
  name: 'gitguardian',
  isAuthentic({ headers, body }, proofs, now) {
    const signature = headers['gitguardian-signature'] ?? headers['x-gitguardian-signature'];
    const hex = firstGroup(/^sha256=([0-9a-f]{64})$/, signature);
    const timestamp = firstGroup(/^([\x20-\x7e]{1,64})$/, headers.timestamp);
    if (hex === undefined || timestamp === undefined) return false;
    // A replayed request with another time format is harmless: it is the same event.
    if (Math.abs((timestampMs(timestamp) ?? now) - now) > WINDOW_MS) return false;
    return proofs.hmac({ algorithm: 'sha256', message: body, keyPrefix: timestamp }, bytesOfHex(hex));
  },
  read(request, now) {
    if (!isRoot(request)) return noSuchPath(request);
    return request.method === 'POST' ? readDelivery(request, now) : wrongMethod('POST', request);
  },
};

/** The format is not documented. Accepted: seconds with or without a fraction, RFC 3339. */
const timestampMs = (text: string): number | undefined =>
  /^\d{10}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1_000 : instantMs(text);

function readDelivery({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  if (json.kind !== 'json') return withUnusable(json, { about: [], identifiers: { sender: 'gitguardian' } });
  const payload = fieldsOf(json.value);
  const action = shortText(payload, 'action');
  // Version 1 of the webhook, and test deliveries of the current version: no action, but matches.
  if (action === undefined && Array.isArray(payload.matches)) return readIncident(payload, payload, now);
  const incident = fieldsOf(payload.incident);
  if (action === undefined) return withUnusable(refused(400, 'expected action, or matches'), reportOf(payload));
  const reasonToIgnore = ACTIONS.get(payload.action) ?? (() => OTHER_ACTION);
  const why = reasonToIgnore(incident);
  if (why !== undefined) return ignored(why);
  if (!Number.isSafeInteger(incident.id)) return withUnusable(refused(400, 'expected incident.id'), reportOf(payload));
  return readIncident(payload, incident, now);
}

/** What names an incident of another form: its link, and the key ids in it. */
function reportOf(payload: Fields): ReportedSubject {
  const link = shortText(payload.incident, 'gitguardian_url');
  const { accessKeyIds } = findingsIn(textsIn(payload).join('\n'));
  const isNamed = accessKeyIds.length > 0;
  const names = present({ action: shortText(payload, 'action'), link });
  return {
    about: [isNamed ? JSON.stringify([link, accessKeyIds]) : link],
    identifiers: { sender: 'gitguardian', ...names, ...(isNamed ? listed({ accessKeyIds }) : {}) },
  };
}

function readIncident(payload: Fields, incident: Fields, now: number): Reading {
  const findings = findingsIn(textsIn(payload).join('\n'));
  const link = shortText(incident, 'gitguardian_url') ?? shortText(payload, 'gitguardian_link');
  const time = instant.safeParse(payload.timestamp).data ?? hourOf(now);
  const number = Number.isSafeInteger(incident.id) ? incident.id : firstGroup(/\/(\d{1,20})$/, link);
  const id = [firstGroup(/^([a-z_]{1,60})$/, shortText(payload, 'action')) ?? 'matches', number, time].join('/');
  const evidence = present({
    detector: shortText(incident.detector, 'name') ?? shortText(payload, 'type'),
    url: link,
    receivedVia: 'webhook',
    verifiedBy: 'hmac-sha256',
  });
  const report = {
    about: [link, id],
    identifiers: { sender: 'gitguardian', id, ...present({ link, detector: evidence.detector }) },
  };
  const event = (what: string, data: object): Candidate => ({
    about: report.about,
    identifiers: { ...report.identifiers, ...data },
    value: {
      specversion: '1.0',
      type: 'credential.compromised.v1',
      id: `${id}/${what}`,
      source: `gitguardian://${firstGroup(/^https?:\/\/([\w.:-]{1,255})\//i, link) ?? 'unknown'}`,
      time,
      data: { ...data, evidence },
    },
  });
  const pairs = new Set(findings.pairs);
  const keys = findings.accessKeyIds.map((accessKeyId) => {
    const confidence = pairs.has(accessKeyId) ? 'pair' : 'key-id-only';
    return event(`${accessKeyId}/${confidence}`, { accessKeyId, confidence });
  });
  const named = [...keys, ...unnamedIn(findings)].length > 0;
  const providers = !named && mayBeOurs(incident) ? [GITGUARDIAN_INCIDENT] : unnamedIn(findings);
  const references = providers.map((provider) =>
    event(provider, { reference: { provider, ref: placeText(link ?? '') ?? id } }),
  );
  return readingOf([...keys, ...references], { ignoredReasons: [], faults: [], nothing: OTHER_SECRET }, now);
}

/** Authors choose the names of custom detectors. An incident that names no detector may be of any. */
function mayBeOurs({ detector, type }: Fields): boolean {
  const isNamed = [shortText(detector, 'name'), shortText(detector, 'display_name'), type].some(isText);
  return !isNamed || [...Object.values(fieldsOf(detector)), type].some((text) => isText(text) && OURS.test(text));
}

const OURS = /core[ _-]?weave/i;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** All strings in a value, in order. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  const inner: readonly unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  return inner.flatMap(textsIn);
}
