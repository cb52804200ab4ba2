import { describe, expect, it } from 'vitest';
import { gitguardian } from '../../../events/sources/gitguardian.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { EVENT_MS, EVENT_TIME } from '../../support/event-factory.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';
import { bytes, fromGitguardian, gist, hmac, isAuthentic, reading, request, SECRET, toldOf } from './requests.ts';

const ID = 'CWABCDEFGH1JKLMN';
const LEAKED = `cwo${'Z9yX8wV7'.repeat(5)}`;
const LINK = 'https://dashboard.gitguardian.com/workspace/1/incidents/42';
const OURS = { name: 'coreweave_access_key', display_name: 'CoreWeave access key' };

const incident = (action: string, fields: object = {}, more: object = {}) => ({
  source: 'GitGuardian',
  timestamp: EVENT_TIME,
  action,
  incident: { id: 42, detector: OURS, validity: 'no_checker', status: 'triggered', gitguardian_url: LINK, ...fields },
  ...more,
});
const read = (body: unknown) => reading(gitguardian, fromGitguardian(body));

describe('an incident of GitGuardian', () => {
  it('of a CoreWeave detector becomes a reference with its link: the webhook carries no secret', () => {
    expect(read(incident('incident_triggered'))).toStrictEqual({
      kind: 'events',
      events: [
        {
          specversion: '1.0',
          type: 'credential.compromised.v1',
          id: `incident_triggered/42/${EVENT_TIME}/gitguardian`,
          source: 'gitguardian://dashboard.gitguardian.com',
          time: EVENT_TIME,
          data: {
            reference: { provider: 'gitguardian', ref: LINK },
            evidence: {
              detector: 'coreweave_access_key',
              url: LINK,
              receivedVia: 'webhook',
              verifiedBy: 'hmac-sha256',
            },
          },
        },
      ],
    });
  });

  it.each<[what: string, body: unknown, data: object]>([
    [
      'a key id in its path',
      incident('new_occurrence', {}, { occurrence: { filepath: `keys/${ID}.txt`, url: `https://x.example/${ID}` } }),
      { accessKeyId: ID, confidence: 'key-id-only' },
    ],
    [
      'a key id of another detector',
      incident('incident_triggered', { detector: { name: 'generic_password' } }, { occurrence: { filepath: ID } }),
      { accessKeyId: ID, confidence: 'key-id-only' },
    ],
    [
      'what was matched, in the first version of the webhook',
      { type: 'Generic', gitguardian_link: LINK, matches: [{ match: ID }, { match: LEAKED }] },
      { accessKeyId: ID, confidence: 'pair' },
    ],
    [
      'a secret alone',
      { type: 'Generic', gitguardian_link: LINK, matches: [{ match: LEAKED }] },
      { reference: { provider: 'coreweave-secret', ref: LINK } },
    ],
  ])('with %s names what is in it, and never the secret', (_what, body, data) => {
    const found = read(body);
    expect(found).toMatchObject({ kind: 'events', events: [{ data }] });
    expect(JSON.stringify(found)).not.toContain(LEAKED);
  });

  it.each([
    ['incident_triggered', {}, 'events'],
    ['new_occurrence', {}, 'events'],
    ['incident_reopened', { status: 'ignored' }, 'events'],
    ['incident_regression', { regression: false }, 'events'],
    ['incident_validity_changed', { validity: 'valid' }, 'events'],
    ['incident_validity_changed', { validity: 'invalid' }, 'ignored'],
    ['incident_resolved', {}, 'ignored'],
    ['incident_ignored', {}, 'ignored'],
    ['incident_access_revoked', {}, 'ignored'],
    ['tomorrow', {}, 'ignored'],
    ['incident_triggered', { detector: { name: 'aws_iam' } }, 'ignored'],
    ['incident_triggered', { detector: { name: 'aws_iam', family: 'CoreWeave' } }, 'events'],
    ['incident_triggered', { detector: null }, 'events'],
    ['incident_triggered', { detector: 'coreweave' }, 'events'],
    ['incident_triggered', { detector: { name: '', nature: 'generic' } }, 'events'],
    ['incident_resolved', { detector: null }, 'ignored'],
    ['incident_triggered', { id: 'x' }, 'refused'],
  ])('%s %j: %s', (action, fields, kind) => expect(read(incident(action, fields)).kind).toBe(kind));

  it.each([[[]], [[{ type: 'apikey', match: '--censored--' }]]])(
    'with an action and the matches %j is read by its action',
    (matches) => {
      expect(gist(read(incident('incident_triggered', {}, { matches })))).toEqual(
        gist(read(incident('incident_triggered'))),
      );
    },
  );

  it('with an action and a key id among its matches acts, unless it is closed', () => {
    const matches = [{ type: 'client_id', match: ID }];
    const data = { accessKeyId: ID, confidence: 'key-id-only' };
    expect(read(incident('new_occurrence', {}, { matches }))).toMatchObject({ events: [{ data }] });
    expect(gist(read(incident('incident_resolved', {}, { matches })))).toEqual([
      'ignored: the incident is closed, by a person or by GitGuardian',
    ]);
  });

  it('of the first version is one of ours too if it names no type', () => {
    const matches = [{ match: '--censored--' }];
    expect(read({ type: 'Generic', gitguardian_link: LINK, matches }).kind).toBe('ignored');
    expect(read({ gitguardian_link: LINK, matches })).toMatchObject({
      events: [{ data: { reference: { provider: 'gitguardian', ref: LINK } } }],
    });
  });

  it('without a time is of the hour in which it came', () => {
    expect(gist(read(incident('incident_triggered', {}, { timestamp: 'soon' })))).toEqual([
      'credential.compromised.v1 incident_triggered/42/2026-11-23T09:00:00Z/gitguardian ' +
        'of gitguardian://dashboard.gitguardian.com',
    ]);
  });

  it.each<[unknown]>([[{}], [[]], [{ action: 7 }], [{ action: null, matches: 'x' }], ['x']])(
    '%j is refused',
    (body) => {
      expect(read(body)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
    },
  );

  it.each([[null], [''], [7], ['x'.repeat(513)]])(
    'with matches and the action %j is of the first version',
    (action) => {
      expect(read({ action, gitguardian_link: LINK, matches: [{ match: `${ID}:${LEAKED}` }] })).toMatchObject({
        kind: 'events',
        events: [{ id: expect.stringMatching(/^matches\/42\//), data: { accessKeyId: ID, confidence: 'pair' } }],
      });
    },
  );

  const ids = Array.from({ length: 101 }, (_, at) => `CW${String(at).padStart(14, '0')}`);
  it.each<[what: string, body: object, names: object]>([
    ['an incident of another form', incident('new_occurrence', { id: 'x' }), { action: 'new_occurrence', link: LINK }],
    ['no incident', { action: 'new_occurrence' }, { action: 'new_occurrence' }],
    ['no action', { incident: { gitguardian_url: LINK } }, { link: LINK }],
  ])('with %s is told with its first 100 key ids, and never a secret', (_what, body, names) => {
    const found = read({ ...body, occurrence: `${ids.join(' ')} ${LEAKED}` });
    const keys = { counts: { accessKeyIds: 101 }, accessKeyIds: ids.slice(0, 100) };
    expect(toldOf(found)).toEqual([
      expect.stringContaining(`: ${JSON.stringify({ sender: 'gitguardian', ...names, ...keys })}`),
    ]);
    expect(JSON.stringify(found)).not.toContain(LEAKED);
    expect(toldOf(read({ ...body, occurrence: ID }))).not.toEqual(toldOf(read({ ...body, occurrence: ids[0] })));
  });

  it('of another form without a key id is told with its link alone', () => {
    expect(toldOf(read(incident('new_occurrence', { id: 'x' })))).toEqual([
      `unreadable, ${LINK}: ${JSON.stringify({ sender: 'gitguardian', action: 'new_occurrence', link: LINK })}`,
    ]);
  });

  it('of the published samples, none is of CoreWeave, and none acts', () => {
    const files = PUBLISHED.filter((file) => file.startsWith('gitguardian/') && !file.includes('vector'));
    expect(files).toHaveLength(17);
    const kinds = files.map((file) => read(readPublished(file)).kind);
    expect(new Set(kinds)).toEqual(new Set(['ignored']));
  });

  it.each([
    ['incident_triggered', 'events'],
    ['new_occurrence', 'events'],
    ['incident_reopened', 'events'],
    ['incident_regression', 'events'],
    ['incident_resolved', 'ignored'],
    ['incident_ignored', 'ignored'],
    ['incident_assigned', 'ignored'],
    ['incident_access_granted', 'ignored'],
    ['incident_access_revoked', 'ignored'],
  ])('the published sample %s, of a CoreWeave detector: %s', (file, kind) => {
    const sample = JSON.parse(readPublished(`gitguardian/${file}.json`));
    expect(read({ ...sample, incident: { ...sample.incident, detector: OURS } }).kind).toBe(kind);
  });
});

describe('the signature of GitGuardian', () => {
  const BODY = incident('incident_triggered');

  it('of the published vector verifies', () => {
    const headers = {
      timestamp: '0',
      'gitguardian-signature': 'sha256=172fe3d694b734aa53dc892fd3b8d62163fc240064de570ba006900bb54a0fc2',
    };
    expect(gitguardian.isAuthentic(request({ headers, body: 'bar' }), createProofs(['foo'], 'text'), EVENT_MS)).toBe(
      true,
    );
  });

  it('is found under its older name too', () => {
    const { headers, ...rest } = fromGitguardian(BODY);
    const { 'gitguardian-signature': signature = '', ...others } = headers;
    expect(isAuthentic(gitguardian, { ...rest, headers: { ...others, 'x-gitguardian-signature': signature } })).toBe(
      true,
    );
  });

  it.each<[at: string, taken: boolean]>([
    [String(EVENT_MS / 1_000), true],
    [`${EVENT_MS / 1_000 - 299}.123`, true],
    [`${EVENT_MS / 1_000 - 301}`, false],
    [`${EVENT_MS / 1_000 + 301}`, false],
    ['2026-11-23T09:30:00.5Z', true],
    ['2026-11-23T09:20:00Z', false],
    ['a form that is not known', true],
  ])('sent at %s: %s', (at, taken) => expect(isAuthentic(gitguardian, fromGitguardian(BODY, { at }))).toBe(taken));

  it('covers the body and the timestamp', () => {
    const signed = fromGitguardian(BODY);
    const other = String(EVENT_MS / 1_000 + 1);
    expect(isAuthentic(gitguardian, { ...signed, headers: { ...signed.headers, timestamp: other } })).toBe(false);
    expect(isAuthentic(gitguardian, { ...signed, body: bytes({ ...BODY, action: 'incident_resolved' }) })).toBe(false);
    expect(isAuthentic(gitguardian, request({ body: BODY }))).toBe(false);
    const alone = { ...signed.headers, 'gitguardian-signature': `sha256=${hmac(SECRET, bytes(BODY)).toString('hex')}` };
    expect(isAuthentic(gitguardian, { ...signed, headers: alone })).toBe(false);
  });
});
