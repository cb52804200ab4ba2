/**
 * What a message holds: events to process, and refusals. A dead letter that was moved back to a queue is opened on the
 * way, if one of our functions wrote it.
 */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import { type EnvelopePart, TOO_MANY_PARTS, unwrap } from '../../events/envelope.ts';
import { type Refusal, refusal } from '../../events/refusal.ts';
import { MAX_PARTS } from '../../events/shapes.ts';
import { type Envelope, openEnvelope } from '../dead-letters/read.ts';

/** The dead letter in which a part arrived: what the next dead letter of the part takes over. */
export interface Redriven {
  /** RFC 3339, or empty. */
  readonly firstSeen: string;
  readonly replays: number;
  /** As Sender.id; absent: a dead letter of 0.1, which does not say. */
  readonly sender?: string;
  /** What it held. */
  readonly text?: string;
}

export interface EventPart {
  readonly kind: 'event';
  readonly event: CanonicalEvent;
  readonly redriven?: Redriven;
}

export interface RefusedPart extends Refusal {
  readonly redriven?: Redriven;
}

interface ParseOptions {
  /** Epoch ms. */
  readonly now: number;
  /** One of our functions sent the message: what looks like a dead letter is one. */
  readonly opensDeadLetters: boolean;
}

/**
 * At least one part, in order, and at most MAX_PARTS, those in dead letters counted: a message with more is refused as
 * a whole. Never throws.
 */
export function parseMessage(body: string, options: ParseOptions): readonly (EventPart | RefusedPart)[] {
  const parts: (EventPart | RefusedPart)[] = [];
  for (const part of readParts(body, options)) {
    if (parts.length === MAX_PARTS) return [TOO_MANY_PARTS];
    parts.push(part);
  }
  return parts;
}

function* readParts(body: string, options: ParseOptions): Generator<EventPart | RefusedPart> {
  for (const part of partsOf(body)) yield* readPart(part, options);
}

const partsOf = (text: string): readonly EnvelopePart[] => {
  const unwrapped = unwrap(text);
  return unwrapped.kind === 'refusal' ? [unwrapped] : unwrapped.parts;
};

function* readPart(part: EnvelopePart, { now, opensDeadLetters }: ParseOptions): Generator<EventPart | RefusedPart> {
  const envelope = part.kind === 'refusal' || !opensDeadLetters ? undefined : openEnvelope(part.value);
  if (envelope === undefined) return yield parsePart(part, now);
  const redriven = redrivenFrom(envelope);
  for (const inner of partsInside(envelope)) yield { ...parsePart(inner, now), redriven };
}

/**
 * An event inside a dead letter inside a dead letter could not be replayed, so the next one takes over what this one
 * held.
 */
function redrivenFrom({ event, text, firstSeen, replays, sender }: Envelope): Redriven {
  const held = event === null ? text : JSON.stringify(event);
  return {
    firstSeen,
    replays,
    ...(sender === undefined ? {} : { sender }),
    ...(held === undefined ? {} : { text: held }),
  };
}

const parsePart = (part: EnvelopePart, now: number): EventPart | Refusal =>
  part.kind === 'value' ? parseEvent(part.value, now) : part;

/** A dead letter is opened once: it holds an event, or the whole text as it was received. */
function partsInside({ event, text }: Envelope): readonly EnvelopePart[] {
  if (event !== null) return [{ kind: 'value', value: event }];
  if (text !== undefined) return partsOf(text);
  return [refusal('unreadable', 'expected a dead letter with an event or the whole text as received')];
}
