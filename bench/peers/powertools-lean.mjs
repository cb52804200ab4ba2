/** Powertools' batch utility alone, without parser and logger: its own cost. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { revokeByFetch } from './by-fetch.mjs';

const processor = new BatchProcessor(EventType.SQS);

export const handler = async (event, context) =>
  processPartialResponse(event, revokeByFetch, processor, { context, throwOnFullBatchFailure: false });
