/** The identity directory: files are checked as a whole, changes are shown, and what others wrote meanwhile is kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/failure.ts';
import { parseCsv } from '../../../cli/identity/csv.ts';
import {
  compareEntries,
  type IdentityEntry,
  parseIdentityEntry,
  writeChanges,
} from '../../../cli/identity/directory.ts';
import { parseIdentities } from '../../../cli/identity/file.ts';
import { run } from '../../../cli/run.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { resolvePrincipals } from '../../../lib/ledger/directory.ts';
import { TABLE } from '../../../local/variables.ts';
import { type FakeOptions, fakeTerminal } from '../../support/fake-terminal.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const problemsOf = (text: string): string => {
  try {
    parseIdentities(text);
  } catch (error) {
    if (error instanceof CliError) return error.failure.message;
    throw error;
  }
  return 'none';
};
const entry = (value: string, ...principals: readonly string[]): IdentityEntry => {
  const made = parseIdentityEntry('email', value, principals);
  if ('expected' in made) throw new Error(made.expected);
  return made;
};

describe('CSV', () => {
  it('is read as RFC 4180 has it, with the line on which each row begins', () => {
    expect(parseCsv('\ufeffa,"b ""c"", d"\r\n\r\n"two\nlines",\nlast,x')).toEqual({
      rows: [
        { line: 1, cells: ['a', 'b "c", d'] },
        { line: 3, cells: ['two\nlines', ''] },
        { line: 5, cells: ['last', 'x'] },
      ],
    });
    expect(parseCsv('')).toEqual({ rows: [] });
    expect(parseCsv('a,')).toEqual({ rows: [{ line: 1, cells: ['a', ''] }] });
  });
  it.each([
    ['a\n"open', 2],
    ['a,b"c', 1],
    ['"a"b', 1],
    ['a\n\nb\rc', 3],
  ])('is refused where a reader would have to guess: %j', (text, line) => {
    expect(parseCsv(text)).toEqual({ line, expected: expect.stringContaining('expected CSV') });
  });
  it('of a megabyte in one field takes no stack and no time', () => {
    const field = 'x""'.repeat(400_000);
    expect(parseCsv(`"${field}"`)).toEqual({ rows: [{ line: 1, cells: ['x"'.repeat(400_000)] }] });
    expect(parseCsv(`"${field}`)).toHaveProperty('line', 1);
  });
});

describe('a file of identities', () => {
  it('is CSV with a header in any order, or JSON as the list prints it', () => {
    const expected = [
      entry('a@example.com', 'saml/a@example.com', 'coreweave/a'),
      entry('b@example.com', 'role/https://x:y'),
    ];
    expect(
      parseIdentities(
        'principals,kind,value\nsaml/a@example.com coreweave/a,email,a@example.com\nrole/https://x:y,email,' +
          'b@example.com\n',
      ),
    ).toEqual(expected);
    expect(parseIdentities(JSON.stringify(expected))).toEqual(expected);
    expect(parseIdentities(JSON.stringify({ dryRun: false, identities: expected }))).toEqual(expected);
  });
  it.each([
    ['kind,value\nemail,a', 'line 1: expected the header kind,value,principals'],
    ['kind,value,principals\nemail,a', 'line 2: expected 3 fields'],
    ['kind,value,principals\n', 'the file holds no identity'],
    ['kind,value,principals\nphone,1,saml/a', 'line 2: kind: expected email, login, externalId'],
    ['kind,value,principals\nemail,"a\u0007",saml/a', 'line 2: value: expected 1 to 512 printable characters'],
    ['kind,value,principals\nemail,a,', 'line 2: principals: expected 1 to 100'],
    ['kind,value,principals\nemail,a,saml/a saml/a', 'line 2: principals: expected each once'],
    ['kind,value,principals\nemail,a,saml/*', 'line 2: principals: expected coreweave/…, saml/… or role/…'],
    ['kind,value,principals\nemail,a,saml/a\nemail,a,saml/b', 'line 3: the same identity as line 2'],
    [`kind,value,principals\nemail,cwo${'x'.repeat(40)},saml/a`, 'line 2: value: expected no secret'],
    ['[1]', 'entry 1: kind: expected'],
    ['{"a":1}', 'expected a list'],
    ['[{"kind":', 'expected JSON'],
  ])('is refused with the place of each problem: %j', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });
  it('quotes nothing of what was wrong, and counts what it does not tell', () => {
    const text = `kind,value,principals\n${'phone,hidden-value,saml/hidden\n'.repeat(25)}`;
    expect(problemsOf(text)).toMatch(/^line 2: .*\n(.*\n)*and 5 more$/);
    expect(problemsOf(text)).not.toContain('hidden');
  });
});

describe('changes of the directory', () => {
  it('are new, changed or the same, and are written under the version that was seen', async () => {
    const table = memoryTable({ now: Date.now });
    const first = await compareEntries(table, [entry('a', 'saml/a'), entry('b', 'saml/b')]);
    expect(first.map(({ what }) => what)).toEqual(['new', 'new']);
    expect(await writeChanges(table, first)).toEqual([]);
    const second = await compareEntries(table, [
      entry('a', 'saml/a'),
      entry('b', 'saml/c', 'saml/b'),
      entry('c', 'saml/c'),
    ]);
    expect(second.map(({ what, before, version }) => ({ what, before, version }))).toEqual([
      { what: 'same', before: ['saml/a'], version: 1 },
      { what: 'changed', before: ['saml/b'], version: 1 },
      { what: 'new', before: [], version: undefined },
    ]);
    // Another writer is faster with both.
    await writeChanges(table, await compareEntries(table, [entry('b', 'saml/theirs'), entry('c', 'saml/theirs')]));
    expect((await writeChanges(table, second)).map(({ entry: { value } }) => value)).toEqual(['b', 'c']);
    expect(await resolvePrincipals(table, { identity: { email: 'b' } }, [])).toEqual(['saml/theirs']);
  });
});

describe('revoker identity', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
    enterEnvironment(stand.env);
  });
  afterEach(() => stand.close());

  const command = async (args: readonly string[], options: FakeOptions & { readonly mode?: string } = {}) => {
    const terminal = fakeTerminal(options);
    const code = await run(['identity', ...args], { terminal, env: { ...stand.env, MODE: options.mode ?? 'enforce' } });
    return { code, out: terminal.out, err: terminal.err, questions: terminal.questions };
  };
  const file = (name: string, text: string): string => {
    const path = join(stand.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const listed = async (mode?: string) =>
    JSON.parse((await command(['list', '--json'], mode === undefined ? {} : { mode })).out).identities;

  it('imports what was shown and confirmed, lists it, and removes one of it', async () => {
    const people = file(
      'people.csv',
      'kind,value,principals\nemail,b@example.com,saml/b@example.com coreweave/b\nlogin,王,saml/wang@example.com\n',
    );
    const shown = await command(['import', people, '--dry-run']);
    expect({ code: shown.code, out: shown.out }).toEqual({
      code: 0,
      out: [
        '     kind   value          principals                      before',
        'new  email  b@example.com  saml/b@example.com coreweave/b',
        'new  login  王             saml/wang@example.com',
        '',
        'would write: 2 new, 0 changed, 0 same',
        '',
      ].join('\n'),
    });
    expect(await listed()).toEqual([]);

    const imported = await command(['import', people], { isTTY: true, answers: ['y'], colors: false });
    expect(imported).toMatchObject({
      code: 0,
      out: 'written: 2 new, 0 changed, 0 same\n',
      questions: ['Write 2 new, 0 changed, 0 same? [y/N] '],
    });
    expect(await listed()).toEqual([
      { kind: 'email', value: 'b@example.com', principals: ['saml/b@example.com', 'coreweave/b'] },
      { kind: 'login', value: '王', principals: ['saml/wang@example.com'] },
    ]);
    expect(await listed('dry-run')).toEqual([]);
    expect((await command(['import', people, '--yes'])).out).toBe('written: 0 new, 0 changed, 2 same\n');

    expect((await command(['remove', 'login', '王'])).code).toBe(2);
    expect((await command(['remove', 'login', '王'], { isTTY: true, answers: ['y'], colors: false })).out).toBe(
      'removed login 王\nit had: saml/wang@example.com\n',
    );
    expect((await command(['remove', 'login', '王', '--yes'])).err).toContain('error [identity-unknown]');
    expect(await listed()).toHaveLength(1);
  });

  it('writes nothing of a file in which one row is wrong', async () => {
    const before = await listed();
    const { code, out, err } = await command([
      'import',
      file('bad.csv', 'kind,value,principals\nemail,c@example.com,saml/c\nemail,d,d\n'),
      '--yes',
    ]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('error [identities-invalid] line 3: principals: expected');
    expect(await listed()).toEqual(before);
  });

  it('lists more entries than one page of a Scan holds, and nothing but the directory', async () => {
    const table = createTable({ name: TABLE, dryRun: true, now: Date.now });
    const wide = (n: number): IdentityEntry =>
      entry(`many-${n}`, ...Array.from({ length: 100 }, (_, k) => `saml/${'x'.repeat(480)}-${n}-${k}`));
    await writeChanges(
      table,
      await compareEntries(
        table,
        Array.from({ length: 30 }, (_, n) => wide(n)),
      ),
    );
    await table.put({ pk: 'event#x', version: 1, data: {} }, undefined);
    expect(await listed('dry-run')).toHaveLength(30);
  });
});
