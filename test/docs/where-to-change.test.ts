/** AGENTS.md and ARCHITECTURE.md send a maintainer to files and names: each of them must exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { quotedIn, rowsOf, scriptsIn, sectionOf } from './markdown.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const AGENTS = readText('AGENTS.md');
const ARCHITECTURE = readText('ARCHITECTURE.md');

/** The text of a file; a folder has an empty one; undefined: there is neither. */
type ReadPath = (path: string) => string | undefined;

const readPath: ReadPath = (path) => {
  if (!existsSync(join(ROOT, path))) return undefined;
  return path.endsWith('/') ? '' : readText(path);
};

/** The rows of all tables in a section, one table per subsection. Three cells: subject, files, names in those files. */
const allRows = (section: string): readonly (readonly string[])[] => section.split('\n### ').flatMap(rowsOf);

/** In code, where a name is declared: at the top level, or as a member at the beginning of a line. */
const declarationOf = (name: string): RegExp =>
  new RegExp(
    [
      String.raw`^\s*(?:export )?(?:declare )?(?:async )?(?:const|let|function\*?|interface|type|class) ${name}\b`,
      String.raw`^\s*(?:readonly )?['"]?${name}['"]?\??\s*[:(<]`,
    ].join('|'),
    'm',
  );

/** Names in backquotes: in code an identifier must be declared, any other name must only occur. */
const hasName = (path: string, text: string, name: string): boolean =>
  path.endsWith('.ts') && /^[A-Za-z_]\w*$/.test(name) ? declarationOf(name).test(text) : text.includes(name);

