/** How commands talk to a person at a terminal: colours, tables, questions. */
import { describe, expect, it } from 'vitest';
import { confirm } from '../../cli/context.ts';
import { CliError, failureOf } from '../../cli/failure.ts';
import { run } from '../../cli/run.ts';
import { fields, rendered, table } from '../../terminal/lines.ts';
import { startProgress } from '../../terminal/progress.ts';
import { cut, shown, widthOf } from '../../terminal/sanitize.ts';
import { patiently } from '../../terminal/slow-notice.ts';
import { wantsColours } from '../../terminal/terminal.ts';
import { keyLeak } from '../support/event-factory.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { virtualClock } from '../support/virtual-clock.ts';

describe('text on its way to a terminal', () => {
  it('has every control, format and separator spelt out, and all else as it is', () => {
    expect(shown('a\u001b[31m\u0007\r\n\t\u009b\u202e\u200b\u2028\u00a0\ud800\u{e0001}z')).toBe(
      'a\\u001b[31m\\u0007\\u000d\\u000a\\u0009\\u009b\\u202e\\u200b\\u2028\\u00a0\\ud800\\u{e0001}z',
    );
    expect(shown('Zoë 王 😀 //a?b=c')).toBe('Zoë 王 😀 //a?b=c');
  });
  it('is measured and cut by the columns that it takes', () => {
    expect(['abc', '王', '😀', 'e\u0301'].map(widthOf)).toEqual([3, 2, 2, 1]);
    expect([cut('abcdef', 4), cut('王王王', 4), cut('abc', 3)]).toEqual(['abc…', '王…', 'abc']);
  });
  it('is sanitised in each piece, and painted only where colours are wanted', () => {
    const line = ['a\n', { text: 'b\u001b', colour: 'red' as const }];
    expect(rendered(line, false)).toBe('a\\u000ab\\u001b');
    expect(rendered(line, true)).toBe('a\\u000a\u001b[31mb\\u001b\u001b[0m');
  });
  it('stands in aligned columns, the flexible one cut to the width', () => {
    const rows = [
      ['a', { text: 'long text of a cell', colour: 'red' as const }, '1'],
      ['王王', 'x', '22'],
    ];
    const lines = table({ header: ['one', 'two', 'n'], rows, width: 20, flexible: 1, right: [2] });
    expect(lines.map((line) => rendered(line, false))).toEqual([
      'one   two          n',
      'a     long text…   1',
      '王王  x           22',
    ]);
  });
  it('has its last column wrapped where all of it must be read, and nothing of it is lost', () => {
    const rows = [
      ['failed', { text: 'expected a JSON object of four counts', colour: 'red' as const }],
      ['ok', 'arn:aws:sts::111122223333:assumed-role/ops'],
    ];
    const lines = table({ header: ['', 'seen'], rows, width: 32, wrap: true });
    expect(lines.map((line) => rendered(line, false))).toEqual([
      '        seen',
      'failed  expected a JSON object',
      '        of four counts',
      'ok      arn:aws:sts::111122223333:assumed-role/ops',
    ]);
    expect(lines.map((line) => rendered(line, true)).slice(1, 3)).toEqual([
      'failed  \u001b[31mexpected a JSON object\u001b[0m',
      '        \u001b[31mof four counts\u001b[0m',
    ]);
    const wide = table({ header: ['', 'seen'], rows, width: 200, wrap: true });
    expect(wide).toHaveLength(3);
  });
  it('has its labels aligned', () => {
    expect(
      fields(
        [
          ['a', '1'],
          ['long', '2'],
        ],
        ' ',
      ).map((line) => rendered(line, false)),
    ).toEqual([' a     1', ' long  2']);
  });
  it('is coloured on terminals alone, never with NO_COLOR', () => {
    expect(wantsColours(true, {})).toBe(true);
    for (const [isTTY, env] of [
      [false, {}],
      [true, { NO_COLOR: '1' }],
      [true, { TERM: 'dumb' }],
    ] as const) {
      expect(wantsColours(isTTY, env)).toBe(false);
    }
    expect(wantsColours(true, { NO_COLOR: '' })).toBe(true);
  });
});

describe('a question', () => {
  it.each(['y', 'Y', 'yes', ' YES '])('is answered by %j', async (answer) => {
    const terminal = fakeTerminal({ isTTY: true, answers: [answer] });
    await confirm({ terminal }, 'Go?', { yes: false });
    expect(terminal.questions).toEqual(['Go? [y/N] ']);
  });
  it.each(['', 'n', 'yep', 'no'])('is refused by %j', async (answer) => {
    const asked = confirm({ terminal: fakeTerminal({ isTTY: true, answers: [answer] }) }, 'Go?', { yes: false });
    await expect(asked).rejects.toMatchObject({ failure: { code: 'not-confirmed', exitCode: 1 } });
  });
  it('is not asked with --yes, and wrong use where nobody can be asked', async () => {
    const terminal = fakeTerminal();
    await confirm({ terminal }, 'Go?', { yes: true });
    await expect(confirm({ terminal }, 'Go?', { yes: false })).rejects.toMatchObject({
      failure: { code: 'confirmation-needed', exitCode: 2 },
    });
    expect(terminal.questions).toEqual([]);
  });
});

