/** What tokens of an issuer mean, once their signature is verified. */
import { describe, expect, it } from 'vitest';
import type { Reading, WebRequest } from '../../../events/sources/source.ts';
import type { Issuer } from '../../../events/ssf/issuer.ts';
import { type Signature, ssfSource } from '../../../events/ssf/ssf-source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { AUDIENCE, CAEP, claimsOf, EVENT_S, ecKey, push, RISC, SSF, signed } from '../../support/idp.ts';
import { gist, toldOf } from '../sources/requests.ts';

const ISSUER = 'https://idp.example';
const KEY = ecKey('key');
const BASE: Issuer = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  sessionRevoked: 'ignore',
  subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
  subjectIssuers: [ISSUER],
};
const EMAIL = { format: 'email', email: 'user@example.com' };

const open = (from: WebRequest, issuer: Partial<Issuer> = {}, signature: Signature = 'genuine') =>
  ssfSource('idp', { issuer: { ...BASE, ...issuer }, verify: async () => signature, hasSecret: false }).open(
    from,
    EVENT_MS,
  );

async function read(claims: object, issuer: Partial<Issuer> = {}): Promise<Reading> {
  const opened = await open(push(signed(KEY, claimsOf(ISSUER, claims))), issuer);
  if (opened.kind === 'rejected') throw new Error(opened.why);
  return opened.reading;
}
const event = (type: string, content: object = {}) => ({ events: { [type]: content } });

describe('a token about an account', () => {
  it('that was disabled is an offboarding under the id and time of the token', async () => {
    expect(await read({})).toEqual({
      kind: 'events',
      events: [
        {
          specversion: '1.0',
          type: 'user.offboarded.v1',
          id: 'set-1',
          source: 'ssf://idp',
          time: '2026-11-23T09:30:00.000Z',
          data: {
            identity: { email: 'user@example.com' },
            evidence: {
              detector: `${RISC}account-disabled`,
              receivedVia: 'ssf-push',
              verifiedBy: 'jws-ES256',
              sourceEventId: 'set-1',
            },
          },
        },
      ],
      reply: { status: 202 },
    });
  });

  it.each([
    ['account-disabled', { reason: 'hijacking' }, 'user.offboarded.v1'],
    ['account-purged', {}, 'user.offboarded.v1'],
    ['account-enabled', {}, 'user.reinstated.v1'],
  ])('%s %j is %s', async (name, content, type) => {
    expect(gist(await read(event(`${RISC}${name}`, content)))).toEqual([`${type} set-1 of ssf://idp`]);
  });

  it.each([
    `${RISC}account-purged/`,
    `${RISC}account-purged`.replace('https:', 'http:'),
    `${RISC}account-purged`.toUpperCase(),
  ])('is read by another spelling of its type, %s', async (type) => {
    expect(await read(event(type))).toMatchObject({
      events: [{ type: 'user.offboarded.v1', data: { evidence: { detector: type } } }],
    });
  });

  it('of years ago is used: its age is a matter of the safety checks', async () => {
    expect(await read({ iat: 0.5 })).toMatchObject({ kind: 'events', events: [{ time: '1970-01-01T00:00:00.000Z' }] });
    expect(await read({ iat: EVENT_S + 300 })).toMatchObject({ kind: 'events' });
  });

  it('has an expiry, a subject of old or a content type with a parameter all the same', async () => {
    expect(await read({ exp: 1, nbf: 1, sub: 'x' })).toMatchObject({ kind: 'events' });
    const typed = push(signed(KEY, claimsOf(ISSUER), { typ: 'application/SecEvent+JWT' }), {
      headers: { 'content-type': 'Application/secevent+jwt; charset=utf-8' },
    });
    expect(await open(typed)).toMatchObject({ kind: 'genuine', reading: { kind: 'events' } });
  });

  it('may be for several audiences', async () => {
    expect(await read({ aud: ['https://other.example', AUDIENCE] })).toMatchObject({ kind: 'events' });
  });
});

