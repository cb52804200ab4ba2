import { describe, expect, it } from 'vitest';
import { github } from '../../../events/sources/github.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fromGithub, gist, isAuthentic, reading, request, toldOf } from './requests.ts';

const ALERT = 'secret_scanning_alert';
const LOCATION = 'secret_scanning_alert_location';

const alert = (fields: object = {}) => ({
  number: 42,
  created_at: '2026-11-23T09:00:00Z',
  updated_at: '2026-11-23T09:10:00Z',
  html_url: 'https://github.com/acme/app/security/secret-scanning/42',
  state: 'open',
  resolution: null,
  secret_type: 'coreweave_key',
  ...fields,
});
const payload = (action: unknown, fields: object = {}, rest: object = {}) => ({
  action,
  alert: alert(fields),
  repository: { full_name: 'acme/app', html_url: 'https://github.com/acme/app' },
  sender: { login: 'octocat' },
  ...rest,
});
const commit = (details: object = {}) => ({
  type: 'commit',
  details: { path: '/a.txt', start_line: 3, commit_sha: 'ab'.repeat(20), blob_sha: 'cd'.repeat(20), ...details },
});

const found = (id: string, time = '2026-11-23T09:10:00Z') => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id,
  source: 'github://acme/app',
  time,
  data: {
    reference: { provider: 'github', ref: 'acme/app/42' },
    evidence: {
      detector: 'coreweave_key',
      url: 'https://github.com/acme/app/security/secret-scanning/42',
      receivedVia: 'webhook',
      verifiedBy: 'hmac-sha256',
      sourceEventId: '00000000-0000-4000-8000-000000000042',
    },
  },
});

