import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fault, fault } from '../../local/coreweave/faults.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

/** What the API does to one leaked key, and what must come of it. `settled`: what SQS was asked to do with the message. */
interface Row {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly reads?: readonly Fault[];
  readonly trail: readonly string[];
  readonly settled: 'done' | 'retry' | 'dead';
  /** Seconds of the new visibility, between these. */
  readonly visibility?: readonly [least: number, most: number];
  readonly status: 'ACTIVE' | 'DELETED';
}

const URGENT_FIRST = [3, 5] as const;
const I = 'intent:intent';
const retried = (outcome: string, faults: readonly Fault[], more: Partial<Row> = {}): Row => ({
  name: '',
  faults,
  trail: [I, `outcome:${outcome}`],
  settled: 'retry',
  visibility: URGENT_FIRST,
  status: 'ACTIVE',
  ...more,
});
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

const ROWS: readonly Row[] = [
  {
    name: '200, read back as gone: confirmed',
    faults: [],
    trail: [I, 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200, still live when read back: accepted',
    faults: [fault.lag(9)],
    trail: [I, 'outcome:accepted'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200, read back late: confirmed',
    faults: [fault.lag(1)],
    trail: [I, 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200, the read refused: accepted',
    faults: [],
    reads: times(3, fault.status(403)),
    trail: [I, 'outcome:accepted'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '404 of the API: not found',
    faults: [fault.status(404)],
    trail: [I, 'outcome:not-found'],
    settled: 'done',
    status: 'ACTIVE',
  },
  {
    name: '404 in Connect form: not found',
    faults: [fault.status(404, { body: 'connect' })],
    trail: [I, 'outcome:not-found'],
    settled: 'done',
    status: 'ACTIVE',
  },
  {
    name: '400 of the API: dead at once',
    faults: [fault.status(400)],
    trail: [I, 'outcome:rejected', 'dead-letter:api-rejected'],
    settled: 'dead',
    status: 'ACTIVE',
  },
  { ...retried('forbidden', [fault.status(403)]), name: '403: retry' },
  { ...retried('misdirected', [fault.redirect('http://127.0.0.1:1/')]), name: '307: never followed, misdirected' },
  { ...retried('misdirected', [fault.status(404, { body: 'html' })]), name: '404 of a proxy: misdirected' },
  { ...retried('misdirected', [fault.status(501)]), name: '501: misdirected' },
  { ...retried('throttled', [fault.status(429)]), name: '429 without Retry-After: throttled' },
  {
    ...retried('throttled', [fault.status(429, { retryAfter: '77' })], { visibility: [77, 77] }),
    name: '429 with Retry-After: throttled for as long',
  },
  {
    ...retried('throttled', [fault.status(429, { retryAfter: '86400' })], { visibility: [900, 900] }),
    name: '429 with an absurd Retry-After: capped',
  },
  { ...retried('throttled', [fault.status(409)]), name: '409: throttled' },
  { ...retried('unauthenticated', times(2, fault.status(401))), name: '401 with the only token there is: retry' },
  { ...retried('unavailable', [fault.status(500)]), name: '500: unavailable' },
  { ...retried('unavailable', [fault.status(502, { body: 'html' })]), name: '502 of a proxy: unavailable' },
  {
    ...retried('unavailable', [fault.status(503, { retryAfter: '30' })], { visibility: [30, 30] }),
    name: '503 with a long Retry-After: no quick try',
  },
  {
    ...retried('unavailable', times(3, fault.status(503)), {
      trail: [I, 'outcome:unavailable', I, 'outcome:unavailable', I, 'outcome:unavailable'],
    }),
    name: '503 three times: three quick tries, then retry',
  },
  {
    name: '503 once: a quick try',
    faults: [fault.status(503)],
    trail: [I, 'outcome:unavailable', I, 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: 'reset after the effect: unknown, then confirmed by a look',
    faults: [fault.reset('after')],
    trail: [I, 'outcome:unknown', 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: 'reset before the effect: unknown, looked at, tried again',
    faults: [fault.reset('before')],
    trail: [I, 'outcome:unknown', I, 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: 'no answer in time, with the effect: unknown, then confirmed',
    faults: [fault.hang('applied')],
    trail: [I, 'outcome:unknown', 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200 that cannot be read: unknown, then confirmed',
    faults: [fault.garbled('html')],
    trail: [I, 'outcome:unknown', 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200 with an error in it, without effect: unknown, looked at, tried again',
    faults: [fault.garbled('status', 'skipped')],
    trail: [I, 'outcome:unknown', I, 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
  {
    name: '200 cut off: unknown, then confirmed',
    faults: [fault.cut()],
    trail: [I, 'outcome:unknown', 'outcome:confirmed'],
    settled: 'done',
    status: 'DELETED',
  },
];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { API_TIMEOUT_MS: '300' } });
});
afterAll(() => stack.close());

describe('a leaked key', () => {
  it.each(ROWS.map((row, index) => ({ ...row, key: `CWROW${String(index).padStart(9, '0')}` })))(
    '$name',
    async (row) => {
      stack.api.store.add({ accessKeyId: row.key, principalName: 'coreweave/owner' });
      for (const planned of row.faults) stack.api.faults.plan('revoke-key', planned, { target: row.key });
      for (const planned of row.reads ?? []) stack.api.faults.plan('read-key', planned, { target: row.key });
      const before = stack.queueRequests.length;

      await stack.send('urgent', JSON.stringify(keyLeak({ id: row.key, data: { accessKeyId: row.key } })));

      await until('the trail', () => (stack.trail(row.key).length >= row.trail.length ? true : undefined));
      const asked = await until('the settlement', () =>
        stack.queueRequests
          .slice(before)
          .find(({ action }) => action === 'DeleteMessageBatch' || action === 'ChangeMessageVisibilityBatch'),
      );
      await stack.idle();
      expect(stack.trail(row.key)).toEqual(row.trail);
      expect(stack.api.store.status(row.key)).toBe(row.status);
      if (row.settled === 'retry') {
        const seconds = Number(entriesOf(asked.body)[0]?.VisibilityTimeout);
        const [least, most] = row.visibility ?? [0, 0];
        expect(asked.action).toBe('ChangeMessageVisibilityBatch');
        expect(seconds).toBeGreaterThanOrEqual(least);
        expect(seconds).toBeLessThanOrEqual(most);
      } else {
        expect(asked.action).toBe('DeleteMessageBatch');
      }
      const posts = stack.api.requests.filter(({ call, target }) => call === 'revoke-key' && target === row.key);
      expect(new Set(posts.map(({ body }) => JSON.stringify(body)))).toEqual(
        new Set([JSON.stringify({ accessKey: row.key })]),
      );
    },
  );
});

const entriesOf = (body: unknown): readonly Record<string, unknown>[] =>
  typeof body === 'object' && body !== null && 'Entries' in body && Array.isArray(body.Entries) ? body.Entries : [];

describe('a leaver', () => {
  const time = new Date().toISOString();
  const leave = (id: string, principalName: string) => offboarded({ id, time, data: { principalName } });

  it('loses every key and is looked at key by key', async () => {
    stack.api.store.mint('saml/three@example.com', 3);
    await stack.send('bulk', JSON.stringify(leave('three', 'saml/three@example.com')));
    await until('the end', () => (stack.trail('three').length >= 2 ? true : undefined));
    expect(stack.trail('three')).toEqual(['intent:intent', 'outcome:confirmed']);
    expect(stack.api.store.liveKeys('saml/three@example.com')).toEqual([]);
    const posts = stack.api.requests.filter(({ call }) => call === 'revoke-principal');
    expect(posts.map(({ body }) => body)).toEqual([{ principalName: 'saml/three@example.com' }]);
  });

  it('with more keys than are looked at one by one is listed again', async () => {
    stack.api.store.mint('saml/many@example.com', 30);
    await stack.send('bulk', JSON.stringify(leave('many', 'saml/many@example.com')));
    await until('the end', () => (stack.trail('many').length >= 2 ? true : undefined));
    const outcome = stack.audit.find(
      ({ metadata, unmapped }) => metadata.correlation_uid === 'many' && unmapped.phase === 'outcome',
    );
    expect(outcome?.status_detail).toBe('confirmed');
    expect(outcome?.unmapped).toMatchObject({
      verified_by: 'listing',
      keys_before: { count: 30 },
      keys_after: { count: 0 },
    });
  });

  it('without a key is asked for all the same: no-keys', async () => {
    await stack.send('bulk', JSON.stringify(leave('none', 'saml/none@example.com')));
    await until('the end', () => (stack.trail('none').length >= 2 ? true : undefined));
    expect(stack.trail('none')).toEqual(['intent:intent', 'outcome:no-keys']);
  });

  it('revoked in part before the API failed is retried, and ends with no key', async () => {
    stack.api.store.mint('saml/part@example.com', 3);
    stack.api.faults.plan('revoke-principal', fault.partial(1, 503), { target: 'saml/part@example.com' });
    await stack.send('bulk', JSON.stringify(leave('part', 'saml/part@example.com')));
    await until('the end', () => (stack.trail('part').length >= 4 ? true : undefined));
    expect(stack.trail('part')).toEqual(['intent:intent', 'outcome:unavailable', 'intent:intent', 'outcome:confirmed']);
    expect(stack.api.store.liveKeys('saml/part@example.com')).toEqual([]);
  });

  it('that comes twice is a duplicate the second time, and keys issued since live on', async () => {
    const body = JSON.stringify(leave('twice', 'saml/twice@example.com'));
    stack.api.store.mint('saml/twice@example.com');
    await stack.send('bulk', body);
    await until('the first end', () => (stack.trail('twice').length >= 2 ? true : undefined));
    await stack.idle();
    const [issued] = stack.api.store.mint('saml/twice@example.com');
    await stack.send('bulk', body);
    await until('the second end', () => (stack.trail('twice').length >= 3 ? true : undefined));
    expect(stack.trail('twice')).toEqual(['intent:intent', 'outcome:confirmed', 'outcome:duplicate']);
    expect(stack.api.store.liveKeys('saml/twice@example.com')).toEqual([issued]);
  });
});
