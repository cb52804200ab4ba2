/**
 * The replay of dead letters. For each: does it match the filter, may it be sent, does no other delivery process its
 * event; then forward, then delete. A failure in between leaves it in the dead-letter queue; an event that is sent
 * twice is settled once.
 */
import { writeCheckpoint } from '../audit/write.ts';
import type { Ports } from '../context.ts';
import {
  DeadLettersUnavailable,
  type IterationPorts,
  iterateDeadLetters,
  type QueuedDeadLetter,
} from '../dead-letters/iterate.ts';
import type { StoredDeadLetter } from '../dead-letters/read.ts';
import type { Operator, ReplayCode } from '../model/replay-codes.ts';
import { canMeanHolds, type ReplayFilter } from '../model/replay-filter.ts';
import type { Clock } from '../ports.ts';
import { type Bodies, createBodies } from './bodies.ts';
import { type ReplayOperation, type ReplaySettings, recordUnsent, redrive } from './redrive.ts';
import { counted, emptyReport, matches, type ReplayEnd, type ReplayReport, refusalOf, waitingIn } from './rules.ts';

export interface ReplayServices {
  readonly ports: IterationPorts & Pick<Ports, 'chance' | 'audit' | 'lanes' | 'table'>;
  readonly settings: ReplaySettings;
}

export interface ReplayRequest {
  readonly filter: ReplayFilter;
  readonly operator: Operator;
  /** Selects among those that match the filter, such as those that the operator was shown. */
  readonly isMeant?: (deadLetter: StoredDeadLetter) => boolean;
  /** Approves holds and dead letters over the replay limit. */
  readonly approve?: boolean;
  /** `aws:userid` of other operators who have approved the same, if two persons must. */
  readonly approvedBy?: readonly string[];
  /** Ledger keys of approvals that operators have stored; by default one is stored in the name of `operator`. */
  readonly approvals?: readonly string[];
  /** Names the run in its records; by default a new id. */
  readonly operationId?: string;
  /** Reads and reports what would happen; writes nothing, not even audit records. */
  readonly dryRun?: boolean;
  /** At most this many dead letters are sent, fail, or are approved for a second person. */
  readonly max?: number;
  /** At most this many dead letters are sent per second; 0.1 or more. */
  readonly ratePerSecond?: number;
  /** Epoch ms: no dead letter is started later. */
  readonly endsAt?: number;
  /** As in Iteration. */
  readonly expected?: number;
  /** Ends the run between two dead letters. */
  readonly signal?: AbortSignal;
  /** Called with the result of each dead letter. */
  readonly onDeadLetter?: (queued: QueuedDeadLetter, code: ReplayCode) => void;
  /** Lambda's request id, for the audit; by default the operation's id. */
  readonly requestId?: string;
}

/**
 * A run that names dead letters in full ends with the last of them. Dead letters that were sent after the start, or
 * that are invisible because others process them, are not touched. (A dry run shows later ones too: it may run by
 * another clock than that of SQS.) Failed ones are counted and stay for the next run.
 * If it approves holds that are not named by message ids, it reads all of them before it sends one: of two bodies under
 * one source and id it approves neither, whichever comes first. Rejects only as `onDeadLetter` does.
 */
export async function replay(services: ReplayServices, request: ReplayRequest): Promise<ReplayReport> {
  const { filter, dryRun = false, approve = false, operationId = services.ports.chance.id() } = request;
  if (dryRun) return runReplay(services, { ...request, operationId }, undefined);
  const bodies = createBodies(services.ports);
  if (approve && filter.messageIds === undefined && canMeanHolds(filter)) {
    const unsent = { dryRun: true, max: Infinity, onDeadLetter: () => undefined };
    const { ended } = await runReplay(services, { ...request, operationId, ...unsent }, bodies);
    if (ended !== 'complete') return { ...emptyReport(operationId, dryRun), ended };
  }
  return runReplay(services, { ...request, operationId }, bodies);
}

async function runReplay(
  services: ReplayServices,
  request: ReplayRequest & { readonly operationId: string },
  bodies: Bodies | undefined,
): Promise<ReplayReport> {
  const { clock, log } = services.ports;
  const { filter, isMeant = () => true, dryRun = false, approve = false, endsAt, expected, onDeadLetter } = request;
  const startedAt = clock.now();
  const { operator, approvedBy = [], approvals, operationId: id, requestId = id } = request;
  const modes = { dryRun, approve, approvedBy, approvals, bodies };
  const operation: ReplayOperation = { ...services, id, operator, ...modes, requestId };
  let report = emptyReport(id, dryRun);
  let ended: ReplayEnd = 'complete';
  // A beginning of an id may stand for several dead letters, and is never struck off.
  const unseen = new Set(filter.messageIds);
  const halt = (): boolean => {
    ended = stopReason(request, report, clock.now()) ?? 'complete';
    return ended !== 'complete' || (filter.messageIds !== undefined && unseen.size === 0);
  };
  const finish = (queued: QueuedDeadLetter, code: ReplayCode): void => {
    report = counted(report, queued.deadLetter, code);
    unseen.delete(queued.deadLetter.messageId);
    onDeadLetter?.(queued, code);
  };
  const pace = createPace(clock, request);
  try {
    for await (const queued of iterateDeadLetters(services.ports, {
      ...(dryRun ? {} : { startedAt }),
      halt,
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(expected === undefined ? {} : { expected }),
    })) {
      const { deadLetter } = queued;
      if (!(matches(filter, deadLetter, startedAt) && isMeant(deadLetter))) {
        finish(queued, 'not-matched');
        continue;
      }
      const denied = refusalOf(deadLetter, { approve, dryRun, filter });
      if (denied === undefined) await pace();
      // A stop by the operator, or `endsAt`, may have ended the wait.
      if (halt()) break;
      const code =
        denied === undefined ? await redrive(operation, queued) : await recordUnsent(operation, queued, denied);
      finish(queued, code);
    }
  } catch (error) {
    if (!(error instanceof DeadLettersUnavailable)) throw error;
    log.error(error.code);
    ended = 'unavailable';
  }
  await writeCheckpoint(services, operation.requestId);
  return { ...report, ended };
}

function stopReason(
  { signal, endsAt, max }: ReplayRequest,
  { results, reasons }: ReplayReport,
  now: number,
): ReplayEnd | undefined {
  if (signal?.aborted) return 'stopped';
  if (endsAt !== undefined && now >= endsAt) return 'time';
  if (max === undefined) return undefined;
  return results.replayed + results.failed + waitingIn(reasons) >= max ? 'max' : undefined;
}

/** Resolves when the next dead letter may be sent. A dry run does not wait. */
function createPace(
  clock: Clock,
  { ratePerSecond, dryRun, endsAt = Infinity, signal }: ReplayRequest,
): () => Promise<void> {
  if (ratePerSecond === undefined || dryRun) return () => Promise.resolve();
  let next = 0;
  return async () => {
    const at = Math.max(clock.now(), next);
    next = at + 1_000 / ratePerSecond;
    await clock.sleep(Math.min(at, endsAt) - clock.now(), signal);
  };
}
