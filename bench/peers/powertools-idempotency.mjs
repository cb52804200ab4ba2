/**
 * Powertools as in `powertools.mjs`, each record idempotent in DynamoDB: two table calls per record in addition to
 * the API call, which is more work than any other contestant does (the product needs none for a key).
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { leakRecord } from './leak-schema.mjs';
import { logger, revokeRecord } from './powertools-record.mjs';

const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId' });
const revokeOnce = makeIdempotent(revokeRecord, {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName: 'idempotency' }),
  config,
});
const processor = new BatchProcessor(EventType.SQS, { parser, schema: leakRecord, logger });

export const handler = async (event, context) => {
  config.registerLambdaContext(context);
  return processPartialResponse(event, revokeOnce, processor, { context, throwOnFullBatchFailure: false });
};
