/** The consumer of both input queues. */
import type { SQSBatchResponse } from 'aws-lambda';
import { type InvocationContext, processBatch } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { withTimeout } from '../lib/io/node.ts';
import { revokeServices } from './services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any record is processed.
const services = revokeServices(process.env);

/** A start may take 10 s (AWS, Lambda execution environment, init phase). The first calls wait for the same load. */
const TOKEN_MS = 3_000;
// Here, because Lambda gives a start more CPU than an invocation.
// Without a token the start succeeds: the first call loads it again, and its record fails if that fails too.
await withTimeout(services.token.current(), TOKEN_MS);

/** Returns the records that are not settled: SQS makes them visible again. */
export const handler = (event: unknown, context: InvocationContext): Promise<SQSBatchResponse> =>
  processBatch(services, event, context);
