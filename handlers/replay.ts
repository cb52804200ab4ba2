/** The replay of dead letters, invoked by hand: one run within Lambda's time limit; invoke again where it says `time`. */

import type { InvocationContext } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { readReplayRequest } from '../lib/io/lambda/replay-request.ts';
import { replay } from '../lib/replay/replay.ts';
import type { ReplayReport } from '../lib/replay/rules.ts';
import { replayServices } from './replay-services.ts';

exitOnFatalError();
// Cold start: a wrong configuration fails the invocation before any letter is touched.
const services = replayServices(process.env);

/** The last letter ends, and what was hidden is shown again, so long before Lambda would end us. */
const MARGIN_MS = 30_000;

/** Called by Lambda with a request; returns the report. Throws ReplayRequestError (`request-invalid`). */
export const handler = async (event: unknown, context: InvocationContext): Promise<ReplayReport> => {
  const request = readReplayRequest(event);
  const leftMs = context.getRemainingTimeInMillis();
  const endsAt = services.ports.clock.now() + Math.max(leftMs - MARGIN_MS, leftMs / 2);
  return replay(services, { ...request, endsAt, requestId: context.awsRequestId });
};
