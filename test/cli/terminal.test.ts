/** Questions, colors and widths on a real terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { displayWidth } from '../../terminal/text.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { skipWithout } from '../support/host-tool.ts';
import { missingPty, startOnTerminal } from '../support/pty.ts';
import { deadLetterOf } from './dlq/dead-letters.ts';
import { PROGRAM, type Stand, startStand } from './stand.ts';

const KEY = 'CWABCDEFGHIJKLMN';
const CTRL_C = '\u0003';
const QUESTION = `Revoke key ${KEY}? This cannot be undone. [y/N] `;
const ESCAPE = '\u001b';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.close());
beforeEach(({ skip }) => skipWithout(skip, missingPty()));

const start = (args: readonly string[], options: { env?: NodeJS.ProcessEnv; columns?: number } = {}) =>
  startOnTerminal([process.execPath, '--', PROGRAM, ...args], { ...options, env: { ...stand.env, ...options.env } });

describe('a question on a terminal', () => {
  it('takes an answer that is typed after it', async () => {
    const terminal = start(['revoke', '--key', KEY]);
    await terminal.shown(QUESTION);
    terminal.type('y\r');
    const { code, output } = await terminal.ended;
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('sent credential.compromised.v1') });
    expect(await stand.take('urgent')).toHaveLength(1);
  });

  it.each([
    ['a whole answer', 'y\r'],
    ['many answers', 'y\ry\ryes\r'],
    ['an answer without its return', 'y'],
  ])('drops what was typed before it: %s', async (_, ahead) => {
    const terminal = start(['revoke', '--key', KEY]);
    terminal.type(ahead);
    await terminal.shown(QUESTION);
    terminal.type('\r');
    const { code, output } = await terminal.ended;
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/(?<!\] )nothing was done\r?\n$/) });
    expect(await stand.take('urgent')).toEqual([]);
  });

  it('is cancelled quietly by Ctrl-C, with exit code 130', async () => {
    const terminal = start(['revoke', '--key', KEY]);
    await terminal.shown(QUESTION);
    terminal.type(CTRL_C);
    const { code, output } = await terminal.ended;
    expect(code).toBe(130);
    expect(output.slice(output.indexOf(QUESTION) + QUESTION.length)).not.toMatch(/error|next|[a-z]{3}/);
    expect(await stand.take('urgent')).toEqual([]);
  });
});

describe('events to send on a terminal', () => {
  it('are shown whole in 60 columns, before the question and after it', async () => {
    const file = join(stand.folder, 'long.json');
    const [id, principalName] = [
      'offboarding-of-a-person-with-a-long-name',
      'saml/a-person-with-a-long-name@example.com',
    ];
    writeFileSync(file, JSON.stringify(offboarded({ id, data: { principalName } })));
    const terminal = start(['send', file], { columns: 60, env: { NO_COLOR: '1' } });
    await terminal.shown('Send 1 event? [y/N] ');
    terminal.type('y\r');
    const { code, output } = await terminal.ended;
    expect(code).toBe(0);
    expect(output.split('\r\n').filter((line) => displayWidth(line) > 60)).toEqual([]);
    for (const whole of [id, principalName]) expect(output.split(whole)).toHaveLength(3);
    await stand.take('bulk');
  });
});

describe('the dead letters on a terminal', () => {
  beforeAll(() =>
    stand.addDeadLetters(
      deadLetterOf(keyLeak({ id: 'leak-of-a-key' }), { reason: 'held-low-confidence', detail: 'rule: x' }),
      deadLetterOf(offboarded({ id: 'offboarding-7' }), { reason: 'held-limit', detail: 'rule: x', lane: 'bulk' }),
    ),
  );

  it('are listed in 60 columns', async () => {
    const { code, output } = await start(['dlq', 'list', '--detail'], { columns: 60, env: { NO_COLOR: '1' } }).ended;
    expect(code).toBe(0);
    expect(output).toContain('held-low-confidence');
    expect(output.split('\r\n').filter((line) => displayWidth(line) > 60)).toEqual([]);
  });

  it('are previewed for a replay in 60 columns', async () => {
    const args = ['dlq', 'replay', '--approve'];
    const terminal = start(args, { columns: 60, env: { NO_COLOR: '1' } });
    await terminal.shown('Type approve: ');
    terminal.type(CTRL_C);
    const { code, output } = await terminal.ended;
    expect({ code, output }).toEqual({ code: 130, output: expect.stringContaining('2 to send') });
    const preview = output.slice(output.indexOf('reason '), output.indexOf('Send 2 events'));
    expect(preview.split('\r\n').filter((line) => displayWidth(line) > 60)).toEqual([]);
  });

  it.each([
    ['in color', {}, true],
    ['without, with NO_COLOR', { NO_COLOR: '1' }, false],
    ['without, on a dumb terminal', { TERM: 'dumb' }, false],
  ])('are listed %s', async (_, env, colored) => {
    const { output } = await start(['dlq', 'list'], { env }).ended;
    expect(output).toContain('held-limit');
    expect(output.includes(`${ESCAPE}[`)).toBe(colored);
  });
});
