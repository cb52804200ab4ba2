/** How often a dead letter may be replayed without approval. AWS stops a loop of functions and queues at about 16. */
export const MAX_REPLAYS = 5;

/**
 * The result of each dead letter, by code. Skipped: not selected. Refused: a rule forbids it for this dead letter or
 * this request. Failed: temporary; the dead letter stays, and another run takes it.
 */
export const REPLAY_CODES = {
  sent: 'replayed',
  'not-matched': 'skipped',
  /** A safety check holds it, and the request does not approve. */
  'needs-approval': 'refused',
  /** The event has two bodies, and only the message id of one says which of them is approved. */
  'needs-message-id': 'refused',
  /** The approval is stored, and another person's is missing. */
  'needs-second-approval': 'refused',
  /** Only a person whom AWS identifies can approve it. */
  'needs-identity': 'refused',
  /** The dead letter does not say whom the event was about: an approval would cover no target. */
  'no-target': 'refused',
  /** It was replayed 5 times, and the request does not approve. */
  'replay-limit': 'refused',
  /** The text is not kept as it was received. */
  redacted: 'refused',
  truncated: 'refused',
  'not-kept': 'refused',
  /** A hold without a readable event: an approval would have no target. */
  'no-event': 'refused',
  /** The ledger has another body for the event. */
  'body-differs': 'refused',
  /** The event that a follow-up check belongs to has no row for the approval. */
  'no-parent': 'refused',
  /** Another delivery processes the event. */
  busy: 'failed',
  'ledger-failed': 'failed',
  'not-recorded': 'failed',
  'not-sent': 'failed',
  /** Sent, but still on the dead-letter queue: another run would send it again, which is harmless. */
  'not-removed': 'failed',
} as const;
export type ReplayCode = keyof typeof REPLAY_CODES;
export const isReplayCode = (code: unknown): code is ReplayCode =>
  typeof code === 'string' && Object.hasOwn(REPLAY_CODES, code);

export type ReplayResult = (typeof REPLAY_CODES)[ReplayCode];

/** Who runs the replay. `claimed`: the name is self-reported, not verified by AWS. */
export interface Operator {
  /** Printable ASCII, 1 to 128 characters. */
  readonly name: string;
  /** The caller by STS GetCallerIdentity. */
  readonly arn?: string;
  /** `UserId` of that answer, which is `aws:userid` in policies. */
  readonly userId?: string;
  readonly claimed: boolean;
}

/**
 * Whether an operator's ARN belongs to a user ID. Both hold the name of a session. The ARN and the ID of an IAM user
 * have nothing in common, and a name that is no ARN proves nothing. `another`: the ARN is not of this user. (IAM user
 * guide, unique identifiers)
 */
export function ownerOfArn(operator: string, userId: string): 'proven' | 'unproven' | 'another' {
  const named = /^arn:[^:]+:sts:/.test(operator) ? operator.split('/').at(-1) : undefined;
  const session = userId.includes(':') ? userId.split(':').at(-1) : undefined;
  if (!operator.startsWith('arn:') || (named === undefined && session === undefined)) return 'unproven';
  return named === session ? 'proven' : 'another';
}
