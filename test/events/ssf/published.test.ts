/** What becomes of every published security event token, if it comes from its own issuer. */
import { expect, it } from 'vitest';
import { ssfSource } from '../../../events/ssf/ssf-source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { ecKey, push, signed } from '../../support/idp.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';
import { gist } from '../sources/requests.ts';

const KEY = ecKey('key');
const IGNORED = 'ignored: an event type that we do not act on';
const SUBJECT =
  'refused: invalid: expected one subject, which names a person as one of email, iss_sub, opaque, account';
const UNKNOWN = 'refused: unknown-type: expected an event type that is known';
const offboarding = (jti: string) => `user.offboarded.v1 ${jti} of ssf://idp`;
const CAEP_JTI = '24c63fb56e5a2d77a6b512616ca9fa24';
const RISC_JTI = '756E69717565206964656E746966696572';

/** All that are not of a type that is passed over. Sessions are offboardings here. */
const SAID: Readonly<Record<string, string>> = {
  'okta-ssf/receiver-guide.l207.json': 'refused: expected events, an object of objects',
  'okta-ssf/session-revoked.l55.json': offboarding(CAEP_JTI),
  'openid-caep/session-revoked.l274.json': offboarding(CAEP_JTI),
  'openid-caep/session-revoked.l295.json': offboarding(CAEP_JTI),
  'openid-caep/session-revoked.l336.json': offboarding(CAEP_JTI),
  'openid-risc/account-disabled.json': offboarding(RISC_JTI),
  'openid-risc/credential-compromise.json': `credential.compromised.v1 ${RISC_JTI} of ssf://idp`,
  'openid-ssf/account-disabled.l592.json': SUBJECT,
  'openid-ssf/account-enabled.l573.json': `user.reinstated.v1 ${RISC_JTI} of ssf://idp`,
  'openid-ssf/session-revoked.l636.json': SUBJECT,
  'openid-ssf/token-claims-change.l698.json': 'refused: expected iat not in the future',
  'openid-ssf/verification.l518.json': 'ignored: a verification of the stream',
  'scim-events-rfc9967/old-casing.prov.delete.draft09.json': UNKNOWN,
  'scim-events-rfc9967/old-urn.prov.delete.draft01.json': UNKNOWN,
  'scim-events-rfc9967/prov.delete.l672.json': UNKNOWN,
};

const claimsIn = (file: string): Readonly<Record<string, unknown>> => Object(JSON.parse(readPublished(file)));
const TOKENS = PUBLISHED.filter(
  (file) => /^(?:okta-ssf|openid-|scim-events)/.test(file) && typeof claimsIn(file).iat === 'number',
);

it('the published tokens are there, and so are those that are not passed over', () => {
  expect(TOKENS.length).toBeGreaterThan(50);
  expect(Object.keys(SAID).filter((file) => !TOKENS.includes(file))).toEqual([]);
});

async function said(claims: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const [issuer, audience] = [String(claims.iss), String([claims.aud].flat()[0])];
  const source = ssfSource('idp', {
    issuer: {
      ...{ issuer, audience, algorithms: ['ES256'], sessionRevoked: 'offboarded', subjectIssuers: [issuer] },
      subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
      principal: 'saml/{externalId}',
    },
    verify: async () => 'genuine',
    hasSecret: false,
  });
  const opened = await source.open(push(signed(KEY, claims)), EVENT_MS);
  return opened.kind === 'genuine' ? gist(opened.reading) : [opened.why];
}

it.each(TOKENS)('%s', async (file) => {
  expect(await said(claimsIn(file))).toEqual([SAID[file] ?? IGNORED]);
});

/** The same event with other content, as RFC 9967 §2.4 lets it have. */
const CONTENTS: readonly (readonly [file: string, said: string, content: object])[] = [
  ['prov.put.full.l602', UNKNOWN, { data: { userName: 'jdoe', active: false } }],
  ['prov.put.full.l602', UNKNOWN, { data: { userName: 'jdoe', active: 'no' } }],
  ['prov.put.full.l602', IGNORED, { data: { userName: 'jdoe', active: true } }],
  ['prov.put.notice.l638', UNKNOWN, { attributes: ['emails', 'active'] }],
  ['prov.put.notice.l638', UNKNOWN, { attributes: ['urn:ietf:params:scim:schemas:core:2.0:User:active'] }],
  ['prov.patch.full.l537', UNKNOWN, { data: { Operations: [{ op: 'replace', path: 'active', value: 'False' }] } }],
  ['prov.patch.full.l537', UNKNOWN, {}],
  ['prov.patch.full.l537', IGNORED, { data: { Operations: [{ op: 'replace', path: 'active', value: true }] } }],
  ['prov.patch.notice.l571', UNKNOWN, { attributes: ['active'] }],
  ['prov.patch.notice.l571', IGNORED, { attributes: ['inactiveSince'] }],
];

it.each(CONTENTS)('%s: %s with %j', async (name, expected, content) => {
  const claims = claimsIn(`scim-events-rfc9967/${name}.json`);
  const [type = ''] = Object.keys(Object(claims.events));
  expect(await said({ ...claims, events: { [type]: content } })).toEqual([expected]);
  expect(await said({ ...claims, events: { [type.toUpperCase()]: content } })).toEqual([expected]);
});
