import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { SDK_SETTINGS, type SdkOverrides } from '../../../../lib/io/aws/sdk.ts';
import { type Answer, json, silence } from '../../../support/loopback.ts';
import { against, PLANTED, sqs } from '../../../support/sqs-stub.ts';

test('an entry that SQS refuses or omits rejects with the code and no text of the message', async () => {
  const codes: Record<string, string> = { [PLANTED]: 'InvalidMessageContents', quiet: 'silent' };
  const { deadLetters } = await against(sqs(({ MessageBody }) => codes[MessageBody ?? '']));
  const results = await Promise.allSettled(
    ['good', PLANTED, 'quiet'].map((body) => deadLetters.send({ body, attributes: {} })),
  );
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'queue-refused', detail: 'InvalidMessageContents' } },
    { status: 'rejected', reason: { code: 'queue-refused', detail: 'unaccounted' } },
  ]);
  expect(inspect(results, { depth: 9, showHidden: true })).not.toContain(PLANTED);
});

test('a return that SQS refuses rejects its own promise', async () => {
  const { lanes } = await against(
    sqs(({ ReceiptHandle }) => (ReceiptHandle === 'expired' ? 'ReceiptHandleIsInvalid' : undefined)),
  );
  const results = await Promise.allSettled([
    lanes.returnAfter('bulk', 'expired', 5),
    lanes.returnAfter('bulk', 'good', 5),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code: 'queue-refused', detail: 'ReceiptHandleIsInvalid' } },
    { status: 'fulfilled' },
  ]);
});

const FAST = { ...SDK_SETTINGS.requestHandler, requestTimeout: 40, socketTimeout: 40 };

test.for<readonly [string, Answer, SdkOverrides, string]>([
  [
    'does not know the queue',
    json(400, { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: PLANTED }),
    {},
    'QueueDoesNotExist',
  ],
  ['hangs', silence, { requestHandler: FAST, maxAttempts: 1 }, 'TimeoutError'],
  ['resets', (_, __, request) => request.socket.resetAndDestroy(), { maxAttempts: 1 }, 'TimeoutError'],
])(
  'when SQS %s, every promise of the batch rejects with the name of the error alone',
  async ([, answer, overrides, detail]) => {
    const { deadLetters } = await against(answer, overrides);
    const results = await Promise.allSettled([1, 2].map(() => deadLetters.send({ body: PLANTED, attributes: {} })));
    const reason = { code: 'queue-unavailable', detail };
    expect(results).toMatchObject([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(inspect(results, { depth: 9, showHidden: true })).not.toContain(PLANTED);
  },
);

test('the shared settings of SDK clients hold here, too', async () => {
  const { server, lanes } = await against((_, __, request) => request.socket.resetAndDestroy());
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  try {
    await expect(lanes.send('bulk', 'x', {})).rejects.toMatchObject({ code: 'queue-unavailable' });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(server.seen).toHaveLength(3);
});
