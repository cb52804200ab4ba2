/** The queue consumer of both lanes. */
import type { SQSBatchResponse } from 'aws-lambda';
import { type InvocationContext, revokeBatch } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { revokeServices } from './services.ts';

exitOnFatalError();
// Cold start: a wrong configuration fails the invocation before any record is touched.
const services = revokeServices(process.env);

/** Called by Lambda with each batch; returns the records that are not settled, which SQS will show again. */
export const handler = (event: unknown, context: InvocationContext): Promise<SQSBatchResponse> =>
  revokeBatch(services, event, context);
