/** Why an event waits for a person. The codes are contract: alarms, the runbook and replays go by them. */

/** Something is wrong with the event or the API refused it. */
export const FAILURES = [
  'unreadable',
  'unknown-type',
  'unknown-version',
  'invalid',
  'oversize',
  'secret-like-target',
  'unmappable',
  'unresolved',
  'console-only',
  'api-rejected',
  'retries-exhausted',
  'unconfirmed',
  'replay-limit',
  'crashed',
] as const;

/** A guard stopped the event; an approval releases it. */
export const HOLDS = [
  'held-protected',
  'held-limit',
  'held-stale',
  'held-superseded',
  'held-low-confidence',
  'held-dry-run',
] as const;

/** The same event id came with another body. Never released: nobody can know which of the two was meant. */
export const CONFLICT = 'held-conflict';

export type Failure = (typeof FAILURES)[number];
export type Hold = (typeof HOLDS)[number];
export type Reason = Failure | Hold | typeof CONFLICT;

const ALL: ReadonlySet<unknown> = new Set([...FAILURES, ...HOLDS, CONFLICT]);
const HELD: ReadonlySet<string> = new Set(HOLDS);

/** Takes any value; returns whether it is one of the reasons. */
export const isReason = (value: unknown): value is Reason => ALL.has(value);

/** Takes a reason; returns whether a guard gave it and an approval may release it. */
export const isHold = (reason: Reason): reason is Hold => HELD.has(reason);
