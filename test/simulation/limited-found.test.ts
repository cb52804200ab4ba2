import { describe, it } from 'vitest';
import { answer } from '../support/api-answers.ts';
import type { Limit } from '../support/limited-api.ts';
import { expectServed, LIMIT, SLOWEST } from './serves-limit.ts';

describe('the limit is found', { timeout: SLOWEST }, () => {
  const refusing = (status: number, headers: (now: number) => Parameters<typeof answer>[2]): Limit => ({
    ...LIMIT,
    refusal: (now) => answer(status, {}, headers(now)),
  });
  it.each<[string, Limit]>([
    ['says nothing of its length', refusing(429, () => ({}))],
    ['is a 503', refusing(503, () => ({ retryAfter: '1' }))],
    [
      'names a date',
      refusing(429, (now) => ({
        retryAfter: new Date(now + 1_000).toUTCString(),
        date: new Date(now).toUTCString(),
      })),
    ],
  ])('when the refusal %s', async (_name, limit) => {
    await expectServed({ limit, events: 5_000, batch: 10, remainingMs: 30_000 });
  });

  it('when it is 5 a second: less than what is saved up at first', async () => {
    const limit = { ...LIMIT, perSecond: () => 5 };
    await expectServed({ limit, events: 600, batch: 10, remainingMs: 30_000, apiConcurrency: 8 }, { perSecond: 5 });
  });

  it('when it is 2,000 a second, of which a second’s stop loses nearly all: 0.9', async () => {
    const limit = { ...LIMIT, perSecond: () => 2_000 };
    await expectServed({ limit, events: 30_000, apiConcurrency: 64 }, { perSecond: 2_000, goodput: 0.9 });
  });

  it('with a read-back for each revocation', async () => {
    await expectServed({ limit: LIMIT, events: 4_000, verify: true });
  });

  it('by four instances that share it: 0.9', async () => {
    const shared = { batch: 10, remainingMs: 30_000, apiConcurrency: 8, instances: 4 };
    await expectServed({ limit: LIMIT, ...shared }, { goodput: 0.9 });
  });
});