describe('an alert of GitHub', () => {
  it('that was created becomes one reference, without anything else of the payload', () => {
    expect(reading(github, fromGithub(ALERT, payload('created', { secret: 'x' })))).toStrictEqual({
      kind: 'events',
      events: [found('secret_scanning_alert/created/42/2026-11-23T09:10:00Z')],
    });
  });

  it.each([
    ['created', {}],
    ['reopened', {}],
    ['publicly_leaked', {}],
    ['validated', { validity: 'active' }],
  ])('acts when it is %s', (action, fields) => {
    expect(gist(reading(github, fromGithub(ALERT, payload(action, fields))))).toEqual([
      `credential.compromised.v1 secret_scanning_alert/${action}/42/2026-11-23T09:10:00Z of github://acme/app`,
    ]);
  });

  it.each([
    ['validated', { validity: 'inactive' }, 'the secret was not found active'],
    ['validated', { validity: 'unknown' }, 'the secret was not found active'],
    ['validated', {}, 'the secret was not found active'],
    [
      'resolved',
      { state: 'resolved', resolution: 'revoked' },
      'the alert is closed, by a person or by us after the revocation',
    ],
    ['assigned', {}, 'the alert changed hands'],
    ['unassigned', {}, 'the alert changed hands'],
    ['something_new', {}, 'an action that we do not act on'],
    ['constructor', {}, 'an action that we do not act on'],
  ])('is ignored when %j with %j', (action, fields, why) => {
    expect(reading(github, fromGithub(ALERT, payload(action, fields)))).toStrictEqual({ kind: 'ignored', why });
  });

  it('keeps its id when it is delivered again, and has another when something happened since', () => {
    const again = { headers: { 'x-github-delivery': '00000000-0000-4000-8000-000000000043' } };
    const first = gist(reading(github, fromGithub(ALERT, payload('reopened'))));
    expect(gist(reading(github, fromGithub(ALERT, payload('reopened'), again)))).toEqual(first);
    const later = payload('reopened', { updated_at: '2026-11-24T08:00:00Z' });
    expect(gist(github.read(fromGithub(ALERT, later), EVENT_MS + 86_400_000))).not.toEqual(first);
  });

  it('without times, as old servers send it, is of the hour in which it came', () => {
    const old = payload('reopened', { created_at: undefined, updated_at: undefined, html_url: undefined });
    expect(reading(github, fromGithub(ALERT, old))).toStrictEqual({
      kind: 'events',
      events: [found('secret_scanning_alert/reopened/42/2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z')],
    });
  });

  it.each([
    [{ updated_at: undefined, created_at: '2026-11-22T08:05:00Z' }, '2026-11-22T08:05:00Z'],
    [{ updated_at: 'yesterday', created_at: '2026-11-22T08:05:00Z' }, '2026-11-22T08:05:00Z'],
    [{ updated_at: '2026-11-22T08:05:00Z', created_at: 'yesterday' }, '2026-11-22T08:05:00Z'],
    [{ updated_at: 7, created_at: 'yesterday' }, '2026-11-23T09:00:00Z'],
  ])('with the times %j is of %s', (times, time) => {
    expect(reading(github, fromGithub(ALERT, payload('created', times)))).toStrictEqual({
      kind: 'events',
      events: [found(`secret_scanning_alert/created/42/${time}`, time)],
    });
  });

  it.each(['x'.repeat(36), `x${'0'.repeat(36)}`, `${'0'.repeat(36)}x`, '0'.repeat(35), ''])(
    'keeps no delivery id that is none, as %j',
    (id) => {
      const odd = fromGithub(ALERT, payload('created'), { headers: { 'x-github-delivery': id } });
      const { sourceEventId: _, ...evidence } = found('').data.evidence;
      const whole = found('secret_scanning_alert/created/42/2026-11-23T09:10:00Z');
      expect(reading(github, odd)).toStrictEqual({
        kind: 'events',
        events: [{ ...whole, data: { ...whole.data, evidence } }],
      });
    },
  );

  it('links to its own page, to the one below its repository, or to none if that is too long', () => {
    const urlOf = (fields: object, repository: object) => {
      const from = payload('created', fields, { repository: { full_name: 'acme/app', ...repository } });
      const read = reading(github, fromGithub(ALERT, from));
      return read.kind === 'events' ? read.events[0].data : read;
    };
    const { url: _, ...evidence } = found('').data.evidence;
    const { reference } = found('').data;
    const home = 'https://github.example/acme/app';
    expect(urlOf({ html_url: 'https://own.example' }, { html_url: home })).toStrictEqual({
      reference,
      evidence: { ...evidence, url: 'https://own.example' },
    });
    expect(urlOf({ html_url: null }, { html_url: home })).toStrictEqual({
      reference,
      evidence: { ...evidence, url: `${home}/security/secret-scanning/42` },
    });
    expect(urlOf({ html_url: null }, { html_url: `${home}/${'x'.repeat(470)}` })).toStrictEqual({
      reference,
      evidence,
    });
    expect(urlOf({ html_url: null }, {})).toStrictEqual({ reference, evidence });
  });

  it('comes form-encoded too', () => {
    const body = new URLSearchParams({ payload: JSON.stringify(payload('created')) }).toString();
    const whole = reading(github, fromGithub(ALERT, payload('created')));
    for (const type of ['application/x-www-form-urlencoded', 'Application/X-WWW-Form-URLencoded; charset=utf-8']) {
      const headers = { 'content-type': type };
      expect(reading(github, fromGithub(ALERT, body, { headers }))).toStrictEqual(whole);
      for (const other of [`${body}&payload=%7B%7D`, 'other=x', '']) {
        const why = 'expected one form field, payload';
        expect(reading(github, fromGithub(ALERT, other, { headers }))).toMatchObject({
          kind: 'refused',
          why,
          reply: { status: 400, body: { error: why } },
        });
      }
    }
  });

  it.each(['application/json', 'text/plain; was=application/x-www-form-urlencoded', undefined])(
    'is JSON under the content type %j',
    (type) => {
      const plain = fromGithub(ALERT, payload('created'));
      const { 'content-type': _, ...rest } = plain.headers;
      const headers = type === undefined ? rest : { ...rest, 'content-type': type };
      expect(reading(github, { ...plain, headers })).toStrictEqual(reading(github, plain));
    },
  );
});

