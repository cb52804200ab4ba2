/** Powertools: batch utility (parallel, its default) with parser (zod) and logger, as in its documentation. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { leakRecord } from './leak-schema.mjs';
import { logger, revokeRecord } from './powertools-record.mjs';

const processor = new BatchProcessor(EventType.SQS, { parser, schema: leakRecord, logger });

export const handler = async (event, context) =>
  processPartialResponse(event, revokeRecord, processor, { context, throwOnFullBatchFailure: false });
