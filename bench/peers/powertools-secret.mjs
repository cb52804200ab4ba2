/** `powertools.mjs`, with the token from Secrets Manager by the parameters utility, which keeps it for 5 s. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { leakRecord } from './leak-schema.mjs';
import { logger, revokeWith } from './powertools-record.mjs';
import { headersWith } from './revocation.mjs';

const processor = new BatchProcessor(EventType.SQS, { parser, schema: leakRecord, logger });
const revoke = async (record) =>
  revokeWith(headersWith(await getSecret(process.env.COREWEAVE_API_TOKEN_SECRET_ID)), record);

export const handler = async (event, context) =>
  processPartialResponse(event, revoke, processor, { context, throwOnFullBatchFailure: false });
