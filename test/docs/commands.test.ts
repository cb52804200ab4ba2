/**
 * Every shell block of every document is run, by a test or by `.ci/run`, or is marked with what it needs
 * (`<!-- needs: aws -->`). The words of all commands are checked: commands and options of the CLI, scripts,
 * parameters, outputs, paths.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { EXECUTED, RUN_BY } from './executed.ts';
import { quotedIn } from './markdown.ts';
import { unknownIn, wrongUseOf } from './program.ts';
import { commandsOf, linesOf, quotedRevokerCommands, revokerArguments, shellBlocksIn } from './shell.ts';
import { OUTPUTS, PARAMETERS } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'detectors/**/*.md', 'events/**/*.md'], { cwd: ROOT }).toSorted();

/** Valid values for the variables of the documents. */
const VARIABLES: Readonly<Record<string, string>> = {
  KEY: 'CWABCDEFGHIJKLMN',
  PRINCIPAL: 'saml/user@example.com',
  MESSAGE: '0f0e7c1a',
};

const withValues = (words: readonly string[]): readonly string[] =>
  words.map((word) => word.replace(/^\$(\w+)$/, (whole, name: string) => VARIABLES[name] ?? whole));

/** One sentence for each word that does not exist. */
async function problemsOf(words: readonly string[]): Promise<readonly string[]> {
  const line = words.join(' ');
  const args = revokerArguments(words);
  const wrong = args === undefined ? undefined : await wrongUseOf(withValues(args));
  const script = args === undefined ? /^npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/.exec(line) : null;
  const name = script?.[1] ?? script?.[2];
  return [
    ...(wrong === undefined ? [] : [wrong]),
    ...(name === undefined || Object.hasOwn(packageJson.scripts, name) ? [] : [`no script ${name}`]),
    ...words.flatMap((word) => {
      const [, param] = /^--param=(\w+)=/.exec(word) ?? [];
      const [, output] = /\$\(output (\w+)\)/.exec(word) ?? [];
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
  const blocks = shellBlocksIn(read(path));

  it('has only blocks that are run or say what they need', () => {
    const unmarked = EXECUTED.includes(path) ? [] : blocks.filter(({ needs }) => needs === undefined);
    expect(unmarked.flatMap(linesOf).filter((line) => !commandsOf(line).every(isRun))).toEqual([]);
  });

  it('has only commands that exist, with options that exist', async () => {
    const lines = blocks.flatMap(linesOf);
    const problems = await Promise.all(
      lines.map(async (line) => [line, (await Promise.all(commandsOf(line).map(problemsOf))).flat()] as const),
    );
    expect(problems.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('quotes only commands that exist', async () => {
    const quoted = quotedIn(read(path))
      .filter((text) => /^np[mx] /.test(text))
      .flatMap(commandsOf)
      .filter((words) => revokerArguments(words) === undefined);
    expect((await Promise.all(quoted.map(problemsOf))).flat()).toEqual([]);
    expect((await Promise.all(quotedRevokerCommands(read(path)).map(unknownIn))).flat()).toEqual([]);
  });
});

describe('shellBlocksIn', () => {
  it('returns each block with its heading and marker', () => {
    const text =
      '# A\n```sh\na\n```\n## B\n<!-- needs: aws -->\n```sh\nb\n```\n```text\nc\n```\n- d\n  ```sh\n  e\n  ```\n';
    expect(shellBlocksIn(text)).toEqual([
      { code: 'a\n', heading: 'A', needs: undefined },
      { code: 'b\n', heading: 'B', needs: 'aws' },
      { code: 'e\n', heading: 'B', needs: undefined },
    ]);
  });

  it('throws for an unknown marker', () => {
    expect(() => shellBlocksIn('<!-- needs: luck -->\n```sh\na\n```\n')).toThrow('unknown marker: luck');
  });
});

describe('linesOf', () => {
  it('joins continuations, and leaves out comments and here-documents', () => {
    const code =
      'npm ci && npm start   # on localhost\n\n# a sentence\na -b "c d" \\\n  | g\n' +
      'cat > x <<END\nnot a command\nEND\nh\n';
    expect(linesOf({ code, heading: '', needs: undefined })).toEqual([
      'npm ci && npm start',
      'a -b "c d" | g',
      'cat > x',
      'h',
    ]);
  });
});

describe('problemsOf', () => {
  it.each([
    ['npm run nothing', 'no script nothing'],
    ['npx serverless deploy --param="nothing=1"', 'no parameter nothing'],
    ['aws x --secret-id "$(output Nothing)"', 'no output Nothing'],
    ['npx vitest run test/nothing.test.ts', 'no file test/nothing.test.ts'],
    ['revoker dlq list --nothing', "error: unknown option '--nothing'"],
    ['revoker dlq show', "error: missing required argument 'id'"],
    ['npm run -s revoker -- nothing', "error: unknown command 'nothing'"],
  ])('finds what is wrong with %s', async (text, problem) => {
    expect((await Promise.all(commandsOf(text).map(problemsOf))).flat()).toEqual([problem]);
  });
});

describe('quotedRevokerCommands', () => {
  it.each([
    ['revoker dlq lists', ['dlq lists']],
    ['revoker nothing', ['nothing']],
    ['revoker revoke --keys', ['--keys']],
    ['revoker revoke --key', []],
    ['revoker <command>', []],
  ])('finds what is wrong with %s', async (text, unknown) => {
    const found = await Promise.all(quotedRevokerCommands(`\`${text}\``).map(unknownIn));
    expect(found.flat()).toEqual(unknown);
  });
});

it('shellBlocksIn and quotedRevokerCommands find the commands of the documents', () => {
  const texts = DOCUMENTS.map(read);
  expect(texts.flatMap(shellBlocksIn).length).toBeGreaterThan(30);
  expect(texts.flatMap((text) => quotedRevokerCommands(text)).length).toBeGreaterThan(5);
});

it.each(Object.entries(RUN_BY))('%s is run', (_, [file, words]) => {
  expect(read(file)).toContain(words);
});
