import { describe, expect, it } from 'vitest';
import { parseSsfIssuers } from '../../../../lib/io/config/ssf-issuers.ts';

const LEAST = { issuer: 'https://idp.example/realms/acme', audience: 'https://revocation.example/ssf/idp' };
const problems = (value: unknown): readonly string[] => {
  const parsed = parseSsfIssuers(typeof value === 'string' ? value : JSON.stringify(value));
  return parsed.kind === 'problems' ? parsed.problems : [];
};
const of = (changes: object) => problems({ idp: { ...LEAST, ...changes } });

const ISSUER = 'expected the URL of the issuer, as in the claim iss: https, without query and fragment';
const JWKS = 'expected the URL of the keys: https, without user and fragment';
const PRINCIPAL = 'expected a principal with one of {email}, {login} and {externalId}, such as saml/{email}';

describe('parseSsfIssuers', () => {
  it('fills in what is optional', () => {
    const parsed = parseSsfIssuers(JSON.stringify({ idp: LEAST }));
    expect(parsed.kind === 'issuers' && parsed.issuers).toEqual(
      new Map([
        [
          'idp',
          {
            ...LEAST,
            algorithms: ['RS256'],
            sessionRevoked: 'ignore',
            subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
            subjectIssuers: [LEAST.issuer],
            jwksUrl: undefined,
            secret: undefined,
          },
        ],
      ]),
    );
  });

  it('takes every field, and subjects that differ from the default alone', () => {
    const more = {
      jwksUrl: 'https://keys.example/jwks?tenant=acme',
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      sessionRevoked: 'hold',
      subjects: { iss_sub: 'login' },
      subjectIssuers: ['https://idp.example/a', 'https://idp.example/b'],
      principal: 'saml/{email}',
      secret: 'ssf/idp',
    };
    const parsed = parseSsfIssuers(JSON.stringify({ idp: { ...LEAST, ...more } }));
    expect(parsed.kind === 'issuers' && parsed.issuers.get('idp')).toEqual({
      ...LEAST,
      ...more,
      subjects: { email: 'email', iss_sub: 'login', opaque: 'externalId', account: 'login' },
    });
  });

  it.each(['http://127.0.0.1:8080/keys', 'http://localhost/keys', 'http://[::1]:1/keys'])(
    'takes %s, which is on this machine',
    (jwksUrl) => expect(of({ issuer: 'http://127.0.0.1:8080', jwksUrl })).toEqual([]),
  );

  it.each<[what: string, found: readonly string[], expected: readonly string[]]>([
    ['no JSON', problems('{"idp":'), ['expected JSON']],
    ['a list', problems([]), ['expected an object of issuers by name']],
    ['a name twice', problems('{"idp":{},"idp":{}}'), ['expected each key of an object once']],
    [
      'a name that is no path',
      problems({ 'a/b': LEAST }),
      ['(a name): expected a name of lower-case letters, digits and dashes'],
    ],
    [
      '11 issuers',
      problems(Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`i${at}`, LEAST]))),
      ['expected at most 10 issuers'],
    ],
    [
      'nothing',
      problems({ idp: {} }),
      [`idp.issuer: ${ISSUER}`, 'idp.audience: expected the claim aud of the stream, text of 1 to 512 characters'],
    ],
    ['a misspelling', of({ audiences: ['a'] }), ['idp.audiences: expected no such field']],
    ['a plain issuer', of({ issuer: 'http://idp.example' }), [`idp.issuer: ${ISSUER}`]],
    ['an issuer with a query', of({ issuer: 'https://idp.example/?a' }), [`idp.issuer: ${ISSUER}`]],
    ['an issuer with a user', of({ issuer: 'https://a@idp.example' }), [`idp.issuer: ${ISSUER}`]],
    ['keys of a file', of({ jwksUrl: 'file:///etc/passwd' }), [`idp.jwksUrl: ${JWKS}`]],
    ['plain keys', of({ jwksUrl: 'http://idp.example/keys' }), [`idp.jwksUrl: ${JWKS}`]],
    [
      'keys of what looks like this machine',
      of({ jwksUrl: 'http://localhost.example/keys' }),
      [`idp.jwksUrl: ${JWKS}`],
    ],
    ['keys with a password', of({ jwksUrl: 'https://:b@idp.example/keys' }), [`idp.jwksUrl: ${JWKS}`]],
    ['an HMAC', of({ algorithms: ['HS256'] }), ['idp.algorithms.0: expected "RS256" or "PS256" or "ES256" or "EdDSA"']],
    [
      'no algorithm',
      of({ algorithms: ['none'] }),
      ['idp.algorithms.0: expected "RS256" or "PS256" or "ES256" or "EdDSA"'],
    ],
    ['an empty list', of({ algorithms: [] }), ['idp.algorithms: expected at least one algorithm']],
    [
      'another meaning',
      of({ sessionRevoked: 'revoke' }),
      ['idp.sessionRevoked: expected "ignore" or "hold" or "offboarded"'],
    ],
    [
      'another identity',
      of({ subjects: { email: 'mail' } }),
      ['idp.subjects.email: expected "email" or "login" or "externalId"'],
    ],
    [
      'another format',
      of({ subjects: { phone_number: 'login' } }),
      ['idp.subjects.phone_number: expected no such field'],
    ],
    ['a role', of({ principal: 'role/{login}' }), [`idp.principal: ${PRINCIPAL}`]],
    ['no placeholder', of({ principal: 'saml/admin@example.com' }), [`idp.principal: ${PRINCIPAL}`]],
    [
      'a secret with a space',
      of({ secret: 'a b' }),
      ['idp.secret: expected the name or ARN of a secret in AWS Secrets Manager'],
    ],
  ])('says of %s where it is wrong', (_, found, expected) => expect(found).toEqual(expected));
});
