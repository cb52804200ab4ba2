import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { parseKeyPage, parseKeyState, parseVerdict } from '../../../lib/coreweave/key-state.ts';

const answer = (status: number, body?: unknown): ApiResponse => ({ kind: 'answer', status, body, latencyMs: 1 });
const TIMEOUT: ApiResponse = { kind: 'fault', fault: 'timeout', latencyMs: 1 };
const info = (status: string, more: object = {}) => ({
  info: { accessKeyId: 'CWA', principalName: 'coreweave/x', status, ...more },
});

describe('parseKeyState', () => {
  it.each<[string, ApiResponse, object]>([
    ['deleted', answer(200, info('DELETED')), { kind: 'gone', how: 'deleted' }],
    ['expired', answer(200, info('EXPIRED')), { kind: 'gone', how: 'expired' }],
    ['active', answer(200, info('ACTIVE')), { kind: 'live', owner: 'coreweave/x' }],
    ['suspended, which can be undone', answer(200, info('FULL_SUSPENDED')), { kind: 'live', owner: 'coreweave/x' }],
    ['of a status to come', answer(200, info('SLEEPING', { extra: 1 })), { kind: 'live', owner: 'coreweave/x' }],
    ['not found', answer(404, { code: 5 }), { kind: 'gone', how: 'not-found' }],
    ['not found, in Connect form', answer(404, { code: 'not_found' }), { kind: 'gone', how: 'not-found' }],
    ['404 of a proxy', answer(404), { kind: 'unreadable' }],
    ['404 with another code', answer(404, { code: 12 }), { kind: 'unreadable' }],
    ['404 of a gateway without the path', answer(404, { code: 5, message: 'Not Found' }), { kind: 'unreadable' }],
    ['about another key', answer(200, info('DELETED', { accessKeyId: 'CWB' })), { kind: 'unreadable' }],
    ['without info', answer(200, {}), { kind: 'unreadable' }],
    [
      'without a status: not shown to be gone',
      answer(200, { info: { accessKeyId: 'CWA' } }),
      { kind: 'live', owner: '' },
    ],
    ['refused', answer(403, { code: 7 }), { kind: 'unreadable' }],
    ['deleted, in an answer that is an error', answer(500, info('DELETED')), { kind: 'unreadable' }],
    ['deleted, in a 404', answer(404, info('DELETED')), { kind: 'unreadable' }],
    ['late', TIMEOUT, { kind: 'unreadable' }],
    ['throttled', answer(429), { kind: 'unreadable', throttled: true }],
    ['not sent', { ...TIMEOUT, sent: false }, { kind: 'unreadable', throttled: true }],
  ])('%s', (_name, observed, expected) => {
    expect(parseKeyState('CWA', observed)).toEqual(expected);
  });
});

describe('a page of keys', () => {
  it('keeps what can be read and counts what was there', () => {
    const rows = [info('ACTIVE').info, info('DELETED', { accessKeyId: 'CWB' }).info, null, { accessKeyId: 7 }];
    expect(parseKeyPage(answer(200, { info: rows }))).toEqual({
      rows: 4,
      keys: [
        { id: 'CWA', owner: 'coreweave/x', live: true },
        { id: 'CWB', owner: 'coreweave/x', live: false },
      ],
    });
  });
  it('takes a key for live whose status is left out', () => {
    expect(parseKeyPage(answer(200, { info: [{ accessKeyId: 'CWA', principalName: 'coreweave/x' }] }))).toEqual({
      rows: 1,
      keys: [{ id: 'CWA', owner: 'coreweave/x', live: true }],
    });
  });
  it.each([
    ['left out', {}],
    ['null', { info: null, total: 0 }],
  ])('is empty when the list is %s', (_name, body) =>
    expect(parseKeyPage(answer(200, body))).toEqual({ rows: 0, keys: [] }),
  );
  it.each<[string, ApiResponse]>([
    ['an error', answer(500, { code: 13 })],
    ['an error under 200', answer(200, { code: 13 })],
    ['a Connect error under 200', answer(200, { code: 'internal' })],
    ['a bare list', answer(200, [info('ACTIVE').info])],
    ['no JSON', answer(200)],
    ['no list', answer(200, { info: {} })],
    ['the message of a proxy', answer(200, { message: 'maintenance' })],
    ['a time-out', TIMEOUT],
  ])('is none when it is %s', (_name, observed) => expect(parseKeyPage(observed)).toBeUndefined());
});

describe('the verdict of can-i', () => {
  it.each<[string, ApiResponse, boolean | undefined]>([
    ['yes', answer(200, { verdict: true }), true],
    ['no', answer(200, { verdict: false }), false],
    ['no, left out', answer(200, {}), false],
    ['nothing readable', answer(200), undefined],
    ['nonsense', answer(200, { verdict: 'yes' }), undefined],
    ['the message of a proxy', answer(200, { message: 'maintenance' }), undefined],
    ['a list', answer(200, []), undefined],
    ['null', answer(200, null), undefined],
    ['a text', answer(200, 'no'), undefined],
    ['an error under 200', answer(200, { code: 13 }), undefined],
    ['an error', answer(403, { code: 7 }), undefined],
    ['a time-out', TIMEOUT, undefined],
  ])('%s', (_name, observed, expected) => expect(parseVerdict(observed)).toBe(expected));
});
