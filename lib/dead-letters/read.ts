/**
 * The dead letter as it is read: what it is about, how old it is, and what a replay would send. Nothing in it is
 * trusted.
 */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import { unwrap } from '../../events/envelope.ts';
import { accessKeyId } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import { readJson } from '../../events/json-text.ts';
import { holdsSecret, redact } from '../../events/secrets.ts';
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import type { Standing } from '../model/disposition.ts';
import { asciiJson, type Json } from '../model/json.ts';
import { laneOf } from '../model/lane.ts';
import { isReason, type Reason } from '../model/reasons.ts';
import { ownSender } from '../model/sender.ts';
import type { Lane } from '../model/settings.ts';
import type { QueuedMessage, Sha256 } from '../ports.ts';
import { keptText, MAX_POSITIONS, type PartPositions, type RawText, rawText } from './dead-letter.ts';

export interface StoredDeadLetter {
  /** Of the message in the dead-letter queue. */
  readonly messageId: string;
  /** `crashed` for a message that SQS itself moved. */
  readonly reason: Reason;
  /** Printable ASCII, or empty. */
  readonly detail: string;
  /** Null: it holds none that this version can read, or several. */
  readonly event: CanonicalEvent | null;
  /** What the event says of itself, even one that this version cannot read; empty where it says nothing. */
  readonly about: { readonly type: string; readonly id: string; readonly source: string };
  /** Where a replay sends it. */
  readonly lane: Lane;
  /**
   * Epoch ms. Of a message that SQS moved, all three are the time at which it was first sent, unless a replay said
   * more.
   */
  readonly sentAt: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Deliveries before it was dead-lettered; 0 if unknown, as for a message that SQS moved. */
  readonly attempts: number;
  readonly replays: number;
  readonly lastStatus: number | null;
  /** What was received, to look at: secrets are masked even where `resend` has the whole text. */
  readonly raw?: RawText;
  /** Which parts of the message it is about, if the message held others. */
  readonly parts?: PartPositions;
  readonly resend: Resend;
  /**
   * Who sent the event, as Sender.id; empty: unknown. Believed only if the revoke function wrote the dead letter.
   * Undefined: SQS moved the message, and its SenderId says.
   */
  readonly sender?: string;
  /** The key that an alert led to. */
  readonly accessKeyId?: string;
  /** Of a hold: the safety check, maybe of another version, and the latest that it has found (RFC 3339). */
  readonly check?: string;
  readonly asOf?: string;
  /** Of `held-authority`: the events of other authorities that stand. */
  readonly standing?: readonly Standing[];
  /** Of a held event about a principal or person: the principals that it would have reached. */
  readonly principals?: readonly string[];
  /** Ledger keys of approvals, which a replay passes on. */
  readonly approvals?: readonly string[];
  /** The message that was dead-lettered, as its audit records name it; empty if unknown. */
  readonly origin: string;
}

/** What a replay sends: the event as it is written out, or the text byte for byte. `none`: nothing can be sent. */
export type Resend =
  | { readonly kind: 'event' | 'text'; readonly body: string }
  | { readonly kind: 'none'; readonly code: 'redacted' | 'truncated' | 'not-kept' };

/** Far beyond any limit: a forged count must not grow in what is written next. */
const MAX_REPLAY_COUNT = 999;

/** Never throws. `now` in epoch ms. */
export function readDeadLetter(
  message: Omit<QueuedMessage, 'receiptHandle' | 'receiveCount' | 'senderId'>,
  now: number,
  sha256: Sha256,
): StoredDeadLetter {
  const json = readJson(message.body);
  // Stryker disable next-line ConditionalExpression: for the type only, a refusal has no value
  const value = json.kind === 'json' ? json.value : undefined;
  const envelope = openEnvelope(value);
  return isRecord(value) && envelope !== undefined
    ? enveloped(message, value, envelope, now)
    : movedBySqs(message, now, sha256);
}

/** What the JSON of a dead letter holds. */
export interface Envelope {
  readonly reason: Reason;
  /** Unparsed; null: a text was received in its place. */
  readonly event: unknown;
  /** The text as it was received; undefined if it was redacted, truncated or never kept. */
  readonly text?: string;
  /** RFC 3339, or empty. */
  readonly firstSeen: string;
  readonly replays: number;
  /** As Sender.id; absent: unknown. */
  readonly sender?: string;
}

