/** Powertools as in `powertools.mjs`, with the SQS client that a dead letter or a visibility needs. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { leakRecord } from './leak-schema.mjs';
import { logger, revokeRecord } from './powertools-record.mjs';

const sqs = new SQSClient({});
const processor = new BatchProcessor(EventType.SQS, { parser, schema: leakRecord, logger });

/** Not called by the benchmark: nothing is unreadable there. */
export const bury = (body) =>
  sqs.send(new SendMessageCommand({ QueueUrl: process.env.DEAD_LETTER_QUEUE_URL, MessageBody: body }));

export const handler = async (event, context) =>
  processPartialResponse(event, revokeRecord, processor, { context, throwOnFullBatchFailure: false });
