/**
 * The replay: dead letters are sent round again. For each letter: is it meant, may it go, is its row open, then hand on,
 * then delete. Whatever fails between leaves it on the dead-letter queue; what is sent twice is settled once.
 */

import type { AuditFacts } from '../audit/record.ts';
import { checkpoint } from '../audit/write.ts';
import type { Ports } from '../context.ts';
import type { Letter } from '../dead-letters/read.ts';
import { LettersUnavailable, type WalkPorts, walkLetters } from '../dead-letters/walk.ts';
import type { Operator, ReplayCode } from '../model/replay-codes.ts';
import type { Clock } from '../ports.ts';
import { leave, type Operation, sendAgain } from './resend.ts';
import {
  counted,
  emptyReport,
  matches,
  type ReplayEnd,
  type ReplayFilter,
  type ReplayReport,
  refusalOf,
} from './rules.ts';

export interface ReplayServices {
  readonly ports: WalkPorts & Pick<Ports, 'chance' | 'audit' | 'lanes' | 'table'>;
  readonly settings: AuditFacts['settings'];
}

export interface ReplayRequest {
  readonly filter: ReplayFilter;
  readonly operator: Operator;
  /** Message ids: no other letters than these, such as those that the operator was shown. */
  readonly among?: ReadonlySet<string>;
  /** Releases holds, and letters that went round too often. */
  readonly approve?: boolean;
  /** Reads, and says what would happen; writes nothing, not even audit records. */
  readonly dryRun?: boolean;
  /** Letters sent, or tried in vain, at most. */
  readonly max?: number;
  /** Letters sent per second at most, 0.1 or more. */
  readonly ratePerSecond?: number;
  /** Epoch ms: no letter is begun later. */
  readonly endsAt?: number;
  /** Ends the run between two letters. */
  readonly signal?: AbortSignal;
  /** Told of each letter when it is done with. */
  readonly onLetter?: (letter: Letter, code: ReplayCode) => void;
  /** Lambda's id of the invocation, for the audit; the operation's by default. */
  readonly requestId?: string;
}

/**
 * Takes the services and a request; returns the report. Letters that were sent to the queue after the start, or that
 * others hold, are not touched. Does not reject for a letter or a queue: what fails is counted, and the next run takes
 * it. Rejects as `onLetter` does.
 */
export async function replay(services: ReplayServices, request: ReplayRequest): Promise<ReplayReport> {
  const { clock, chance, log } = services.ports;
  const { filter, among, dryRun = false, approve = false, endsAt, onLetter } = request;
  const startedAt = clock.now();
  const id = chance.id();
  const operation: Operation = {
    ...services,
    id,
    operator: request.operator,
    dryRun,
    requestId: request.requestId ?? id,
  };
  let report = emptyReport(id, dryRun);
  let ended: ReplayEnd = 'complete';
  const halt = (): boolean => {
    ended = stopOf(request, report, clock.now()) ?? 'complete';
    return ended !== 'complete';
  };
  const pace = createPace(clock, request);
  try {
    for await (const walked of walkLetters(services.ports, {
      startedAt,
      halt,
      ...(endsAt === undefined ? {} : { endsAt }),
    })) {
      const { letter } = walked;
      const isMeant = (among?.has(letter.messageId) ?? true) && matches(filter, letter, startedAt);
      const denied = isMeant ? refusalOf(letter, approve) : 'not-matched';
      if (denied === undefined) await pace();
      // The operator, or the time, may have ended the wait.
      if (halt()) break;
      const code = denied === undefined ? await sendAgain(operation, walked) : await leave(operation, walked, denied);
      report = counted(report, letter, code);
      onLetter?.(letter, code);
    }
  } catch (error) {
    if (!(error instanceof LettersUnavailable)) throw error;
    log.error(error.code);
    ended = 'unavailable';
  }
  await checkpoint(services, operation.requestId);
  return { ...report, ended };
}

function stopOf({ signal, endsAt, max }: ReplayRequest, { results }: ReplayReport, now: number): ReplayEnd | undefined {
  if (signal?.aborted) return 'stopped';
  if (endsAt !== undefined && now >= endsAt) return 'time';
  return max !== undefined && results.replayed + results.failed >= max ? 'max' : undefined;
}

/** Resolves when the next letter may be sent. A run that sends nothing waits for nothing. */
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
