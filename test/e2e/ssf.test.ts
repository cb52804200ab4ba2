/** Shared Signals on the whole product: a token of an issuer with published keys revokes the keys of one person. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, claimsOf, type Idp, JWKS_PATH, push, RISC, rsaKey, signed, startIdp } from '../support/idp.ts';
import { type EdgeStack, SHARED, startEdgeStack } from './edge.ts';
import { until } from './wait.ts';

const KEY = rsaKey('first');
const LEFT = 'saml/user@example.com';
const STAYS = 'saml/stays@example.com';

let world: EdgeStack;
let idp: Idp;
beforeAll(async () => {
  idp = await startIdp([KEY.jwk]);
  const issuer = { issuer: idp.issuer, jwksUrl: idp.jwksUrl, audience: AUDIENCE, algorithms: ['RS256', 'ES256'] };
  world = await startEdgeStack({
    env: { PRINCIPAL_TEMPLATES: '["saml/{email}"]' },
    edgeEnv: { SSF_ISSUERS: JSON.stringify({ idp: { ...issuer, secret: 'ssf/idp' }, plain: issuer }) },
    secrets: { 'ssf/idp': SHARED },
  });
});
afterAll(async () => void (await Promise.all([world.close(), idp.close()])));

const claims = (changes: object = {}) => claimsOf(idp.issuer, { iat: Math.floor(Date.now() / 1_000), ...changes });
const deliver = (token: string, name = 'idp', authorization = `Bearer ${SHARED}`) => {
  const { method, headers, body } = push(token);
  return world.request(`/ssf/${name}`, { method, headers: { ...headers, authorization }, body: Buffer.from(body) });
};
const settled = (id: string) =>
  until(`the outcome of ${id}`, () =>
    world.stack.audit.some((line) => line.metadata.correlation_uid === id && line.unmapped.phase === 'outcome')
      ? true
      : undefined,
  );

describe('an issuer of security event tokens', () => {
  it('offboards the person whose account was disabled, and no other, once', async () => {
    world.stack.api.store.createKeys(LEFT, 2);
    world.stack.api.store.createKeys(STAYS, 1);
    const token = signed(KEY, claims({ jti: 'left-1' }));
    const first = await deliver(token);
    expect([first.status, await first.text()]).toEqual([202, '']);
    await until('the keys to be revoked', () => (world.stack.api.store.liveKeys(LEFT).length === 0 ? true : undefined));
    expect(world.stack.api.store.liveKeys(STAYS)).toHaveLength(1);
    await settled('left-1');

    // Created after the offboarding was carried out: a second run would revoke it.
    world.stack.api.store.createKeys(LEFT, 1);
    expect((await deliver(token)).status).toBe(202);
    const marker = { jti: 'stays-1', sub_id: { format: 'email', email: 'stays@example.com' } };
    expect((await deliver(signed(KEY, claims(marker)))).status).toBe(202);
    await until('the next event to be carried out', () =>
      world.stack.api.store.liveKeys(STAYS).length === 0 ? true : undefined,
    );
    expect(world.stack.api.store.liveKeys(LEFT)).toHaveLength(1);
  });

  it('is not heard without its secret, nor by a forged token, and says why', async () => {
    const refused = async (response: Response) => [
      response.status,
      response.headers.get('content-language'),
      Object(await response.json()).err,
    ];
    const token = signed(KEY, claims({ jti: 'forged-1' }));
    expect(await refused(await deliver(token, 'idp', 'Bearer x'))).toEqual([400, 'en-US', 'authentication_failed']);
    const forged = signed({ ...rsaKey('first') }, claims({ jti: 'forged-2' }));
    expect(await refused(await deliver(forged, 'plain'))).toEqual([400, 'en-US', 'authentication_failed']);
    expect((await deliver(token, 'unknown')).status).toBe(404);
    expect(world.output().join('\n')).not.toContain(token.split('.')[2]);
  });

  it('is answered with 503 while its keys are out of reach', async () => {
    idp.answers.set(JWKS_PATH, { status: 500 });
    const other = await startEdgeStack({
      edgeEnv: {
        SSF_ISSUERS: JSON.stringify({ idp: { issuer: idp.issuer, jwksUrl: idp.jwksUrl, audience: AUDIENCE } }),
      },
    });
    const { method, headers, body } = push(signed(KEY, claims({ jti: 'early-1' })));
    const response = await other.request('/ssf/idp', { method, headers: { ...headers }, body: Buffer.from(body) });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    idp.answers.delete(JWKS_PATH);
    await other.close();
  });

  it('reinstates by its own authority', async () => {
    const enabled = { jti: 'back-1', events: { [`${RISC}account-enabled`]: {} } };
    expect((await deliver(signed(KEY, claims(enabled)))).status).toBe(202);
    const about = await until('the reinstatement to be carried out', () =>
      world.stack.audit.find((line) => line.metadata.correlation_uid === 'back-1'),
    );
    expect(about).toMatchObject({ activity_name: expect.any(String), status_detail: 'reinstated' });
  });
});
