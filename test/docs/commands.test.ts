/**
 * Every command line of every document is run, by a test or by `.ci/run`, or says at its end what it needs
 * (`# needs an account`): there is no third way. What can be checked of the others without it is checked all the same.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { quotedIn } from './markdown.ts';
import { unknownIn, wrongUseOf } from './program.ts';
import { commandsOf, quotedRevokerCommands, revokerArguments, shellLinesIn } from './shell.ts';
import { OUTPUTS, PARAMETERS } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'detectors/**/*.md', 'events/**/*.md'], { cwd: ROOT }).toSorted();

/** By command line, the file that runs it, and the words with which it does. */
const RUN_BY: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'npm ci': ['.ci/run', 'npm ci'],
  'npm start': ['.ci/run', 'npm start'],
  'npm test': ['.ci/run', 'npm test'],
  'npm run build': ['package.json', '"test": "node scripts/build.ts &&'],
  'npm run check': ['.ci/run', 'npm run check'],
  'npm run package': ['.ci/run', 'npm run package'],
  'npm run -s sbom': ['test/docs/supply-chain.test.ts', "'sbom'"],
  'npm run -s licences': ['test/docs/supply-chain.test.ts', "'licences'"],
};

/** Takes words of a command; resolves with a sentence for each thing in it that is not there. */
async function problemsOf(words: readonly string[]): Promise<readonly string[]> {
  const line = words.join(' ');
  const args = revokerArguments(words);
  const wrong = args === undefined ? undefined : await wrongUseOf(args);
  const script = args === undefined ? /^npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/.exec(line) : null;
  const name = script?.[1] ?? script?.[2];
  return [
    ...(wrong === undefined ? [] : [wrong]),
    ...(name === undefined || Object.hasOwn(packageJson.scripts, name) ? [] : [`no script ${name}`]),
    ...words.flatMap((word) => {
      const [, param] = /^--param=(\w+)=/.exec(word) ?? [];
      const [, output] = /<output (\w+)>/.exec(word) ?? [];
      const isPath = /^(?:[\w.-]+\/)+[\w.-]+\.\w+$/.test(word);
      return [
        ...(param === undefined || PARAMETERS.includes(param) ? [] : [`no parameter ${param}`]),
        ...(output === undefined || OUTPUTS.includes(output) ? [] : [`no output ${output}`]),
        ...(!isPath || existsSync(join(ROOT, word)) ? [] : [`no file ${word}`]),
      ];
    }),
  ];
}

const isRun = (words: readonly string[]): boolean =>
  revokerArguments(words) !== undefined || Object.hasOwn(RUN_BY, words.join(' '));

describe.each(DOCUMENTS)('%s', (path) => {
  const lines = shellLinesIn(read(path));

  it('has no command line that no test runs and that does not say what it needs', () => {
    const unproven = lines.filter(({ commands, needs }) => needs === undefined && !commands.every(isRun));
    expect(unproven.map(({ text }) => text)).toEqual([]);
  });

  it('has no command line with a word that is not there', async () => {
    const problems = await Promise.all(
      lines.map(async ({ text, commands }) => [text, (await Promise.all(commands.map(problemsOf))).flat()] as const),
    );
    expect(problems.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('quotes no command with a word that is not there', async () => {
    const quoted = quotedIn(read(path))
      .filter((text) => /^np[mx] /.test(text))
      .flatMap(commandsOf)
      .filter((words) => revokerArguments(words) === undefined);
    expect((await Promise.all(quoted.map(problemsOf))).flat()).toEqual([]);
    expect((await Promise.all(quotedRevokerCommands(read(path)).map(unknownIn))).flat()).toEqual([]);
  });
});

describe('the reader of commands', () => {
  const lines = (block: string) => shellLinesIn(`# A\n\`\`\`sh\n${block}\n\`\`\`\n`);

  it('takes lines apart, and hears what they need', () => {
    expect(
      lines(
        'npm ci && npm start   # on loopback\n\n# a sentence\na -b "c d" <e f> \\\n  | g "h=<i j>"  # needs an account',
      ),
    ).toEqual([
      {
        text: 'npm ci && npm start',
        commands: [
          ['npm', 'ci'],
          ['npm', 'start'],
        ],
        needs: undefined,
      },
      {
        text: 'a -b "c d" <e f> | g "h=<i j>"',
        commands: [
          ['a', '-b', 'c d', '<e f>'],
          ['g', 'h=<i j>'],
        ],
        needs: 'an account',
      },
    ]);
    expect(lines('a # needs an accountant\nb # needs luck\nc # Needs an account').map(({ needs }) => needs)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['npm run nothing', 'no script nothing'],
    ['npx serverless deploy --param="nothing=1"', 'no parameter nothing'],
    ['aws x --secret-id <output Nothing>', 'no output Nothing'],
    ['npx vitest run test/nothing.test.ts', 'no file test/nothing.test.ts'],
    ['revoker dlq list --nothing', "error: unknown option '--nothing'"],
    ['revoker dlq show', "error: missing required argument 'id'"],
    ['npm run -s revoker -- nothing', "error: unknown command 'nothing'"],
  ])('finds what is wrong with %s', async (text, problem) => {
    expect((await Promise.all(commandsOf(text).map(problemsOf))).flat()).toEqual([problem]);
  });

  it.each([
    ['revoker dlq lists', ['dlq lists']],
    ['revoker nothing', ['nothing']],
    ['revoker revoke --keys', ['--keys']],
    ['revoker revoke --key', []],
    ['revoker <command>', []],
  ])('finds what is wrong with a quoted %s', async (text, unknown) => {
    const found = await Promise.all(quotedRevokerCommands(`\`${text}\``).map(unknownIn));
    expect(found.flat()).toEqual(unknown);
  });
});

it('finds command lines in the documents', () => {
  const texts = DOCUMENTS.map(read);
  expect(texts.flatMap(shellLinesIn).length).toBeGreaterThan(15);
  expect(texts.flatMap(quotedRevokerCommands).length).toBeGreaterThan(15);
});

it.each(Object.entries(RUN_BY))('%s is run', (_, [file, words]) => {
  expect(read(file)).toContain(words);
});
