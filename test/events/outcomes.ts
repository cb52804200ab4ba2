/** What becomes of a message body: unwrapped, then parsed at the factory's time. */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import { unwrap } from '../../events/envelope.ts';
import type { Refusal } from '../../events/refusal.ts';
import { EVENT_MS } from '../support/event-factory.ts';

/** The event or refusal of each part of a body, or the one refusal of the whole. */
export function outcomes(text: string): (CanonicalEvent | Refusal)[] {
  const unwrapped = unwrap(text);
  if (unwrapped.kind === 'refusal') return [unwrapped];
  return unwrapped.parts.map((part) => {
    const parsed = part.kind === 'refusal' ? part : parseEvent(part.value, EVENT_MS);
    return parsed.kind === 'refusal' ? parsed : parsed.event;
  });
}
