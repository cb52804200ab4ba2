/** The consumer of both input queues. */
import type { SQSBatchResponse } from 'aws-lambda';
import { type InvocationContext, processBatch } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { revokeServices } from './services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any record is processed.
const services = revokeServices(process.env);

/** Returns the records that are not settled: SQS makes them visible again. */
export const handler = (event: unknown, context: InvocationContext): Promise<SQSBatchResponse> =>
  processBatch(services, event, context);
