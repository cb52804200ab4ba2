/** What a message holds: events to act on, and refusals. A dead letter that came round again is opened on the way. */
import { type CanonicalEvent, parseEvent } from '../events/canonical.ts';
import { type Part, unwrap } from '../events/envelope.ts';
import { type Refusal, refusal } from '../events/refusal.ts';
import { type OpenedLetter, openLetter } from './domain/dead-letter.ts';

/** `letter`: the dead letter that the event came round in, if it did. */
export interface EventPart {
  readonly kind: 'event';
  readonly event: CanonicalEvent;
  readonly letter?: Pick<OpenedLetter, 'firstSeen' | 'replays'>;
}

/** Takes the body of a message and now (epoch ms); returns at least one part, in order. Never throws. */
export function readMessage(body: string, now: number): readonly (EventPart | Refusal)[] {
  return partsOf(body).flatMap((part) => readPart(part, now));
}

const partsOf = (text: string): readonly Part[] => {
  const unwrapped = unwrap(text);
  return unwrapped.kind === 'refusal' ? [unwrapped] : unwrapped.parts;
};

function readPart(part: Part, now: number): readonly (EventPart | Refusal)[] {
  if (part.kind === 'refusal') return [part];
  const letter = openLetter(part.value);
  if (letter === undefined) return [read(part, now)];
  return insideOf(letter).map((inner) => {
    const found = read(inner, now);
    return found.kind === 'event' ? { ...found, letter } : found;
  });
}

const read = (part: Part, now: number): EventPart | Refusal =>
  part.kind === 'refusal' ? part : parseEvent(part.value, now);

/** A letter is opened once: what it holds is an event, or the whole text as it was received. */
function insideOf(letter: OpenedLetter): readonly Part[] {
  if (letter.event !== null) return [{ kind: 'value', value: letter.event }];
  if (letter.text !== undefined) return partsOf(letter.text);
  return [refusal('unreadable', 'expected a dead letter with an event or the whole text as received')];
}
