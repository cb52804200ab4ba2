import { PurgeQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedRequest } from '../../local/coreweave/exchange.ts';
import { fault } from '../../local/coreweave/faults.ts';
import { localSqs } from '../../local/queues.ts';
import { keyLeak } from '../support/event-factory.ts';
import { type Ask, asksOf, bringBack, checksOf, deadLettersOf, inWords, visibilitiesOf } from './asks.ts';
import { type End, ROWS } from './outcome-rows.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

let stack: Stack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startStack({ env: { API_TIMEOUT_MS: '1500' } });
  sqs = localSqs(stack.sqsEndpoint, 1);
});
afterAll(() => {
  sqs.destroy();
  return stack.close();
});

// A row that fails leaves its message behind: it must not come back in the next one. Nor must what a refusal has
// taught.
afterEach(async () => {
  await sqs.send(new PurgeQueueCommand({ QueueUrl: stack.queues.urgent.url }));
  await forget();
});

let forgotten = 0;
/** What was refused makes its instance slow: the next delivery is another's. */
async function forget(): Promise<void> {
  if (!stack.output.slice(forgotten).some((line) => line.includes('"code":"rate"'))) return;
  forgotten = stack.output.length;
  await stack.recycle();
}

/** What SQS is asked for, in this order: a message is handed on before it is acknowledged. */
const ASKS: Readonly<Record<End['kind'], readonly string[]>> = {
  done: ['DeleteMessageBatch urgent'],
  checked: ['SendMessageBatch bulk', 'DeleteMessageBatch urgent'],
  dead: ['SendMessageBatch dead-letters', 'DeleteMessageBatch urgent'],
  retry: ['ChangeMessageVisibilityBatch urgent'],
};

/** The requests that `calls` stands for, to the last byte. */
const wires = (calls: string, key: string): readonly string[] =>
  [...calls].map((call) => {
    if (call === 'R') return `GET /v1/cwobject/access-key/${key}`;
    if (call === 'P') return `POST /v1/cwobject/revoke-access-key/access-key {"accessKey":"${key}"}`;
    return 'POST /v1/cwobject/auth/can-i {"actions":["cwobject:RevokeAccessKeyByAccessKey"],"resources":["*"]}';
  });
const wireOf = ({ method, path, body }: RecordedRequest): string =>
  [method, path, ...(body === undefined ? [] : [JSON.stringify(body)])].join(' ');

/** Delivers a leak of the key once; resolves with what was asked of SQS, and of the API, because of it. */
async function leak(key: string) {
  const [asked, called] = [stack.queueRequests.length, stack.api.requests.length];
  stack.api.store.add({ accessKeyId: key, principalName: 'coreweave/owner' });
  await stack.send('urgent', JSON.stringify(keyLeak({ id: key, data: { accessKeyId: key } })));
  await until('the settlement', () => settled(asked));
  await stack.idle();
  return { asks: asksOf(stack.queueRequests, asked), calls: stack.api.requests.slice(called).map(wireOf) };
}

/** What was given back comes at once; resolves with what was asked of SQS because of it. */
async function comeBack(asks: readonly Ask[]): Promise<readonly Ask[]> {
  await forget();
  const asked = stack.queueRequests.length;
  await bringBack(sqs, stack.queues.urgent.url, asks);
  await until('the next settlement', () => settled(asked));
  await stack.idle();
  return asksOf(stack.queueRequests, asked);
}

const settled = (asked: number) =>
  asksOf(stack.queueRequests, asked).some(({ action, queue }) => queue === 'urgent' && action !== 'SendMessageBatch') ||
  undefined;

/** Their times are of the function's clock: the API of the test may be late itself. */
const auditOf = (key: string) => stack.audit.filter(({ metadata }) => metadata.correlation_uid === key);

const between = (seconds: number | undefined, [least, most]: readonly [number, number]): void => {
  expect(seconds).toBeGreaterThanOrEqual(least);
  expect(seconds).toBeLessThanOrEqual(most);
};