describe('progress', () => {
  const clock = () => {
    let now = 0;
    return { now: () => now, pass: (ms: number) => (now += ms) };
  };
  it('is a bar with rate and remaining time on a terminal', () => {
    const terminal = fakeTerminal({ isTTY: true });
    const time = clock();
    const progress = startProgress(terminal, time, { what: 'replay', total: 4 });
    time.pass(500);
    progress.step('crashed: sent');
    progress.end();
    expect(terminal.err).toMatch(/replay [#.]+ 1\/4 \| 2\.0\/s \| 2 s left \| crashed: sent/);
    expect(terminal.out).toBe('');
  });
  it('is a line at the first letter, every five seconds and in the end elsewhere', () => {
    const terminal = fakeTerminal();
    const time = clock();
    const progress = startProgress(terminal, time, { what: 'replay', total: 12 });
    for (let step = 0; step < 12; step += 1) {
      time.pass(1_000);
      progress.step('x');
    }
    progress.end();
    expect(terminal.err).toBe(
      [
        'replay: 1 of about 12, 1.0/s, 11 s left',
        'replay: 6 of about 12, 1.0/s, 6 s left',
        'replay: 11 of about 12, 1.0/s, 1 s left',
        'replay: 12 of about 12, 1.0/s, done',
        '',
      ].join('\n'),
    );
  });
});

describe('the word for whoever waits', () => {
  const wait = async (takesMs: number, isTTY = true) => {
    const clock = virtualClock(0);
    const terminal = fakeTerminal({ isTTY });
    const work = () => clock.sleep(takesMs).then(() => 'seen');
    const seen = await clock.run(patiently({ terminal, clock }, 'asking the API', work));
    await clock.run(clock.sleep(60_000));
    return { seen, err: terminal.err };
  };
  it('is said once, after a second', async () => {
    expect(await wait(1_001)).toEqual({ seen: 'seen', err: 'asking the API…\n' });
    expect(await wait(10_000)).toEqual({ seen: 'seen', err: 'asking the API…\n' });
  });
  it('is not said of what is quick or fails at once, nor where nobody watches', async () => {
    expect(await wait(999)).toEqual({ seen: 'seen', err: '' });
    expect(await wait(10_000, false)).toEqual({ seen: 'seen', err: '' });
    const clock = virtualClock(0);
    const terminal = fakeTerminal({ isTTY: true });
    const failing = patiently({ terminal, clock }, 'asking the API', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await clock.run(clock.sleep(60_000));
    expect(terminal.err).toBe('');
  });
});

describe('a failure', () => {
  it('that nobody foresaw is told by its name alone', () => {
    const failure = failureOf(new TypeError('secret of an event'));
    expect(failure).toEqual({
      code: 'internal',
      message: 'unexpected failure (TypeError)',
      next: expect.any(String),
      exitCode: 1,
    });
    expect(failureOf('text').message).toBe('unexpected failure (unknown)');
  });
  it('of a file or the ledger has a code and a next step', () => {
    const file = Object.assign(new Error('ENOENT: /secret/path'), { code: 'ENOENT' });
    expect(failureOf(file)).toMatchObject({
      code: 'file-unusable',
      message: 'the file cannot be used (ENOENT)',
      exitCode: 2,
    });
    expect(failureOf(new Error('GetItem failed: AccessDeniedException'))).toMatchObject({
      code: 'ledger-unavailable',
      exitCode: 1,
    });
    expect(failureOf(new CliError({ code: 'a', message: 'b', next: 'c' }))).toEqual({
      code: 'a',
      message: 'b',
      next: 'c',
      exitCode: 1,
    });
  });
});

describe('a command at a terminal', () => {
  const explain = async (options: Parameters<typeof fakeTerminal>[0]) => {
    const terminal = fakeTerminal({ ...options, input: JSON.stringify(keyLeak()) });
    expect(await run(['explain', '-'], { terminal, env: {} })).toBe(0);
    return terminal.out;
  };
  it('is coloured, and fits its width', async () => {
    const out = await explain({ isTTY: true, columns: 70 });
    expect(out).toContain('\u001b[32mpasses');
    expect(out).toContain('…');
  });
  it('is the same without colour where it is not wanted', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that are left out
    const plain = (await explain({ isTTY: true, columns: 70 })).replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect((await explain({ isTTY: true, colours: false, columns: 70 })).replace(/"time".*|time .*/g, '')).toBe(
      plain.replace(/"time".*|time .*/g, ''),
    );
  });
});
