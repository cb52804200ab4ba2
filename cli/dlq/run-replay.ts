/**
 * The replay itself: the CLI stores the approvals of its operator, and the function `replay` sends. It is invoked for a
 * few seconds at a time, so that progress can be shown and Ctrl-C ends the run soon.
 */
import { fieldsOf } from '../../events/shapes.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { isHoldReason } from '../../lib/model/reasons.ts';
import { isReplayCode, type ReplayCode } from '../../lib/model/replay-codes.ts';
import { approve } from '../../lib/replay/approve.ts';
import type { ReplayRequest, ReplayServices } from '../../lib/replay/replay.ts';
import { counted, type ReplayEnd, type ReplayReport } from '../../lib/replay/rules.ts';
import { errorCode } from '../../lib/runtime/error-code.ts';
import { type Progress, startProgress } from '../../terminal/progress.ts';
import { toAwsFailure } from '../aws-failure.ts';
import type { Context } from '../context.ts';
import { CliError } from '../failure.ts';
import { invokeFunction, unexpectedResult } from '../io/invoke-function.ts';

/** An invocation ends after about so many seconds, unless it would send nothing in that time. */
const SLICE_S = 2;
/** The longest that the function accepts. */
const MAX_SLICE_S = 840;
/** Message ids that one request of the function may name. */
const MAX_IDS = 10_000;

export interface ReplayRun {
  readonly services: ReplayServices;
  /** The name of the function. */
  readonly functionName: string;
  readonly request: ReplayRequest;
  /** What was shown, and is to be sent: nothing else is. */
  readonly shown: readonly StoredDeadLetter[];
  /** The dead letters that stay, as the preview counted them. */
  readonly rest: ReplayReport;
}

/**
 * `unreached`: dead letters that were shown, and that the function did not find. `waiting`: message ids of those that a
 * second person must approve.
 */
export type ReplayOutcome = ReplayReport & { readonly unreached: number; readonly waiting: readonly string[] };

/** Throws CliError `approval-not-stored` before anything is sent, and as `invokeFunction`. */
export async function runReplay(context: Context, run: ReplayRun): Promise<ReplayOutcome> {
  const operationId = context.chance.id();
  const approvals = await storeApprovals(context, run, operationId);
  const { ratePerSecond } = run.request;
  const pace = ratePerSecond === undefined ? {} : { perSecond: ratePerSecond };
  const progress = startProgress(context.terminal, context.clock, {
    what: 'replay',
    total: run.shown.length,
    ...pace,
  });
  try {
    return await invokeUntilDone(run, { operationId, approvals, progress, env: context.env });
  } finally {
    progress.end();
  }
}

/**
 * Ledger keys, fewer after Ctrl-C; undefined: AWS does not say who the operator is, and the function stores what that
 * allows.
 */
async function storeApprovals(
  { env, terminal, clock }: Context,
  { services: { ports, settings }, request, shown }: ReplayRun,
  operationId: string,
): Promise<readonly string[] | undefined> {
  const { operator, approvedBy = [] } = request;
  if (!request.approve || operator.claimed) return undefined;
  const twoPerson = settings.twoPersonApproval;
  const holds = shown.flatMap(holdIn);
  if (holds.length === 0) return [];
  const keys: string[] = [];
  const progress = startProgress(terminal, clock, { what: 'approve', total: holds.length });
  try {
    for (const hold of holds) {
      if (request.signal?.aborted) break;
      const wanted = { ...hold, operator, operationId, approvedBy, twoPerson, dryRun: false };
      const result = await approve(ports, wanted).catch((error) => ({
        kind: toAwsFailure(error, env)?.message ?? errorCode(error),
      }));
      if (!('keys' in result)) throw notStored(hold.deadLetter, result.kind);
      keys.push(...result.keys);
      progress.step(`${hold.reason}: stored`);
    }
  } finally {
    progress.end();
  }
  return keys;
}

function holdIn(deadLetter: StoredDeadLetter) {
  const { event, reason } = deadLetter;
  return event !== null && isHoldReason(reason) ? [{ deadLetter, event, reason }] : [];
}

