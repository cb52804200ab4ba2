import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf } from '../../../../events/ssf/token.ts';
import { createVerifySignature } from '../../../../lib/io/ssf/verify.ts';
import {
  claimsOf,
  ecKey,
  edKey,
  type Idp,
  JWKS_PATH,
  push,
  rsaKey,
  type SigningKey,
  signed,
  startIdp,
} from '../../../support/idp.ts';

const [OLD, NEW, OTHER] = [ecKey('old'), ecKey('new'), ecKey('old')];
const RSA = rsaKey('rsa');
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** A verifier of an issuer that publishes these keys; time is the test's to move. */
async function against(keys: readonly unknown[] = [OLD.jwk], { discovered = false } = {}) {
  const idp = await startIdp(keys);
  onTestFinished(() => idp.close());
  const clock = { now: 1_000_000_000 };
  const jwksUrl = discovered ? undefined : idp.jwksUrl;
  const verify = createVerifySignature({ issuer: idp.issuer, jwksUrl, now: () => clock.now });
  const check = (key: SigningKey, header: object = {}) =>
    verify(tokenBy(idp, signed(key, claimsOf(idp.issuer), header)));
  const outcome = (key: SigningKey) => check(key).catch((error) => `${error.code}: ${error.detail}`);
  return { idp, clock, check, outcome };
}

