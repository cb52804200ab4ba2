/** Canaries: leaks of a test key that deploy/canary.yml sends on a schedule, to see whether a real one would be answered. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Outcome } from '../model/outcome.ts';

/** Their `source`. */
export const CANARY = '//canary.revocation';

/**
 * Takes an event; tells whether it is a canary, or the look that follows one. Metrics keep it out of what tells about
 * leaks: its key is rightly unknown one day, and a schedule may fire at any second of its minute, which is no time to
 * revoke. What is not proven of it counts like a leak.
 */
export const isCanary = (event: CanonicalEvent | null): boolean =>
  (event?.type === 'revocation.check.v1' ? event.data.parent.source : event?.source) === CANARY;

/** The first canary revokes its key, which is shown as deleted for a while and unknown later; a dry run ends before the call. */
const PROVEN: ReadonlySet<Outcome> = new Set(['confirmed', 'not-found', 'would-revoke']);

/** Takes a canary's outcome; tells whether it has walked its way to the end. */
export const provesCanary = (outcome: Outcome): boolean => PROVEN.has(outcome);