const notStored = ({ about }: StoredDeadLetter, code: string): CliError =>
  new CliError({
    code: 'approval-not-stored',
    message: `the approval of event ${about.id} could not be stored (${code}), and nothing was sent`,
    next: 'run `revoker doctor`, then run it again',
  });

interface Operation {
  readonly operationId: string;
  readonly approvals: readonly string[] | undefined;
  readonly progress: Progress;
  readonly env: Context['env'];
}

async function invokeUntilDone(run: ReplayRun, operation: Operation): Promise<ReplayOutcome> {
  const { request, functionName } = run;
  const left = new Map(run.shown.map((deadLetter) => [deadLetter.messageId, deadLetter]));
  let report: ReplayReport = { ...run.rest, operationId: operation.operationId, dryRun: false };
  let seconds = sliceSeconds(request);
  const waiting: string[] = [];
  const endAs = (ended: ReplayEnd): ReplayOutcome => ({ ...report, ended, unreached: left.size, waiting });
  while (left.size > 0) {
    if (request.signal?.aborted) return endAs('stopped');
    const payload = payloadOf(request, operation, { ids: [...left.keys()].slice(0, MAX_IDS), seconds });
    const { ended, deadLetters } = readResult(
      await invokeFunction({ name: functionName, payload, env: operation.env }).catch((error: unknown) => {
        throw withProcessed(error, { operation, processed: run.shown.length - left.size, total: run.shown.length });
      }),
    );
    for (const { messageId, code } of deadLetters) {
      const deadLetter = left.get(messageId);
      if (deadLetter === undefined) continue;
      left.delete(messageId);
      report = counted(report, deadLetter, code);
      if (code === 'needs-second-approval') waiting.push(messageId);
      operation.progress.step(`${deadLetter.reason}: ${code}`);
    }
    if (ended === 'unavailable') return endAs(ended);
    // Those that are left are gone, or another consumer has them.
    if (ended === 'complete' && left.size <= MAX_IDS) break;
    if (deadLetters.length > 0) continue;
    if (seconds >= MAX_SLICE_S) return endAs('time');
    seconds = Math.min(MAX_SLICE_S, 2 * seconds);
  }
  return endAs(report.ended);
}

interface Processed {
  readonly operation: Pick<Operation, 'operationId'>;
  readonly processed: number;
  readonly total: number;
}

/** A run of hours may end with expired credentials: what it did before is not in a report. */
function withProcessed(error: unknown, { operation, processed, total }: Processed): unknown {
  if (!(error instanceof CliError) || processed === 0) return error;
  const before = `${processed} of ${total} dead letters were processed before, in operation ${operation.operationId}`;
  return new CliError({ ...error.failure, message: `${error.failure.message}; ${before}` });
}

/** With a rate, as long as whole dead letters take: the next invocation begins with one. */
const sliceSeconds = ({ ratePerSecond: rate }: ReplayRequest): number =>
  rate === undefined ? SLICE_S : Math.ceil(SLICE_S * rate) / rate;

const payloadOf = (
  { operator, approve: approves = false, ratePerSecond }: ReplayRequest,
  { operationId, approvals }: Operation,
  { ids, seconds }: { readonly ids: readonly string[]; readonly seconds: number },
): object => ({
  messageIds: ids,
  max: ids.length,
  seconds,
  operationId,
  operator: operator.arn ?? operator.name,
  ...(approves ? { approve: true } : {}),
  ...(approvals === undefined ? {} : { approvals }),
  ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
});

interface Result {
  readonly ended: unknown;
  readonly deadLetters: readonly { readonly messageId: string; readonly code: ReplayCode }[];
}

/** The function may be of another version. Throws CliError `function-result`. */
function readResult(value: unknown): Result {
  const { ended, deadLetters } = fieldsOf(value);
  if (!Array.isArray(deadLetters)) throw unexpectedResult();
  return {
    ended,
    deadLetters: deadLetters.map((each) => {
      const { messageId, code } = fieldsOf(each);
      if (typeof messageId !== 'string' || !isReplayCode(code)) throw unexpectedResult();
      return { messageId, code };
    }),
  };
}
