/** Enforces the house: who may import whom, what stays pure, and a few habits. Types count as imports. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOMS } from './architecture/rooms.ts';
import { type Ban, bannedCode, circles, type Files, importBreaches, tooLong } from './architecture/rules.ts';

const PURE = /^(events|lib\/domain)\//;
const NO_CLOCK = /^(events\/|lib\/(?!io\/))/;
const EVERYWHERE = /./;

const BANS: readonly Ban[] = [
  {
    in: NO_CLOCK,
    what: 'a clock of its own',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\b/,
  },
  { in: NO_CLOCK, what: 'chance of its own', pattern: /\bMath\.random\b|\bcrypto\.|\brandomUUID\b/ },
  { in: NO_CLOCK, what: 'the process', pattern: /\bprocess\.|\bglobalThis\b|\bconsole\./ },
  {
    in: PURE,
    what: 'timers or the network',
    pattern: /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bfetch\(/,
  },
  {
    in: /^(?!lib\/io\/|handlers\/|bin\/|cli\/|local\/|scripts\/|test\/|bench\/)/,
    what: 'the environment',
    pattern: /\bprocess\.env\b/,
  },
  { in: EVERYWHERE, what: 'any', pattern: /(?::|\bas|[<,|&=(])\s*any\b(?!\s*[:(])/ },
  {
    in: EVERYWHERE,
    what: 'a module mock',
    pattern: /\b(vi|vitest)\.(do)?(un)?mock\b|\bvi\.doMock\b|\bmock\.module\b/i,
  },
  {
    in: EVERYWHERE,
    what: 'a test that is left out',
    pattern: /\b(it|test|describe|suite|bench)(\.\w+)*\.(only|skip|todo|fails)\b|\b[xf](it|describe)\(/,
  },
  { in: EVERYWHERE, what: 'a silenced compiler', pattern: /@ts-(ignore|nocheck|expect-error)/, inComments: true },
  { in: EVERYWHERE, what: 'a silenced linter', pattern: /biome-ignore-(all|start)/, inComments: true },
  { in: EVERYWHERE, what: 'a barrel', pattern: /^[ \t]*export\s+(type\s+)?\*/m },
];

const MOST_LINES = 180;

const ROOT = resolve(import.meta.dirname, '..');
const readTree = (): Files =>
  new Map(
    globSync('{events,lib,handlers,bin,cli,scripts,local,bench,test}/**/*.ts', {
      cwd: ROOT,
      exclude: ['**/node_modules/**'],
    })
      .map((path) => path.replaceAll(sep, '/'))
      .toSorted()
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  );