/** Undefined: the JSON value is not a dead letter. */
export function openEnvelope(value: unknown): Envelope | undefined {
  if (!isRecord(value) || value.v !== 1 || !isReason(value.reason) || !Object.hasOwn(value, 'event')) return undefined;
  const { firstSeen, replays, raw, event } = value;
  const whole = isRecord(raw) && raw.redacted === false && raw.truncated === false && typeof raw.text === 'string';
  return {
    reason: value.reason,
    event,
    ...(whole ? { text: String(raw.text) } : {}),
    firstSeen: typeof firstSeen === 'string' && instantMs(firstSeen) !== undefined ? firstSeen : '',
    replays: count(replays),
    ...senderFrom(Object.hasOwn(value, 'sender') ? printable(value.sender) : senderOf01(value)),
  };
}

const senderFrom = (sender: string): { readonly sender?: string } => (sender === '' ? {} : { sender });

/**
 * 0.1 did not say who sent an event: a follow-up check that it processed was our own. It held no unknown senders, so a
 * dead letter about one is of a later version.
 */
const senderOf01 = ({ reason, event }: Readonly<Record<string, unknown>>): string =>
  reason !== 'held-unknown-sender' && fieldsOf(event).type === 'revocation.check.v1' ? ownSender('revoke') : '';

function enveloped(
  { messageId, sentAt }: Pick<QueuedMessage, 'messageId' | 'sentAt'>,
  fields: Readonly<Record<string, unknown>>,
  envelope: Envelope,
  now: number,
): StoredDeadLetter {
  const parsed = parseEvent(envelope.event, now);
  const event = parsed.kind === 'event' ? parsed.event : null;
  const raw = maskedRaw(fields.raw);
  const { lane, lastSeen, attempts, lastStatus } = fields;
  const seenAt = timeOr(lastSeen, sentAt);
  const [principals, approvals] = [textsIn(fields.principals), textsIn(fields.approvals)];
  return {
    messageId,
    reason: envelope.reason,
    detail: printable(fields.detail),
    event,
    // Stryker disable next-line StringLiteral: a text that is not JSON holds no value
    about: aboutOf(event ?? envelope.event ?? onlyValue(raw?.text ?? '')),
    lane: lane === 'urgent' || lane === 'bulk' ? lane : event === null ? 'bulk' : laneOf(event),
    sentAt,
    firstSeen: timeOr(envelope.firstSeen, seenAt),
    lastSeen: seenAt,
    attempts: count(attempts),
    replays: Math.min(envelope.replays, MAX_REPLAY_COUNT),
    lastStatus: count(lastStatus) || null,
    ...(raw === undefined ? {} : { raw }),
    ...positionsIn(fields.parts),
    resend: resendOf(envelope, event, raw),
    sender: envelope.sender ?? '',
    ...checkIn(fields),
    ...keyIn(fields.accessKeyId),
    ...standingIn(fields.standing),
    ...(principals && { principals }),
    ...(approvals && { approvals }),
    origin: printable(fields.messageId),
  };
}

/** A message without an envelope is replayed as it is. Its attributes are believed as a count and a time, no more. */
function movedBySqs(
  { messageId, body, attributes, sentAt }: Omit<QueuedMessage, 'receiptHandle' | 'receiveCount' | 'senderId'>,
  now: number,
  sha256: Sha256,
): StoredDeadLetter {
  const unwrapped = unwrap(body);
  // Stryker disable next-line ArrayDeclaration: whatever is no event counts for nothing
  const values = unwrapped.kind === 'parts' ? unwrapped.parts : [];
  const events = values.flatMap((part) => {
    // Stryker disable next-line ConditionalExpression: for the type only, without a value there is no event
    const parsed = part.kind === 'value' ? parseEvent(part.value, now) : part;
    return parsed.kind === 'event' ? [parsed.event] : [];
  });
  const [only] = values.length === 1 ? events : [];
  // Stryker disable next-line StringLiteral: a text without digits is not a count
  const replays = /^\d{1,9}$/.test(attributes.replays ?? '') ? Number(attributes.replays) : 0;
  return {
    messageId,
    reason: 'crashed',
    detail: 'moved by SQS after its last receipt',
    event: only ?? null,
    about: aboutOf(only ?? onlyValue(body)),
    lane: events.length > 0 && events.every((event) => laneOf(event) === 'urgent') ? 'urgent' : 'bulk',
    sentAt,
    firstSeen: timeOr(attributes.firstSeen, sentAt),
    lastSeen: sentAt,
    attempts: 0,
    replays: Math.min(replays, MAX_REPLAY_COUNT),
    lastStatus: null,
    raw: rawText(body, sha256),
    resend: { kind: 'text', body },
    origin: messageId,
  };
}

