/** Commands that send: events from files, and revocations with `--wait`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import type { Clock } from '../../../lib/ports.ts';
import { keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { type FakeOptions, fakeTerminal } from '../../support/fake-terminal.ts';
import { deadLetterOf } from '../dlq/dead-letters.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const KEY = 'CWSENDING0000001';
const OTHER_KEY = 'CWSENDING0000002';
const GONE_KEY = 'CWSENDING0000003';
const OWNER = 'saml/sender@example.com';

describe('sending', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand([KEY, OTHER_KEY, GONE_KEY].map((accessKeyId) => ({ accessKeyId, principalName: OWNER })));
    enterEnvironment(stand.env);
  });
  afterAll(() => stand.close());

  /** Time passes by looks alone; `meanwhile` is what happens between two of them. */
  const clockWith = (meanwhile: () => unknown): Clock => {
    let ahead = 0;
    return {
      now: () => Date.now() + ahead,
      sleep: async (ms) => {
        ahead += ms;
        await meanwhile();
      },
    };
  };
  const command = async (
    args: readonly string[],
    {
      clock,
      env = stand.env,
      ...options
    }: FakeOptions & { readonly clock?: Clock; readonly env?: NodeJS.ProcessEnv } = {},
  ) => {
    const terminal = fakeTerminal(options);
    const code = await run(args, { terminal, env: { ...env }, ...(clock && { clock }) });
    return { code, terminal, json: () => JSON.parse(terminal.out) };
  };
  const now = () => new Date().toISOString();

  it('puts each event of a file onto its lane, in canonical form, and says its ids', async () => {
    const events = [keyLeak({ id: 'a' }), principalLeak({ id: 'b' }), offboarded({ id: 'c', extension: 'dropped' })];
    const { code, json } = await command(['send', '-', '--yes', '--json'], { input: JSON.stringify(events) });
    expect(code).toBe(0);
    const source = '//scanner.example/acme/app';
    expect(json()).toEqual({
      sent: [
        { lane: 'urgent', messageId: expect.any(String), eventId: 'a', source, target: 'key CWABCDEFGHIJKLMN' },
        {
          lane: 'bulk',
          messageId: expect.any(String),
          eventId: 'b',
          source,
          target: 'all keys of coreweave/ueqXfgRCYGqptEXAMPLE1',
        },
        {
          lane: 'bulk',
          messageId: expect.any(String),
          eventId: 'c',
          source,
          target: 'all keys of saml/user@example.com',
        },
      ],
      failed: [],
    });
    expect((await stand.take('urgent')).map((body) => JSON.parse(body))).toEqual([keyLeak({ id: 'a' })]);
    const { extension: _, ...offboarding } = offboarded({ id: 'c', extension: 'dropped' });
    expect((await stand.take('bulk')).map((body) => JSON.parse(body))).toEqual([
      principalLeak({ id: 'b' }),
      offboarding,
    ]);
  });

  it('sends nothing of a file with one bad event, and tells which it is', async () => {
    const input = JSON.stringify([keyLeak(), { ...keyLeak(), time: 'yesterday' }]);
    const { code, terminal } = await command(['send', '-', '--yes'], { input });
    expect({ code, out: terminal.out }).toEqual({ code: 1, out: '' });
    expect(terminal.err).toContain('error [event-refused] event 2: invalid: time: expected');
    expect(await stand.take('urgent')).toEqual([]);
  });

  it.each(['send', 'explain'])(
    '%s refuses an exported dead letter, which the functions would not open',
    async (name) => {
      const { body } = serializeDeadLetter(
        deadLetterOf(offboarded({ id: 'held', time: now() }), { reason: 'held-limit', lane: 'bulk' }),
      );
      const flags = name === 'send' ? ['--yes'] : [];
      const { code, terminal } = await command([name, '-', ...flags], { input: body });
      expect({ code, out: terminal.out }).toEqual({ code: 2, out: '' });
      expect(terminal.err).toMatch(
        /^error \[dead-letter-body\] this is an exported dead letter.*\n {2}next: `revoker dlq replay --message-id /,
      );
      expect(await stand.take('bulk')).toEqual([]);
    },
  );

  it.each(['send', 'explain'])('%s refuses a line of an export, and names its message and the stack', async (name) => {
    const line = { messageId: '0e1f-77', reason: 'held-limit', droppedFrom: now(), body: '{}' };
    const flags = name === 'send' ? ['--yes'] : [];
    const input = `${JSON.stringify(line)}\n${JSON.stringify(line)}\n`;
    const file = join(stand.folder, 'local.env');
    writeFileSync(file, '');
    const { code, terminal } = await command([name, '-', ...flags, '--env-file', file], { input });
    expect({ code, out: terminal.out }).toEqual({ code: 2, out: '' });
    expect(terminal.err).toMatch(/^error \[dead-letter-body\] /);
    expect(terminal.err).toContain(`\n  next: \`revoker dlq replay --message-id 0e1f-77 --env-file ${file}\`; `);
  });

  it('asks before it revokes, and does nothing for any other answer than yes', async () => {
    const asked = await command(['revoke', '--key', KEY], { isTTY: true, answers: ['n'] });
    expect({ code: asked.code, questions: asked.terminal.questions }).toEqual({
      code: 1,
      questions: [`Revoke key ${KEY}? This cannot be undone. [y/N] `],
    });
    const unasked = await command(['revoke', '--principal', OWNER]);
    expect(unasked.code).toBe(2);
    expect(unasked.terminal.err).toContain('error [confirmation-needed]');
    expect([...(await stand.take('urgent')), ...(await stand.take('bulk'))]).toEqual([]);
  });

  it.each([
    [['--key', KEY], 'urgent', 'credential.compromised.v1', { accessKeyId: KEY }],
    [['--principal', OWNER], 'bulk', 'user.offboarded.v1', { principalName: OWNER }],
    [
      ['--principal', OWNER, '--compromised'],
      'bulk',
      'credential.compromised.v1',
      { principalName: OWNER, scope: 'principal' },
    ],
  ] as const)('makes the event of revoke %j', async (target, lane, type, data) => {
    const { code, json } = await command(['revoke', ...target, '--operator', 'Jo Doe', '--yes', '--json']);
    expect(code).toBe(0);
    const [body = ''] = await stand.take(lane);
    const event = JSON.parse(body);
    expect(event).toEqual({
      specversion: '1.0',
      type,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: '//revoker.cli/Jo-Doe',
      time: expect.any(String),
      data,
    });
    expect(json()).toEqual({
      eventId: event.id,
      source: event.source,
      type,
      lane,
      messageId: expect.any(String),
      outcome: 'sent',
    });
  });

  it('waits until the API shows that the key is gone', async () => {
    const clock = clockWith(() => stand.api.store.revokeKey(KEY));
    const { code, json } = await command(['revoke', '--key', KEY, '--wait', '--yes', '--json'], { clock });
    expect({ code, outcome: json().outcome }).toEqual({ code: 0, outcome: 'gone' });
    await stand.take('urgent');
  });

  it('names the queue of an event', async () => {
    const { terminal } = await command(['revoke', '--key', KEY, '--yes']);
    expect(terminal.out).toContain(`sent credential.compromised.v1 about key ${KEY} to the urgent queue\n`);
    await stand.take('urgent');
  });

  it('does not report a mistyped key, or one that was already revoked, as revoked', async () => {
    const clock = clockWith(() => undefined);
    const mistyped = await command(['revoke', '--key', 'CWMISTYPEDKEY1', '--wait', '--yes'], { clock });
    expect({ code: mistyped.code, out: mistyped.terminal.out }).toEqual({
      code: 1,
      out: expect.stringContaining('not found: the API reports no such key'),
    });
    await stand.take('urgent');
    stand.api.store.revokeKey(GONE_KEY);
    const gone = await command(['revoke', '--key', GONE_KEY, '--wait', '--yes', '--json'], { clock });
    expect({ code: gone.code, outcome: gone.json().outcome }).toEqual({ code: 0, outcome: 'gone-before' });
    await stand.take('urgent');
  });

  it('reports the last state when the time is up', async () => {
    const clock = clockWith(() => undefined);
    const { code, json, terminal } = await command(
      ['revoke', '--key', OTHER_KEY, '--wait', '--timeout', '3', '--yes', '--json'],
      { clock },
    );
    expect({ code, ...json() }).toMatchObject({ code: 1, outcome: 'pending', detail: 'the key is live' });
    expect(terminal.err).toContain('waiting for its outcome, for up to 3 s');
    await stand.take('urgent');
  });

  it('distinguishes a failed poll from a failed function, and offers the status of the event', async () => {
    const clock = clockWith(() => undefined);
    const args = ['revoke', '--key', OTHER_KEY, '--wait', '--timeout', '3', '--yes', '--source', '//a.example'];
    const live = await command(args, { clock });
    expect(live.terminal.out).toMatch(
      /^pending: the key is live\nnext: revoker status [\w-]+ --source \/\/a\.example\n {2}if that shows .+\n$/m,
    );
    const refused = await command(args, { clock, env: { ...stand.env, COREWEAVE_API_TOKEN: 'expired' } });
    expect(refused.code).toBe(1);
    expect(refused.terminal.out).toMatch(
      /^pending: .+ read \(the API refused the token \(401\)\); .+\nnext: revoker status .+\n {2}to read .+\n$/m,
    );
    expect(refused.terminal.out).not.toContain('deployed');
    await stand.take('urgent');
  });

  it.each([
    ['stdout', [], 'out'],
    ['stderr with --json', ['--json'], 'err'],
  ] as const)('prints what was sent on %s before it waits', async (_, flags, stream) => {
    const terminal = fakeTerminal();
    let [printed, told]: (string | undefined)[] = [];
    const clock = clockWith(() => {
      printed ??= terminal[stream];
      told ??= terminal.err;
    });
    const args = ['revoke', '--key', OTHER_KEY, '--wait', '--timeout', '2', '--yes', ...flags];
    expect(await run(args, { terminal, env: { ...stand.env }, clock })).toBe(1);
    const [event = '{}'] = await stand.take('urgent');
    expect(printed).toContain(`event ${JSON.parse(event).id} message `);
    expect(told).toContain('waiting for its outcome');
    if (stream === 'err') expect(JSON.parse(terminal.out)).toMatchObject({ eventId: JSON.parse(event).id });
  });

  it('says at Ctrl-C that the event is on its way, and how to follow it', async () => {
    const terminal = fakeTerminal();
    const clock = clockWith(() => terminal.interrupt());
    const args = ['revoke', '--principal', OWNER, '--wait', '--yes'];
    expect(await run(args, { terminal, env: { ...stand.env }, clock })).toBe(1);
    const [event = '{}'] = await stand.take('bulk');
    const { id, source } = JSON.parse(event);
    expect(terminal.out.split('\n').slice(2)).toEqual([
      'pending: the wait has ended, and the event is on its way',
      `next: revoker status ${id} --source ${source}`,
      '',
    ]);
  });

  it('tells of the dead letter that its event became', async () => {
    let looks = 0;
    const clock = clockWith(async () => {
      looks += 1;
      const [body] = looks === 1 ? await stand.take('urgent') : [];
      if (body !== undefined)
        await stand.addDeadLetters(
          deadLetterOf(JSON.parse(body), { reason: 'held-protected', detail: 'rule: protected key' }),
        );
    });
    const { code, json } = await command(['revoke', '--key', OTHER_KEY, '--wait', '--yes', '--json'], { clock });
    expect({ code, ...json() }).toMatchObject({
      code: 1,
      outcome: 'dead-letter',
      reason: 'held-protected',
      detail: 'rule: protected key',
    });
  });

  it('refuses a source that no event may have, and sends nothing', async () => {
    const { code, terminal } = await command(['revoke', '--key', KEY, '--source', 'x'.repeat(513), '--yes']);
    expect(code).toBe(2);
    expect(terminal.err).toContain('error [event-refused] invalid: source');
    expect(await stand.take('urgent')).toEqual([]);
  });

  it('says which queue it could not reach, and that nothing was sent', async () => {
    const terminal = fakeTerminal({ input: JSON.stringify(keyLeak()) });
    const env = { ...stand.env, URGENT_QUEUE_URL: `${stand.queues.urgent.url}-not-there` };
    expect(await run(['send', '-', '--yes', '--json'], { terminal, env })).toBe(1);
    expect(JSON.parse(terminal.out)).toEqual({
      sent: [],
      failed: [{ eventId: keyLeak().id, source: '//scanner.example/acme/app', code: 'queue-unavailable' }],
    });
  });
});
