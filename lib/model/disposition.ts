/** What happens to an event, and to the message that carried it. */
import type { TargetOutcome } from './outcome.ts';
import type { Target } from './plan.ts';
import type { CheckName, Hold, Reason } from './reasons.ts';
import type { Lane, Settings } from './settings.ts';

/** `done`: acknowledge. `retry`: the message becomes visible again. `dead`: send a dead letter. */
export type Disposition =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly code: string; readonly retryAfterS?: number }
  | {
      readonly kind: 'dead';
      readonly reason: Reason;
      /** A fixed sentence; never data of the event. */
      readonly detail: string;
      readonly target?: Target;
      readonly status?: number;
      readonly standing?: readonly Standing[];
      /** Of a held event about a principal or person: the principals that it would have reached. */
      readonly principals?: readonly string[];
      /** As in Hold. */
      readonly check?: CheckName;
      readonly asOf?: string;
      readonly repeated?: true;
    };

/** An event that a reinstatement of another authority cannot take back without approval. */
export interface Standing {
  readonly principalName: string;
  readonly authority: string;
  readonly state: 'scheduled' | 'offboarded';
  readonly source: string;
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
}

export type DeadDisposition = Extract<Disposition, { kind: 'dead' }>;

export const DONE = { kind: 'done' } as const satisfies Disposition;

/** `retryAfterS`: seconds that the other side asks to wait; without it the queue's backoff decides. */
export const retryLater = (code: string, retryAfterS?: number): Disposition => ({
  kind: 'retry',
  code,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

/** From this receive count on a message is processed last and alone: it may be what ends the process. */
export const POISON_RECEIVE_COUNT = 20;
const MIN_RECEIVES_BEFORE_GIVING_UP = 5;

export interface MessageAge {
  readonly receiveCount: number;
  /** Epoch ms. */
  readonly firstReceived: number;
}

/** Whether a message was retried long enough. Time alone would give up on messages that throttling delayed. */
export const isExhausted = (age: MessageAge, now: number, settings: Pick<Settings, 'retryHorizonMs'>): boolean =>
  age.receiveCount >= MIN_RECEIVES_BEFORE_GIVING_UP && now - age.firstReceived > settings.retryHorizonMs;

/** Visibility in seconds of a message that was not started: leaked keys at once, bulk work a little later. */
export const UNSTARTED_VISIBILITY_S: Readonly<Record<Lane, number>> = { urgent: 0, bulk: 5 };

export const CONFLICT: DeadDisposition = {
  kind: 'dead',
  reason: 'held-conflict',
  detail: 'the same source and id came before with another body',
};

/** `target`: the event's target, if it has exactly one. */
export const heldBy = (hold: Hold, target?: Target): DeadDisposition => ({
  kind: 'dead',
  ...hold,
  ...(target && { target }),
});

/** Nothing was called: the listed id is none that an event or a request could have. */
const UNNAMEABLE = 'the API lists a key whose id has an unknown form: revoke it in the console';

/** `target`: the event's target, if it has exactly one. */
export function dispositionOf(
  result: TargetOutcome,
  { dryRunKeep }: Pick<Settings, 'dryRunKeep'>,
  target?: Target,
): Disposition {
  if (result.outcome === 'held') return heldBy(result.hold, target);
  if (result.outcome === 'undecided') return retryLater(result.code, result.retryAfterS);
  const { outcome, next, call, retryAfterS } = result;
  if (next === 'retry') return retryLater(outcome, retryAfterS);
  if (next === 'dead') {
    const detail = call === undefined ? UNNAMEABLE : 'the API refused the request as malformed';
    const status = call?.status === undefined ? {} : { status: call.status };
    return { kind: 'dead', reason: 'api-rejected', detail, ...(target && { target }), ...status };
  }
  return outcome === 'would-revoke' && dryRunKeep
    ? heldBy({ reason: 'held-dry-run', detail: 'rule: dry run with DRY_RUN_KEEP' }, target)
    : DONE;
}

/**
 * Of an event with several targets: a retry of one retries all, since repeating is harmless; then a dead one decides.
 */
export function combined(dispositions: readonly Disposition[]): Disposition {
  const all = messageDisposition(dispositions);
  return all.kind === 'retry' ? all : (dispositions.find(({ kind }) => kind === 'dead') ?? all);
}

/**
 * Of a message with several events: if one must be retried, the message is, after the longest Retry-After. Otherwise
 * it is done once each dead event has its dead letter. A message that was started backs off, since all of it is
 * processed again.
 */
export function messageDisposition(dispositions: readonly Disposition[]): Exclude<Disposition, { kind: 'dead' }> {
  const retries = dispositions.filter((disposition) => disposition.kind === 'retry');
  const longest = retries.toSorted(
    (a, b) => (b.retryAfterS ?? 0) - (a.retryAfterS ?? 0) || Number(isUnstarted(a)) - Number(isUnstarted(b)),
  )[0];
  if (longest === undefined) return DONE;
  return isUnstarted(longest) && retries.length < dispositions.length
    ? { kind: 'retry', code: 'not-finished' }
    : longest;
}

/** A failed attempt backs off, even beside an event that was not started. */
const isUnstarted = ({ code }: Extract<Disposition, { kind: 'retry' }>): boolean => code === 'not-started';
