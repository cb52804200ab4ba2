/**
 * Any sender that speaks Standard Webhooks and sends canonical events: one, or a batch in an array. The events go on as
 * they are, under their own ids. (Standard Webhooks, signature scheme; CloudEvents JSON batch)
 */
import { fieldsOf, isRecord, MAX_PARTS } from '../shapes.ts';
import { bytesOfBase64, joined } from './bytes.ts';
import { type Candidate, isRoot, jsonOf, NO_SUCH_PATH, readingOf, refused, whyOf, wrongMethod } from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

/** How far the sender's clock, the signature's age included, may be from ours. */
const WINDOW_S = 300;
/** Each costs an HMAC over the body. A sender signs with the new secret and those that it is about to retire. */
const MAX_SIGNATURES = 8;

/** No full stop in an id: it parts the signed texts. No comma: a header that came twice is joined with one. */
const ID = /^[\x21-\x2b\x2d\x2f-\x7e]{1,256}$/;
const SECONDS = /^[0-9]{1,12}$/;
const V1 = 'v1,';
/** 32 bytes in base64, in the one spelling that has its unused bits at 0; other versions are passed over. */
const SIGNATURE = /^(?:v1,[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|v(?!1,)[0-9a-z]{1,8},[A-Za-z0-9+/=]{1,512})$/;

/** Our own types in any version, and other words for a leak or a leaver: such an event must not vanish. */
export const CONCERNS_US = new RegExp(
  [
    ...['breach', 'compromis', 'detect', 'expos', 'leak', 'stolen'],
    ...['archiv', 'deactivat', 'delet', 'depart', 'deprovision', 'disabl', 'dismiss', 'inactiv', 'left', 'offboard'],
    ...['reinstat', 'remov', 'resign', 'retir', 'separat', 'suspend', 'terminat', 'withdraw'],
    // Words that are parts of others, or that are said of much else.
    ...['(?:^|[^a-z])(?:closed|ended|exit|fired|quit)', '(?:access|account|credential|key|user)[^a-z]+revok'],
  ].join('|'),
  'i',
);
const OTHER_TYPE = 'an event type that we do not act on';

export const standardWebhooks: Source = {
  name: 'standard-webhooks',
  secretEncoding: 'base64',
  isGenuine({ headers, body }, proofs, now) {
    const prefix = Object.hasOwn(headers, 'webhook-id') ? 'webhook' : 'svix';
    // Stryker disable next-line StringLiteral: any text that is no id, no time and no signature
    const header = (name: string): string => headers[`${prefix}-${name}`] ?? '';
    const [id, seconds] = [header('id'), header('timestamp')];
    if (!ID.test(id) || !SECONDS.test(seconds)) return false;
    if (Math.abs(now - Number(seconds) * 1_000) > WINDOW_S * 1_000) return false;
    const message = joined(new TextEncoder().encode(`${id}.${seconds}.`), body);
    return isSigned(header('signature'), (signature) => proofs.hmacSha256(message, signature));
  },
  read(request, now) {
    if (!isRoot(request)) return NO_SUCH_PATH;
    return request.method === 'POST' ? readEvents(request, now) : wrongMethod('POST');
  },
};

/** Whether a signature in the header is right; none is if anything in it is no signature. */
function isSigned(header: string, isRight: (signature: Uint8Array) => boolean): boolean {
  const texts = header.split(' ');
  if (texts.length > MAX_SIGNATURES || !texts.every((text) => SIGNATURE.test(text))) return false;
  return texts.some((text) => text.startsWith(V1) && isRight(bytesOfBase64(text.slice(V1.length))));
}

function readEvents({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  if (json.kind !== 'json') return json;
  const values: readonly unknown[] = Array.isArray(json.value) ? json.value : [json.value];
  if (values.length > MAX_PARTS) return refused(413, `expected at most ${MAX_PARTS} events in one request`);
  if (!values.some(hasType)) return refused(400, 'expected a CloudEvent, or an array of them');
  // What has no type may be anything: it is refused by itself.
  const ours = values.filter((value) => !hasType(value) || CONCERNS_US.test(value.type));
  const passedOver = ours.length < values.length ? [OTHER_TYPE] : [];
  const rest = { passedOver, faults: [], nothing: OTHER_TYPE };
  const reading = readingOf(ours.map(candidateOf), rest, now);
  if (reading.kind === 'ignored' || reading.unusable === undefined) return reading;
  // The good ones are not kept waiting; the sender hears of the others.
  const refusals = reading.unusable.map((each) => ({ about: each.about, error: whyOf(each) }));
  return { ...reading, reply: { status: 202, body: { refused: refusals } } };
}

/** The event itself, since it holds nothing but what a person needs. */
function candidateOf(value: unknown): Candidate {
  const { id, data } = fieldsOf(value);
  const { identity, accessKeyId, principalName } = fieldsOf(data);
  const names = [accessKeyId, principalName, ...Object.values(fieldsOf(identity)), id];
  return {
    value,
    about: [...names.filter((name) => typeof name === 'string'), JSON.stringify(isRecord(value) ? data : value)],
    identifiers: { sender: 'standard-webhooks', event: value },
  };
}

const hasType = (value: unknown): value is Readonly<Record<string, unknown>> & { readonly type: string } =>
  isRecord(value) && typeof value.type === 'string';