describe('the subject of a token', () => {
  it.each<[what: string, subject: object, identity: object]>([
    ['an address', EMAIL, { email: 'user@example.com' }],
    ['a subject of the issuer', { format: 'iss_sub', iss: ISSUER, sub: '00u1' }, { externalId: '00u1' }],
    ['an opaque id', { format: 'opaque', id: '00u1' }, { externalId: '00u1' }],
    ['an account', { format: 'account', uri: 'acct:user@example.com' }, { login: 'user@example.com' }],
    [
      'a user with a device',
      { format: 'complex', user: EMAIL, device: { format: 'opaque', id: 'd' } },
      {
        email: 'user@example.com',
      },
    ],
    ['a user without a format, as of older drafts', { user: EMAIL }, { email: 'user@example.com' }],
    [
      'aliases, of which the first that is usable counts',
      {
        format: 'aliases',
        identifiers: [{ format: 'phone_number', phone_number: '+1' }, EMAIL, { format: 'opaque', id: 'x' }],
      },
      { email: 'user@example.com' },
    ],
  ])('is %s', async (_, subject, identity) => {
    expect(await read({ sub_id: subject })).toMatchObject({ kind: 'events', events: [{ data: { identity } }] });
    for (const sub_id of [undefined, null]) {
      const nested = { sub_id, ...event(`${RISC}account-disabled`, { subject }) };
      expect(await read(nested)).toMatchObject({ kind: 'events', events: [{ data: { identity } }] });
    }
    const beside = { sub_id: subject, ...event(`${RISC}account-disabled`, { subject: null }) };
    expect(await read(beside)).toMatchObject({ kind: 'events', events: [{ data: { identity } }] });
  });

  it('is the kind of identity that the configuration says', async () => {
    const subjects = { email: 'login', iss_sub: 'login', opaque: 'login', account: 'email' } as const;
    const identities = await Promise.all(
      [
        { format: 'iss_sub', iss: ISSUER, sub: 'user@example.com' },
        { format: 'account', uri: 'acct:user@example.com' },
      ].map(async (sub_id) => read({ sub_id }, { subjects })),
    );
    expect(identities).toMatchObject([
      { events: [{ data: { identity: { login: 'user@example.com' } } }] },
      { events: [{ data: { identity: { email: 'user@example.com' } } }] },
    ]);
  });

  it('may be one of another issuer that the configuration names', async () => {
    const sub_id = { format: 'iss_sub', iss: 'https://other.example', sub: '00u1' };
    expect(await read({ sub_id }, { subjectIssuers: ['https://other.example'] })).toMatchObject({ kind: 'events' });
  });

  it.each<[what: string, claims: object]>([
    ['missing', { sub_id: undefined }],
    ['text', { sub_id: 'user@example.com' }],
    ['of another issuer', { sub_id: { format: 'iss_sub', iss: 'https://other.example', sub: '00u1' } }],
    ['a telephone number', { sub_id: { format: 'phone_number', phone_number: '+1 206 555 0123' } }],
    ['of an older draft', { sub_id: { subject_type: 'email', email: 'user@example.com' } }],
    ['a device alone', { sub_id: { format: 'complex', device: { format: 'opaque', id: 'd' } } }],
    ['an account that is escaped', { sub_id: { format: 'account', uri: 'acct:a%40b@example.com' } }],
    ['no account', { sub_id: { format: 'account', uri: 'mailto:user@example.com' } }],
    ['a format of the prototype', { sub_id: { format: 'constructor', email: 'user@example.com' } }],
    ['aliases without a usable one', { sub_id: { format: 'aliases', identifiers: [{ format: 'aliases' }, 'x'] } }],
    [
      'aliases inside aliases',
      { sub_id: { format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [EMAIL] }] } },
    ],
    ['two people', event(`${RISC}account-disabled`, { subject: { format: 'email', email: 'other@example.com' } })],
    ['empty', { sub_id: { format: 'email', email: '' } }],
  ])('that is %s makes a dead letter', async (_, claims) => {
    const reading = await read(claims);
    expect(reading).toMatchObject({ kind: 'refused', reply: { status: 202 }, unusable: [{ reason: 'invalid' }] });
    expect(toldOf(reading)[0]).toContain('"sender":"ssf/idp","jti":"set-1"');
  });

  it('that is two people is told with both', async () => {
    const other = { format: 'email', email: 'other@example.com' };
    const told = toldOf(await read(event(`${RISC}account-disabled`, { subject: other })));
    expect(told).toEqual([expect.stringContaining(`"subject":${JSON.stringify([EMAIL, other])}`)]);
  });
});