describe('the house', () => {
  const tree = readTree();
  const own = new Map([...tree].filter(([path]) => !path.startsWith('test/architecture')));

  it('has files in every room of the product that exists', () => {
    for (const room of ['events', 'lib', 'scripts', 'test']) {
      expect([...tree.keys()].some((path) => path.startsWith(`${room}/`))).toBe(true);
    }
  });
  it('is imported one way', () => expect(importBreaches(tree, ROOMS)).toEqual([]));
  it('has no circles, of types neither', () => expect(circles(tree)).toEqual([]));
  it('keeps its habits', () => expect(bannedCode(own, BANS)).toEqual([]));
  it('has no file over 180 lines outside tests and benchmarks', () => {
    expect(tooLong(new Map([...tree].filter(([path]) => !/^(test|bench)\//.test(path))), MOST_LINES)).toEqual([]);
  });
});

describe('the rules', () => {
  const files = (texts: Readonly<Record<string, string>>): Files => new Map(Object.entries(texts));

  it.each([
    [
      'a flow that imports an adapter',
      { 'lib/a.ts': "import { x } from './io/x.ts';", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'its type only',
      { 'lib/a.ts': "import type { X } from './io/x.ts';", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'its import type',
      { 'lib/a.ts': "type X = import('./io/x.ts').X;", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'a lazy import',
      { 'lib/a.ts': "const x = await import(\n  './io/x.ts'\n);", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'an import for its effect',
      { 'lib/a.ts': "import './io/x.ts';", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'an export from',
      { 'lib/a.ts': "export { x } from './io/x.ts';", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'names over many lines',
      { 'lib/a.ts': "import {\n  x, // first\n  type Y,\n} from './io/x.ts';", 'lib/io/x.ts': '' },
      'lib/a.ts imports lib/io/x.ts (io)',
    ],
    [
      'an adapter that imports a flow',
      { 'lib/io/x.ts': "import { a } from '../a.ts';", 'lib/a.ts': '' },
      'lib/io/x.ts imports lib/a.ts (flows)',
    ],
    [
      'an adapter that runs the ports',
      { 'lib/io/x.ts': "import { a } from '../ports.ts';", 'lib/ports.ts': '' },
      'lib/io/x.ts imports lib/ports.ts (ports)',
    ],
    [
      'the domain on Node',
      { 'lib/domain/a.ts': "import { hash } from 'node:crypto';" },
      'lib/domain/a.ts imports node:crypto',
    ],
    [
      'the domain on a package',
      { 'lib/domain/a.ts': "import { z } from 'zod/mini';" },
      'lib/domain/a.ts imports zod/mini',
    ],
    [
      'a flow on an SDK',
      { 'lib/a.ts': "import type { SQSClient } from '@aws-sdk/client-sqs';" },
      'lib/a.ts imports @aws-sdk/client-sqs',
    ],
    ['a flow on undici', { 'lib/a.ts': "import { Pool } from 'undici';" }, 'lib/a.ts imports undici'],
    [
      'an event on the domain',
      { 'events/a.ts': "import { b } from '../lib/domain/b.ts';", 'lib/domain/b.ts': '' },
      'events/a.ts imports lib/domain/b.ts (domain)',
    ],
    [
      'a door on the local stack',
      { 'handlers/a.ts': "import '../local/b.ts';", 'local/b.ts': '' },
      'handlers/a.ts imports local/b.ts (local)',
    ],
    [
      'the local stack on a test',
      { 'local/b.ts': "import '../test/c.ts';", 'test/c.ts': '' },
      'local/b.ts imports test/c.ts (test)',
    ],
    ['a module chosen at run time', { 'lib/io/x.ts': 'await import(name);' }, 'lib/io/x.ts imports computed'],
    ['a package by require', { 'lib/io/x.ts': "require('express');" }, 'lib/io/x.ts imports express'],
    [
      'a file that is not there',
      { 'events/a.ts': "import './b.ts';" },
      'events/a.ts imports events/b.ts, which is not there',
    ],
    [
      'a module without ending',
      { 'events/a.ts': "import './b';" },
      'events/a.ts imports ./b, without the ending of a file',
    ],
    ['a file in no room', { 'utils/a.ts': '' }, 'utils/a.ts stands in no room'],
  ])('find %s', (_, texts, breach) => {
    expect(importBreaches(files(texts), ROOMS)).toEqual([breach]);
  });

  it('let pass what is allowed, and what only looks like an import', () => {
    const texts = {
      'lib/io/x.ts':
        "import type { Api } from '../ports.ts'; // import '../a.ts'\nimport { type Clock } from '../ports.ts';",
      'lib/ports.ts': "/*\nimport '../handlers/a.ts';\n*/\nconst text = \"import('./io/x.ts')\".length / 2;",
      'handlers/a.ts': "import type { SQSEvent } from 'aws-lambda';\nimport { x } from '../lib/io/x.ts';",
    };
    expect(importBreaches(files(texts), ROOMS)).toEqual([]);
  });

  it('find circles of values and of types, each once', () => {
    const texts = {
      'lib/a.ts': "import { b } from './b.ts';",
      'lib/b.ts': "import type { C } from './c.ts';",
      'lib/c.ts': "export type { A } from './a.ts';",
      'lib/d.ts': "import './d.ts';",
    };
    expect(circles(files(texts))).toEqual(['lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts', 'lib/d.ts → lib/d.ts']);
  });

  it.each([
    ['lib/domain/a.ts', 'const now = Date.now();', 'a clock of its own'],
    ['events/a.ts', 'const now = new Date();', 'a clock of its own'],
    ['lib/a.ts', 'const x = Math.random();', 'chance of its own'],
    ['lib/domain/a.ts', 'console.log(1);', 'the process'],
    ['lib/domain/a.ts', 'setTimeout(run, 1);', 'timers or the network'],
    ['vitest.config.ts', 'const x = process.env.X;', 'the environment'],
    ['lib/io/a.ts', 'const x: any = 1;', 'any'],
    ['test/a.ts', 'const x = y as any;', 'any'],
    ['local/a.ts', 'const x: Map<string, any> = y;', 'any'],
    ['local/a.ts', 'const x: Promise<any[]> = y;', 'any'],
    ['test/a.ts', "vi.mock('./x.ts');", 'a module mock'],
    ['test/a.ts', "vi.doMock('./x.ts');", 'a module mock'],
    ['test/a.ts', "it.skip('x', run);", 'a test that is left out'],
    ['test/a.ts', "describe.concurrent.only('x', run);", 'a test that is left out'],
    ['test/a.ts', "test.todo('x');", 'a test that is left out'],
    ['lib/io/a.ts', '// @ts-expect-error', 'a silenced compiler'],
    ['lib/io/a.ts', '/* biome-ignore-all lint: x */', 'a silenced linter'],
    ['lib/io/a.ts', "export * from './b.ts';", 'a barrel'],
  ])('find in %s: %s', (path, text, what) => {
    expect(bannedCode(files({ [path]: text }), BANS)).toEqual([`${path} has ${what}`]);
  });

  it('let pass words in comments, strings and regular expressions', () => {
    const text =
      "// x: any, Date.now()\nconst a = 'as any'; const b = [/: any/, `x it.skip(`]; const any = { any: 1 / 2 };";
    expect(bannedCode(files({ 'lib/domain/a.ts': text }), BANS)).toEqual([]);
  });

  it('count lines', () => {
    expect(tooLong(files({ 'lib/a.ts': 'x\n'.repeat(181), 'lib/b.ts': 'x\n'.repeat(180) }), MOST_LINES)).toEqual([
      'lib/a.ts has 181 lines, at most 180',
    ]);
  });
});
