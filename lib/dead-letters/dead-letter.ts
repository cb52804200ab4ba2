/**
 * The dead letter as it is written: an event, or what was received in its place, with the reason code. Contract,
 * version 1.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { redact } from '../../events/secrets.ts';
import { asciiJson, type Json } from '../model/json.ts';
import type { Reason } from '../model/reasons.ts';
import type { Lane } from '../model/settings.ts';
import type { OutgoingMessage } from '../ports.ts';

/** Bytes of a received text that a dead letter keeps at most, in its escaped form: the message stays sendable. */
const MAX_RAW_BYTES = 65_536;
const MAX_ATTRIBUTE_LENGTH = 256;

/** A received text that held no event: without its secrets, or by hash and size alone. */
export interface RawText {
  readonly sha256: string;
  /** Bytes as received. */
  readonly size: number;
  readonly text?: string;
  /** Something was masked in `text`, or all of it withheld: it is not what was received, and never replayed. */
  readonly redacted: boolean;
  readonly truncated: boolean;
}

/** Positions of parts that a dead letter lists at most. */
export const MAX_POSITIONS = 100;

/** Which parts of the message a dead letter is about. */
export interface PartPositions {
  readonly count: number;
  /** From 1, in order; at most MAX_POSITIONS. */
  readonly positions: readonly number[];
}

export interface DeadLetter {
  readonly reason: Reason;
  /** A fixed sentence; never data of the event. */
  readonly detail: string;
  readonly event: CanonicalEvent | null;
  readonly raw?: RawText;
  /** Only if the message held several parts, and these were refused. */
  readonly parts?: PartPositions;
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

export interface DeadLetters {
  /** Resolves once the queue has accepted the message; rejects if it has not. */
  send(message: OutgoingMessage): Promise<void>;
}

/** `sha256` (hex) and `size` (bytes) are of the text as received. */
export function rawText(text: string, { sha256, size }: { readonly sha256: string; readonly size: number }): RawText {
  const redaction = redact(text);
  if (redaction.kind === 'withheld') return { sha256, size, redacted: true, truncated: false };
  const kept = cutToBytes(redaction.text);
  return { sha256, size, text: kept, redacted: redaction.redacted, truncated: kept.length < redaction.text.length };
}

/** The SQS message of a dead letter: printable ASCII, and within the size limit of a message. */
export function serializeDeadLetter(deadLetter: DeadLetter): OutgoingMessage {
  const { event, raw, parts } = deadLetter;
  const body: Json = {
    v: 1,
    reason: deadLetter.reason,
    detail: deadLetter.detail,
    event: event === null ? null : { ...event },
    ...(raw === undefined ? {} : { raw: { ...raw } }),
    ...(parts === undefined ? {} : { parts: { ...parts } }),
    lane: deadLetter.lane,
    attempts: deadLetter.attempts,
    firstSeen: deadLetter.firstSeen,
    lastSeen: deadLetter.lastSeen,
    lastStatus: deadLetter.lastStatus,
    replays: deadLetter.replays,
    messageId: deadLetter.messageId,
  };
  const attributes = Object.entries({
    reason: deadLetter.reason,
    lane: deadLetter.lane,
    eventType: event?.type ?? '',
    eventId: event?.id ?? '',
    source: event?.source ?? '',
  })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, percentEncoded(value)]);
  return { body: asciiJson(body), attributes: Object.fromEntries(attributes) };
}

/** The longest head of the text whose escaped form is at most MAX_RAW_BYTES. */
function cutToBytes(text: string): string {
  if (asciiJson(text).length <= MAX_RAW_BYTES) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (asciiJson(text.slice(0, middle)).length <= MAX_RAW_BYTES) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, fits);
}

/** Printable ASCII without spaces; `%` is escaped too, and no escape is cut in two. */
function percentEncoded(value: string): string {
  const encoded = value.replace(
    /[^\x21-\x24\x26-\x7e]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  return encoded.slice(0, MAX_ATTRIBUTE_LENGTH).replace(/%[0-9A-F]?$/, '');
}