describe('a token about a compromised credential', () => {
  const compromise = event(`${RISC}credential-compromise`, { credential_type: 'password' });

  it('is a compromise of the principal that the configuration names', async () => {
    expect(await read(compromise, { principal: 'saml/{email}' })).toMatchObject({
      events: [
        { type: 'credential.compromised.v1', data: { principalName: 'saml/user@example.com', scope: 'principal' } },
      ],
    });
  });

  it.each<[what: string, principal: string | undefined, subject: object]>([
    ['no principal is configured', undefined, EMAIL],
    ['the subject has another name', 'saml/{login}', EMAIL],
    ['the principal is shared', 'saml/{externalId}', { format: 'opaque', id: 'admins' }],
  ])('makes a dead letter if %s', async (_, principal, sub_id) => {
    const configured = principal === undefined ? {} : { principal };
    expect(await read({ ...compromise, sub_id }, configured)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('expected principal in SSF_ISSUERS'),
      reply: { status: 202 },
    });
  });
});

describe('a token about a session', () => {
  const TYPES = [`${CAEP}session-revoked`, `${RISC}sessions-revoked`];

  it.each(TYPES)('%s is ignored, held or an offboarding, as the configuration says', async (type) => {
    expect(gist(await read(event(type)))).toEqual(['ignored: a revoked session, which is ignored for this issuer']);
    const held = await read(event(type), { sessionRevoked: 'hold' });
    expect(held).toMatchObject({ events: [{ type: 'user.offboarded.v1', data: { staged: true } }] });
    const offboarded = await read(event(type), { sessionRevoked: 'offboarded' });
    expect(offboarded).toMatchObject({ events: [{ type: 'user.offboarded.v1' }] });
    expect(JSON.stringify(offboarded)).not.toContain('staged');
  });
});

describe('a token about the stream', () => {
  it.each([
    [`${SSF}verification`, { state: 'x' }, 'a verification of the stream'],
    [`${SSF}stream-updated`, { status: 'enabled' }, 'an update of the stream, which is enabled'],
  ])('%s %j is answered with 202', async (type, content, why) => {
    const about = { format: 'opaque', id: 'stream-1' };
    expect(await read({ sub_id: about, ...event(type, content) })).toEqual({
      kind: 'ignored',
      why,
      reply: { status: 202 },
    });
  });

  it.each(['paused', 'disabled', undefined])('that is %s is also told to an operator', async (status) => {
    const reading = await read(event(`${SSF}stream-updated`, { status }));
    expect(reading).toMatchObject({ kind: 'refused', reply: { status: 202 }, unusable: [{ reason: 'invalid' }] });
  });
});

