/** Powertools' batch alone: no parser, no logger. What is left of its cost without them. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

const processor = new BatchProcessor(EventType.SQS);

async function recordHandler(record) {
  const { id, accessKeyId } = readLeak(record.body);
  write(intent(id, accessKeyId));
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ accessKey: accessKeyId }) });
  await response.json();
  if (!response.ok) throw new Error(`status ${response.status}`);
  write(outcome(id, accessKeyId, response.status));
}

export const handler = async (event, context) =>
  processPartialResponse(event, recordHandler, processor, { context, throwOnFullBatchFailure: false });
