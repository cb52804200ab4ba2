import { describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../../lib/coreweave/api.ts';
import { listLiveKeys, MAX_PAGES } from '../../../lib/coreweave/key-listing.ts';
import { answer, fault } from '../../support/api-answers.ts';

const row = (n: number | string, principalName = 'coreweave/a') => ({ accessKeyId: `CW${n}`, principalName });
const rowsFrom = (from: number, count: number) => Array.from({ length: count }, (_, n) => row(from + n));
/** A full page of keys from this number on. */
const full = (from: number, make: (n: number) => object = row) =>
  answer(200, { info: Array.from({ length: 1_000 }, (_, n) => make(from + n)) });

const pageOf = (rows: readonly object[], offset: number) => answer(200, { info: rows.slice(offset, offset + 1_000) });

/** Lists the keys of an API that gives these pages, by offset, and by the number of the call from 1. */
async function list(pageAt: (offset: number, call: number) => ApiResponse) {
  const warned: unknown[] = [];
  let calls = 0;
  const send = async (request: ApiRequest): Promise<ApiResponse> => {
    calls += 1;
    return pageAt(request.call === 'list-keys' ? request.offset : Number.NaN, calls);
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
    const rows = [...rowsFrom(0, 1_999), row('last', 'saml/b'), { ...row('gone'), status: 'DELETED' }];
    const { listing, calls, warned } = await list((offset) => pageOf(rows, offset));
    expect([calls, warned, listing?.begun]).toEqual([3, [], 7]);
    expect(listing?.liveKeys('coreweave/a')).toHaveLength(1_999);
    expect(['CW0', 'CWlast', 'CWgone', 'CWother'].map((id) => listing?.ownerOf(id))).toEqual([
      'coreweave/a',
      'saml/b',
      undefined,
      undefined,
    ]);
  });

  it('lists every owner, also one without a live key', async () => {
    const { listing } = await list(() => answer(200, { info: [row(1), { ...row(2, 'saml/b'), status: 'EXPIRED' }] }));
    expect(listing?.owners()).toEqual(['coreweave/a', 'saml/b']);
    expect(
      ['coreweave/a', 'saml/b', 'saml/c'].map((owner) => [listing?.hasOwner(owner), listing?.liveKeys(owner)]),
    ).toEqual([
      [true, ['CW1']],
      [true, []],
      [false, []],
    ]);
  });

  it('finds owners of live keys whose names differ in case alone', async () => {
    const owned = ['saml/a@x.example', 'saml/A@x.example', 'saml/b@x.example'].map((owner, n) => row(n, owner));
    const gone = { ...row('gone', 'saml/A@X.example'), status: 'DELETED' };
    const { listing } = await list(() => answer(200, { info: [...owned, gone] }));
    expect(listing?.ownersLike('saml/a@x.example')).toEqual(['saml/A@x.example']);
    expect(listing?.ownersLike('saml/A@X.EXAMPLE')).toEqual(['saml/a@x.example', 'saml/A@x.example']);
    expect(listing?.ownersLike('saml/c@x.example')).toEqual([]);
  });

  it.each([1, 8, 9, 500, 999, 1_000, 1_001, 1_999])(
    'shows every other key when the first %i rows vanish between two pages',
    async (count) => {
      const rows = rowsFrom(0, 5_500);
      const { listing, calls } = await list((offset, call) => pageOf(call < 3 ? rows : rows.slice(count), offset));
      expect(rows.slice(count).filter(({ accessKeyId }) => listing?.ownerOf(accessKeyId) === undefined)).toEqual([]);
      expect(calls).toBeLessThanOrEqual(11);
    },
  );

  it('shows every other key when a row vanishes and one is created before each page', async () => {
    const rows = rowsFrom(0, 5_500);
    const { listing, calls } = await list((offset, call) => {
      rows.splice(call * 3, 1);
      rows.splice(call * 700, 0, row(`new${call}`));
      return pageOf(rows, offset);
    });
    const left = rows.filter(({ accessKeyId }) => !accessKeyId.includes('new'));
    expect(left.filter(({ accessKeyId }) => listing?.ownerOf(accessKeyId) === undefined)).toEqual([]);
    expect(calls).toBe(6);
  });

  it('begins again when all rows of a page vanish before the next one', async () => {
    const rows = rowsFrom(0, 3_500);
    const { listing } = await list((offset, call) => pageOf(call < 3 ? rows : rows.slice(2_500), offset));
    expect(listing?.liveKeys('coreweave/a')).toContain('CW3499');
  });

  it('takes a last page that repeats keys without being full', async () => {
    expect((await list((offset) => (offset === 0 ? full(0) : answer(200, { info: [row(0)] })))).listing).toBeDefined();
  });

  it.each<[string, (offset: number) => ApiResponse, number]>([
    ['the same page again and again', () => full(0), 2],
    ['another page, and then that one again and again', (offset) => full(Math.min(offset, 992)), 3],
    ['full pages of rows that are no keys', () => full(0, () => ({})), 4],
    ['no further rows after a full page', (offset) => (offset === 0 ? full(0) : answer(200, {})), 4],
  ])('gives up an API that gives %s', async (_name, pageAt, calls) => {
    expect(await list(pageAt)).toEqual({
      listing: undefined,
      calls,
      warned: [{ code: 'listing-unbounded', why: 'same-page' }],
    });
  });

  it.each<[string, (offset: number, call: number) => ApiResponse]>([
    ['whose list does not end', (offset) => full(offset)],
    ['whose order is another one for each page', (_offset, call) => full(call * 1_000)],
  ])('gives up an API %s after its most pages', async (_name, pageAt) => {
    expect(await list(pageAt)).toEqual({
      listing: undefined,
      calls: MAX_PAGES,
      warned: [{ code: 'listing-unbounded', why: 'too-many-pages' }],
    });
  });

  it('gives up names of megabytes before they fill the memory', async () => {
    const { listing, calls, warned } = await list((offset) => full(offset, (n) => row(`${n}`.padEnd(8_000, 'x'))));
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
    expect(await list((offset) => (offset === 0 ? full(0) : response))).toEqual({
      listing: undefined,
      calls: 2,
      warned: [{ code: 'listing-unreadable', page: 2, status: response.kind === 'answer' ? response.status : 0 }],
    });
  });
});
