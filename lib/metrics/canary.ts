/** Canaries: leaks of a test key that deploy/canary.yml sends on a schedule, to verify the whole path of a leak. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Outcome } from '../model/outcome.ts';
import { CANARY_SOURCE } from '../model/sender.ts';

/**
 * True also for a follow-up check of a canary. Metrics about leaks exclude it: its key becomes unknown to the API over
 * time, and the second at which its schedule fires would distort the time to revoke. An unverified canary counts like a
 * leak.
 */
export const isCanary = (event: CanonicalEvent | null): boolean =>
  (event?.type === 'revocation.check.v1' ? event.data.parent.source : event?.source) === CANARY_SOURCE;

/** After the first canary its key is revoked, and later unknown to the API; a dry run ends before the call. */
const COMPLETED_OUTCOMES: ReadonlySet<Outcome> = new Set(['confirmed', 'already-revoked', 'not-found', 'would-revoke']);

/** Whether a canary with this outcome was processed end to end. */
export const completesCanary = (outcome: Outcome): boolean => COMPLETED_OUTCOMES.has(outcome);
