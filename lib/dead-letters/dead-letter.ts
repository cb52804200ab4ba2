/**
 * The dead letter as it is written: an event, or what was received in its place, with the reason code. Contract,
 * version 1.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type Redaction, redact } from '../../events/secrets.ts';
import type { Standing } from '../model/disposition.ts';
import { asciiJson, type JsonInput } from '../model/json.ts';
import { digestOf, type RawDigest } from '../model/raw-digest.ts';
import type { Reason } from '../model/reasons.ts';
import type { Lane } from '../model/settings.ts';
import type { OutgoingMessage, Sha256 } from '../ports.ts';

/** Bytes of a received text that a dead letter keeps at most, in its escaped form: the message stays sendable. */
const MAX_RAW_BYTES = 65_536;
const MAX_ATTRIBUTE_LENGTH = 256;

/** A received text that held no event, without its secrets. `sha256` and `size` are of the redacted text, uncut. */
export interface RawText extends RawDigest {
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
  /** Who sent the event, as Sender.id; empty or absent: unknown. Always written: only 0.1 left it out. */
  readonly sender?: string;
  /** The key that an alert led to: the event itself does not name it. */
  readonly accessKeyId?: string;
  /** Of a hold: the safety check, and the latest that it has found (RFC 3339), as in Hold. */
  readonly check?: string;
  readonly asOf?: string;
  /** Of `held-authority`: the events of other authorities that stand. */
  readonly standing?: readonly Standing[];
  /** Of a held event about a principal or person: the principals that it would have reached. */
  readonly principals?: readonly string[];
  /** Ledger keys of the approvals that the run had: pointers for the next replay. */
  readonly approvals?: readonly string[];
}

export interface DeadLetters {
  /** Resolves once the queue has accepted the message; rejects if it has not. */
  send(message: OutgoingMessage): Promise<void>;
}

export function rawText(text: string, sha256: Sha256): RawText {
  const redaction = redact(text);
  return { ...digestOf(redaction, sha256), ...keptText(redaction) };
}

/** What of a redacted text a dead letter keeps. */
export function keptText(redaction: Redaction): Omit<RawText, keyof RawDigest> {
  if (redaction.kind === 'withheld') return { redacted: true, truncated: false };
  const text = cutToBytes(redaction.text);
  return { text, redacted: redaction.redacted, truncated: text.length < redaction.text.length };
}

/** The SQS message of a dead letter: printable ASCII, and within the size limit of a message. */
export function serializeDeadLetter(deadLetter: DeadLetter): OutgoingMessage {
  const { event, raw, parts } = deadLetter;
  // A field without a value is not written.
  const body: JsonInput = {
    v: 1,
    reason: deadLetter.reason,
    detail: deadLetter.detail,
    event: event === null ? null : { ...event },
    raw: raw && { ...raw },
    parts: parts && { ...parts },
    lane: deadLetter.lane,
    attempts: deadLetter.attempts,
    firstSeen: deadLetter.firstSeen,
    lastSeen: deadLetter.lastSeen,
    lastStatus: deadLetter.lastStatus,
    replays: deadLetter.replays,
    messageId: deadLetter.messageId,
    sender: deadLetter.sender ?? '',
    check: deadLetter.check,
    asOf: deadLetter.asOf,
    accessKeyId: deadLetter.accessKeyId,
    principals: deadLetter.principals,
    approvals: deadLetter.approvals,
    standing: deadLetter.standing?.map((each) => ({ ...each })),
  };
  const attributes = Object.entries({
    reason: deadLetter.reason,
    lane: deadLetter.lane,
    eventType: event?.type ?? '',
    eventId: event?.id ?? '',
    source: event?.source ?? '',
    sender: deadLetter.sender ?? '',
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
