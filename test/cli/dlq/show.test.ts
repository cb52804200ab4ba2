/** What `dlq show` and `dlq replay` say of a dead letter that was never an event, and where `dlq export` writes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { EVENT_MS, keyLeak, offboarded } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';
import { deadLetterOf } from './dead-letters.ts';

describe('a dead letter without an event', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
    enterEnvironment(stand.env);
  });
  afterEach(() => stand.close());

  const command = async (...args: readonly string[]) => {
    const terminal = fakeTerminal({ colors: false });
    const code = await run(['dlq', ...args], { terminal, env: { ...stand.env } });
    return { code, out: terminal.out, err: terminal.err };
  };
  const received = (reason: DeadLetter['reason'], text: string, rest: object = {}) =>
    deadLetterOf(keyLeak(), {
      reason,
      event: null,
      raw: { sha256: 'a'.repeat(64), size: 300_000, text, redacted: false, truncated: false, ...rest },
    });
  const add = async (deadLetter: DeadLetter): Promise<string> => {
    await stand.addDeadLetters(deadLetter);
    return JSON.parse((await command('list', '--detail', '--json')).out).letters[0].messageId;
  };

  it('shows its size and its beginning, and all that was kept with --json', async () => {
    const id = await add(received('oversize', `begin${'x'.repeat(3_000)}end`, { truncated: true }));
    const { out } = await command('show', id);
    expect(out).toContain('\nsize           300,000 bytes\n');
    expect(out).toContain(`  begin${'x'.repeat(2_043)}\n  the rest is cut: --json has all that was kept\n`);
    expect(out).not.toContain('end\n');
    expect(JSON.parse((await command('show', id, '--json')).out).raw.text).toMatch(/end$/);
  });

  it('shows the identifiers that the webhook endpoint wrote whole', async () => {
    const text = JSON.stringify({ sender: 'okta', targets: Array(100).fill('x'.repeat(512)), last: 'end' });
    const id = await add({ ...received('unreadable', text, { truncated: true }), sender: 'https:okta' });
    const { out } = await command('show', id);
    expect(out.includes(text)).toBe(true);
    expect(out).not.toContain('the rest is cut');
  });

  it.each([
    [
      'unreadable',
      {},
      /^next: a replay does not help: unreadable; add --reason unreadable to send it again all the same$/m,
    ],
    [
      'unreadable',
      { redacted: true },
      /^next: redacted: what was received is not whole: ask the sender to send it again$/m,
    ],
    ['oversize', { truncated: true }, /^next: truncated: .+: ask the sender to send it again$/m],
  ] as const)('says why it is not replayed by its message id: %s %j', async (reason, rest, told) => {
    const id = await add(received(reason, 'not an event', rest));
    for (const flags of [['--yes'], ['--dry-run']]) {
      const { code, out } = await command('replay', '--message-id', id, ...flags);
      expect(code).toBe(1);
      expect(out).toMatch(told);
      expect(out).not.toContain('no dead letter matches');
    }
    expect(await stand.take('bulk')).toEqual([]);
  });

  it('is exported to stdout with -', async () => {
    const id = await add(received('unreadable', 'not an event'));
    const { code, out, err } = await command('export', '-');
    expect({
      code,
      ids: out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).messageId),
    }).toEqual({
      code: 0,
      ids: [id],
    });
    expect(err).toBe('1 dead letter written to stdout\n');
    expect(existsSync('-')).toBe(false);
    expect(await command('export', '-', '--json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('wrong-use'),
    });
  });

  it.each([[], ['--force']])('is not exported to a folder that does not exist: %j', async (...flags) => {
    const file = join(stand.folder, 'missing', 'export.jsonl');
    const { code, err } = await command('export', file, ...flags);
    expect({ code, err }).toEqual({
      code: 2,
      err: `error [file-unusable] the folder of ${file} does not exist\n  next: create it, or choose another path\n`,
    });
  });

  it.each([[], ['--force']])('is not exported to a folder: %j', async (...flags) => {
    const { code, err } = await command('export', stand.folder, ...flags);
    expect({ code, err }).toEqual({
      code: 2,
      err: `error [file-unusable] ${stand.folder} is a directory\n  next: name a file in it, or - for stdout\n`,
    });
  });
});

describe('dlq show of an event id that several dead letters have', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
    enterEnvironment(stand.env);
  });
  afterEach(() => stand.close());

  it('shows the most urgent, and lists the others', async () => {
    const command = async (...args: readonly string[]) => {
      const terminal = fakeTerminal({ colors: false });
      const code = await run(['dlq', ...args], { terminal, env: { ...stand.env } });
      return { code, out: terminal.out };
    };
    const sent = ['//forger.example', '//hr.example'].map((source, age) =>
      deadLetterOf(offboarded({ id: 'offboarding-7', source }), {
        reason: 'held-limit',
        lane: 'bulk',
        firstSeen: new Date(EVENT_MS - age * 60_000).toISOString(),
      }),
    );
    await stand.addDeadLetters(...sent);
    const { code, out } = await command('show', 'offboarding-7');
    expect(code).toBe(0);
    expect(out).toContain('\n  source  //hr.example\n');
    const [title, header = '', row] = out.trimEnd().split('\n').slice(-3);
    expect([title, header.split(/ {2,}/)[0], row]).toEqual([
      '1 other dead letter with this id:',
      'id',
      expect.stringMatching(/^[0-9a-f]{8} .*, held-limit, from \/\/forger\.example, event offboarding-7$/),
    ]);
    const { messageId, others } = JSON.parse((await command('show', 'offboarding-7', '--json')).out);
    const [other] = others;
    expect(others).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(JSON.parse((await command('show', other, '--json')).out)).toMatchObject({ messageId: other, others: [] });
    expect(other).not.toBe(messageId);
  });
});