describe('a token of another type', () => {
  it.each([
    `${CAEP}credential-change`,
    `${CAEP}token-claims-change`,
    `${CAEP}risk-level-change`,
    `${CAEP}device-compliance-change`,
    `${RISC}account-credential-change-required`,
    `${RISC}identifier-changed`,
    'https://left.example/event-type/other',
    'https://vendor.example/event/user-expired-password',
    'https://vendor.example/event/cache-purge',
  ])('%s is ignored', async (type) => {
    const content = { change_type: 'revoke' };
    expect(gist(await read(event(type, content)))).toEqual(['ignored: an event type that we do not act on']);
  });

  it.each([
    'urn:ietf:params:scim:event:prov:deactivate',
    'urn:ietf:params:scim:event:prov:delete',
    'https://vendor.example/event-type/user-terminated',
    'https://vendor.example/event/user-purged',
    'https://vendor.example/event/user-purged/v2',
    'https://vendor.example/event/user-purged?v=2',
    'https://vendor.example/event/accountExpired',
    'https://vendor.example/event/user-terminated/',
    'https://vendor.example/event/user-terminated/v2',
    'https://vendor.example/event/user-terminated?v=2',
    'urn:ietf:params:scim:event:prov:put:full/',
    `${RISC}account-suspended`,
  ])('%s may be an offboarding, so it becomes a dead letter', async (type) => {
    expect(await read(event(type))).toMatchObject({
      kind: 'refused',
      reply: { status: 202 },
      unusable: [{ reason: 'unknown-type', text: expect.stringContaining('user@example.com') }],
    });
  });
});

describe('a token with several types', () => {
  const both = (...types: readonly string[]) => ({ events: Object.fromEntries(types.map((type) => [type, {}])) });

  it('is one event if they are names of the same', async () => {
    const types = [`${CAEP}credential-change`, `${RISC}account-disabled`, `${RISC}account-purged`];
    expect(gist(await read(both(...types)))).toEqual(['user.offboarded.v1 set-1 of ssf://idp']);
  });

  it('makes a dead letter if they ask for different actions', async () => {
    expect(await read(both(`${RISC}account-disabled`, `${RISC}account-enabled`))).toMatchObject({
      kind: 'refused',
      reply: { status: 202 },
      unusable: [{ reason: 'invalid', detail: 'expected one event, or several names of the same event' }],
    });
  });

  const PAUSED = { [`${SSF}stream-updated`]: { status: 'paused' } };
  const DEACTIVATED = { 'urn:ietf:params:scim:event:prov:deactivate': {} };

  it.each<[what: string, others: object, reason: string, detail: string]>([
    ['the end of the stream', PAUSED, 'invalid', 'expected an enabled stream'],
    ['an offboarding that is not read', DEACTIVATED, 'unknown-type', 'expected an event type that is known'],
  ])('reinstates no user beside %s, which makes a dead letter', async (_, others, reason, detail) => {
    const enabled = { [`${RISC}account-enabled`]: {} };
    for (const events of [
      { ...enabled, ...others },
      { ...others, ...enabled },
    ]) {
      const reading = await read({ events });
      expect(reading).toMatchObject({
        kind: 'refused',
        reply: { status: 202 },
        unusable: [{ reason, detail: expect.stringContaining(detail) }],
      });
      expect(toldOf(reading)).toEqual([expect.stringContaining('user@example.com')]);
    }
  });

  it.each<[what: string, type: string, acted: string, staged: unknown]>([
    ['an offboarding', `${RISC}account-disabled`, 'user.offboarded.v1', undefined],
    ['a session that may mean one', `${CAEP}session-revoked`, 'user.offboarded.v1', true],
    ['a compromise', `${RISC}credential-compromise`, 'credential.compromised.v1', undefined],
  ])('acts on %s beside what makes a dead letter', async (_, type, acted, staged) => {
    const issuer = { sessionRevoked: 'hold', principal: 'saml/{email}' } as const;
    const reading = await read({ events: { ...PAUSED, ...DEACTIVATED, [type]: {} } }, issuer);
    expect(reading).toMatchObject({
      kind: 'events',
      events: [{ type: acted, data: { evidence: { detector: type } } }],
      unusable: [{ reason: 'invalid' }, { reason: 'unknown-type' }],
      reply: { status: 202 },
    });
    expect(reading.kind === 'events' && reading.events.map(({ data }) => Object(data).staged)).toEqual([staged]);
  });

  it('makes a dead letter with each person if they are about different people', async () => {
    const of = (email: string) => ({ subject: { format: 'email', email } });
    const events = {
      [`${RISC}account-disabled`]: of('one@example.com'),
      [`${RISC}account-purged`]: of('two@example.com'),
    };
    const reading = await read({ sub_id: undefined, events });
    expect(reading).toMatchObject({ kind: 'refused', unusable: [{ reason: 'invalid' }] });
    expect(toldOf(reading).join()).toMatch(/one@example\.com.*two@example\.com/);
  });
});

