/** middy with its middleware for partial failures, as its documentation shows; calls by `fetch`. */
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

const lambdaHandler = ({ Records: records }) =>
  Promise.allSettled(
    records.map(async (record) => {
      const { id, accessKeyId } = readLeak(record.body);
      write(intent(id, accessKeyId));
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ accessKey: accessKeyId }) });
      await response.json();
      if (!response.ok) throw new Error(`status ${response.status}`);
      write(outcome(id, accessKeyId, response.status));
    }),
  );

// Its default logger prints each failed record to stderr.
export const handler = middy(lambdaHandler).use(sqsPartialBatchFailure({ logger: false }));
