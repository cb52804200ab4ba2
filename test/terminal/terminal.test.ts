/** How commands talk to a person at a terminal: colors, tables, questions. */
import { describe, expect, it } from 'vitest';
import { confirm } from '../../cli/context.ts';
import { CliError, toFailure } from '../../cli/failure.ts';
import { run } from '../../cli/run.ts';
import { formatFields, renderLine } from '../../terminal/lines.ts';
import { startCounter, startProgress, withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { supportsColor } from '../../terminal/terminal.ts';
import { displayWidth, fitColumns, sanitizeForTerminal, truncate } from '../../terminal/text.ts';
import { keyLeak } from '../support/event-factory.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { virtualClock } from '../support/virtual-clock.ts';

describe('sanitize', () => {
  it('escapes every control, format and separator character, and keeps all others', () => {
    expect(sanitizeForTerminal('a\u001b[31m\u0007\r\n\t\u009b\u202e\u200b\u2028\u00a0\ud800\u{e0001}z')).toBe(
      'a\\u001b[31m\\u0007\\u000d\\u000a\\u0009\\u009b\\u202e\\u200b\\u2028\\u00a0\\ud800\\u{e0001}z',
    );
    expect(sanitizeForTerminal('Zoë 王 😀 //a?b=c')).toBe('Zoë 王 😀 //a?b=c');
  });
  it('is measured and cut by the columns that it takes', () => {
    expect(['abc', '王', '😀', 'e\u0301'].map(displayWidth)).toEqual([3, 2, 2, 1]);
    expect([truncate('abcdef', 4), truncate('王王王', 4), truncate('abc', 3)]).toEqual(['abc…', '王…', 'abc']);
  });
  it('sanitizes each span and colors only if colors are enabled', () => {
    const line = ['a\n', { text: 'b\u001b', color: 'red' as const }];
    expect(renderLine(line, false)).toBe('a\\u000ab\\u001b');
    expect(renderLine(line, true)).toBe('a\\u000a\u001b[31mb\\u001b\u001b[0m');
  });
  it('stands in aligned columns, the flexible one cut to the width', () => {
    const rows = [
      ['a', { text: 'long text of a cell', color: 'red' as const }, '1'],
      ['王王', 'x', '22'],
    ];
    const lines = formatTable({ header: ['one', 'two', 'n'], rows, width: 20, flexible: 1, right: [2] });
    expect(lines.map((line) => renderLine(line, false))).toEqual([
      'one   two          n',
      'a     long text…   1',
      '王王  x           22',
    ]);
  });
  it('has its last column wrapped where all of it must be read, and nothing of it is lost', () => {
    const rows = [
      ['failed', { text: 'expected a JSON object of four counts', color: 'red' as const }],
      ['ok', 'arn:aws:sts::111122223333:assumed-role/ops'],
    ];
    const lines = formatTable({ header: ['', 'seen'], rows, width: 32, wrap: true });
    expect(lines.map((line) => renderLine(line, false))).toEqual([
      '        seen',
      'failed  expected a JSON object',
      '        of four counts',
      'ok      arn:aws:sts::111122223333:assumed-role/ops',
    ]);
    expect(lines.map((line) => renderLine(line, true)).slice(1, 3)).toEqual([
      'failed  \u001b[31mexpected a JSON object\u001b[0m',
      '        \u001b[31mof four counts\u001b[0m',
    ]);
    const wide = formatTable({ header: ['', 'seen'], rows, width: 200, wrap: true });
    expect(wide).toHaveLength(3);
  });
  it('formatTable: a line of dashes below the header with `rule`, as wide as each column', () => {
    const lines = formatTable({ header: ['event', 'outcome'], rows: [['leaked-key', '']], width: 100, rule: true });
    expect(lines.map((line) => renderLine(line, false))).toEqual([
      'event       outcome',
      '----------  -------',
      'leaked-key',
    ]);
    expect(renderLine(lines[1] ?? [], true)).toBe('\u001b[2m----------\u001b[0m  \u001b[2m-------\u001b[0m');
  });
  it('formatTable: with `whole`, a block of fields for each row where the table does not fit', () => {
    const rows = [
      ['urgent', 'saml/user@example.com', ''],
      ['bulk', 'saml/ann@example.com', 'alert-1'],
    ];
    const table = (width: number) =>
      formatTable({ header: ['queue', 'target', 'event'], rows, width, whole: true }).map((line) =>
        renderLine(line, false),
      );
    expect(table(40)).toEqual([
      'queue   target                 event',
      'urgent  saml/user@example.com',
      'bulk    saml/ann@example.com   alert-1',
    ]);
    expect(table(30)).toEqual([
      'queue   urgent',
      'target  saml/user@example.com',
      '',
      'queue   bulk',
      'target  saml/ann@example.com',
      'event   alert-1',
    ]);
  });
  it('formatTable: no column narrower than 8, even where the table does not fit', () => {
    const rows = [['12345678901', '12345678901', '1']];
    const table = (flexible: number) => formatTable({ header: ['a', 'b', 'c'], rows, width: 10, flexible });
    expect(table(1).map((line) => renderLine(line, false))[1]).toBe('12345678901  1234567…  1');
    expect(table(2).map((line) => renderLine(line, false))[1]).toBe('12345678901  12345678901  1');
  });
  it('fitColumns: exactly as wide as asked for, whatever the text', () => {
    expect([fitColumns('ab', 4), fitColumns('abcdef', 4), fitColumns('王王王', 4)]).toEqual(['ab  ', 'abc…', '王… ']);
  });
  it('has its labels aligned', () => {
    expect(
      formatFields(
        [
          ['a', '1'],
          ['long', '2'],
        ],
        ' ',
      ).map((line) => renderLine(line, false)),
    ).toEqual([' a     1', ' long  2']);
  });
  it('is colored only on terminals, never with NO_COLOR', () => {
    expect(supportsColor(true, {})).toBe(true);
    for (const [isTTY, env] of [
      [false, {}],
      [true, { NO_COLOR: '1' }],
      [true, { TERM: 'dumb' }],
    ] as const) {
      expect(supportsColor(isTTY, env)).toBe(false);
    }
    expect(supportsColor(true, { NO_COLOR: '' })).toBe(true);
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
  it('is cancelled by Ctrl-C', async () => {
    const asked = confirm({ terminal: fakeTerminal({ isTTY: true, answers: [undefined] }) }, 'Go?', { yes: false });
    await expect(asked).rejects.toMatchObject({ failure: { code: 'cancelled', exitCode: 130 } });
  });
  it.each([
    ['approve', true],
    [' APPROVE ', true],
    ['y', false],
    ['yes', false],
  ])('asks for a word where a slip would be costly: %j', async (answer, confirmed) => {
    const terminal = fakeTerminal({ isTTY: true, answers: [answer] });
    const asked = confirm({ terminal }, 'Go?', { yes: false, word: 'approve' }).then(
      () => true,
      () => false,
    );
    expect(await asked).toBe(confirmed);
    expect(terminal.questions).toEqual(['Go? Type approve: ']);
  });
  it('is skipped with --yes, and is a usage error without a terminal', async () => {
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
  it('says the time that is left by the highest rate, when the first steps were quicker', () => {
    const terminal = fakeTerminal();
    const progress = startProgress(terminal, clock(), { what: 'replay', total: 41, perSecond: 0.5 });
    progress.step('x');
    expect(terminal.err).toMatch(/^replay: 1 of about 41, \S+, 80 s left\n$/);
  });
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
  it('is a line at the first dead letter, every five seconds and in the end elsewhere', () => {
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

describe('startCounter', () => {
  const count = (isTTY: boolean) => {
    const terminal = fakeTerminal({ isTTY });
    let now = 0;
    const counter = startCounter(terminal, { now: () => now }, { what: 'cold', unit: 'samples' });
    now = 1_400;
    counter.step('ours');
    counter.step('m\u001b');
    counter.end();
    return terminal.err;
  };
  it('startCounter: one line that is written over on a terminal', () => {
    const clear = '\r\u001b[2K';
    expect(count(true)).toBe(
      `${clear}cold: 1 samples, 1 s, ours${clear}cold: 2 samples, 1 s, m\\u001b${clear}cold: 2 samples in 1 s\n`,
    );
  });
  it('startCounter: a first and a last line elsewhere', () => {
    expect(count(false)).toBe('cold …\ncold: 2 samples in 1 s\n');
  });
});

describe('withProgressMessage', () => {
  const wait = async (takesMs: number, isTTY = true) => {
    const clock = virtualClock(0);
    const terminal = fakeTerminal({ isTTY });
    const work = () => clock.sleep(takesMs).then(() => 'seen');
    const seen = await clock.run(withProgressMessage({ terminal, clock }, 'asking the API', work));
    await clock.run(clock.sleep(60_000));
    return { seen, err: terminal.err };
  };
  it('is said once, after a second', async () => {
    expect(await wait(1_001)).toEqual({ seen: 'seen', err: 'asking the API…\n' });
    expect(await wait(10_000)).toEqual({ seen: 'seen', err: 'asking the API…\n' });
  });
  it('prints nothing for quick or failed work, or without a terminal', async () => {
    expect(await wait(999)).toEqual({ seen: 'seen', err: '' });
    expect(await wait(10_000, false)).toEqual({ seen: 'seen', err: '' });
    const clock = virtualClock(0);
    const terminal = fakeTerminal({ isTTY: true });
    const failing = withProgressMessage({ terminal, clock }, 'asking the API', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await clock.run(clock.sleep(60_000));
    expect(terminal.err).toBe('');
  });
});

describe('a failure', () => {
  it('of an unknown kind is printed by its name only', () => {
    const failure = toFailure(new TypeError('secret of an event'));
    expect(failure).toEqual({
      code: 'internal',
      message: 'unexpected failure (TypeError)',
      next: expect.any(String),
      exitCode: 1,
    });
    expect(toFailure('text').message).toBe('unexpected failure (unknown)');
  });
  it('of a file has a code and a next step', () => {
    const file = Object.assign(new Error('ENOENT: /secret/path'), { code: 'ENOENT' });
    expect(toFailure(file)).toMatchObject({
      code: 'file-unusable',
      message: 'the file does not exist',
      exitCode: 2,
    });
    expect(toFailure(new CliError({ code: 'a', message: 'b', next: 'c' }))).toEqual({
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
  it('is colored and fits its width', async () => {
    const out = await explain({ isTTY: true, columns: 70 });
    expect(out).toContain('\u001b[2m1 event');
  });
  it('is the same without color if colors are disabled', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colors that are removed
    const plain = (await explain({ isTTY: true, columns: 70 })).replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect((await explain({ isTTY: true, colors: false, columns: 70 })).replace(/"time".*|time .*/g, '')).toBe(
      plain.replace(/"time".*|time .*/g, ''),
    );
  });
});
