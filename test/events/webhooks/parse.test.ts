import { describe, expect, it } from 'vitest';
import { parseWebhooks } from '../../../events/webhooks/parse.ts';
import { READY, readyText } from './vendors.ts';

const PROOF = { kind: 'header', header: 'authorization' };
const LEAST = {
  secret: 'webhook/hr',
  proof: PROOF,
  when: { offboarded: { at: '/type', in: ['left'] } },
  person: { email: '/email' },
  time: '/time',
};
const HMAC = { kind: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' };

const problems = (value: unknown): readonly string[] => {
  const parsed = parseWebhooks(typeof value === 'string' ? value : JSON.stringify(value));
  return parsed.kind === 'problems' ? parsed.problems : [];
};
const of = (changes: object) => problems({ hr: { ...LEAST, ...changes } });

describe('parseWebhooks', () => {
  it.each(READY)('takes the ready configuration %s', (name) => expect(problems(readyText(name))).toEqual([]));

  it('takes all ready configurations together', () => {
    expect(problems(Object.assign({}, ...READY.map((name) => JSON.parse(readyText(name)))))).toEqual([]);
  });

  it('fills in what is optional', () => {
    const parsed = parseWebhooks(JSON.stringify({ hr: { ...LEAST, proof: HMAC } }));
    expect(parsed.kind === 'webhooks' && parsed.webhooks.get('hr')).toEqual({
      ...LEAST,
      proof: { ...HMAC, signed: '{body}', secretEncoding: 'text' },
      handshake: [],
    });
  });

  it.each<[what: string, found: readonly string[], expected: readonly string[]]>([
    ['no JSON', problems('{"hr":'), ['expected JSON']],
    ['a list', problems([]), ['expected an object of webhooks by name']],
    ['a name twice', problems('{"hr":{},"hr":{}}'), ['expected each key of an object once']],
    ['a webhook that is none', problems({ hr: 7 }), ['hr: expected an object with secret, proof and when']],
    ['a name with capitals', problems({ HR: LEAST }), ['HR: expected a name of lower-case letters, digits and dashes']],
    [
      'a name that is a path',
      problems({ '../x': LEAST }),
      ['(a name): expected a name of lower-case letters, digits and dashes'],
    ],
    ['a misspelt field', of({ persons: {} }), ['hr.persons: expected no such field']],
    ['no secret', of({ secret: '' }), ['hr.secret: expected the name or ARN of a secret in AWS Secrets Manager']],
    [
      'an unknown proof',
      of({ proof: { kind: 'jwt' } }),
      ['hr.proof.kind: expected an object with kind: "hmac", "header", "body" or "standard-webhooks"'],
    ],
    [
      'a weak algorithm',
      of({ proof: { ...HMAC, algorithm: 'sha1' } }),
      ['hr.proof.algorithm: expected "sha256" or "sha512"'],
    ],
    [
      'a header in capitals',
      of({ proof: { ...PROOF, header: 'Authorization' } }),
      ['hr.proof.header: expected the name of a header in lower case'],
    ],
    [
      'a body that is not signed',
      of({ proof: { ...HMAC, signed: '{method}' } }),
      ['hr.proof.signed: expected {body} exactly once: it must be signed'],
    ],
    [
      'an unknown placeholder',
      of({ proof: { ...HMAC, signed: '{body}{nonce}' } }),
      ['hr.proof.signed: expected a template of {body}, {timestamp}, {method}, {path} and fixed text'],
    ],
    [
      'a timestamp that is not signed',
      of({ proof: { ...HMAC, timestamp: { header: 'x-time', unit: 's' } } }),
      ['hr.proof.timestamp: expected timestamp exactly if {timestamp} is signed: an unsigned one proves nothing'],
    ],
    [
      'a signed timestamp without its header',
      of({ proof: { ...HMAC, signed: '{timestamp}.{body}' } }),
      ['hr.proof.timestamp: expected timestamp exactly if {timestamp} is signed: an unsigned one proves nothing'],
    ],
    [
      'a tolerance of a week',
      of({
        proof: {
          ...HMAC,
          signed: '{timestamp}{body}',
          timestamp: { header: 'x', unit: 's', toleranceSeconds: 604_800 },
        },
      }),
      ['hr.proof.timestamp.toleranceSeconds: expected at most 86400'],
    ],
    [
      'no condition',
      of({ when: { ignored: { at: '/x', exists: true } } }),
      ['hr.when: expected at least one of offboarded, reinstated and compromised'],
    ],
    [
      'a condition of another language',
      of({ when: { offboarded: { matches: '.*' } } }),
      ['hr.when.offboarded: expected a condition: an object with all, any, not, at, root or header'],
    ],
    [
      'a condition deep inside',
      of({ when: { offboarded: { any: [{ at: '/x', exists: true }, { not: { at: 'x', in: ['y'] } }] } } }),
      ['hr.when.offboarded.any.1.not.at: expected a JSON pointer such as /data/email, of at most 16 parts'],
    ],
    [
      'two tests in one',
      of({ when: { offboarded: { at: '/x', in: ['y'], exists: true } } }),
      ['hr.when.offboarded: expected exactly one of in, has and exists'],
    ],
    [
      'an HMAC without any time',
      problems({ hr: { ...LEAST, proof: HMAC, time: undefined } }),
      ['hr.time: expected the path of the time, or a signed timestamp: else an old request could act again'],
    ],
    ['no person', of({ person: {} }), ['hr.person: expected the path of email, login, externalId or principalName']],
    [
      'a leak of nothing',
      of({ when: { compromised: { at: '/x', exists: true } } }),
      ['hr.accessKeyId: expected the path of the leaked key, or person.principalName'],
    ],
    [
      'an unknown zone',
      of({ effectiveAt: { at: '/x', zone: 'Europe/Bonn' } }),
      ['hr.effectiveAt.zone: expected a time zone of the IANA database, such as Europe/Berlin'],
    ],
    [
      'too many conditions',
      of({ when: { offboarded: { any: Array.from({ length: 100 }, () => ({ at: '/x', exists: true })) } } }),
      ['hr.when: expected at most 100 conditions'],
    ],
    [
      'one secret twice',
      problems({ hr: LEAST, other: LEAST }),
      ['other.secret: expected another secret than that of any other webhook'],
    ],
    [
      'too many webhooks',
      problems(Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`hr${at}`, { ...LEAST, secret: `s${at}` }]))),
      ['expected at most 20 webhooks'],
    ],
  ])('says where and what was expected of %s', (_what, found, expected) => expect(found).toEqual(expected));

  it('says all problems at once, and quotes no value', () => {
    const planted = `cwo${'a1B2c3D4'.repeat(5)}`;
    const found = problems({ hr: { ...LEAST, proof: { kind: planted }, secret: ` ${planted}`, [planted]: planted } });
    expect(found).toHaveLength(3);
    expect(found.join()).not.toContain(planted);
  });

  it('bounds the depth of conditions by that of any text', () => {
    const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ not: inner }), { at: '/x', exists: true });
    expect(of({ when: { offboarded: deep } })).toEqual(['expected at most 32 levels of nesting']);
  });
});
