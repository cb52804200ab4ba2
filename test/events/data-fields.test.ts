/** What each field of `data` may hold. */
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import {
  check,
  EVENT_MS,
  KEY_ID,
  keyLeak,
  offboarded,
  PRINCIPAL,
  reinstated,
  SAML_PRINCIPAL,
} from '../support/event-factory.ts';

type Fields = Record<string, unknown>;
const PARENT = { source: '//hr.example', id: 'offboarding-7' };

/** One field: how to make an event with it, its path, right values, wrong values. */
const VALUES: Readonly<Record<string, readonly [(value: unknown) => Fields, readonly unknown[], readonly unknown[]]>> =
  {
    'data.accessKeyId': [
      (accessKeyId) => keyLeak({ data: { accessKeyId } }),
      [`CW${'A'.repeat(10)}`, `CW${'9'.repeat(30)}`, 'CWOABCDEFGHIJKLMNOPQRSTUVWXYZ'],
      [
        `CW${'A'.repeat(9)}`,
        `CW${'A'.repeat(31)}`,
        'cwABCDEFGHIJKLMN',
        `${KEY_ID}\n`,
        ` ${KEY_ID}`,
        'AKIAIOSFODNN7EXAMPLE',
        'CW-ABCDEFGHIJKL',
        'CWÄBCDEFGHIJKLMN',
        '',
        5,
        null,
        [KEY_ID],
      ],
    ],
    'data.principalName': [
      (principalName) => offboarded({ data: { principalName } }),
      [
        PRINCIPAL,
        SAML_PRINCIPAL,
        'role/https://token.example:repo:acme/app:environment:prod',
        'saml/x',
        `coreweave/${'u'.repeat(502)}`,
        `saml/${'u'.repeat(507)}`,
        'saml/~!',
      ],
      [
        ...[
          '*',
          'saml/*',
          'saml/a*b',
          'coreweave/',
          'saml/',
          'role/',
          'saml',
          '',
          '/',
          'group/admins',
          'Saml/a',
          ' saml/a',
          'saml/a ',
          'saml/a b',
          'saml/a\n',
        ],
        ...[
          'saml/\u0430',
          'saml／a',
          'saml/a\u200b',
          'saml/\u007f',
          `coreweave/${'u'.repeat(503)}`,
          `saml/${'u'.repeat(508)}`,
          5,
          null,
          ['saml/a'],
          {},
        ],
      ],
    ],
    'data.identity.email': [
      (email) => offboarded({ data: { identity: { email } } }),
      [
        'user@example.com',
        'User+tag@Example.COM',
        'jürgen@例え.jp',
        'x'.repeat(512),
        '王'.repeat(512),
        '🔑'.repeat(500),
        'a b',
      ],
      [
        '',
        'x'.repeat(513),
        '🔑'.repeat(501),
        'a\u200b',
        'a\u0000',
        'a\n',
        'a\u00a0',
        'a\u2028',
        '\ud800',
        '\u202ea',
        5,
        null,
        ['a'],
        {},
      ],
    ],
    'data.identity.login': [(login) => reinstated({ data: { identity: { login } } }), ['user'], ['', 5]],
    'data.identity.externalId': [
      (externalId) => offboarded({ data: { identity: { externalId } } }),
      ['00123'],
      ['', 123],
    ],
    'data.reference.ref': [
      (ref) => keyLeak({ data: { reference: { provider: 'github', ref } } }),
      ['7', 'https://api.example/alerts/7', 'x'.repeat(512)],
      ['', 'x'.repeat(513), 'a\n', 7, null],
    ],
    'data.reference.provider': [
      (provider) => keyLeak({ data: { reference: { provider, ref: '7' } } }),
      ['github', 'x'.repeat(512)],
      ['', 'x'.repeat(513), 'a\n', 7, null],
    ],
    'data.scope': [
      (scope) => keyLeak({ data: { principalName: PRINCIPAL, scope } }),
      ['principal'],
      ['key', 'Principal', '', true, null, undefined],
    ],
    'data.confidence': [
      (confidence) => keyLeak({ data: { accessKeyId: KEY_ID, confidence } }),
      ['pair', 'key-id-only'],
      ['high', '', null, 1],
    ],
    'data.effectiveAt': [
      (effectiveAt) => offboarded({ data: { principalName: PRINCIPAL, effectiveAt } }),
      ['1999-12-31T23:59:59Z', '2099-11-30T17:00:00.000+05:30'],
      ['2026-11-30', '2026-11-30T17:00:00', '2026-11-31T17:00:00Z', '', 5, null],
    ],
    'data.generation': [
      (generation) => check({ data: { parent: PARENT, accessKeyId: KEY_ID, generation } }),
      [1, 2, 3],
      [0, 4, 1.5, -1, '1', null, Number.NaN, true],
    ],
    'data.parent.id': [
      (id) => check({ data: { parent: { source: 'x', id }, accessKeyId: KEY_ID, generation: 1 } }),
      ['x'.repeat(512)],
      ['', 'x'.repeat(513), 'a\n', 7],
    ],
    'data.evidence.url': [
      (url) => keyLeak({ data: { accessKeyId: KEY_ID, evidence: { url } } }),
      ['', 'x'.repeat(512), 'é\u0000\n\u2028\ud800', 'not a url'],
      ['x'.repeat(513), 5, null, ['x']],
    ],
  };

describe.each(Object.entries(VALUES))('%s', (path, [make, right, wrong]) => {
  test.each(right.map((value) => [value]))('takes %j, byte for byte', (value) => {
    const event = make(value);
    expect(parseEvent(event, EVENT_MS)).toStrictEqual({ kind: 'event', event });
  });

  test.each(wrong.map((value) => [value]))('refuses %j and names the path', (value) => {
    const parsed = parseEvent(make(value), EVENT_MS);
    expect(parsed).toMatchObject({
      kind: 'refusal',
      reason: 'invalid',
      detail: expect.stringMatching(`^${path}: expected `),
    });
  });
});

test('a name that is short in characters and long in bytes is refused for its bytes', () => {
  const event = offboarded({ data: { identity: { email: '🔑'.repeat(501) } } });
  expect(parseEvent(event, EVENT_MS)).toEqual({
    kind: 'refusal',
    reason: 'invalid',
    detail: 'data.identity.email: expected at most 2000 bytes',
  });
});
