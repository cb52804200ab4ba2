/**
 * Any sender that speaks Standard Webhooks and sends canonical events: one, or a batch in an array. The events go on as
 * they are, under their own ids. (Standard Webhooks, signature scheme; CloudEvents JSON batch)
 */
import { isRecord, MAX_PARTS } from '../shapes.ts';
import { bytesOfBase64, joined } from './bytes.ts';
import { isRoot, jsonOf, NO_SUCH_PATH, readingOf, refused, wrongMethod } from './reading.ts';
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

const OURS = /^(?:credential\.compromised|user\.offboarded|user\.reinstated)\.v\d+$/;
const NO_EVENT = 'expected a CloudEvent, or an array of them';
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
  const typed = values.filter(hasType);
  if (typed.length === 0) return refused(400, NO_EVENT);
  const ours = typed.filter(({ type }) => OURS.test(type));
  const passedOver = ours.length < typed.length ? [OTHER_TYPE] : [];
  const faults = typed.length < values.length ? [NO_EVENT] : [];
  const reading = readingOf(ours, { passedOver, faults, nothing: OTHER_TYPE }, now);
  // Stryker disable next-line ConditionalExpression: for the type only, nothing else has faults
  const [fault] = reading.kind === 'events' ? (reading.faults ?? []) : [];
  // The good ones are not kept waiting; the sender hears of the others, and may send all again.
  return fault === undefined ? reading : { ...reading, reply: { status: 400, body: { error: fault } } };
}

const hasType = (value: unknown): value is { readonly type: string } =>
  isRecord(value) && typeof value.type === 'string';
