/** Which lane an event belongs to: leaked keys are urgent, and whatever is about whole principals must not stand before them. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { planOf } from './plan.ts';
import type { Lane } from './settings.ts';

/** Takes an event; returns its lane. Guards go by the event, so that a wrong lane costs time alone. */
export function laneOf(event: CanonicalEvent): Lane {
  const { kind } = planOf(event);
  return kind === 'key' || kind === 'resolve' ? 'urgent' : 'bulk';
}
