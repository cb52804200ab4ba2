/** Commands that only look: keys, status, doctor. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/run.ts';
import { createTable } from '../../lib/io/dynamodb/table.ts';
import { eventKey } from '../../lib/ledger/events.ts';
import { fault } from '../../local/coreweave/faults.ts';
import { startStsServer } from '../../local/sts-server.ts';
import { TABLE } from '../../local/variables.ts';
import { type SecretsManager, startSecretsManager } from '../e2e/secrets-manager.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { sha256 } from '../support/memory-ports.ts';
import { deadLetterOf } from './dlq/dead-letters.ts';
import { BARE, enterEnvironment, type Stand, startStand } from './stand.ts';

const OWNER = 'saml/looker@example.com';

describe('looking', () => {
  let stand: Stand;
  beforeAll(async () => {
    const many = Array.from({ length: 1_200 }, (_, n) => ({
      accessKeyId: `CWOTHER${String(n).padStart(7, '0')}`,
      principalName: 'saml/others',
    }));
    stand = await startStand([
      ...many,
      {
        accessKeyId: 'CWLOOKING0000001',
        principalName: OWNER,
        expiry: '2027-01-01T00:00:00Z',
        attributes: { name: 'laptop\u001b[2J' },
      },
      {
        accessKeyId: 'CWLOOKING0000002',
        principalName: OWNER,
        status: 'FULL_SUSPENDED',
        expiry: '1970-01-01T00:00:00Z',
      },
      { accessKeyId: 'CWLOOKING0000003', principalName: OWNER, status: 'DELETED' },
    ]);
    enterEnvironment(stand.env);
  });
  afterAll(() => stand.close());

  const command = async (args: readonly string[]) => {
    const terminal = fakeTerminal({ input: '' });
    const code = await run(args, { terminal, env: { ...stand.env } });
    return { code, out: terminal.out, err: terminal.err, json: () => JSON.parse(terminal.out) };
  };

  it('shows the live keys of a principal among those of all, suspended ones too', async () => {
    const { code, out } = await command(['keys', OWNER]);
    expect({ code, out }).toEqual({
      code: 0,
      out: [
        'key               status          expires               name',
        'CWLOOKING0000001  ACTIVE          2027-01-01T00:00:00Z  laptop\\u001b[2J',
        'CWLOOKING0000002  FULL_SUSPENDED  never',
        '',
        `${OWNER} has 2 live keys`,
        '',
      ].join('\n'),
    });
    const all = await command(['keys', OWNER, '--all', '--json']);
    expect(all.json()).toMatchObject({
      principal: OWNER,
      live: 2,
      keys: [{}, {}, { id: 'CWLOOKING0000003', live: false, status: 'DELETED' }],
    });
  });

  it.each([
    [401, 'api-unauthenticated'],
    [403, 'api-forbidden'],
    [404, 'api-misdirected'],
    [429, 'api-throttled'],
    [503, 'api-unavailable'],
  ] as const)('says what HTTP %d means and what to do', async (status, code) => {
    stand.api.faults.plan('list-keys', fault.status(status));
    const { json, err, code: exitCode } = await command(['keys', OWNER, '--json']);
    expect({ exitCode, code: json().error.code }).toEqual({ exitCode: 1, code });
    expect(err).toContain('  next: ');
  });

  it('shows the row, the dead letters and the queues of an event', async () => {
    const event = offboarded({ id: 'seen', time: new Date().toISOString() });
    const deadLetter = deadLetterOf(event, {
      reason: 'held-limit',
      detail: 'rule: totalPerDay (400 distinct principals)',
      lane: 'bulk',
    });
    await stand.addDeadLetters(deadLetter, deadLetterOf(keyLeak({ id: 'other' })));
    const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
    const pk = eventKey({ sha256 }, deadLetter.event ?? { source: '', id: '' });
    const row = {
      state: 'held',
      bodyHash: 'x',
      time: String(event.time),
      holder: '',
      leaseUntil: 0,
      principals: [OWNER],
      late: true,
      checked: {},
    };
    await table.put({ pk, version: 1, data: row }, undefined);
    const { code, json } = await command(['status', 'seen', '--source', String(event.source), '--json']);
    expect(code).toBe(0);
    expect(json()).toEqual({
      eventId: 'seen',
      source: event.source,
      ledger: { state: 'held', principals: [OWNER], fence: [], late: true, leaseUntil: null },
      audit: { from: 'nowhere', complete: true, events: [] },
      deadLetters: [
        {
          messageId: expect.any(String),
          source: event.source,
          reason: 'held-limit',
          detail: deadLetter.detail,
          lastSeen: deadLetter.lastSeen,
        },
      ],
      queues: {
        urgent: { visible: 0, hidden: 0, delayed: 0 },
        bulk: { visible: 0, hidden: 0, delayed: 0 },
        deadLetters: { visible: 2, hidden: 0, delayed: 0 },
      },
    });
    const elsewhere = await command(['status', 'seen', '--source', '//elsewhere.example', '--json']);
    expect(elsewhere.json()).toMatchObject({ ledger: null, deadLetters: [] });
    const unknown = await command(['status', 'unseen']);
    expect(unknown.code).toBe(0);
    expect(unknown.out).toContain('no row: about a key, not received,\n  or the circuit breaker is open: ');
  });
});

describe('the status of an event whose source is not given', () => {
  it('has the dead letters of every source, and says how to ask about each', async () => {
    const stand = await startStand();
    enterEnvironment(stand.env);
    const shared = [
      offboarded({ id: 'shared' }),
      offboarded({ id: 'shared', source: "//it's.example" }),
      keyLeak({ id: 'other' }),
    ];
    await stand.addDeadLetters(...shared.map((event) => deadLetterOf(event, { reason: 'held-stale' })));
    const status = async (...options: readonly string[]) => {
      const terminal = fakeTerminal();
      const code = await run(['status', 'shared', ...options], { terminal, env: { ...stand.env } });
      return { code, out: terminal.out };
    };
    const { code, out } = await status();
    const asked = out.split('\n').filter((line) => line.startsWith('next: '));
    expect({ code, asked: asked.toSorted() }).toEqual({
      code: 0,
      asked: [
        `next: revoker status shared --source '//it'\\''s.example'`,
        `next: revoker status shared --source ${shared[0]?.source}`,
      ],
    });
    expect(out).toContain("  source //it's.example\n");
    const sources = JSON.parse((await status('--json')).out).deadLetters.map(
      ({ source }: { source: string }) => source,
    );
    expect(sources.toSorted()).toEqual(["//it's.example", String(shared[0]?.source)]);
    await stand.close();
  });
});

describe('the doctor', () => {
  let stand: Stand;
  let secrets: SecretsManager;
  beforeAll(async () => {
    stand = await startStand();
    secrets = await startSecretsManager(stand.api.token, Date.now() - 10.25 * 86_400_000);
    enterEnvironment({ ...stand.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint });
  });
  afterAll(() => Promise.all([stand.close(), secrets.close()]));

  /** As in the cloud: the token in a secret, 10 days old. */
  const withSecret = (API_TOKEN_LIFE = 'P30D'): NodeJS.ProcessEnv => {
    const { COREWEAVE_API_TOKEN: _, ...env } = stand.env;
    return { ...env, COREWEAVE_API_TOKEN_SECRET_ID: 'token', API_TOKEN_LIFE };
  };

  const checks = async (env: NodeJS.ProcessEnv = stand.env, ahead = 0) => {
    const terminal = fakeTerminal();
    const clock = { now: () => Date.now() + ahead, sleep: async () => {} };
    const code = await run(['doctor', '--json'], { terminal, env: { ...env }, clock });
    const { checks: list }: { checks: { name: string; state: string; detail: string; fix?: string; mend?: string }[] } =
      JSON.parse(terminal.out);
    return {
      code,
      list,
      bad: list.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${name}: ${state}`),
    };
  };

  it('finds all well on a stack like the deployed one, but for STS, which loopback lacks', async () => {
    const { code, list, bad } = await checks(withSecret());
    expect({ code, bad }).toEqual({ code: 0, bad: ['senders: warning', 'AWS identity: warning'] });
    expect(list.find(({ name }) => name === 'AWS identity')?.mend).toMatch(/^not needed on loopback: /);
    expect(list.map(({ name }) => name)).toEqual([
      'region',
      'configuration',
      'own principal',
      'senders',
      'AWS identity',
      'urgent queue',
      'bulk queue',
      'dead-letter queue',
      'ledger',
      'API token',
      'token owner',
      'permissions',
      'clock',
      'token life',
    ]);
  });

  it.each([
    ['AROAOPERATORS', ['senders: warning', 'session name: warning'], 'approves as AROAOPERATORS:session'],
    ['local', ['senders: warning'], 'approves as local'],
  ])('names whom approvals are written for, and warns of a session name that may be free: %s', async (id, bad, as) => {
    const sts = await startStsServer();
    enterEnvironment({ AWS_ENDPOINT_URL_STS: sts.endpoint, AWS_ACCESS_KEY_ID: id });
    const seen = await checks({ ...withSecret(), AWS_ENDPOINT_URL_STS: sts.endpoint });
    await sts.close();
    enterEnvironment({ AWS_ENDPOINT_URL_STS: BARE.AWS_ENDPOINT_URL_STS, AWS_ACCESS_KEY_ID: BARE.AWS_ACCESS_KEY_ID });
    expect(seen.bad).toEqual(bad);
    expect(seen.list.find(({ name }) => name === 'AWS identity')?.detail).toContain(as);
  });

  it.each([
    ['no configuration', { AWS_REGION: 'us-east-1' }, ['configuration', 'queues', 'ledger', 'API token']],
    ['a queue that is not there', { BULK_QUEUE_URL: 'http://127.0.0.1:9/0/nowhere' }, ['bulk queue']],
    ['queues mixed up', { DEAD_LETTER_QUEUE_URL: 'urgent', URGENT_QUEUE_URL: 'dead' }, ['urgent queue', 'bulk queue']],
    ['a table that is not there', { LEDGER_TABLE: 'nowhere' }, ['ledger']],
    ['a token that is not valid', { COREWEAVE_API_TOKEN: 'nonsense' }, ['API token']],
    ['another host for the API', { COREWEAVE_API_URL: 'http://127.0.0.1:9' }, ['API']],
  ])('fails for %s and prints a fix', async (_, change, failing) => {
    const swapped: Record<string, string> = { urgent: stand.queues.urgent.url, dead: stand.queues.deadLetters.url };
    const changed = Object.fromEntries(Object.entries(change).map(([name, text]) => [name, swapped[text] ?? text]));
    const { code, list } = await checks('AWS_REGION' in change ? changed : { ...stand.env, ...changed });
    const failed = list.filter(({ state }) => state === 'failed');
    expect({ code, failed: [...new Set(failed.map(({ name }) => name))] }).toEqual({ code: 1, failed: failing });
    for (const check of failed) expect([check.fix, check.mend]).toEqual([expect.stringMatching(/./), check.fix]);
  });

  it('does not blame the token for an API that is not available', async () => {
    stand.api.faults.plan('any', fault.status(503), { times: 100 });
    const { list } = await checks();
    stand.api.faults.clear();
    expect(list.find(({ name }) => /^API/.test(name))).toMatchObject({
      name: 'API',
      state: 'failed',
      detail: expect.stringMatching(/: the CoreWeave API is not available \(HTTP 503\)$/),
    });
  });

  it('asks once for the localhost stack where nothing of it answers', async () => {
    const refused = 'http://127.0.0.1:9';
    const gone = { AWS_ENDPOINT_URL_SQS: refused, AWS_ENDPOINT_URL_DYNAMODB: refused, COREWEAVE_API_URL: refused };
    enterEnvironment(gone);
    const terminal = fakeTerminal();
    expect(await run(['doctor'], { terminal, env: { ...stand.env, ...gone } })).toBe(1);
    enterEnvironment(Object.fromEntries(Object.keys(gone).map((name) => [name, stand.env[name]])));
    expect(terminal.out.split('\n').filter((line) => line.startsWith('failed'))).toEqual(
      ['urgent queue', 'bulk queue', 'dead-letter queue', 'ledger', 'API'].map((name) =>
        expect.stringMatching(`^failed +${name} +cannot connect to 127\\.0\\.0\\.1:9`),
      ),
    );
    expect(terminal.out.split('\n').filter((line) => /^fix .*API\b/.test(line))).toEqual([
      expect.stringMatching(
        /^fix urgent queue, bulk queue, dead-letter queue, ledger, API: is the localhost stack running\?/,
      ),
    ]);
  });

  it('is read whole on a narrow terminal, and says once what fixes several things', async () => {
    const terminal = fakeTerminal({ isTTY: true, columns: 80, colors: false });
    const env = { AWS_REGION: 'us-east-1', LIMITS: 'many' };
    expect(await run(['doctor'], { terminal, env })).toBe(1);
    const whole = terminal.out.replace(/\n {2,}/g, ' ');
    const missing = 'MODE, URGENT_QUEUE_URL, BULK_QUEUE_URL, DEAD_LETTER_QUEUE_URL, LEDGER_TABLE, OWN_ROLES';
    expect(whole).toContain(`configuration  missing: ${missing}\n`);
    expect(whole).toMatch(/LIMITS: expected .+ or "off" in JSON\n/);
    expect(terminal.out).not.toContain('…');
    expect(terminal.out.split('\n').filter((line) => line.startsWith('fix '))).toEqual([
      'fix configuration: name the deployed stack with --stack, or set it in a file given by --env-file',
      'fix AWS identity: sign in to AWS; until then approvals have the name that you give, unverified',
      'fix queues, ledger, API token: fix the configuration first',
    ]);
  });

  it('warns of an unprotected token, of dead letters that wait, and of a clock that is off', async () => {
    await stand.addDeadLetters(deadLetterOf(keyLeak()));
    const { SELF_PRINCIPAL: _, ...env } = stand.env;
    expect((await checks(env, 60_000)).bad).toEqual([
      'own principal: warning',
      'senders: warning',
      'AWS identity: warning',
      'dead letters: warning',
      'clock: warning',
      'token life: warning',
    ]);
    expect((await checks(stand.env, -600_000)).bad).toContain('clock: failed');
  });

  it('warns of dead letters that another consumer has received, too', async () => {
    await stand.addDeadLetters(deadLetterOf(keyLeak()));
    await stand.take('deadLetters');
    const { list } = await checks();
    expect(list.find(({ name }) => name === 'dead letters')).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/^\d+ dead letters? to decide about, \d+ of them hidden/),
    });
  });

  it.each([
    ['P30D', 'ok', / 19 days left$/],
    ['P17DT12H', 'ok', / 7 days left$/],
    ['P17D', 'warning', / 6 days left$/],
    ['P11D', 'warning', / 0 days left$/],
    ['P10D', 'failed', / it should have expired on \d{4}-\d\d-\d\d$/],
    ['', 'ok', /does not expire$/],
  ])('tells of a token in its eleventh day, with a life of %j: %s', async (life, state, detail) => {
    const { code, list } = await checks(withSecret(life));
    const found = list.find(({ name }) => name === 'token life');
    expect({
      code,
      state: found?.state,
      mend: found?.mend?.includes('RUNBOOK.md#alarm-token-ending') ?? false,
    }).toEqual({
      code: state === 'failed' ? 1 : 0,
      state,
      mend: state !== 'ok',
    });
    expect(found?.detail).toMatch(detail);
    expect(found?.detail).toContain(`stored on ${new Date(secrets.storedAt).toISOString().slice(0, 10)}`);
  });

  it('says that it cannot know how long a token without a date lives', async () => {
    const { list } = await checks();
    expect(list.find(({ name }) => name === 'token life')).toMatchObject({
      state: 'warning',
      detail: 'unknown: COREWEAVE_API_TOKEN has no date',
    });
  });

  it('tries permissions by calls that revoke nothing, and in dry run only by reads', async () => {
    const before = stand.api.requests.length;
    const keys = () => stand.api.store.page({ offset: 0, limit: 1_000 });
    const all = keys();
    await checks();
    const calls = () =>
      stand.api.requests
        .slice(before)
        .map(({ call }) => call)
        .toSorted();
    expect(calls()).toEqual(['list-keys', 'read-key', 'revoke-key', 'revoke-principal', 'whoami']);
    const dry = await checks({ ...stand.env, MODE: 'dry-run' });
    expect(calls().filter((call) => call.startsWith('revoke-'))).toHaveLength(2);
    expect(dry.list.find(({ name }) => name === 'permissions')).toMatchObject({
      state: 'ok',
      detail: 'all 2 that were tried; revocations are not tried in dry run',
    });
    expect(keys()).toEqual(all);
  });

  it('names the permission that is missing', async () => {
    stand.api.switches.forbidden = new Set(['cwobject:ListAccessKeyInfo', 'cwobject:RevokeAccessKeysByPrincipal']);
    const { code, list } = await checks();
    expect({ code, ...list.find(({ name }) => name === 'permissions') }).toMatchObject({
      code: 1,
      detail: 'the token may not list keys, revoke a principal',
    });
    stand.api.switches.forbidden = new Set();
  });
});
