/** A dead letter as a person works with it: what it is about, how old it is, and what a replay would send. */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import { unwrap } from '../../events/envelope.ts';
import { instantMs } from '../../events/instant.ts';
import { readJson } from '../../events/json-text.ts';
import { holdsSecret } from '../../events/secrets.ts';
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import type { Json } from '../model/json.ts';
import { asciiJson } from '../model/json.ts';
import { laneOf } from '../model/lane.ts';
import type { Reason } from '../model/reasons.ts';
import type { Lane } from '../model/settings.ts';
import { type OpenedLetter, openLetter, type Raw, rawOf } from './dead-letter.ts';

/** What would be sent again: the event as it is written out, or the text byte for byte. `none`: nothing can be. */
export type Resend =
  | { readonly kind: 'event' | 'text'; readonly body: string }
  | { readonly kind: 'none'; readonly code: 'redacted' | 'truncated' | 'not-kept' };

/** Everything in it is from the body, where it has an envelope; nothing is from its attributes then. */
export interface Letter {
  /** Of the message on the dead-letter queue. */
  readonly messageId: string;
  /** `crashed` for a message that SQS itself moved, without an envelope. */
  readonly reason: Reason;
  /** Printable ASCII; empty when there is none. */
  readonly detail: string;
  /** Null: it holds none that we can read, or several. */
  readonly event: CanonicalEvent | null;
  /** What the event calls itself, also one that we cannot read; empty where it does not say. */
  readonly about: { readonly type: string; readonly id: string; readonly source: string };
  /** Where it would be sent. */
  readonly lane: Lane;
  /** Epoch ms. Of a message that SQS moved, all three are the time at which it was first sent, unless a replay said more. */
  readonly sentAt: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Deliveries before it died; of a message that SQS moved, unknown: 0. */
  readonly attempts: number;
  /** How often it was replayed. */
  readonly replays: number;
  readonly lastStatus: number | null;
  /** What was received, for the eye: secrets are cut out of it even where `resend` has the whole text. */
  readonly raw?: Raw;
  readonly resend: Resend;
  /** The message that died, as its audit records name it; empty when unknown. */
  readonly origin: string;
}

/** What it takes to open a letter: a message as it was received. */
export interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: number;
}

/**
 * Takes a message of the dead-letter queue, now (epoch ms) and a hash (SHA-256 of a text, hex); returns the letter. Never
 * throws, whatever the message holds: it may be anyone's.
 */
export function openReceived(received: Received, now: number, hash: (text: string) => string): Letter {
  const json = readJson(received.body);
  // Stryker disable next-line ConditionalExpression: for the type only, a refusal has no value
  const value = json.kind === 'json' ? json.value : undefined;
  const envelope = openLetter(value);
  return isRecord(value) && envelope !== undefined
    ? enveloped(received, { fields: value, envelope }, now)
    : crashed(received, now, hash);
}

interface Envelope {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly envelope: OpenedLetter;
}

function enveloped({ messageId, sentAt }: Received, { fields, envelope }: Envelope, now: number): Letter {
  const parsed = parseEvent(envelope.event, now);
  const event = parsed.kind === 'event' ? parsed.event : null;
  const raw = rawShown(fields.raw);
  const lastSeen = timeOr(fields.lastSeen, sentAt);
  return {
    messageId,
    reason: envelope.reason,
    detail: printable(fields.detail),
    event,
    // Stryker disable next-line StringLiteral: any text that is no JSON holds no value
    about: aboutOf(event ?? envelope.event ?? onlyValue(raw?.text ?? '')),
    lane: fields.lane === 'urgent' || fields.lane === 'bulk' ? fields.lane : event === null ? 'bulk' : laneOf(event),
    sentAt,
    firstSeen: timeOr(envelope.firstSeen, lastSeen),
    lastSeen,
    attempts: count(fields.attempts),
    replays: Math.min(envelope.replays, MOST_REPLAYS),
    lastStatus: count(fields.lastStatus) || null,
    ...(raw === undefined ? {} : { raw }),
    resend: resendOf(envelope, event, raw),
    origin: printable(fields.messageId),
  };
}

