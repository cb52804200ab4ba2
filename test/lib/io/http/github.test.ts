import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGithubAlerts, noAlerts } from '../../../../lib/io/http/github.ts';
import { cachedToken, fixedToken, parseApiToken, type TokenSource } from '../../../../lib/io/secrets/token.ts';
import { type GithubServer, startGithubServer } from '../../../../local/github-server.ts';
import { loopback, silence } from '../../../support/loopback.ts';

const ID = 'CWABCDEFGH1JKLMN';
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;
const NAME = { repository: 'acme/app', number: 7 };
const HOME = '/repos/acme/app';
const PATH = `${HOME}/secret-scanning/alerts/7`;
const LONG_MS = 10_000;

const client = (url: URL, token: TokenSource) => {
  const alerts = createGithubAlerts({ url, token, now: () => performance.now() });
  onTestFinished(() => alerts.end());
  return alerts;
};

/** The stand-in with one alert, and a client of it. */
async function against(alert: object = {}, token?: (server: GithubServer) => TokenSource) {
  const server = await startGithubServer();
  onTestFinished(() => server.close());
  const given = { secret: `${ID}:${SECRET}`, secretType: 't', state: 'open', resolution: null, ...alert } as const;
  server.alerts.set(PATH, given);
  const source = token?.(server) ?? fixedToken(parseApiToken(server.token));
  return { server, alerts: client(new URL(server.endpoint), source) };
}

/** What is found where no secret is loose unless `of` says so. */
const found = (ids: readonly string[], secrets: number, of: object = {}) => ({
  accessKeyIds: ids,
  pairs: ids,
  secrets,
  loose: 0,
  words: [],
  apiTokens: 0,
  ...of,
});

describe('an alert of GitHub', () => {
  it('is read as what its secret holds, not the secret', async () => {
    const { server, alerts } = await against();
    const sight = await alerts.read(NAME, LONG_MS);
    expect(sight).toEqual({ kind: 'alert', state: 'open', findings: found([ID], 1) });
    expect(server.requests).toEqual([`GET ${PATH}`]);
    expect(inspect([sight, alerts], { depth: 9, showHidden: true })).not.toContain(SECRET.slice(0, 12));
  });

  it.each([
    ['revoked', 'revoked'],
    ['pattern_edited', 'open'],
    ['pattern_deleted', 'open'],
    ['false_positive', 'dismissed'],
    ['used_in_tests', 'dismissed'],
    ['wont_fix', 'dismissed'],
    [null, 'dismissed'],
  ])('that is closed as %s is read as %s', async (resolution, state) => {
    const { alerts } = await against({ state: 'resolved', resolution });
    expect(await alerts.read(NAME, LONG_MS)).toMatchObject({ kind: 'alert', state });
  });

  it('is closed as revoked', async () => {
    const { server, alerts } = await against();
    expect(await alerts.close(NAME, LONG_MS)).toEqual({ kind: 'closed' });
    expect(server.alerts.get(PATH)).toMatchObject({ state: 'resolved', resolution: 'revoked' });
    expect(server.requests).toEqual([`PATCH ${PATH}`]);
  });

  it.each([
    ['hidden', { number: 7, state: 'open' }],
    ['another alert’s', { number: 8, state: 'open', secret: SECRET }],
    ['a list', []],
  ])('whose secret is %s cannot be resolved', async (_name, body) => {
    const { server, alerts } = await against();
    server.instead = () => ({ status: 200, body });
    expect(await alerts.read(NAME, LONG_MS)).toEqual({
      kind: 'refused',
      why: 'GitHub shows no secret in it',
      status: 200,
    });
  });
});