describe('a leaked key', () => {
  it.each(
    ROWS.map((row, index) => ({
      ...row,
      key: `CWROW${String(index).padStart(9, '0')}`,
      means: row.trail.at(-1)?.replace('outcome:', ''),
    })),
  )('$name: $means, $end.kind', async ({ key, faults, reads, trail, calls, end, status }) => {
    for (const planned of faults) stack.api.faults.plan('revoke-key', planned, { target: key });
    for (const planned of reads) stack.api.faults.plan('read-key', planned, { target: key });

    const seen = await leak(key);

    expect({
      trail: stack.trail(key),
      calls: seen.calls,
      asks: inWords(seen.asks),
      status: stack.api.store.status(key),
      left: await stack.depth('urgent'),
    }).toEqual({ trail, calls: wires(calls, key), asks: ASKS[end.kind], status, left: end.kind === 'retry' ? 1 : 0 });
    expect(deadLettersOf(seen.asks)).toMatchObject(
      end.kind === 'dead'
        ? [{ reason: 'api-rejected', event: { id: key }, lane: 'urgent', attempts: 1, lastStatus: end.lastStatus }]
        : [],
    );
    expect(checksOf(seen.asks)).toMatchObject(
      end.kind === 'checked' ? [{ seconds: 60, data: { parent: { id: key }, accessKeyId: key, generation: 1 } }] : [],
    );
    if (end.kind !== 'retry') return;

    between(visibilitiesOf(seen.asks)[0], end.seconds);
    // Nothing was lost: the message comes back, and now the API works.
    expect(inWords(await comeBack(seen.asks))).toEqual(ASKS.done);
    expect(stack.trail(key)).toEqual([...trail, 'intent:intent', 'outcome:confirmed']);
    expect(stack.api.store.status(key)).toBe('DELETED');
  });

  it('throttled until a date comes back then', async () => {
    const key = 'CWROWUNTILADATE';
    const retryAfter = new Date(Date.now() + 90_000).toUTCString();
    stack.api.faults.plan('revoke-key', fault.status(429, { retryAfter }), { target: key });
    const { asks } = await leak(key);
    between(visibilitiesOf(asks)[0], [85, 91]);
    expect(inWords(await comeBack(asks))).toEqual(ASKS.done);
  });

  it('is tried again at once, after the second that the API asks for', async () => {
    const key = 'CWROWONESECOND0';
    stack.api.faults.plan('revoke-key', fault.status(503, { retryAfter: '1' }), { target: key });
    const { calls, asks } = await leak(key);
    const [first, second] = auditOf(key).filter(({ unmapped }) => unmapped.phase === 'intent');
    expect(calls).toEqual(wires('PPR', key));
    expect(inWords(asks)).toEqual(ASKS.done);
    expect(Number(second?.time) - Number(first?.time)).toBeGreaterThanOrEqual(990);
  });

  it('waits longer each time', async () => {
    const key = 'CWROWLONGERWAIT';
    stack.api.faults.plan('revoke-key', fault.status(500), { target: key, times: 3 });
    const { asks } = await leak(key);
    const second = await comeBack(asks);
    const third = await comeBack(second);
    between(visibilitiesOf(asks)[0], [3, 5]);
    between(visibilitiesOf(second)[0], [5, 10]);
    between(visibilitiesOf(third)[0], [10, 20]);
    expect(inWords(await comeBack(third))).toEqual(ASKS.done);
  });

  it('ends no call later than API_TIMEOUT_MS says', async () => {
    const key = 'CWROWLATEANSWER';
    stack.api.faults.plan('revoke-key', fault.hang('applied'), { target: key });
    await leak(key);
    const [intent, outcome] = auditOf(key);
    expect(stack.trail(key).slice(0, 2)).toEqual(['intent:intent', 'outcome:unknown']);
    between(Number(outcome?.time) - Number(intent?.time), [1_490, 6_000]);
  });
});

describe('a leaked key in dry run', () => {
  it('is audited as `would-revoke` without a call', async () => {
    const dry = await startStack({ env: { MODE: 'dry-run' } });
    try {
      dry.api.store.add({ accessKeyId: 'CWROWDRYRUN0000', principalName: 'coreweave/owner' });
      await dry.send('urgent', JSON.stringify(keyLeak({ id: 'dry', data: { accessKeyId: 'CWROWDRYRUN0000' } })));
      await until('the settlement', () => asksOf(dry.queueRequests).length > 0 || undefined);
      expect(dry.trail('dry')).toEqual(['outcome:would-revoke']);
      expect(inWords(asksOf(dry.queueRequests))).toEqual(ASKS.done);
      expect(dry.api.requests).toEqual([]);
      expect(dry.api.store.status('CWROWDRYRUN0000')).toBe('ACTIVE');
    } finally {
      await dry.close();
    }
  });
});
