/** Reconstructs the history of each event from an audit log. Pure, except for its state. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import {
  type ApprovalDetails,
  type AuditStep,
  type EventSummary,
  eventSummaryOf,
  type ReplayDetails,
  stepOf,
} from '../../lib/audit/read-step.ts';
import { CANARY_SOURCE } from '../../lib/model/sender.ts';

/**
 * The status of an event at the end of the log. `waiting`: it needs an operator. `discarded`: an operator decided so.
 * `unproven`: the call was accepted, but the revocation was not verified. `not-found`: the API does not know a key,
 * which may be live in another organization. `trying`: the last call failed and the message is retried. `open`: a call
 * without outcome.
 */
export type EventStatus =
  | 'revoked'
  | 'already-revoked'
  | 'unproven'
  | 'not-found'
  | 'nothing'
  | 'would-revoke'
  | 'waiting'
  | 'discarded'
  | 'trying'
  | 'open'
  | 'noted';

export interface EventHistory extends Omit<EventSummary, 'key'> {
  readonly steps: readonly AuditStep[];
  readonly targets: readonly string[];
  readonly status: EventStatus;
  /** The outcome, reason code or note that decides the status. */
  readonly code: string;
  /** Epoch ms, as the sender claims. */
  readonly detected?: number;
  /** Epoch ms of our first record. */
  readonly accepted: number;
  /** Epoch ms of the outcome that proves the last revocation. */
  readonly confirmed?: number;
}

export interface IncidentLog {
  /** In the order of their first records. */
  readonly events: readonly EventHistory[];
}

type LastStatus = Pick<EventHistory, 'status' | 'code'>;

interface EventSteps {
  readonly about: EventSummary;
  readonly steps: AuditStep[];
}

const STATUS_BY_OUTCOME: Readonly<Record<string, EventStatus>> = {
  confirmed: 'revoked',
  'already-revoked': 'already-revoked',
  accepted: 'unproven',
  'not-found': 'not-found',
  'no-keys': 'nothing',
  duplicate: 'nothing',
  'would-revoke': 'would-revoke',
};
/** The status of an event is the worst status of its targets. */
const WORST_FIRST: readonly EventStatus[] = [
  'open',
  'trying',
  'unproven',
  'not-found',
  'would-revoke',
  'revoked',
  'already-revoked',
  'nothing',
];

/** `take` gets each record that is no copy, then `end` returns the histories. */
export function createIncidentReader(): { take(line: AuditLine): void; end(): IncidentLog } {
  const told = new Map<string, EventSteps>();
  return {
    take(line) {
      const about = eventSummaryOf(line);
      if (about === undefined) return;
      const known = told.get(about.key);
      if (known === undefined) told.set(about.key, { about, steps: [stepOf(line)] });
      else known.steps.push(stepOf(line));
    },
    end() {
      const histories = [...told].map(([key, event]) => ({ key, history: toHistory(event) }));
      const checks = Map.groupBy(
        histories.flatMap(({ history }) => (history.parent === undefined ? [] : [history])),
        ({ parent }) => parent,
      );
      const events = histories.map(({ key, history }) => withChecks(history, checks.get(key) ?? []));
      return { events: events.toSorted((one, other) => one.accepted - other.accepted) };
    },
  };
}

function toHistory({ about: { key: _, ...about }, steps: unsorted }: EventSteps): EventHistory {
  // Only the records of one environment are in order; those of several are sorted by their clocks.
  const steps = unsorted.toSorted((one, other) => one.time - other.time);
  const { status, code } = withoutCanary(about, lastStatus(steps));
  const detected = parseInstant(about.claimedTime);
  const proofs = steps.filter((step) => step.phase === 'outcome' && step.code === 'confirmed').map(({ time }) => time);
  const [confirmed] = status === 'revoked' ? proofs.slice(-1) : [];
  return {
    ...about,
    steps,
    targets: [...new Set(steps.map(({ target }) => target).filter((target) => target !== ''))],
    status,
    code,
    ...(detected === undefined ? {} : { detected }),
    accepted: steps.map(({ time }) => time).reduce((first, time) => Math.min(first, time)),
    ...(confirmed === undefined ? {} : { confirmed }),
  };
}

/** Of checks that our own functions did not send, or not for that event: a stranger can name any event in one. */
const REFUSED: ReadonlySet<string> = new Set(['held-unknown-sender', 'invalid']);

/** A check that needs an operator makes its event wait. Checks can prove what was accepted, target by target. */
function withChecks(event: EventHistory, found: readonly EventHistory[]): EventHistory {
  const checks = found.filter(({ code }) => !REFUSED.has(code));
  const waiting = checks.find(({ status }) => status === 'waiting');
  if (event.status !== 'waiting' && waiting !== undefined) {
    const { confirmed: _, ...others } = event;
    return { ...others, status: 'waiting', code: waiting.code };
  }
  if (event.status !== 'unproven') return event;
  const proofs = unprovenTargets(event.steps).map((target) => proofOf(target, checks));
  const times = proofs.flatMap((time) => (time === undefined ? [] : [time]));
  if (times.length < proofs.length) return event;
  return { ...event, status: 'revoked', code: 'confirmed', confirmed: Math.max(...times) };
}

