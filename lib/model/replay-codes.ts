/** How often a letter may go round; AWS itself cuts a loop of functions and queues at about 16. */
export const MAX_REPLAYS = 5;
/**
 * What became of a letter, by code. Skipped: not meant. Refused: a rule says no, as long as the letter or the request is
 * what it is. Failed: trouble of the moment; the letter stays, and another run takes it.
 */
export const REPLAY_CODES = {
  sent: 'replayed',
  'not-matched': 'skipped',
  /** A guard holds it, and the request does not approve. */
  'needs-approval': 'refused',
  /** Never released: nobody can know which of the two events was meant. */
  'held-conflict': 'refused',
  /** It went round 5 times, and the request does not approve. */
  'replay-limit': 'refused',
  /** What was received is not kept as it was. */
  redacted: 'refused',
  truncated: 'refused',
  'not-kept': 'refused',
  /** A hold without a readable event: an approval could not say what it is about. */
  'no-event': 'refused',
  /** The ledger knows the event by another body. */
  'body-differs': 'refused',
  /** An approval needs the ledger's row of the event that a follow-up check belongs to, and there is none. */
  'no-parent': 'refused',
  /** A delivery is at work on the event. */
  busy: 'failed',
  'ledger-failed': 'failed',
  'not-recorded': 'failed',
  'not-sent': 'failed',
  /** Sent, but still on the dead-letter queue: another run would send it again, which is harmless. */
  'not-removed': 'failed',
} as const;
export type ReplayCode = keyof typeof REPLAY_CODES;
export type ReplayResult = (typeof REPLAY_CODES)[ReplayCode];
/** Who has it done. `claimed`: the name is their own word, not that of AWS. */
export interface Operator {
  /** Printable ASCII, 1 to 128 characters. */
  readonly name: string;
  /** STS' word for the caller. */
  readonly arn?: string;
  readonly claimed: boolean;
}