function resendOf(envelope: Envelope, event: CanonicalEvent | null, raw: RawText | undefined): Resend {
  if (event !== null) return { kind: 'event', body: asciiJson({ ...event }) };
  // An event that only another version can read: the consumer decides.
  if (envelope.event !== null && isJson(envelope.event)) return { kind: 'text', body: asciiJson(envelope.event) };
  if (raw?.redacted) return { kind: 'none', code: 'redacted' };
  if (raw?.truncated) return { kind: 'none', code: 'truncated' };
  const { text } = envelope;
  return text === undefined || text === '' ? { kind: 'none', code: 'not-kept' } : { kind: 'text', body: text };
}

/** It came out of a JSON text. */
// Stryker disable next-line ConditionalExpression: for the type only
const isJson = (value: unknown): value is Json => value !== undefined;

/** The envelope's text, masked once more: a dead letter that we did not write may hold a secret. */
function maskedRaw(raw: unknown): RawText | undefined {
  if (!isRecord(raw)) return undefined;
  const { sha256, size, text, redacted, truncated } = raw;
  const claimed = { sha256: printable(sha256), size: count(size) };
  const seen: Partial<RawText> = typeof text === 'string' ? keptText(redact(text)) : {};
  return {
    ...claimed,
    ...seen,
    redacted: seen.redacted || redacted === true,
    truncated: seen.truncated || truncated === true,
  };
}

const keyIn = (value: unknown): Pick<StoredDeadLetter, 'accessKeyId'> => {
  const parsed = accessKeyId.safeParse(value);
  return parsed.success ? { accessKeyId: parsed.data } : {};
};

function checkIn({ check, asOf }: Readonly<Record<string, unknown>>): Pick<StoredDeadLetter, 'check' | 'asOf'> {
  const [name, time] = [printable(check), printable(asOf)];
  return { ...(name === '' ? {} : { check: name }), ...(instantMs(time) === undefined ? {} : { asOf: time }) };
}

/** None, if any of them is no text: a list of some principals would be taken for all of them. */
function textsIn(value: unknown): readonly string[] | undefined {
  const isWhole =
    Array.isArray(value) && value.length <= MAX_POSITIONS && value.every((text) => printable(text) !== '');
  return isWhole ? value.map(printable) : undefined;
}

function standingIn(value: unknown): Pick<StoredDeadLetter, 'standing'> {
  if (!Array.isArray(value)) return {};
  const standing = value.slice(0, MAX_POSITIONS).map((each): Standing => {
    const { principalName, authority, state, source, id, time } = fieldsOf(each);
    return {
      principalName: printable(principalName),
      authority: printable(authority),
      state: state === 'scheduled' ? 'scheduled' : 'offboarded',
      source: printable(source),
      id: printable(id),
      time: printable(time),
    };
  });
  return { standing };
}

/** The value that a text holds; undefined if it holds none, or several. */
function onlyValue(text: string): unknown {
  const unwrapped = unwrap(text);
  // Stryker disable next-line ArrayDeclaration: a text is no part with a value
  const [only, ...others] = unwrapped.kind === 'parts' ? unwrapped.parts : [];
  return only?.kind === 'value' && others.length === 0 ? only.value : undefined;
}

function positionsIn(value: unknown): Pick<StoredDeadLetter, 'parts'> {
  if (!isRecord(value) || !Array.isArray(value.positions)) return {};
  const positions = value.positions.slice(0, MAX_POSITIONS).map(count);
  return { parts: { count: count(value.count), positions } };
}

function aboutOf(value: unknown): StoredDeadLetter['about'] {
  const { type, id, source } = fieldsOf(value);
  return { type: printable(type), id: printable(id), source: printable(source) };
}

/** Text for a terminal and for comparison: no control characters, and no secret. */
const printable = (value: unknown): string =>
  typeof value === 'string' && /^[\x20-\x7e]{1,512}$/.test(value) && !holdsSecret(value) ? value : '';

const timeOr = (value: unknown, fallback: number): number =>
  (typeof value === 'string' ? instantMs(value) : undefined) ?? fallback;

const count = (value: unknown): number => (Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0);
