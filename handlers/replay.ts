/**
 * The replay of dead letters, invoked by an operator: one run within Lambda's time limit. Invoke it again if the report
 * ends with `time`.
 */
import type { InvocationContext } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { readReplayRequest } from '../lib/io/lambda/replay-request.ts';
import { replay } from '../lib/replay/replay.ts';
import type { ReplayReport } from '../lib/replay/rules.ts';
import { replayServices } from './replay-services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any dead letter is received.
const services = replayServices(process.env);

/** Time (ms) before the invocation's end by which the last dead letter is finished and the others are visible again. */
const MARGIN_MS = 30_000;

/** Throws ReplayRequestError (`request-invalid`). */
export const handler = async (event: unknown, context: InvocationContext): Promise<ReplayReport> => {
  const request = readReplayRequest(event);
  const leftMs = context.getRemainingTimeInMillis();
  const endsAt = services.ports.clock.now() + Math.max(leftMs - MARGIN_MS, leftMs / 2);
  return replay(services, { ...request, endsAt, requestId: context.awsRequestId });
};
