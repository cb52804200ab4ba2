/** Which queue an event travels on: whole principals on the bulk queue, so that they do not delay leaked keys. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { planOf } from './plan.ts';
import type { Lane } from './settings.ts';

/** Safety checks follow the event, not the queue, so a wrong queue costs time alone. */
export function laneOf(event: CanonicalEvent): Lane {
  const { kind } = planOf(event);
  return kind === 'key' || kind === 'alert' ? 'urgent' : 'bulk';
}
