/**
 * Senders that use Standard Webhooks and send canonical events, one or a batch in an array. Events keep their ids.
 * (Standard Webhooks, signature scheme; CloudEvents JSON batch)
 */
import { accessKeyId } from '../ids.ts';
import { fieldsOf, isRecord, MAX_PARTS } from '../shapes.ts';
import { bytesOfBase64, joined } from './bytes.ts';
import {
  type Candidate,
  isRoot,
  jsonOf,
  noSuchPath,
  present,
  type ReportedSubject,
  readingOf,
  refused,
  tooMany,
  whyOf,
  withUnusable,
  wrongMethod,
} from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

/** Largest difference between the timestamp of a signature and our clock. */
const WINDOW_S = 300;
/** Each signature costs an HMAC over the body. Senders sign with the new secret and with those that they retire. */
const MAX_SIGNATURES = 8;

/** No period: it separates the signed parts. No comma: it joins repeated headers. */
const ID = /^[\x21-\x2b\x2d\x2f-\x7e]{1,256}$/;
const SECONDS = /^[0-9]{1,12}$/;
const V1 = 'v1,';
/** 32 bytes in canonical base64 (unused bits are 0). Other versions are ignored. */
const SIGNATURE = /^(?:v1,[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|v(?!1,)[0-9a-z]{1,8},[A-Za-z0-9+/=]{1,512})$/;

/** Not followed by another word than a version or `event`. Behind ? and # anything may stand. */
const END = '(?![a-z]|[^a-z?#]+(?!v[0-9]|event)[a-z])';
const PERSON = '(?:access|account|contract(?:or)?|employ(?:ee|ment)|member(?:ship)?|person|staff|user|worker)';
const CREDENTIAL = '(?:credential|(?:access|api|private|secret|ssh)?key|secret|token)';

/** Event types in any version, and other words for leaks and offboardings. */
const CONCERNS_US = new RegExp(
  [
    ...['breach', 'compromis', 'detect', 'disclos', 'expos', 'leak', 'pwned', 'stolen'],
    ...['archiv', 'deactivat', 'deceas', 'decommission', 'delet', 'depart', 'deprovision', 'disabl', 'dismiss'],
    ...['inactiv', 'left', 'offboard', 'reinstat', 'remov', 'resign', 'retir', 'separat', 'suspend', 'terminat'],
    'withdraw',
    // Words that are parts of other words, or that are common.
    '(?:^|[^a-z])(?:closed|ended|exit|fired|laid.?off|lay.?off|leav(?:er|ing)|quit)',
    ...['(?:access|account|credential|key|user)[^a-z]+revok', '(?:account|member|user)[^a-z]+(?:bann|block|lock)'],
    ...['(?:contract|employ(?:ee|ment))[^a-z]*end(?![a-z])', '(?:credential|key|secret|token)[^a-z]+(?:made.)?publi'],
    `(?:^|[^a-z])${PERSON}[^a-z]+(?:destroy|discharg|expir|purg)[a-z]*${END}`,
    `(?:^|[^a-z])${CREDENTIAL}[^a-z]+found(?![a-z])`,
  ].join('|'),
  'i',
);

/** Whether a type may be about a leak or an offboarding, and must not be ignored. Camel case is read as words too. */
export const concernsUs = (type: string): boolean =>
  [type, type.replaceAll(/([a-z])([A-Z])/g, '$1.$2')].some((text) => CONCERNS_US.test(text));

const OTHER_TYPE = 'an event type that we do not act on';

export const standardWebhooks: Source = {
  name: 'standard-webhooks',
  secretEncoding: 'base64',
  isAuthentic({ headers, body }, proofs, now) {
    const [id, seconds] = [header(headers, 'id'), header(headers, 'timestamp')];
    if (!ID.test(id) || !SECONDS.test(seconds)) return false;
    if (Math.abs(now - Number(seconds) * 1_000) > WINDOW_S * 1_000) return false;
    const message = joined(new TextEncoder().encode(`${id}.${seconds}.`), body);
    return isSigned(header(headers, 'signature'), (signature) => proofs.hmacSha256(message, signature));
  },
  read(request, now) {
    if (!isRoot(request)) return noSuchPath(request);
    return request.method === 'POST' ? readEvents(request, now) : wrongMethod('POST', request);
  },
};

/** When the request was signed, in epoch ms. Undefined: it does not say. */
export function signedAt({ headers }: WebRequest): number | undefined {
  const seconds = header(headers, 'timestamp');
  return SECONDS.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

function header(headers: WebRequest['headers'], name: string): string {
  const prefix = Object.hasOwn(headers, 'webhook-id') ? 'webhook' : 'svix';
  // Stryker disable next-line StringLiteral: a text that is not an id, a time or a signature is refused too
  return headers[`${prefix}-${name}`] ?? '';
}

/** True if one signature is valid. Malformed headers are rejected as a whole. */
function isSigned(header: string, isRight: (signature: Uint8Array) => boolean): boolean {
  const texts = header.split(' ');
  if (texts.length > MAX_SIGNATURES || !texts.every((text) => SIGNATURE.test(text))) return false;
  return texts.some((text) => text.startsWith(V1) && isRight(bytesOfBase64(text.slice(V1.length))));
}

function readEvents({ headers, body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  // The id of the message, which the sender can show, and which its retries have too.
  const id = header(headers, 'id');
  const report: ReportedSubject = { about: [id], identifiers: { sender: 'standard-webhooks', ...present({ id }) } };
  if (json.kind !== 'json') return withUnusable(json, report);
  const values: readonly unknown[] = Array.isArray(json.value) ? json.value : [json.value];
  if (values.length > MAX_PARTS) return withUnusable(refused(413, tooMany('events', values.length)), report);
  // Values without a type are refused individually.
  const ours = values.filter((value) => !hasType(value) || concernsUs(value.type));
  const ignoredReasons = ours.length < values.length ? [OTHER_TYPE] : [];
  const rest = { ignoredReasons, faults: [], nothing: OTHER_TYPE };
  const reading = readingOf(ours.map(candidateOf), rest, now);
  if (reading.kind === 'ignored' || reading.unusable === undefined) return reading;
  // Valid events are accepted. The reply lists the others.
  const refusals = reading.unusable.map((each) => ({ about: each.about, error: whyOf(each) }));
  return { ...reading, reply: { status: 202, body: { refused: refusals } } };
}

/** The report contains the event itself. */
function candidateOf(value: unknown): Candidate {
  const { id, data } = fieldsOf(value);
  const { identity, principalName, reference, ...leak } = fieldsOf(data);
  // Another text, such as a masked key, may stand for many keys.
  const key = accessKeyId.safeParse(leak.accessKeyId).data;
  const names = [key, principalName, ...Object.values(fieldsOf(identity)), fieldsOf(reference).ref, id];
  return {
    value,
    about: [...names.filter((name) => typeof name === 'string'), JSON.stringify(isRecord(value) ? data : value)],
    identifiers: { sender: 'standard-webhooks', event: value },
  };
}

const hasType = (value: unknown): value is Readonly<Record<string, unknown>> & { readonly type: string } =>
  isRecord(value) && typeof value.type === 'string';