describe('an answer of GitHub', () => {
  const refused = (status: number) => ({
    kind: 'refused',
    why: 'GitHub does not show or change it with our token',
    status,
  });
  const unavailable = (code: string, rest: object) => ({ kind: 'unavailable', code: `github-${code}`, ...rest });

  it.each<[string, { status: number; body?: unknown; headers?: Record<string, string> }, object]>([
    ['404', { status: 404, body: {} }, refused(404)],
    ['403 for want of rights', { status: 403, body: { message: 'Resource not accessible' } }, refused(403)],
    ['410', { status: 410, body: {} }, refused(410)],
    ['422', { status: 422, body: {} }, refused(422)],
    ['a redirect, which is not followed', { status: 301, headers: { location: 'http://127.0.0.1:9/' } }, refused(301)],
    ['401', { status: 401, body: {} }, unavailable('unauthenticated', { status: 401 })],
    [
      '429',
      { status: 429, headers: { 'retry-after': '60' } },
      unavailable('throttled', { status: 429, retryAfterS: 60 }),
    ],
    [
      '403 for the secondary limit',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      unavailable('throttled', { status: 403 }),
    ],
    [
      '403 with Retry-After',
      { status: 403, body: {}, headers: { 'retry-after': '5' } },
      unavailable('throttled', { status: 403, retryAfterS: 5 }),
    ],
    ['500', { status: 500 }, unavailable('unavailable', { status: 500 })],
    [
      '503',
      { status: 503, headers: { 'retry-after': '9' } },
      unavailable('unavailable', { status: 503, retryAfterS: 9 }),
    ],
    ['200 without JSON', { status: 200 }, unavailable('unreadable', { status: 200 })],
  ])('%s', async (_name, answer, expected) => {
    const { server, alerts } = await against();
    server.instead = () => answer;
    expect(await alerts.read(NAME, LONG_MS)).toEqual(expected);
    expect(await alerts.locations(NAME, LONG_MS)).toEqual(expected);
    expect(await alerts.close(NAME, LONG_MS)).toEqual(expected);
  });

  it('that does not come in time is waited for no longer', async () => {
    const { url } = await loopback(silence);
    const alerts = client(url, fixedToken(parseApiToken('a-token')));
    expect(await alerts.read(NAME, 60)).toEqual({ kind: 'unavailable', code: 'github-timeout' });
  });

  it('is none without a server or without a token', async () => {
    const { server, url } = await loopback(silence);
    server.close();
    const token = fixedToken(parseApiToken('a-token'));
    expect(await client(url, token).read(NAME, LONG_MS)).toEqual({ kind: 'unavailable', code: 'github-connect' });
    const none: TokenSource = {
      held: () => undefined,
      current: () => Promise.reject(new Error('x')),
      renew: async (refusedToken) => refusedToken,
    };
    expect(await client(url, none).read(NAME, LONG_MS)).toEqual({ kind: 'unavailable', code: 'github-token' });
  });

  it('401 is tried again with a token that was renewed', async () => {
    const texts = ['old-token'];
    const { server, alerts } = await against({}, ({ token }) => {
      texts.push(token);
      return cachedToken(async () => texts.shift() ?? token, Date.now);
    });
    expect(await alerts.read(NAME, LONG_MS)).toMatchObject({ kind: 'alert' });
    expect(server.requests).toHaveLength(2);
  });

  it('is a refusal to everything where no token is configured', async () => {
    const none = { kind: 'refused', why: 'no GitHub token is configured' };
    expect(await Promise.all([noAlerts.read(NAME, 1), noAlerts.locations(NAME, 1), noAlerts.close(NAME, 1)])).toEqual([
      none,
      none,
      none,
    ]);
  });
});

describe('a GitHub Enterprise Server', () => {
  const BASE = '/api/v3';

  it('is asked below its own path, and the token goes to no other server', async () => {
    const server = await startGithubServer();
    const stranger = await startGithubServer();
    onTestFinished(() => server.close());
    onTestFinished(() => stranger.close());
    const issue = (at: string) => ({ type: 'issue_body', details: { issue_body_url: `${at}${HOME}/issues/1` } });
    server.alerts.set(`${BASE}${PATH}`, {
      secret: SECRET,
      secretType: 't',
      state: 'open',
      resolution: null,
      locations: [issue(`${server.endpoint}${BASE}`), issue(server.endpoint), issue(`${stranger.endpoint}${BASE}`)],
    });
    server.documents.set(`${BASE}${HOME}/issues/1`, { body: `${ID} ${SECRET}` });
    const alerts = client(new URL(`${server.endpoint}${BASE}`), fixedToken(parseApiToken(server.token)));
    expect(await alerts.read(NAME, LONG_MS)).toMatchObject({ kind: 'alert', state: 'open' });
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({ kind: 'locations', findings: [found([ID], 1)] });
    expect(await alerts.close(NAME, LONG_MS)).toEqual({ kind: 'closed' });
    expect(server.requests).toEqual([
      `GET ${BASE}${PATH}`,
      `GET ${BASE}${PATH}/locations?per_page=100`,
      `GET ${BASE}${HOME}/issues/1`,
      `PATCH ${BASE}${PATH}`,
    ]);
    expect(stranger.requests).toEqual([]);
  });

  it('that redirects is not followed', async () => {
    const { server, alerts } = await against();
    const stranger = await startGithubServer();
    onTestFinished(() => stranger.close());
    server.instead = () => ({ status: 307, headers: { location: `${stranger.endpoint}${PATH}` } });
    expect(await alerts.read(NAME, LONG_MS)).toMatchObject({ kind: 'refused', status: 307 });
    expect(stranger.requests).toEqual([]);
  });
});

