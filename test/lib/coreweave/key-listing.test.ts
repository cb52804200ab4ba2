import { describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../../lib/coreweave/api.ts';
import { listLiveKeys, MAX_PAGES } from '../../../lib/coreweave/key-listing.ts';
import { answer, fault } from '../../support/api-answers.ts';

const row = (n: number | string, principalName = 'coreweave/a') => ({ accessKeyId: `CW${n}`, principalName });
/** A full page of keys from this number on. */
const full = (from: number, make: (n: number) => object = row) =>
  answer(200, { info: Array.from({ length: 1_000 }, (_, n) => make(from + n)) });

/** Lists the keys of an API that gives these pages, by their number from 0. */
async function list(pageOf: (page: number) => ApiResponse) {
  const warned: unknown[] = [];
  let calls = 0;
  const send = async (request: ApiRequest): Promise<ApiResponse> => {
    calls += 1;
    return pageOf('offset' in request ? request.offset / 1_000 : Number.NaN);
  };
  const log = {
    info() {},
    warn: (code: string, fields?: object) => void warned.push({ code, ...fields }),
    error() {},
    within: <T>(_fields: object, work: () => Promise<T>) => work(),
  };
  const clock = { now: () => 7, sleep: async () => {} };
  const listing = await listLiveKeys({ send }, { clock, log }, 1_000);
  return { listing, calls, warned };
}

describe('listLiveKeys', () => {
  it('pages until a page is not full, and knows the owner of each live key', async () => {
    const { listing, calls, warned } = await list((page) =>
      page < 2
        ? full(page * 1_000)
        : answer(200, { info: [row('last', 'saml/b'), { ...row('gone'), status: 'DELETED' }] }),
    );
    expect([calls, warned, listing?.begun]).toEqual([3, [], 7]);
    expect(listing?.liveKeys('coreweave/a')).toHaveLength(2_000);
    expect(['CW0', 'CWlast', 'CWgone', 'CWother'].map((id) => listing?.ownerOf(id))).toEqual([
      'coreweave/a',
      'saml/b',
      undefined,
      undefined,
    ]);
  });

  it('takes a last page that is empty, and one that repeats keys without being full', async () => {
    expect((await list((page) => (page === 0 ? full(0) : answer(200, {})))).listing).toBeDefined();
    expect((await list((page) => (page === 0 ? full(0) : answer(200, { info: [row(0)] })))).listing).toBeDefined();
  });

  it.each<[string, (page: number) => ApiResponse, number]>([
    ['the same page again and again', () => full(0), 2],
    ['another page, and then that one again and again', (page) => full(Math.min(page, 1) * 1_000), 3],
    ['the first page again after others', (page) => full((page % 3) * 1_000), 4],
    ['full pages of rows that are no keys', () => full(0, () => ({})), 2],
  ])('gives up an API that gives %s', async (_name, pageOf, calls) => {
    expect(await list(pageOf)).toEqual({
      listing: undefined,
      calls,
      warned: [{ code: 'listing-unbounded', why: 'same-page' }],
    });
  });

  it('gives up after its most pages', async () => {
    expect(await list((page) => full(page * 1_000))).toEqual({
      listing: undefined,
      calls: MAX_PAGES,
      warned: [{ code: 'listing-unbounded', why: 'too-many-pages' }],
    });
  });

  it('gives up names of megabytes before they fill the memory', async () => {
    const { listing, calls, warned } = await list((page) => full(page * 1_000, (n) => row(`${n}`.padEnd(8_000, 'x'))));
    expect([listing, calls, warned]).toEqual([undefined, 5, [{ code: 'listing-unbounded', why: 'too-long' }]]);
  });

  it.each<[string, ApiResponse]>([
    ['is not answered', fault('timeout')],
    ['is refused for the load', answer(429)],
    ['fails', answer(500)],
  ])('says nothing of a page that %s', async (_name, response) => {
    expect(await list(() => response)).toEqual({ listing: undefined, calls: 1, warned: [] });
  });

  it.each<[string, ApiResponse]>([
    ['is too large, or no page', answer(200, null)],
    ['is denied', answer(403, { code: 7 })],
  ])('logs the status of a page that %s', async (_name, response) => {
    expect(await list((page) => (page === 0 ? full(0) : response))).toEqual({
      listing: undefined,
      calls: 2,
      warned: [{ code: 'listing-unreadable', page: 2, status: response.kind === 'answer' ? response.status : 0 }],
    });
  });
});