describe('a place of an alert of GitHub', () => {
  const idOf = (location: unknown) => gist(reading(github, fromGithub(LOCATION, payload('created', {}, { location }))));
  const id = (spot: string) => [
    `credential.compromised.v1 secret_scanning_alert_location/created/42/2026-11-23T09:10:00Z${spot} of ` +
      'github://acme/app',
  ];

  it.each([
    [commit(), `/commit/${'ab'.repeat(20)}/3`],
    [
      { type: 'issue_comment', details: { issue_comment_url: 'https://api.github.com/x/comments/77' } },
      '/issue_comment/77',
    ],
    [{ type: 'commit', details: { commit_sha: 'no hash', start_line: 'x' } }, '/commit'],
    [{ type: 'commit' }, '/commit'],
    [{ details: { blob_sha: 'cd'.repeat(32) } }, `/${'cd'.repeat(32)}`],
    [{ details: { commit_sha: 'x', blob_sha: 'cd'.repeat(20) } }, `/${'cd'.repeat(20)}`],
    [{ details: { commit_sha: `${'ab'.repeat(20)}0`, blob_sha: `0${'cd'.repeat(20)}` } }, ''],
    [{ details: { commit_sha: `${'ab'.repeat(32)}0`, blob_sha: `0${'cd'.repeat(32)}` } }, ''],
    [{ details: { title: 7, issue_title_url: 'https://api.github.com/x/issues/7' } }, '/7'],
    [{ details: { body_url: 'x/issues/7/', other_url: 'x/issues/a8', last_url: `x/${'9'.repeat(21)}` } }, ''],
    [{ type: 'wiki_commit' }, '/wiki_commit'],
    [{ type: 'Commit' }, ''],
    [{ type: '1commit' }, ''],
    [{ type: 'commit ' }, ''],
    [undefined, ''],
    ['nonsense', ''],
  ])('%j is an event of its own', (location, spot) => expect(idOf(location)).toEqual(id(spot)));

  it.each([{ state: undefined, resolution: null }, { resolution: '' }, { resolution: 7 }])(
    'is one of an open alert with %j',
    (fields) => {
      expect(gist(reading(github, fromGithub(LOCATION, payload('created', fields))))).toEqual(id(''));
    },
  );

  it.each([{ state: 'resolved' }, { resolution: 'revoked' }])('is ignored once the alert is closed (%j)', (fields) => {
    expect(gist(reading(github, fromGithub(LOCATION, payload('created', fields))))).toEqual([
      'ignored: the alert is closed, by a person or by us after the revocation',
    ]);
  });
});