function tokenBy({ issuer }: Idp, text: string) {
  const subjects = { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' } as const;
  const rest = { audience: 'x', sessionRevoked: 'ignore', subjects, subjectIssuers: [issuer] } as const;
  const token = tokenOf(push(text), { issuer, algorithms: ALGORITHMS, ...rest });
  if (token.kind === 'fault') throw new Error(token.description);
  return token;
}

describe('createVerifySignature', () => {
  it.each([
    ['ES256', OLD],
    ['EdDSA', edKey('ed')],
    ['RS256', RSA],
    ['PS256', rsaKey('pss', 'PS256')],
  ])('verifies %s with the published key, and no other key of that id', async (_, key) => {
    const { check } = await against([NEW.jwk, key.jwk]);
    expect(await check(key)).toBe('genuine');
    expect(await check({ ...key, kid: 'new' })).not.toBe('genuine');
  });

  it('says "wrong" for a signature by another key under the same id', async () => {
    const { check } = await against();
    expect(await check(OTHER)).toBe('wrong');
  });

  it('uses no key for another algorithm than it is published for', async () => {
    const { check } = await against([RSA.jwk]);
    expect(await check({ ...RSA, alg: 'PS256' })).toBe('too-soon');
  });

  it('says "unusable-key" for an RSA key of fewer than 2,048 bits', async () => {
    const short = rsaKey('short', 'RS256', 1_024);
    const { check } = await against([short.jwk]);
    expect(await check(short)).toBe('unusable-key');
  });

  it('tries each key for a token that names none, past those that cannot be used', async () => {
    const broken = { ...NEW.jwk, x: 'AAAA' };
    const { check } = await against([broken, NEW.jwk, OLD.jwk]);
    expect(await check(OLD, { kid: undefined })).toBe('genuine');
    expect(await check(OTHER, { kid: undefined })).toBe('too-soon');
  });

  it('asks for the keys once, for all tokens that wait and for the next 5 minutes', async () => {
    const { idp, clock, check } = await against();
    expect(await Promise.all([check(OLD), check(OLD), check(OTHER)])).toEqual(['genuine', 'genuine', 'wrong']);
    clock.now += 299_999;
    await check(OLD);
    expect(idp.requests).toEqual([JWKS_PATH]);
    clock.now += 1;
    await check(OLD);
    expect(idp.requests).toEqual([JWKS_PATH, JWKS_PATH]);
  });

  it('follows a rotation once the last load is 30 s old', async () => {
    const { idp, clock, check } = await against();
    await check(OLD);
    idp.keys = [NEW.jwk];
    expect(await check(NEW)).toBe('too-soon');
    clock.now += 30_000;
    expect(await check(NEW)).toBe('genuine');
    expect(await check(OLD)).toBe('too-soon');
    clock.now += 30_000;
    expect(await check(OLD)).toBe('unknown-key');
  });

  it('asks at most twice a minute under a flood of unknown keys, and verifies known ones all the time', async () => {
    const { idp, clock, check } = await against();
    const seen = new Map<string, number>();
    for (let second = 0; second < 120; second++) {
      clock.now += 1_000;
      const flood = Array.from({ length: 8 }, (_, at) => check({ ...OTHER, kid: `kid-${second}-${at}` }));
      for (const signature of [...(await Promise.all(flood)), await check(OLD)]) {
        seen.set(signature, (seen.get(signature) ?? 0) + 1);
      }
    }
    expect(seen.get('genuine')).toBe(120);
    expect([...seen.keys()].toSorted()).toEqual(['genuine', 'too-soon', 'unknown-key']);
    expect(idp.requests.length).toBeLessThanOrEqual(5);
  });

  it('keeps to known keys for a day while the issuer fails, and asks it every 5 s at most', async () => {
    const { idp, clock, check, outcome } = await against();
    await check(OLD);
    idp.answers.set(JWKS_PATH, { status: 500, body: {} });
    clock.now += 300_000;
    expect([await check(OLD), await check(OLD), idp.requests.length]).toEqual(['genuine', 'genuine', 2]);
    expect(await outcome(NEW)).toMatch(/^keys-unavailable: /);
    clock.now += 86_100_000 - 1;
    expect(await check(OLD)).toBe('genuine');
    clock.now += 1;
    expect(await outcome(OLD)).toMatch(/^keys-unavailable: HTTP 500$/);
  });

  it.each([
    ['a redirect', { status: 302, headers: { location: '/other' } }, 'HTTP 302'],
    ['an error', { status: 503 }, 'HTTP 503'],
    ['no JSON', { body: '<html>' }, 'expected JSON'],
    ['more than 64 KB', { body: `{"keys":[],"x":"${'x'.repeat(65_536)}"}` }, 'expected JSON'],
    ['no key set', { body: { keys: 'x' } }, 'expected at most 50 keys'],
    ['a key that is no object', { body: { keys: ['x'] } }, 'expected a JSON Web Key Set'],
    ['more than 50 keys', { body: { keys: Array.from({ length: 51 }, () => OLD.jwk) } }, 'expected at most 50 keys'],
  ])('rejects while the issuer answers with %s', async (_, answer, detail) => {
    const { idp, outcome } = await against();
    idp.answers.set(JWKS_PATH, answer);
    idp.answers.set('/other', { body: { keys: [OLD.jwk] } });
    expect(await outcome(OLD)).toBe(`keys-unavailable: ${detail}`);
    expect(idp.requests).toEqual([JWKS_PATH]);
  });

  it('rejects while the issuer does not answer within 2.5 s', async () => {
    const { idp, outcome } = await against();
    idp.answers.set(JWKS_PATH, 'hang');
    expect(await outcome(OLD)).toBe('keys-unavailable: timeout');
  });

  it('never asks for a URL in a token', async () => {
    const { idp, check } = await against();
    const jku = `${idp.issuer}/other`;
    expect(await check(OTHER, { jku, x5u: jku, kid: '../other', jwk: OTHER.jwk })).toBe('too-soon');
    expect(idp.requests).toEqual([JWKS_PATH]);
  });
});

describe('createVerifySignature without the URL of the keys', () => {
  const WELL_KNOWN = '/.well-known/ssf-configuration';

  it('finds it in the configuration of the issuer', async () => {
    const { idp, check } = await against([OLD.jwk], { discovered: true });
    idp.answers.set(WELL_KNOWN, { body: { issuer: idp.issuer, jwks_uri: idp.jwksUrl } });
    expect(await check(OLD)).toBe('genuine');
    expect(idp.requests).toEqual([WELL_KNOWN, JWKS_PATH]);
  });

  it('finds it for an issuer with a path, which stands behind the well-known part', async () => {
    const idp = await startIdp([OLD.jwk]);
    onTestFinished(() => idp.close());
    const issuer = `${idp.issuer}/tenants/7`;
    idp.answers.set(`${WELL_KNOWN}/tenants/7`, { body: { issuer, jwks_uri: idp.jwksUrl } });
    const verify = createVerifySignature({ issuer, jwksUrl: undefined, now: () => 0 });
    const token = tokenBy({ ...idp, issuer }, signed(OLD, claimsOf(issuer)));
    expect(await verify(token)).toBe('genuine');
    expect(idp.requests).toEqual([`${WELL_KNOWN}/tenants/7`, JWKS_PATH]);
  });

  it.each([
    ['of another issuer', (idp: Idp) => ({ issuer: `${idp.issuer}/`, jwks_uri: idp.jwksUrl })],
    ['with keys of another origin', (idp: Idp) => ({ issuer: idp.issuer, jwks_uri: 'http://127.0.0.1:9/keys' })],
    ['without the URL of the keys', (idp: Idp) => ({ issuer: idp.issuer })],
  ])('takes no configuration %s', async (_, body) => {
    const { idp, outcome } = await against([OLD.jwk], { discovered: true });
    idp.answers.set(WELL_KNOWN, { body: body(idp) });
    expect(await outcome(OLD)).toMatch(/^keys-unavailable: expected a configuration/);
    expect(idp.requests).toEqual([WELL_KNOWN]);
  });
});
