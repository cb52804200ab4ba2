/** What a message holds: events to act on, and refusals. A dead letter that came round again is opened on the way. */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import { type Part, unwrap } from '../../events/envelope.ts';
import { type Refusal, refusal } from '../../events/refusal.ts';
import { type OpenedLetter, openLetter } from '../dead-letters/dead-letter.ts';

/** The dead letter that a part came round in. `text`: what it held, which is what the next letter has to keep. */
export interface Round {
  readonly firstSeen: string;
  readonly replays: number;
  readonly text?: string;
}

export interface EventPart {
  readonly kind: 'event';
  readonly event: CanonicalEvent;
  readonly letter?: Round;
}

export interface RefusedPart extends Refusal {
  readonly letter?: Round;
}

/** Takes the body of a message and now (epoch ms); returns at least one part, in order. Never throws. */
export function readMessage(body: string, now: number): readonly (EventPart | RefusedPart)[] {
  return partsOf(body).flatMap((part) => readPart(part, now));
}

const partsOf = (text: string): readonly Part[] => {
  const unwrapped = unwrap(text);
  return unwrapped.kind === 'refusal' ? [unwrapped] : unwrapped.parts;
};

function readPart(part: Part, now: number): readonly (EventPart | RefusedPart)[] {
  if (part.kind === 'refusal') return [part];
  const letter = openLetter(part.value);
  if (letter === undefined) return [parseEvent(part.value, now)];
  const round = roundOf(letter);
  return insideOf(letter).map((inner) => ({ ...read(inner, now), letter: round }));
}

/** Of a letter within a letter the event could not be replayed any more: the next one takes over what this one held. */
function roundOf({ event, text, firstSeen, replays }: OpenedLetter): Round {
  const held = event === null ? text : JSON.stringify(event);
  return { firstSeen, replays, ...(held === undefined ? {} : { text: held }) };
}

const read = (part: Part, now: number): EventPart | Refusal =>
  part.kind === 'value' ? parseEvent(part.value, now) : part;

/** A letter is opened once: what it holds is an event, or the whole text as it was received. */
function insideOf(letter: OpenedLetter): readonly Part[] {
  if (letter.event !== null) return [{ kind: 'value', value: letter.event }];
  if (letter.text !== undefined) return partsOf(letter.text);
  return [refusal('unreadable', 'expected a dead letter with an event or the whole text as received')];
}
