import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type StartedQueues, startQueues, text } from './queue/stack.ts';

let q: StartedQueues;

beforeEach(async () => {
  q = await startQueues();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await q.close();
});

describe('the queues of the deployment', () => {
  test('are on loopback, with the numbers of the deployment', async () => {
    const attributesOf = async (QueueUrl: string) =>
      (await q.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
    expect(new URL(q.queues.urgent.url).origin).toBe(q.server.endpoint);
    expect(q.server.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(q.queues.urgent.arn).toBe('arn:aws:sqs:us-east-1:000000000000:revocation-urgent');
    expect(await attributesOf(q.queues.urgent.url)).toMatchObject({
      VisibilityTimeout: '180',
      MessageRetentionPeriod: '345600',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: q.queues.deadLetters.arn, maxReceiveCount: 400 }),
    });
    expect(await attributesOf(q.queues.bulk.url)).toMatchObject({
      VisibilityTimeout: '725',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: q.queues.deadLetters.arn, maxReceiveCount: 60 }),
    });
    expect(await attributesOf(q.queues.deadLetters.url)).toMatchObject({ MessageRetentionPeriod: '1209600' });
  });

  test('work for a client that knows the endpoint from its environment only, because their URLs resolve', async () => {
    // Unless an endpoint was handed in, the SDK goes to the host of the queue URL.
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', q.server.endpoint);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new SQSClient({ region: 'us-east-1', credentials });
    await client.send(new SendMessageCommand({ QueueUrl: q.queues.urgent.url, MessageBody: 'x' }));
    client.destroy();
    expect((await q.receive()).map((m) => m.Body)).toEqual(['x']);
  });
});

test('message attributes are handed out only to those who ask for them', async () => {
  await q.send('x', { MessageAttributes: { reason: text('invalid') } });
  const [plain] = await q.receive({ VisibilityTimeout: 0 });
  expect(plain?.MessageAttributes).toBeUndefined();
  const [full] = await q.receive({ MessageAttributeNames: ['All'] });
  expect(full?.MessageAttributes).toEqual({ reason: text('invalid') });
});