describe('a token that is the issuer’s, but malformed', () => {
  it.each([
    ['jti', { jti: undefined }],
    ['iat', { iat: null }],
    ['iat', { iat: -1 }],
    ['iat not in the future', { iat: EVENT_S + 301 }],
    ['events, an object of objects', { events: [] }],
    ['events, an object of objects', { events: {} }],
  ])('without %s (%j) is refused, and told to an operator', async (expected, claims) => {
    const why = `expected ${expected}`;
    expect(await read(claims)).toMatchObject({
      kind: 'refused',
      why,
      reply: {
        status: 400,
        headers: { 'content-language': 'en-US' },
        body: { err: 'invalid_request', description: why },
      },
      unusable: [{ reason: 'invalid', detail: why, text: expect.stringContaining('user@example.com') }],
    });
    const nested = event(`${RISC}account-disabled`, { subject: EMAIL });
    expect(toldOf(await read({ ...nested, jti: undefined, sub_id: null }))[0]).toContain('user@example.com');
  });

  it('shows no secret to the operator, and no long subject', async () => {
    const secret = `cwo${'Z9yX8wV7'.repeat(5)}`;
    const told = toldOf(await read({ jti: secret, sub_id: { format: 'x', id: secret } })).join();
    expect(told).toContain('[redacted]');
    expect(told).not.toContain(secret);
    expect(toldOf(await read({ sub_id: { format: 'x', id: 'y'.repeat(3_000) } })).join().length).toBeLessThan(4_000);
  });

  it.each([150, 170, 480, 600])('shows no part of a secret behind %i characters of a type', async (length) => {
    const type = `https://idp.example/leaked/${'x'.repeat(length)}/cwo${'Z9yX8wV7'.repeat(5)}`;
    const told = toldOf(await read(event(type)));
    expect(told).toHaveLength(1);
    expect(told[0]).not.toContain('Z9yX8wV7');
  });

  it('is an event whose id is escaped if it is no ASCII', async () => {
    expect(gist(await read({ jti: 'a b é' }))).toEqual(['user.offboarded.v1 a b %C3%A9 of ssf://idp']);
  });
});

describe('a request that is not the issuer’s', () => {
  const token = signed(KEY, claimsOf(ISSUER));

  it.each<[Signature, object]>([
    ['wrong', { status: 400, body: { err: 'authentication_failed', description: 'expected a valid signature' } }],
    [
      'unknown-key',
      { status: 400, body: { err: 'invalid_key', description: 'expected a key that the issuer publishes' } },
    ],
    ['unusable-key', { status: 400, body: { err: 'invalid_key', description: expect.any(String) } }],
    ['too-soon', { status: 429, headers: { 'retry-after': '30' } }],
  ])('is rejected for a signature that is %s', async (signature, reply) => {
    expect(await open(push(token), {}, signature)).toMatchObject({ kind: 'rejected', reply });
  });

  it.each([
    ['by GET', push(token, { method: 'GET' }), 405],
    ['below the path', push(token, { path: '/x' }), 404],
  ])('is rejected %s', async (_, from, status) => {
    expect(await open(from)).toMatchObject({ kind: 'rejected', reply: { status } });
  });
});
