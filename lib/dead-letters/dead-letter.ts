/** The dead letter: an event (or what was received in its place) with the reason why a person must look. Contract, version 1. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { instantMs } from '../../events/instant.ts';
import { redact } from '../../events/secrets.ts';
import { isRecord } from '../../events/shapes.ts';
import type { Json } from '../model/json.ts';
import { asciiJson } from '../model/json.ts';
import { isReason, type Reason } from '../model/reasons.ts';
import type { Lane } from '../model/settings.ts';

/** The most of a received text that a letter keeps, in bytes of its escaped form: the letter stays sendable. */
const MAX_RAW_BYTES = 65_536;
const MAX_ATTRIBUTE = 256;

/** A received text that held no event, or one of a later version: shown without secrets, or by hash and size alone. */
export interface Raw {
  readonly sha256: string;
  /** Bytes as received. */
  readonly size: number;
  readonly text?: string;
  /** Something was cut out of `text`, or all of it withheld: it is not what was received, and never replayed. */
  readonly redacted: boolean;
  readonly truncated: boolean;
}

export interface DeadLetter {
  readonly reason: Reason;
  /** A sentence; never data of the event. */
  readonly detail: string;
  readonly event: CanonicalEvent | null;
  readonly raw?: Raw;
  readonly lane: Lane;
  /** Deliveries so far. */
  readonly attempts: number;
  /** RFC 3339. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** HTTP status of the API's last answer, if there was one. */
  readonly lastStatus: number | null;
  readonly replays: number;
  readonly messageId: string;
}

/** SealedLetter: what goes onto the dead-letter queue. */
export interface SealedLetter {
  /** ASCII JSON, always sendable (characters and size). */
  readonly body: string;
  /** String message attributes, percent-encoded printable ASCII; empty ones are left out. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes a received text, its SHA-256 (hex) and its size in bytes; returns what a letter may keep of it. */
export function rawOf(text: string, { sha256, size }: { readonly sha256: string; readonly size: number }): Raw {
  const redaction = redact(text);
  if (redaction.kind === 'withheld') return { sha256, size, redacted: true, truncated: false };
  const kept = cut(redaction.text);
  return { sha256, size, text: kept, redacted: redaction.redacted, truncated: kept.length < redaction.text.length };
}

/** Takes a letter; returns it as an SQS message. */
export function seal(letter: DeadLetter): SealedLetter {
  const { event, raw } = letter;
  const body: Json = {
    v: 1,
    reason: letter.reason,
    detail: letter.detail,
    event: event === null ? null : { ...event },
    ...(raw === undefined ? {} : { raw: { ...raw } }),
    lane: letter.lane,
    attempts: letter.attempts,
    firstSeen: letter.firstSeen,
    lastSeen: letter.lastSeen,
    lastStatus: letter.lastStatus,
    replays: letter.replays,
    messageId: letter.messageId,
  };
  const attributes = Object.entries({
    reason: letter.reason,
    lane: letter.lane,
    eventType: event?.type ?? '',
    eventId: event?.id ?? '',
    source: event?.source ?? '',
  })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, percentEncoded(value)]);
  return { body: asciiJson(body), attributes: Object.fromEntries(attributes) };
}

/** What a letter offers to a replay. `event` is unparsed: whoever opens it must parse it like any other. */
export interface OpenedLetter {
  readonly reason: Reason;
  readonly event: unknown;
  /** The text as received, byte for byte; absent when it was redacted, truncated or never kept. */
  readonly text?: string;
  /** RFC 3339, or empty. */
  readonly firstSeen: string;
  readonly replays: number;
}

/** Takes a JSON value; returns the letter that it is, or undefined when it is none. Trusts nothing in it. */
export function openLetter(value: unknown): OpenedLetter | undefined {
  if (!isRecord(value) || value.v !== 1 || !isReason(value.reason) || !Object.hasOwn(value, 'event')) return undefined;
  const { firstSeen, replays, raw } = value;
  const whole = isRecord(raw) && raw.redacted === false && raw.truncated === false && typeof raw.text === 'string';
  return {
    reason: value.reason,
    event: value.event,
    ...(whole ? { text: String(raw.text) } : {}),
    firstSeen: typeof firstSeen === 'string' && instantMs(firstSeen) !== undefined ? firstSeen : '',
    // Stryker disable next-line ConditionalExpression: the first question is for the type only
    replays: typeof replays === 'number' && Number.isSafeInteger(replays) ? Math.max(replays, 0) : 0,
  };
}

/** The longest head of the text whose escaped form is at most MAX_RAW_BYTES. */
function cut(text: string): string {
  if (asciiJson(text).length <= MAX_RAW_BYTES) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (asciiJson(text.slice(0, middle)).length <= MAX_RAW_BYTES) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, fits);
}

/** Printable ASCII without spaces, `%` escaped too, never cut inside an escape. */
function percentEncoded(value: string): string {
  const encoded = value.replace(
    /[^\x21-\x24\x26-\x7e]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  return encoded.slice(0, MAX_ATTRIBUTE).replace(/%[0-9A-F]?$/, '');
}

export interface DeadLetters {
  /** Resolves when the queue accepted the letter; rejects when it did not. */
  send(letter: SealedLetter): Promise<void>;
}
