/** What the event of a dead letter would reach, as far as the dead letter says. */
import { namedTargets, planOf } from '../model/plan.ts';
import type { StoredDeadLetter } from './read.ts';

/**
 * The key that an alert led to, the principals of a person, or what the event itself names. Undefined: nothing of it
 * is known.
 */
export function targetNames({
  event,
  accessKeyId,
  principals,
}: Pick<StoredDeadLetter, 'event' | 'accessKeyId' | 'principals'>): readonly string[] | undefined {
  if (accessKeyId !== undefined) return [accessKeyId];
  return principals ?? (event === null ? undefined : namedTargets(planOf(event)));
}
