import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { type RawText, seen, startRaw } from './raw.ts';

let r: RawText;

beforeEach(async () => {
  r = await startRaw();
});
afterEach(() => r.api.close());

describe('an answer without effect', () => {
  test.each([
    [503, 'status', 'application/json', '{"code":14,"message":"planned fault","details":[]}'],
    [429, 'status', 'application/json', '{"code":8,"message":"planned fault","details":[]}'],
    [502, 'status', 'application/json', '{"code":2,"message":"planned fault","details":[]}'],
    [404, 'connect', 'application/json', '{"code":"not_found","message":"planned fault","details":[]}'],
    [502, 'html', 'text/html', '<html><body><h1>502</h1><hr>proxy</body></html>'],
    [404, 'text', 'text/plain', '404 page of a proxy\n'],
    [500, 'empty', null, ''],
    [500, 'truncated', 'application/json', '{"code":2,"messag'],
  ] as const)('%i with a body of the kind %s', async (status, body, type, text) => {
    r.api.faults.plan('revoke-key', fault.status(status, { body }));
    expect(await seen(r.revokeKey())).toEqual({ status, type, body: text });
    expect(r.api.store.status(r.id)).toBe('ACTIVE');
  });

  test.each(['2', 'Wed, 21 Oct 2026 07:28:00 GMT', '86400', 'soon', '-1'])(
    'with Retry-After %s',
    async (retryAfter) => {
      r.api.faults.plan('revoke-key', fault.status(429, { retryAfter }));
      expect((await r.revokeKey()).headers.get('retry-after')).toBe(retryAfter);
    },
  );

  test('that redirects', async () => {
    r.api.faults.plan('revoke-key', fault.redirect('http://127.0.0.1:9/x'));
    const response = await r.revokeKey();
    expect([response.status, response.headers.get('location')]).toEqual([307, 'http://127.0.0.1:9/x']);
    expect(r.api.store.status(r.id)).toBe('ACTIVE');
  });
});

describe('an answer with effect', () => {
  test.each([
    ['html', 'text/html', '<html><body><h1>200</h1><hr>proxy</body></html>'],
    ['status', 'application/json', '{"code":2,"message":"planned fault","details":[]}'],
    ['truncated', 'application/json', '{"code":2,"messag'],
    ['empty', null, ''],
    ['nothing', 'application/json', '{}'],
  ] as const)('200 with a body of the kind %s', async (body, type, text) => {
    r.api.faults.plan('revoke-key', fault.garbled(body));
    expect(await seen(r.revokeKey())).toEqual({ status: 200, type, body: text });
    expect(r.api.store.status(r.id)).toBe('DELETED');
  });

  test('an error after the key was revoked', async () => {
    r.api.faults.plan('revoke-key', fault.status(504, { effect: 'applied' }));
    expect((await r.revokeKey()).status).toBe(504);
    expect(r.api.store.status(r.id)).toBe('DELETED');
  });

  test('a read of a key without its info', async () => {
    r.api.faults.plan('read-key', fault.garbled('nothing'));
    expect(await seen(r.call(`/access-key/${r.id}`))).toMatchObject({ status: 200, body: '{}' });
  });

  test('a principal of whom only the first keys are revoked, until the next try', async () => {
    const ids = r.api.store.createKeys('saml/ops', 3);
    r.api.faults.plan('revoke-principal', fault.partial(2));
    expect((await r.revokePrincipal('saml/ops')).status).toBe(500);
    expect(ids.map(r.api.store.status)).toEqual(['DELETED', 'DELETED', 'ACTIVE']);
    expect((await r.revokePrincipal('saml/ops')).status).toBe(200);
    expect(ids.map(r.api.store.status)).toEqual(['DELETED', 'DELETED', 'DELETED']);
  });

  test('a revocation that readers see late, in lists too', async () => {
    r.api.faults.plan('revoke-key', fault.lag(3));
    expect((await r.revokeKey()).status).toBe(200);
    expect(r.api.store.status(r.id)).toBe('DELETED');
    expect([await r.statusShown(), await r.statusShown()]).toEqual(['ACTIVE', 'ACTIVE']);
    const listed = () => seen(r.call('/access-key?status=ACCESS_KEY_STATUS_ACTIVE'));
    expect((await listed()).body).toContain('"status":"ACTIVE"');
    expect((await listed()).body).toBe('{}');
    expect(await r.statusShown()).toBe('DELETED');
  });

  test('a principal whose revocation readers see late, key by key', async () => {
    r.api.faults.plan('revoke-principal', fault.lag(1));
    await r.revokePrincipal('coreweave/owner');
    expect([await r.statusShown(), await r.statusShown()]).toEqual(['ACTIVE', 'DELETED']);
  });
});
