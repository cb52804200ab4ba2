/** Powertools as in `powertools.mjs`, with the SQS client for dead letters and visibility. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { leakRecord } from './leak-schema.mjs';
import { logger, revokeRecord } from './powertools-record.mjs';

const sqs = new SQSClient({});
const processor = new BatchProcessor(EventType.SQS, { parser, schema: leakRecord, logger });

/** The benchmark sends no unreadable message, so this is never called. */
export const sendToDeadLetterQueue = (body) =>
  sqs.send(new SendMessageCommand({ QueueUrl: process.env.DEAD_LETTER_QUEUE_URL, MessageBody: body }));

export const handler = async (event, context) =>
  processPartialResponse(event, revokeRecord, processor, { context, throwOnFullBatchFailure: false });
