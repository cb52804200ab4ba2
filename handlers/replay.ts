/**
 * The replay of dead letters, invoked by an operator or by the CLI. It alone sends them back. Invoke it again if the
 * report ends with `time`.
 */
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { createReplayHandler } from './replay-handler.ts';
import { replayServices } from './replay-services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any dead letter is received.
export const handler = createReplayHandler(replayServices(process.env));
