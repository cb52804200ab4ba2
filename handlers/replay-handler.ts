/** One invocation of the replay of dead letters: within its time, and within what Lambda returns. */
import type { InvocationContext } from '../lib/consume/batch.ts';
import { readReplayRequest } from '../lib/io/lambda/replay-request.ts';
import type { ReplayCode } from '../lib/model/replay-codes.ts';
import { type ReplayServices, replay } from '../lib/replay/replay.ts';
import type { ReplayReport } from '../lib/replay/rules.ts';

/** Time (ms) before the invocation's end by which the last dead letter is finished and the others are visible again. */
const MARGIN_MS = 30_000;

export interface InvokedReport extends ReplayReport {
  /** The result of each dead letter that `messageIds` named. */
  readonly deadLetters?: readonly { readonly messageId: string; readonly code: ReplayCode }[];
}

/** The function throws ReplayRequestError (`request-invalid`). */
export const createReplayHandler =
  (services: ReplayServices) =>
  async (event: unknown, context: InvocationContext): Promise<InvokedReport> => {
    const { seconds = Infinity, ...request } = readReplayRequest(event);
    const leftMs = context.getRemainingTimeInMillis();
    const runMs = Math.min(Math.max(leftMs - MARGIN_MS, leftMs / 2), seconds * 1_000);
    const deadLetters: { messageId: string; code: ReplayCode }[] = [];
    const report = await replay(services, {
      ...request,
      endsAt: services.ports.clock.now() + runMs,
      requestId: context.awsRequestId,
      onDeadLetter({ deadLetter: { messageId } }, code) {
        if (code !== 'not-matched') deadLetters.push({ messageId, code });
      },
    });
    return request.filter.messageIds === undefined ? report : { ...report, deadLetters };
  };