function unprovenTargets(steps: readonly AuditStep[]): readonly string[] {
  const last = new Map<string, string>();
  for (const { phase, target, code } of steps) if (phase === 'outcome') last.set(target, code);
  return [...last].filter(([, code]) => code === 'accepted').map(([target]) => target);
}

/** When the last check of the target showed that no key of it is live (epoch ms). */
function proofOf(target: string, checks: readonly EventHistory[]): number | undefined {
  const [last] = checks
    .filter(({ steps }) => steps.some((step) => step.target === target))
    .toSorted((one, other) => other.accepted - one.accepted);
  // A check that found no live key has this note alone.
  const isProof = last?.status === 'revoked' || (last?.status === 'noted' && last.code.startsWith('late-keys: '));
  return isProof ? last.steps.at(-1)?.time : undefined;
}

function parseInstant(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The key of a canary was revoked by an earlier one, until the API forgets it. */
const withoutCanary = ({ source }: Pick<EventHistory, 'source'>, last: LastStatus): LastStatus =>
  source === CANARY_SOURCE && last.status === 'not-found' ? { ...last, status: 'nothing' } : last;

function lastStatus(steps: readonly AuditStep[]): LastStatus {
  const at = steps.findLastIndex(({ phase }) => phase === 'hold' || phase === 'dead-letter');
  const parked = steps[at];
  const calls = steps.slice(at + 1).filter(({ phase }) => phase === 'intent' || phase === 'outcome');
  if (parked !== undefined && calls.length === 0) {
    const discarded = steps.slice(at + 1).some(({ phase, code }) => phase === 'discard' && code === 'discarded');
    return { status: discarded ? 'discarded' : 'waiting', code: parked.code };
  }
  const ends = new Map<string, { readonly status: EventStatus; readonly code: string; readonly request: string }>();
  for (const { phase, target, code, request } of calls) {
    const status = phase === 'intent' ? 'open' : (STATUS_BY_OUTCOME[code] ?? 'trying');
    // A record of a later delivery shows that the earlier one has ended.
    for (const [name, end] of ends) if (end.status === 'open' && end.request !== request) ends.delete(name);
    // A duplicate does not change an earlier result.
    if (code !== 'duplicate' || !ends.has(target)) ends.set(target, { status, code, request });
  }
  for (const worst of WORST_FIRST) {
    const end = [...ends.values()].findLast(({ status }) => status === worst);
    if (end !== undefined) return end;
  }
  return { status: 'noted', code: steps.map(({ code }) => code).reduce((_, last) => last) };
}

export interface HoldAndRelease {
  readonly event: EventHistory;
  readonly hold: AuditStep;
  /** The intent of the replay that approved it. */
  readonly released?: AuditStep;
  /** Who approved it: by the run, with the user ID that IAM has verified, else by a replay, which has a name alone. */
  readonly approvers: readonly (ApprovalDetails | ReplayDetails)[];
}

export const listHolds = (events: readonly EventHistory[]): readonly HoldAndRelease[] =>
  events.flatMap((event) =>
    event.steps.flatMap((hold, at) => {
      if (hold.phase !== 'hold') return [];
      const after = event.steps.slice(at + 1);
      const end = after.findIndex(({ phase }) => phase === 'hold');
      return [{ event, hold, ...approvalsOf(hold, end < 0 ? after : after.slice(0, end)) }];
    }),
  );

/** `after`: the steps until the next hold. */
function approvalsOf({ code }: AuditStep, after: readonly AuditStep[]): Pick<HoldAndRelease, 'released' | 'approvers'> {
  const releases = after.filter(isRelease);
  const [released] = releases;
  const approvals = after.flatMap((step) => (step.approvals ?? []).filter(({ reason }) => reason === code));
  const used = [...new Map(approvals.map((each) => [JSON.stringify([each.key, each.operationId]), each])).values()];
  const replays = releases.flatMap(({ replay = [] }) => replay);
  const unnamed = replays.filter(({ operationId }) => !used.some((each) => each.operationId === operationId));
  return { ...(released === undefined ? {} : { released }), approvers: [...unnamed, ...used] };
}

const isRelease = ({ code, replay }: AuditStep): boolean =>
  replay !== undefined && code === 'intent' && replay.releases !== '';

/** A follow-up check of our own. */
export const isCheck = ({ type }: Pick<EventHistory, 'type'>): boolean => type === 'revocation.check.v1';

/** Only replays and discards of it are in the log: the event itself is in another one. */
const isBookkeeping = ({ steps }: Pick<EventHistory, 'steps'>): boolean =>
  steps.every(({ phase }) => phase === 'replay' || phase === 'discard');

/** Events that senders sent: what the page and the CLI count. */
export const senderEvents = (events: readonly EventHistory[]): readonly EventHistory[] =>
  events.filter((event) => !isCheck(event) && !isRefusal(event) && !isBookkeeping(event));

/** A request that was refused. */
export const isRefusal = ({ steps }: Pick<EventHistory, 'steps'>): boolean =>
  steps.every(({ phase }) => phase === 'refusal');