/** A message without an envelope is sent again as it is. What its attributes say of earlier rounds is taken for a count and a time, no more. */
function crashed(
  { messageId, body, attributes, sentAt }: Received,
  now: number,
  hash: (text: string) => string,
): Letter {
  const unwrapped = unwrap(body);
  // Stryker disable next-line ArrayDeclaration: whatever is no event counts for nothing
  const values = unwrapped.kind === 'parts' ? unwrapped.parts : [];
  const events = values.flatMap((part) => {
    // Stryker disable next-line ConditionalExpression: for the type only, without a value there is no event
    const parsed = part.kind === 'value' ? parseEvent(part.value, now) : part;
    return parsed.kind === 'event' ? [parsed.event] : [];
  });
  const [only] = values.length === 1 ? events : [];
  // Stryker disable next-line StringLiteral: any text without digits is no count
  const replays = /^\d{1,9}$/.test(attributes.replays ?? '') ? Number(attributes.replays) : 0;
  return {
    messageId,
    reason: 'crashed',
    detail: 'moved by SQS: its deliveries ended without a word',
    event: only ?? null,
    about: aboutOf(only ?? onlyValue(body)),
    lane: events.length > 0 && events.every((event) => laneOf(event) === 'urgent') ? 'urgent' : 'bulk',
    sentAt,
    firstSeen: timeOr(attributes.firstSeen, sentAt),
    lastSeen: sentAt,
    attempts: 0,
    replays: Math.min(replays, MOST_REPLAYS),
    lastStatus: null,
    raw: rawOf(body, { sha256: hash(body), size: new TextEncoder().encode(body).length }),
    resend: { kind: 'text', body },
    origin: messageId,
  };
}

/** Far beyond any limit; a forged count must not grow out of what is read back. */
const MOST_REPLAYS = 999;
function resendOf({ event: held, text }: OpenedLetter, event: CanonicalEvent | null, raw: Raw | undefined): Resend {
  if (event !== null) return { kind: 'event', body: asciiJson({ ...event }) };
  // An event that only another version can read: its lane is the judge.
  if (held !== null && isJson(held)) return { kind: 'text', body: asciiJson(held) };
  if (raw?.redacted) return { kind: 'none', code: 'redacted' };
  if (raw?.truncated) return { kind: 'none', code: 'truncated' };
  return text === undefined || text === '' ? { kind: 'none', code: 'not-kept' } : { kind: 'text', body: text };
}

/** It came out of a JSON text. */
// Stryker disable next-line ConditionalExpression: for the type only
const isJson = (value: unknown): value is Json => value !== undefined;
/** What the envelope says of the text, looked through once more: a letter that we did not write may hold a secret. */
function rawShown(raw: unknown): Raw | undefined {
  if (!isRecord(raw)) return undefined;
  const { sha256, size, text, redacted, truncated } = raw;
  const told = { sha256: printable(sha256), size: count(size) };
  const seen = typeof text === 'string' ? rawOf(text, told) : { ...told, redacted: false, truncated: false };
  return { ...seen, redacted: seen.redacted || redacted === true, truncated: seen.truncated || truncated === true };
}

/** The value that a text holds; undefined when it holds none, or several. */
function onlyValue(text: string): unknown {
  const unwrapped = unwrap(text);
  // Stryker disable next-line ArrayDeclaration: a text is no part with a value
  const [only, ...others] = unwrapped.kind === 'parts' ? unwrapped.parts : [];
  return only?.kind === 'value' && others.length === 0 ? only.value : undefined;
}

function aboutOf(value: unknown): Letter['about'] {
  const { type, id, source } = fieldsOf(value);
  return { type: printable(type), id: printable(id), source: printable(source) };
}

/** Text for a terminal and for comparison: nothing that moves a cursor, and no secret. */
const printable = (value: unknown): string =>
  typeof value === 'string' && /^[\x20-\x7e]{1,512}$/.test(value) && !holdsSecret(value) ? value : '';
const timeOr = (value: unknown, fallback: number): number =>
  (typeof value === 'string' ? instantMs(value) : undefined) ?? fallback;
const count = (value: unknown): number => (Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0);
