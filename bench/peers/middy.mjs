/** middy with its middleware for partial failures, as in its documentation; calls by `fetch`. */
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import { revokeByFetch } from './by-fetch.mjs';

const lambdaHandler = ({ Records: records }) => Promise.allSettled(records.map(revokeByFetch));

// Its default logger prints each failed record to stderr.
export const handler = middy(lambdaHandler).use(sqsPartialBatchFailure({ logger: false }));