/** Texts in double quotes, which a file shows as they are. */
const textsIn = (cell: string): readonly string[] =>
  [...cell.replace(/`[^`]*`/g, '').matchAll(/"([^"]+)"/g)].map(([, text = '']) => text);

/** One sentence for each file and each name that does not exist. `<name>` in a path stands for a new file. */
function problemsOf([subject = '', files = '', names = '']: readonly string[], read: ReadPath): readonly string[] {
  const paths = quotedIn(files);
  if (paths.length === 0) return [`${subject || files}: names no file`];
  return paths.flatMap((path) => {
    if (path.includes('<')) {
      const folder = path.slice(0, path.lastIndexOf('/', path.indexOf('<')) + 1);
      return read(folder) === undefined ? [`${folder} does not exist`] : [];
    }
    const text = read(path);
    if (text === undefined) return [`${path} does not exist`];
    const missing = [
      ...quotedIn(names).filter((name) => !hasName(path, text, name)),
      ...textsIn(names).filter((shown) => !text.includes(shown)),
    ];
    return missing.map((name) => `${path} does not have ${name}`);
  });
}

/** Changes without a test: none is named, and no named file has one in the same place under `test/`. */
function untested(rows: readonly (readonly string[])[], read: ReadPath): readonly string[] {
  const paths = new Map<string, string[]>();
  let change = '';
  for (const [subject = '', files = ''] of rows) {
    change = subject || change;
    paths.set(change, [...(paths.get(change) ?? []), ...quotedIn(files)]);
  }
  const isTested = (path: string): boolean =>
    path.startsWith('test/') || read(`test/${path.replace(/\.ts$/, '.test.ts')}`) !== undefined;
  return [...paths].filter(([, files]) => !files.some(isTested)).map(([name]) => name);
}

describe('AGENTS.md', () => {
  const rows = allRows(sectionOf(AGENTS, '## Where to change what'));

  it('names existing files and names for each change', () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.flatMap((row) => problemsOf(row, readPath))).toEqual([]);
  });

  it('names a test for each change, or a file that has one in the same place', () => {
    expect(untested(rows, readPath)).toEqual([]);
  });

  it('has three cells in each row of a change, and a change in the first row of each table', () => {
    expect(rows.filter(({ length }) => length !== 3)).toEqual([]);
    const first = sectionOf(AGENTS, '## Where to change what').split('\n### ').slice(1).map(rowsOf);
    expect(first.filter(([row]) => row?.[0] === undefined || row[0] === '')).toEqual([]);
  });

  it('lists every npm script among the commands', () => {
    const { ci, ...listed } = Object.fromEntries(
      scriptsIn(sectionOf(AGENTS, '## Commands')).map((name) => [name, true]),
    );
    // npm runs it by itself.
    const { postinstall, ...typed } = packageJson.scripts;
    expect(Object.keys(listed).toSorted()).toEqual(Object.keys(typed).toSorted());
  });
});

describe('ARCHITECTURE.md', () => {
  it('names an existing file and name for each decision', () => {
    const rows = rowsOf(sectionOf(ARCHITECTURE, '## Where each decision lives'));
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.flatMap((row) => problemsOf(row, readPath))).toEqual([]);
  });

  it('has every folder of source code on its map', () => {
    const folders = [
      'handlers',
      'events',
      'bin',
      'cli',
      'terminal',
      'local',
      'bench',
      'scripts',
      'deploy',
      'detectors',
    ];
    const inLib = globSync('lib/*/', { cwd: ROOT }).map((folder) => folder.replaceAll('\\', '/'));
    const expected = [...folders, 'test', ...inLib].map((folder) => `${folder.replace(/\/$/, '')}/`);
    expect(quotedIn(sectionOf(ARCHITECTURE, '## Map'))).toEqual(expect.arrayContaining(expected));
  });
});

it('untested finds a change without a test in any of its rows', () => {
  const rows = [
    ['named', '`lib/a.ts`', ''],
    ['', '`test/e2e/a.test.ts`', ''],
    ['in the same place', '`lib/b.ts`', ''],
    ['untested', '`lib/a.ts`', ''],
    ['', '`docs/b.md`', ''],
  ];
  expect(untested(rows, (path) => (path === 'test/lib/b.test.ts' ? '' : undefined))).toEqual(['untested']);
});

describe('problemsOf', () => {
  const files: Readonly<Record<string, string>> = {
    'lib/a.ts': 'export const LIMIT = 1;\n  readonly member?: string;\n// uses NOWHERE\nuse(OTHER);',
    'deploy/a.yml': 'maxReceiveCount: 1',
    'lib/new/': '',
  };
  const read: ReadPath = (path) => files[path];

  it.each([
    ['a file that does not exist', ['x', '`lib/b.ts`', ''], ['lib/b.ts does not exist']],
    [
      'a name that is only used or mentioned',
      ['x', '`lib/a.ts`', '`NOWHERE`, `OTHER`'],
      ['lib/a.ts does not have NOWHERE', 'lib/a.ts does not have OTHER'],
    ],
    ['a part of a name', ['x', '`lib/a.ts`', '`LIM`'], ['lib/a.ts does not have LIM']],
    [
      'a name that one of two files lacks',
      ['x', '`deploy/a.yml`, `lib/a.ts`', '`LIMIT`'],
      ['deploy/a.yml does not have LIMIT'],
    ],
    [
      'a quoted text that a file does not show',
      ['x', '`deploy/a.yml`', 'says "no such text"'],
      ['deploy/a.yml does not have no such text'],
    ],
    ['a new file in a folder that does not exist', ['x', '`lib/old/<name>.ts`', ''], ['lib/old/ does not exist']],
    ['a row without a file', ['x', 'none', ''], ['x: names no file']],
  ])('finds %s', (_, row, problems) => {
    expect(problemsOf(row, read)).toEqual(problems);
  });

  it.each([
    ['a constant and a member', ['x', '`lib/a.ts`', '`LIMIT`, `member`']],
    ['a quoted text', ['x', '`lib/a.ts`', 'says "uses NOWHERE"']],
    ['a new file in a folder that exists', ['x', '`lib/new/<name>.ts`', '`later`']],
  ])('accepts %s', (_, row) => {
    expect(problemsOf(row, read)).toEqual([]);
  });
});