describe('anything else of GitHub', () => {
  it('that is a ping is answered', () => {
    expect(reading(github, fromGithub('ping', { zen: 'x' }))).toStrictEqual({ kind: 'ignored', why: 'a ping' });
  });

  it.each([
    'dependabot_alert',
    'github_app_authorization',
    'membership',
    'organization',
    'secret_scanning_scan',
    'push',
  ])('such as %s is ignored', (event) => {
    expect(gist(reading(github, fromGithub(event, payload('created'))))).toEqual([
      'ignored: an event of GitHub that we do not act on',
    ]);
  });

  const DELIVERY = '00000000-0000-4000-8000-000000000042';

  it.each([undefined, ''])('without the name of the event (%j) is told if it is an alert, else ignored', (name) => {
    const unnamed = (body: unknown) => {
      const { 'x-github-event': _, ...headers } = fromGithub('', body).headers;
      const from = {
        ...fromGithub('', body),
        headers: { ...headers, ...(name === undefined ? {} : { 'x-github-event': name }) },
      };
      return reading(github, from);
    };
    const alerted = unnamed(payload('created'));
    expect(alerted).toMatchObject({ kind: 'refused', reply: { status: 202 } });
    expect(toldOf(alerted)).toEqual([
      `invalid, ${DELIVERY}: {"sender":"github","event":"","action":"created","repository":"acme/app","number":42,` +
        `"delivery":"${DELIVERY}"}`,
    ]);
    expect(gist(unnamed({ ref: 'refs/heads/main' }))).toEqual(['ignored: an event of GitHub that we do not act on']);
    expect(toldOf(unnamed('{'))).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', 'expected JSON'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'expected UTF-8'],
    ['two keys of one name', '{"action":"created","action":"resolved"}', 'expected each key of an object once'],
  ])('with %s is refused, and a person is told the delivery', (_name, body, why) => {
    const read = reading(github, fromGithub(ALERT, body));
    expect(read).toMatchObject({ kind: 'refused', why, reply: { status: 400, body: { error: why } } });
    const text = `{"sender":"github","event":"${ALERT}","delivery":"${DELIVERY}"}`;
    expect(toldOf(read)).toEqual([`unreadable, ${DELIVERY}: ${text}`]);
  });

  const NO_ALERT = 'expected alert with secret_type, and repository.full_name';
  it.each<[string, unknown, string]>([
    ['an array', [], NO_ALERT],
    ['null', 'null', NO_ALERT],
    ['another kind of alert', payload('created', { secret_type: undefined }), NO_ALERT],
    ['no repository', payload('created', {}, { repository: null }), NO_ALERT],
    ['a repository of another form', payload('created', {}, { repository: { full_name: 'a/b/c' } }), NO_ALERT],
    ['no alert', payload('created', {}, { alert: null }), NO_ALERT],
    ['the number 0', payload('created', { number: 0 }), 'expected alert.number'],
    ['no number', payload('created', { number: '42' }), 'expected alert.number'],
    ['a number that is none', payload('created', { number: 0.5 }), 'expected alert.number'],
    ...[undefined, null, '', 7, { toString: 1, valueOf: 1 }].map((action): [string, unknown, string] => [
      `the action ${JSON.stringify(action)}`,
      payload(action),
      'expected the header X-GitHub-Event, and action',
    ]),
    ...['a b/c', '-/a/b', 'a/b ', 'a/', 'a'].map((full_name): [string, unknown, string] => [
      full_name,
      payload('created', {}, { repository: { full_name } }),
      NO_ALERT,
    ]),
  ])('with %s cannot be used: GitHub is answered 202, and a person is told', (_name, body, detail) => {
    const read = reading(github, fromGithub(ALERT, body));
    expect(read).toMatchObject({ kind: 'refused', why: `invalid: ${detail}`, reply: { status: 202 } });
    expect(toldOf(read)).toEqual([expect.stringMatching(`^invalid, ${DELIVERY}: .*"delivery":"${DELIVERY}"`)]);
  });

  it('that cannot be used is told with repository, number and action, as far as they are there', () => {
    const read = reading(github, fromGithub(ALERT, payload('created', { secret_type: undefined })));
    const known = `"action":"created","repository":"acme/app","number":42,"delivery":"${DELIVERY}"`;
    expect(toldOf(read)).toEqual([`invalid, ${DELIVERY}: {"sender":"github","event":"${ALERT}",${known}}`]);
  });

  it('by another method or path is refused', () => {
    expect(github.read(request({ method: 'GET' }), EVENT_MS)).toStrictEqual({
      kind: 'refused',
      why: 'expected the method POST',
      reply: { status: 405, headers: { allow: 'POST' } },
    });
    expect(github.read(request({ path: '/x' }), EVENT_MS)).toMatchObject({ reply: { status: 404 } });
  });

  it('of the first alert is read', () => {
    expect(reading(github, fromGithub(ALERT, payload('created', { number: 1 })))).toMatchObject({
      events: [{ data: { reference: { ref: 'acme/app/1' } } }],
    });
  });

  it('is read up to 1 MiB, and over that refused with 413', () => {
    const padded = (length: number) => fromGithub(ALERT, payload('created', {}, { padding: 'x'.repeat(length) }));
    expect(reading(github, padded(1_000_000))).toMatchObject({ kind: 'events' });
    expect(reading(github, padded(1_048_576))).toMatchObject({ kind: 'refused', reply: { status: 413 } });
  });

  it('without its signature, or with one of another form, is not genuine', () => {
    const genuine = fromGithub(ALERT, payload('created'));
    const signature = genuine.headers['x-hub-signature-256'] ?? '';
    expect(isAuthentic(github, genuine)).toBe(true);
    for (const other of [
      '',
      'sha256=',
      signature.slice(7),
      signature.toUpperCase(),
      ` ${signature}`,
      `${signature},${signature}`,
    ]) {
      expect(isAuthentic(github, { ...genuine, headers: { ...genuine.headers, 'x-hub-signature-256': other } })).toBe(
        false,
      );
    }
    expect(isAuthentic(github, { ...genuine, headers: {} })).toBe(false);
  });
});
