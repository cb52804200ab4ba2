/** `revoker backfill github` before GitHub's stand-in: what is listed, sent, and told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { type GithubServer, type Instead, startGithubServer } from '../../../local/github-server.ts';
import { type SecretsServer, startSecretsServer } from '../../../local/secrets-server.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const TOKEN = 'github-token';
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;
const pathOf = (repository: string, number: number) => `/repos/${repository}/secret-scanning/alerts/${number}`;

let stand: Stand;
let github: GithubServer;
let secrets: SecretsServer;
beforeAll(async () => {
  [stand, github] = await Promise.all([startStand(), startGithubServer()]);
  secrets = await startSecretsServer({ [TOKEN]: github.token });
});
beforeEach(() => {
  github.alerts.clear();
  github.instead = () => undefined;
  github.listPage = 100;
});
afterAll(() => Promise.all([stand.close(), github.close(), secrets.close()]));

const add = (repository: string, number: number, resolution: string | null = null) =>
  github.alerts.set(pathOf(repository, number), {
    secret: `CWABCDEFGH1JKLMN:${SECRET}`,
    secretType: 'coreweave_key',
    state: resolution === null ? 'open' : 'resolved',
    resolution,
  });

async function backfill(...args: readonly string[]) {
  const env = {
    ...stand.env,
    GITHUB_TOKEN_SECRET_ID: TOKEN,
    GITHUB_API_URL: github.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  };
  enterEnvironment(env);
  const terminal = fakeTerminal({ input: '' });
  const before = github.requests.length;
  const code = await run(['backfill', 'github', ...args], { terminal, env });
  return { code, out: terminal.out, err: terminal.err, requests: github.requests.slice(before) };
}

const eventOf = (repository: string, number: number) => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id: `backfill/${number}`,
  source: `github://${repository}`,
  time: '2026-11-20T08:00:00Z',
  data: {
    reference: { provider: 'github', ref: `${repository}/${number}` },
    evidence: { detector: 'coreweave_key', url: pathOf(repository, number), receivedVia: 'backfill' },
  },
});

describe('revoker backfill github', () => {
  it('sends each open alert of an organization to the urgent queue, of all pages, without its secret', async () => {
    for (const number of [1, 2, 3]) add('acme/app', number);
    add('acme/web', 1);
    add('acme/web', 2, 'revoked');
    add('other/app', 9);
    github.listPage = 2;
    const { code, out, err } = await backfill('--org', 'acme', '--yes', '--json');
    const { sent, failed, ...told } = JSON.parse(out);
    expect({ code, ...told, failed }).toEqual({
      code: 0,
      alerts: 4,
      closed: 0,
      unreadable: 0,
      pages: 2,
      next: null,
      stopped: null,
      failed: [],
    });
    const expected = [eventOf('acme/app', 1), eventOf('acme/app', 2), eventOf('acme/app', 3), eventOf('acme/web', 1)];
    const bodies = await stand.take('urgent');
    expect(bodies.map((body) => JSON.parse(body))).toEqual(expect.arrayContaining(expected));
    expect([bodies.length, sent.length]).toEqual([4, 4]);
    expect(`${out}${err}${bodies}`).not.toContain(SECRET.slice(0, 12));
  });

  it('gives the same alert the same event each time, and sends nothing in a dry run', async () => {
    add('acme/app', 7);
    const runs = [await backfill('--repo', 'acme/app', '--dry-run', '--json')];
    runs.push(await backfill('--repo', 'acme/app', '--dry-run', '--json'));
    expect(runs.map(({ out }) => JSON.parse(out).events)).toEqual([[eventOf('acme/app', 7)], [eventOf('acme/app', 7)]]);
    expect(await stand.take('urgent')).toEqual([]);
  });

  it('stops where GitHub asks for a long wait, keeps what it has, and goes on from there', async () => {
    for (const number of [1, 2, 3]) add('acme/app', number);
    github.listPage = 2;
    const limit: Instead = {
      status: 403,
      body: { message: 'API rate limit exceeded' },
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 3_000) },
    };
    github.instead = (request) => (request.includes('after=2') ? limit : undefined);
    const first = await backfill('--repo', 'acme/app', '--dry-run');
    expect(first.code).toBe(3);
    expect(first.out).toContain('ended early: github-throttled');
    expect(first.out).toContain('there are more: revoker backfill github --repo acme/app --from after=2');
    github.instead = () => undefined;
    const { code, out } = await backfill('--repo', 'acme/app', '--from', 'after=2', '--dry-run', '--json');
    expect([code, JSON.parse(out).events]).toEqual([0, [eventOf('acme/app', 3)]]);
  });

  describe('of alerts that were closed', () => {
    const NOT_REVOKED = ['false_positive', 'wont_fix', 'used_in_tests', 'pattern_edited', 'pattern_deleted'];
    const addClosed = () => {
      add('acme/app', 1, 'revoked');
      for (const [index, resolution] of NOT_REVOKED.entries()) add('acme/app', index + 2, resolution);
    };

    it('leaves them out, and counts those that were not revoked', async () => {
      addClosed();
      const { code, out } = await backfill('--repo', 'acme/app', '--dry-run');
      expect([code, out]).toEqual([0, expect.stringContaining('0 open alerts on 1 page\n')]);
      expect(out).toContain('\n5 closed without a revocation, left out: add --closed to send them\n');
      github.listPage = 3;
      expect((await backfill('--repo', 'acme/app', '--dry-run')).out).toContain('\n3 or more closed without');
      const { out: json } = await backfill('--repo', 'acme/app', '--dry-run', '--json');
      expect(JSON.parse(json)).toMatchObject({ alerts: 0, closed: 3, events: [] });
    });

    it('sends those that were not revoked with --closed, as events of their own, page by page', async () => {
      addClosed();
      add('acme/app', 9);
      github.listPage = 2;
      const { code, out } = await backfill('--repo', 'acme/app', '--closed', '--dry-run', '--json');
      const { events, ...told } = JSON.parse(out);
      expect({ code, ...told }).toMatchObject({ code: 0, alerts: 5, closed: null, unreadable: 0, pages: 3 });
      const expected = [2, 3, 4, 5, 6].map((number) => ({
        ...eventOf('acme/app', number),
        id: `backfill/${number}/closed`,
      }));
      expect(events).toEqual(expected);
    });

    it('says how to go on with them', async () => {
      addClosed();
      github.listPage = 2;
      github.instead = (request) => (request.includes('after=4') ? { status: 404, body: {} } : undefined);
      const { code, out } = await backfill('--repo', 'acme/app', '--closed', '--dry-run');
      expect([code, out]).toEqual([3, expect.stringContaining('--repo acme/app --closed --from after=4\n')]);
    });

    it('says why they are not counted', async () => {
      add('acme/app', 1);
      github.instead = (request) => (request.includes('state=resolved') ? { status: 404, body: {} } : undefined);
      const { code, out } = await backfill('--repo', 'acme/app', '--dry-run');
      expect([code, out]).toEqual([0, expect.stringMatching(/\nclosed alerts were not counted: .+\n/)]);
      const { out: json } = await backfill('--repo', 'acme/app', '--dry-run', '--json');
      expect(JSON.parse(json)).toMatchObject({ alerts: 1, closed: null });
    });
  });

  it('waits where GitHub asks for a moment', async () => {
    add('acme/app', 1);
    let asked = 0;
    github.instead = () => {
      asked += 1;
      return asked === 1 ? { status: 429, body: {}, headers: { 'retry-after': '1' } } : undefined;
    };
    const { code, err, requests } = await backfill('--repo', 'acme/app', '--dry-run');
    expect([code, requests.length]).toEqual([0, 3]);
    expect(err).toContain('GitHub asks to wait (github-throttled): going on in 1 s');
  });

  it.each<[string, Instead | undefined, readonly string[], number, string]>([
    ['both scopes', undefined, ['--org', 'acme', '--repo', 'acme/app'], 2, 'scope-unknown'],
    ['a name that would change the path', undefined, ['--repo', '../app'], 2, '--repo'],
    ['a list that is not shown', { status: 404, body: {} }, ['--repo', 'acme/app'], 1, 'alerts-refused'],
    ['something else', { status: 200, body: {} }, ['--repo', 'acme/app'], 1, 'alerts-refused'],
  ])('fails for %s, and sends nothing', async (_name, instead, args, exitCode, failure) => {
    github.instead = () => instead;
    const { code, out, err } = await backfill(...args, '--yes', '--json');
    expect([code, `${out}${err}`]).toEqual([exitCode, expect.stringContaining(failure)]);
    expect(await stand.take('urgent')).toEqual([]);
  });

  it('counts rows that name no alert, and asks an operator to look', async () => {
    github.instead = () => ({ status: 200, body: [{ state: 'open', number: 'x' }, null] });
    const { code, out } = await backfill('--repo', 'acme/app', '--yes', '--json');
    expect([code, JSON.parse(out)]).toEqual([3, expect.objectContaining({ alerts: 0, unreadable: 2, sent: [] })]);
  });
});
