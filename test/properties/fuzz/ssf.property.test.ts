/** Whatever a security event token holds: it is read without a throw, and no secret in it goes on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ssfSource } from '../../../events/ssf/ssf-source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { AUDIENCE, CAEP, claimsOf, part, push, RISC, SSF } from '../../support/idp.ts';
import { anyText, MARK, markedValue, mutilated, SEED } from './texts.ts';

const ISSUER = 'https://idp.example';
const source = ssfSource('idp', {
  issuer: {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    sessionRevoked: 'hold',
    subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
    subjectIssuers: [ISSUER],
    principal: 'saml/{email}',
  },
  // Each token counts as signed: what a genuine issuer may send by mistake.
  verify: async () => 'genuine',
  hasSecret: false,
});

const TYPES = [
  `${RISC}account-disabled`,
  `${RISC}credential-compromise`,
  `${CAEP}session-revoked`,
  `${SSF}verification`,
];
const HEADER = part({ alg: 'ES256', kid: 'key', typ: 'secevent+jwt' });
const compact = (claims: string | Buffer): string => `${HEADER}.${Buffer.from(claims).toString('base64url')}.AAAA`;

const hostileClaims = fc
  .record(
    {
      jti: markedValue,
      iat: fc.oneof(markedValue, fc.double()),
      sub_id: fc.oneof(
        markedValue,
        fc.record({ format: fc.constantFrom('email', 'opaque', 'complex', 'aliases', 'account'), email: markedValue }),
        fc.record({ format: fc.constant('email'), email: fc.string({ unit: 'binary' }) }),
      ),
      events: fc.oneof(
        markedValue,
        fc.dictionary(fc.constantFrom(...TYPES, MARK), fc.dictionary(fc.string(), markedValue)),
      ),
    },
    { requiredKeys: [] },
  )
  .map((changes) => JSON.stringify(claimsOf(ISSUER, changes)));

const token = fc.oneof(
  hostileClaims.map(compact),
  mutilated(TYPES.map((type) => Buffer.from(JSON.stringify(claimsOf(ISSUER, { events: { [type]: {} } }))))).map(
    compact,
  ),
  anyText,
);

describe('a token of an issuer', () => {
  it('is rejected or read, and passes on no secret', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const opened = await source.open(push(text), EVENT_MS);
        seen.add(opened.kind === 'genuine' ? opened.reading.kind : opened.kind);
        expect(JSON.stringify(opened)).not.toContain(MARK);
      }),
      { ...SEED, numRuns: 2_000 },
    );
    expect([...seen].toSorted()).toEqual(['events', 'ignored', 'refused', 'rejected']);
  });
});
