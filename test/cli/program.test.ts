/** The real program as a process: help, usage errors, configuration, colors, and what must never be printed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLeak } from '../support/event-factory.ts';
import { skipWithout } from '../support/host-tool.ts';
import { BARE, type Ended, enterEnvironment, PROGRAM, runHere, runProgram, type Stand, startStand } from './stand.ts';

const LEAVES = [
  ['explain'],
  ['send'],
  ['revoke'],
  ['keys'],
  ['status'],
  ['dlq', 'list'],
  ['dlq', 'show'],
  ['dlq', 'replay'],
  ['dlq', 'discard'],
  ['dlq', 'export'],
  ['identity', 'import'],
  ['identity', 'list'],
  ['identity', 'remove'],
  ['sender', 'id'],
  ['audit', 'verify'],
  ['audit', 'report'],
  ['drill'],
  ['token', 'rotate'],
  ['doctor'],
];
const ESCAPE = '\u001b';

const inProcess = (args: readonly string[], input = ''): Promise<Ended> => runHere(args, { env: {}, input });

describe('the program', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand();
  });
  afterAll(() => stand.close());

  it('shows each command, and for each its examples, its JSON and its exit codes', async () => {
    const { code, stdout, stderr } = await runProgram(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [name = ''] of LEAVES) expect(stdout).toContain(`\n  ${name} `);
    const asProcess = runProgram(['dlq', 'replay', '--help']);
    const helps = await Promise.all(LEAVES.map((leaf) => inProcess([...leaf, '--help'])));
    expect(await asProcess).toEqual(helps[LEAVES.findIndex(([, name]) => name === 'replay')]);
    for (const [index, help] of helps.entries()) {
      const name = LEAVES[index]?.join(' ');
      expect({ name, code: help.code, stderr: help.stderr }).toEqual({ name, code: 0, stderr: '' });
      expect(help.stdout).toContain(`Usage: revoker ${name}`);
      expect(help.stdout).toContain(`$ revoker ${name}`);
      expect(help.stdout).toContain('With --json:');
      expect(help.stdout).toContain('--env-file <path>');
      expect(help.stdout).toContain(
        'Exit codes: 0 done, 1 something failed, 2 wrong use, 3 an operator has to act, 130 cancelled by Ctrl-C.',
      );
    }
  });

  const WRONG: readonly (readonly [args: readonly string[], expected: string])[] = [
    [['nonsense'], "unknown command 'nonsense'"],
    [['keys'], "missing required argument 'principal'"],
    [['keys', 'user@example.com'], 'expected coreweave/…, saml/… or role/…'],
    [['explain', 'x', '--nonsense'], "unknown option '--nonsense'"],
    [['explain', '/nowhere/event.json'], 'error [file-unusable] /nowhere/event.json does not exist'],
    [['send', '/'], 'error [file-unusable] / is a directory'],
    [['scan-report', '/nowhere/report.json'], 'error [file-unusable] /nowhere/report.json does not exist'],
    [['revoke'], 'expected --key <id> or --principal <name>'],
    [['revoke', '--key', 'CWABCDEFGHIJKLMN', '--compromised'], "cannot be used with option '--key <id>'"],
    [['dlq', 'replay', '--reason', 'nonsense'], 'expected one of unreadable'],
    [['dlq', 'replay', '--older-than', 'soon'], 'expected an age of at most 400 days, such as 90m'],
    [['dlq', 'replay', '--rate', '0'], 'expected a number from 0.1 to 1000'],
    [['doctor', '--env-file', '/nowhere/prod.env'], 'the file given by --env-file cannot be read'],
  ];
  const wrongUse = ({ code, stdout, stderr }: Ended, expected: string): void => {
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^error \[[a-z-]+\] .*\n( {2}.*\n)* {2}next: .+\n$/);
  };
  it.each(WRONG)('ends %j with 2, says what was expected, and what to do', async (args, expected) => {
    wrongUse(await inProcess(args), expected);
  });
  it.each([
    [['dlq', 'list', '--nonsense'], '`revoker dlq list --help` shows its arguments and options'],
    [['--stack', 'dlq', 'keys'], '`revoker keys --help` shows its arguments and options'],
    [['dlq', 'nonsense', 'list'], '`revoker dlq --help` lists its commands'],
    [['nonsense'], '`revoker --help` lists the commands'],
  ])('points from the wrong use of %j to the help of that command', async (args, next) => {
    wrongUse(await inProcess(args), `  next: ${next}\n`);
  });

  it.each([
    [
      ['help', 'dlq', 'list'],
      ['dlq', 'list', '--help'],
    ],
    [
      ['help', 'dlq'],
      ['dlq', '--help'],
    ],
    [
      ['--json', 'help', 'doctor'],
      ['doctor', '--help'],
    ],
    [['help'], ['--help']],
  ])('%j shows the same as %j', async (args, same) => {
    const shown = await inProcess(args);
    expect(shown).toEqual(await inProcess(same));
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: revoker') });
  });

  it('shows no help of a command that it does not have', async () => {
    wrongUse(await inProcess(['help', 'dlq', 'nonsense']), "unknown command 'dlq nonsense'");
  });

  it('does so as a process too', async () => {
    const chosen = WRONG.filter(([, expected]) => /^unknown|env-file/.test(expected));
    const ends = await Promise.all(chosen.map(async ([args, expected]) => ({ end: await runProgram(args), expected })));
    expect(ends).toHaveLength(3);
    for (const { end, expected } of ends) wrongUse(end, expected);
  });

  it('ends with the same exit codes through npm', async () => {
    const npm = (...args: readonly string[]) =>
      spawnSync('npm', ['run', '-s', 'revoker', '--', ...args], {
        cwd: join(PROGRAM, '../..'),
        env: BARE,
        encoding: 'utf8',
      });
    const invalid = npm('explain', 'events/samples/refused/missing-id.json');
    expect([npm('--version').status, npm('nonsense').status, invalid.status]).toEqual([0, 2, 1]);
    expect(invalid.stdout).toContain('would become a dead letter');
  });

  it('shows its help and ends with 2 when no command is given', async () => {
    const { code, stdout, stderr } = await runProgram([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: revoker');
  });

  it('ends with 1, and says why, when stdout cannot be written', async ({ skip }) => {
    skipWithout(skip, existsSync('/dev/full') ? undefined : '/dev/full not found: run this test on Linux');
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['--', PROGRAM, 'explain', '-'], {
      env: BARE,
      stdio: ['pipe', full, 'pipe'],
    });
    child.stdin?.end(JSON.stringify(keyLeak()));
    const said = child.stderr === null ? '' : text(child.stderr);
    const [code] = await once(child, 'close');
    closeSync(full);
    expect({ code, said: await said }).toEqual({
      code: 1,
      said: expect.stringMatching(/^error \[output-failed\] stdout cannot be written \(ENOSPC\)\n {2}next: .+\n$/),
    });
  });

  it('minds no reader that has gone', async () => {
    const child = spawn(process.execPath, ['--', PROGRAM, '--help'], { env: BARE, stdio: 'pipe' });
    child.stdout.destroy();
    const said = text(child.stderr);
    const [code] = await once(child, 'close');
    expect({ code, said: await said }).toEqual({ code: 0, said: '' });
  });

  it('puts an error on stdout as JSON too when that is wanted', async () => {
    const { code, stdout } = await inProcess(['nonsense', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'wrong-use', message: "unknown command 'nonsense'", next: expect.stringContaining('--help') },
    });
  });

  it('names every variable that a command misses, and only those', async () => {
    const { code, stdout, stderr } = await inProcess(['status', 'x']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect([...stderr.matchAll(/[A-Z_]{4,}(?=: missing)/g)].map(([name]) => name).toSorted()).toEqual([
      'BULK_QUEUE_URL',
      'DEAD_LETTER_QUEUE_URL',
      'LEDGER_TABLE',
      'MODE',
      'URGENT_QUEUE_URL',
    ]);
  });

  it('takes its variables from a file, and refuses one that says something else than the environment', async () => {
    const file = join(stand.folder, 'prod.env');
    writeFileSync(
      file,
      Object.entries(stand.env)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
    const args = ['keys', 'saml/unknown@example.com', '--env-file', file];
    expect(await runProgram(args)).toMatchObject({ code: 0, stdout: 'saml/unknown@example.com has 0 live keys\n' });
    const torn = await runHere(args, { env: { ...BARE, COREWEAVE_API_URL: 'https://api.coreweave.com' } });
    expect(torn.code).toBe(2);
    expect(torn.stderr).toContain('error [env-file-conflict]');
    expect(torn.stderr).toContain('COREWEAVE_API_URL');
    expect(torn.stderr).not.toContain('https://');
  });

  it('prints no color without a terminal, with NO_COLOR or without', async () => {
    for (const env of [BARE, { ...BARE, NO_COLOR: '1' }, { ...BARE, FORCE_COLOR: '1' }]) {
      const { stdout, stderr } = await runProgram(['explain', '-'], { env, input: JSON.stringify(keyLeak()) });
      expect(stdout).toContain('would revoke key');
      expect(stdout + stderr).not.toContain(ESCAPE);
    }
  });

  it('prints nothing of a hostile event raw, on stdout or stderr, as text or as JSON', async () => {
    const hostile = `${ESCAPE}]0;owned\u0007${ESCAPE}[2J\u009b31m\u202e\r\n`;
    const inputs = [
      JSON.stringify(keyLeak({ type: `x${hostile}` })),
      JSON.stringify({ ...keyLeak(), data: { [hostile]: hostile } }),
      JSON.stringify({ ...keyLeak({ type: 'user.offboarded.v1' }), data: { identity: { email: `a${hostile}` } } }),
      hostile,
    ];
    const explained = [[], ['--json']].flatMap((flags) =>
      inputs.map((input) => inProcess(['explain', '-', ...flags], input)),
    );
    const runs = [...explained, runProgram(['explain', '-'], { input: inputs[1] ?? '' })];
    for (const { stdout, stderr, code } of await Promise.all(runs)) {
      expect(code).toBe(1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect((await inProcess([hostile])).stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('never prints the API token, nor a secret in an event', async () => {
    const secret = `cwo${'x'.repeat(40)}`;
    const token = ['CW', 'SECRET', 'y'.repeat(30)].join('-');
    const env = { ...stand.env, COREWEAVE_API_TOKEN: token };
    enterEnvironment(env);
    const runs = await Promise.all([
      runProgram(['doctor'], { env }),
      runHere(['keys', 'saml/a@example.com', '--json'], { env }),
      runHere(['explain', '-'], { env, input: JSON.stringify(keyLeak({ data: { accessKeyId: secret } })) }),
      runHere(['send', '-', '--yes'], { env, input: `{"secret":"${secret}"` }),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(printed).toContain('the API refused the token (401)');
    expect(printed).toContain('secret-like-target');
    for (const each of [secret, token, 'at ', 'node:internal']) {
      if (each === 'at ') expect(printed).not.toMatch(/^\s+at /m);
      else expect(printed).not.toContain(each);
    }
  });
});
