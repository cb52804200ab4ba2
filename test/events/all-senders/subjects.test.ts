/**
 * Genuine reports that cannot be used, two at a time. Those about different subjects never have one `about`, unless
 * neither names a subject, and each names its own in the text of its dead letter.
 */
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { Reading, WebRequest } from '../../../events/sources/source.ts';
import { readSet } from '../../../events/ssf/set.ts';
import { EVENT_MS, EVENT_TIME } from '../../support/event-factory.ts';
import { AUDIENCE, CAEP } from '../../support/idp.ts';
import { fromGitguardian, fromGithub, fromOkta, fromStandardWebhooks, request } from '../sources/requests.ts';
import { scimRequest } from '../sources/scim-requests.ts';
import { sourceOf } from '../webhooks/vendors.ts';

const [ONE, TWO] = ['CWAAAAAAAAAAAAA1', 'CWBBBBBBBBBBBBB2'];
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;

const readAll = (name: string, ...requests: readonly WebRequest[]): readonly Reading[] =>
  requests.map((from) => SOURCES.get(name)?.read(from, EVENT_MS) ?? { kind: 'ignored', why: 'no source' });

const scanner = {
  secret: 'scanner',
  proof: { kind: 'header', header: 'x-token' },
  each: '/leaks',
  when: { compromised: { root: '/type', in: ['leak'] } },
  person: { email: '/email' },
  accessKeyId: '/key',
  id: { root: '/id' },
};
const leaks = (id: string, ...found: readonly object[]): Reading =>
  sourceOf(JSON.stringify({ scanner })).read(request({ body: { type: 'leak', id, leaks: found } }), EVENT_MS);

const suspension = (target: object) =>
  fromOkta({
    data: {
      events: [
        {
          uuid: 'log-1',
          published: 'yesterday',
          eventType: 'user.lifecycle.suspend',
          outcome: { result: 'SUCCESS' },
          target: [{ type: 'User', ...target }],
        },
      ],
    },
  });

const incident = (fields: object) => fromGitguardian({ action: 'incident_triggered', incident: fields });
const link = (number: number) => `https://dashboard.example/workspace/1/incidents/${number}`;

const ISSUER = {
  issuer: 'https://idp.example',
  audience: AUDIENCE,
  algorithms: ['ES256'],
  sessionRevoked: 'hold',
  subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
  subjectIssuers: ['https://idp.example'],
} as const;
const token = (jti: string): Reading => {
  const claims = { jti, iat: EVENT_MS / 1_000, events: { [`${CAEP}session-revoked`]: {} } };
  return readSet('idp', ISSUER, { kind: 'token', text: '', algorithm: 'ES256', namesKey: true, claims }, EVENT_MS);
};

const leaked = (id: string, data: object) =>
  fromStandardWebhooks({
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id,
    source: 's',
    time: EVENT_TIME,
    data,
  });

const cases: readonly [what: string, readings: readonly Reading[], named: readonly string[]][] = [
  [
    'keys of a webhook in another form',
    [leaks('1', { key: 'cw-one' }), leaks('1', { key: 'cw-two' })],
    ['cw-one', 'cw-two'],
  ],
  [
    'keys that a webhook masks',
    [leaks('inc-1', { key: 'CW****' }), leaks('inc-2', { key: 'CW****' })],
    ['inc-1', 'inc-2'],
  ],
  [
    'keys of one person in one delivery of a webhook',
    [leaks('1', { key: 'cw-one', email: 'a@b.c' }, { key: 'cw-two', email: 'a@b.c' })],
    ['cw-one', 'cw-two'],
  ],
  [
    'keys of a webhook beside their secrets',
    [leaks('1', { key: `${ONE}:${SECRET}`, email: 'a@b.c' }), leaks('1', { key: `${TWO}:${SECRET}`, email: 'a@b.c' })],
    [ONE, TWO],
  ],
  ['events that a webhook numbers', [leaks('inc-1', {}), leaks('inc-2', {})], ['inc-1', 'inc-2']],
  [
    'users of Okta whose login is unknown',
    readAll(
      'okta',
      suspension({ alternateId: 'unknown', id: '00u1' }),
      suspension({ alternateId: 'unknown', id: '00u2' }),
    ),
    ['00u1', '00u2'],
  ],
  [
    'incidents of GitGuardian without a number',
    readAll('gitguardian', incident({ gitguardian_url: link(1) }), incident({ gitguardian_url: link(2) })),
    [link(1), link(2)],
  ],
  [
    'alerts of GitHub',
    readAll(
      'github',
      ...[1, 2].map((number) =>
        fromGithub(
          'secret_scanning_alert',
          { action: 'created', alert: { number }, repository: { full_name: 'acme/app' } },
          { headers: { 'x-github-delivery': '' } },
        ),
      ),
    ),
    ['"number":1', '"number":2'],
  ],
  ['tokens of an issuer without a subject', [token('set-1'), token('set-2')], ['set-1', 'set-2']],
  [
    'new users of a directory without a usable name',
    readAll(
      'scim',
      ...['one\n', 'two\n'].map((userName) =>
        scimRequest('POST', '/Users', { userName, active: false, externalId: userName.trim() }),
      ),
    ),
    ['"externalId":"one"', '"externalId":"two"'],
  ],
  [
    'references of Standard Webhooks under one id',
    readAll(
      'standard-webhooks',
      ...['acme/1', 'acme/2'].map((ref) => leaked('1', { reference: { provider: 'x', ref }, staged: true })),
    ),
    ['acme/1', 'acme/2'],
  ],
  [
    'keys that a sender of Standard Webhooks masks',
    readAll('standard-webhooks', ...['x1', 'x2'].map((id) => leaked(id, { accessKeyId: 'CW****' }))),
    ['x1', 'x2'],
  ],
  [
    'keys of Standard Webhooks beside an empty name',
    readAll('standard-webhooks', ...['x1', 'x2'].map((id) => leaked(id, { accessKeyId: '' }))),
    ['x1', 'x2'],
  ],
];

describe('two reports that cannot be used', () => {
  it.each(cases)('about %s share no dead letter, and each names its own', (_what, readings, named) => {
    const parts = readings.flatMap((reading) => (reading.kind === 'ignored' ? [] : (reading.unusable ?? [])));
    expect(parts.map(({ text }) => named.filter((name) => text.includes(name)))).toEqual(named.map((name) => [name]));
    expect(JSON.stringify(parts)).not.toContain(SECRET);
    const subjects = parts.map(({ about }) => about).filter((about) => about !== '');
    expect(new Set(subjects).size).toBe(subjects.length);
    // Reports that name no one are told apart by their request alone.
    expect(subjects.length === parts.length || readings.length === parts.length).toBe(true);
  });
});
