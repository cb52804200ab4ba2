/** Dead letters for the command line's tests. */
import { parseEvent } from '../../../events/canonical.ts';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';

/** The dead letter of an event, an hour old. */
export function deadLetterOf(event: Record<string, unknown>, overrides: Partial<DeadLetter> = {}): DeadLetter {
  const parsed = parseEvent(event, Date.now());
  if (parsed.kind !== 'event') throw new Error(parsed.detail);
  const lastSeen = new Date(Date.now() - 3_600_000).toISOString();
  return {
    reason: 'retries-exhausted',
    detail: 'the retry horizon has passed without a settled outcome',
    event: parsed.event,
    lane: 'urgent',
    attempts: 12,
    firstSeen: lastSeen,
    lastSeen,
    lastStatus: 503,
    replays: 0,
    messageId: 'm-1',
    ...overrides,
  };
}
