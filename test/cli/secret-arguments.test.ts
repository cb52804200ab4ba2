/** A secret on the command line is refused by its place: in every command, as text and JSON, however it is encoded. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCommands } from '../../cli/commands.ts';
import { runHere } from './stand.ts';

/** Put together here: what looks like a secret must not be in a file. */
const SECRET = `cwo${'x'.repeat(40)}`;
const FORMS = {
  'the secret of a key': SECRET,
  'an API token': ['CW', 'SECRET', 'q7Rz2Lw9Xk4Tn8Vb3Ms6Hd1Pj5Gf0Yc'].join('-'),
  'base64 of a secret': Buffer.from(SECRET).toString('base64'),
  'a percent-encoded secret': SECRET.replace('cwo', '%63wo'),
  'a URL with credentials': `https://ann:${'p'.repeat(12)}@example.com/`,
  'a path that ends in one': `/tmp/${SECRET}`,
};

interface Case {
  readonly args: readonly string[];
  readonly named: string;
}

/** Every place of every command, as the program declares them. */
async function everyPlace(secret: string): Promise<readonly Case[]> {
  const program = new Command('revoker').option('--env-file <path>', '').exitOverride();
  await addCommands(program, { runAction: async () => {}, isWanted: () => true });
  const leaves = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ command, path: [command.name()] }]
      : command.commands.map((leaf) => ({ command: leaf, path: [command.name(), leaf.name()] })),
  );
  return leaves.flatMap(({ command, path }): readonly Case[] => [
    ...[...program.options, ...command.options].flatMap(({ long }) => [
      { args: [...path, `${long}=${secret}`], named: `option ${long} looks` },
    ]),
    ...[...program.options, ...command.options]
      .filter((option) => !option.isBoolean())
      .map(({ long }) => ({ args: [...path, `${long}`, secret], named: `option ${long} looks` })),
    ...command.registeredArguments.map((argument, index) => ({
      args: [...path, ...Array<string>(index).fill('x'), secret],
      named: `argument <${argument.name()}> looks`,
    })),
    { args: [...path, `--${secret}`], named: `word ${path.length + 1} looks` },
    { args: [...path, '--', 'x', secret, secret], named: 'looks like a secret' },
  ]);
}

const refused = async ({ args, named }: Case, secret: string): Promise<void> => {
  for (const flags of [[], ['--json']]) {
    const { code, stdout, stderr } = await runHere([...args, ...flags], { env: {} });
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stdout + stderr).not.toContain(secret);
    expect(stderr).toContain('error [secret-argument] ');
    expect(stderr).toContain(named);
    expect(stderr).toContain('history of your shell');
    if (flags.length > 0) expect(JSON.parse(stdout).error.code).toBe('secret-argument');
    else expect(stdout).toBe('');
  }
};

describe('a secret on the command line', () => {
  it('is refused at every option and argument of every command', async () => {
    const cases = await everyPlace(SECRET);
    expect(cases.length).toBeGreaterThan(120);
    for (const each of cases) await refused(each, SECRET);
  });

  it.each(Object.entries(FORMS))('is refused as %s', async (_, secret) => {
    await refused({ args: ['explain', secret], named: 'argument <file> looks' }, secret);
    await refused({ args: [secret], named: 'word 1 looks' }, secret);
    await refused({ args: ['help', secret], named: 'looks' }, secret);
    await refused({ args: ['dlq', secret], named: 'word 2 looks' }, secret);
    await refused({ args: ['dlq', 'replay', `--reason=${secret}`], named: 'option --reason looks' }, secret);
  });

  it('names every one of several', async () => {
    const { stderr } = await runHere(['scan-report', SECRET, '--format', SECRET], { env: {} });
    expect(stderr).toContain('argument <files> looks like a secret\n  option --format looks like a secret\n');
  });

  it('names an option that takes several values at each of them', async () => {
    const { stderr } = await runHere(['audit', 'verify', 'x', '--heads', 'y', SECRET, '--window', SECRET], { env: {} });
    expect(stderr).toContain(' option --heads looks like a secret\n  argument <files> looks like a secret\n');
  });

  it.each([
    [['revoke', '--key', 'not-a-known-form'], 'error [wrong-use] --key: expected an access key id: '],
    [['keys', "it's 'not' a-known-form"], 'error [wrong-use] principal: expected coreweave/…, saml/… or role/… in '],
    [['dlq', 'replay', '--lane', 'not-a-known-form'], 'error [wrong-use] --lane: expected one of urgent, bulk\n'],
    [['scan-report', 'x', '--format', 'not-a-known-form'], 'error [wrong-use] --format: expected '],
  ])('is not quoted either if it has no known form: %j', async (args, message) => {
    const { code, stderr } = await runHere(args, { env: {} });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('a-known-form');
  });

  it.each([
    [['keys', 'role/https://issuer.example:subject@host.example', '--json']],
    [['revoke', '--key', 'CWABCDEFGHIJKLMN', '--source', '//hr.example/acme']],
    [['status', '2f1c7f5e-8f0b-4b0e-9d0a-6f4f3c1f2a11']],
    [['dlq', 'show', '0f0e7c1a']],
  ])('is not mistaken for what is none: %j', async (args) => {
    expect((await runHere(args, { env: {} })).stderr).not.toContain('secret-argument');
  });
});