describe('the places of an alert', () => {
  const blob = 'ab'.repeat(20);
  const file = (text: string) => ({
    encoding: 'base64',
    content: Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\n'),
  });
  const commit = (sha: string, line: number) => ({
    type: 'commit',
    details: { blob_sha: sha, start_line: line, end_line: line },
  });
  const filler = Array.from({ length: 40 }, (_, n) => `line ${n}`);

  it('are files near the secret, and texts of issues, each asked for once', async () => {
    const { server, alerts } = await against({
      locations: [
        commit(blob, 2),
        commit(blob, 2),
        { type: 'issue_body', details: { issue_body_url: 'ORIGIN/repos/Acme/App/issues/12' } },
        {
          type: 'pull_request_comment',
          details: { pull_request_comment_url: 'ORIGIN/repos/acme/app/issues/comments/34' },
        },
      ],
    });
    const here = JSON.parse(JSON.stringify(server.alerts.get(PATH)?.locations).replaceAll('ORIGIN', server.endpoint));
    server.alerts.set(PATH, { secret: SECRET, secretType: 't', state: 'open', resolution: null, locations: here });
    server.documents.set(
      `${HOME}/git/blobs/${blob}`,
      file([`id: ${ID}`, `secret: ${SECRET}`, ...filler, 'CWANOTHERKEY0001'].join('\n')),
    );
    server.documents.set(`${HOME}/issues/12`, { title: `key ${ID}`, body: `and ${SECRET}` });
    server.documents.set(`${HOME}/issues/comments/34`, { body: null });
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({
      kind: 'locations',
      findings: [found([ID], 1), found([ID], 1), found([], 0)],
    });
    expect(server.requests).toEqual([
      `GET ${PATH}/locations?per_page=100`,
      `GET ${HOME}/git/blobs/${blob}`,
      `GET ${HOME}/issues/12`,
      `GET ${HOME}/issues/comments/34`,
    ]);
  });

  it('do not reach farther than five lines', async () => {
    const { server, alerts } = await against({ secret: SECRET, locations: [commit(blob, 1)] });
    server.documents.set(`${HOME}/git/blobs/${blob}`, file([SECRET, ...filler, ID].join('\n')));
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({
      kind: 'locations',
      findings: [found([], 1, { loose: 1 })],
    });
  });

  it('are read in the encoding of the file', async () => {
    const { server, alerts } = await against({ secret: SECRET, locations: [commit(blob, 1)] });
    const content = Buffer.from(`\uFEFF${ID}\r\n${SECRET}`, 'utf16le').toString('base64');
    server.documents.set(`${HOME}/git/blobs/${blob}`, { encoding: 'base64', content });
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({ kind: 'locations', findings: [found([ID], 1)] });
  });

  it('elsewhere are not asked for: the token goes nowhere that a message says', async () => {
    const stranger = await loopback(silence);
    const { server, alerts } = await against({
      locations: [
        { type: 'issue_body', details: { issue_body_url: `${stranger.url.origin}${HOME}/issues/1` } },
        { type: 'issue_body', details: { issue_body_url: 'not a url' } },
        { type: 'commit', details: { blob_sha: '../../../user' } },
        { type: 'wiki_commit', details: { blob_sha: blob } },
        { type: 'discussion_body', details: { discussion_body_url: 'https://github.com/a/b/discussions/1' } },
        null,
        { type: 'issue_title' },
      ],
    });
    const odd = [
      `${HOME}x/issues/1`,
      `${HOME}/../../user/issues/1`,
      `${HOME}/actions/secrets`,
      '/repos/acme/other/issues/1',
    ];
    const locations = odd.map((path) => ({
      type: 'issue_body',
      details: { issue_body_url: `${server.endpoint}${path}` },
    }));
    const alert = server.alerts.get(PATH);
    if (alert !== undefined)
      server.alerts.set(PATH, { ...alert, locations: [...(alert.locations ?? []), ...locations] });
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({ kind: 'locations', findings: [] });
    expect([server.requests, stranger.seen]).toEqual([[`GET ${PATH}/locations?per_page=100`], []]);
  });

  it('that are hidden give nothing, those beyond ten are not read, one that may appear later is retried', async () => {
    const locations = Array.from({ length: 30 }, (_, n) => commit(n.toString(16).padStart(40, '0'), 1));
    const { server, alerts } = await against({ locations });
    expect(await alerts.locations(NAME, LONG_MS)).toEqual({ kind: 'locations', findings: [] });
    expect(server.requests).toHaveLength(1 + 10);
    server.instead = (asked) => (asked.includes('/git/blobs/') ? { status: 502 } : undefined);
    expect(await alerts.locations(NAME, LONG_MS)).toMatchObject({ kind: 'unavailable', status: 502 });
  });
});
