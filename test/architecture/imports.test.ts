/** The table of layers holds for every import, and a violation of each kind is seen. */
import { beforeAll, describe, expect, it } from 'vitest';
import { checkImports, FEWEST, type ImportCheck, unusedPermissions } from '../../scripts/imports/check.ts';
import { cyclesIn, folderGraph, type Graph, longestChain } from '../../scripts/imports/graph.ts';
import { ROOT } from './code.ts';
import { type Tree, withTree } from './tree.ts';

describe('the repository', () => {
  it('has no import against the table of layers and no cycle, in everything that was read', async () => {
    const { breaches, files, imports } = await checkImports(ROOT);
    expect(breaches).toEqual([]);
    expect(unusedPermissions(files)).toEqual([]);
    expect(files.size).toBeGreaterThanOrEqual(FEWEST.files);
    expect(imports).toBeGreaterThanOrEqual(FEWEST.imports);
  }, 180_000);
});

it('unusedPermissions names a layer that is allowed and not imported directly', () => {
  const layer = (name: string, ...on: readonly string[]) => ({ name, files: [`${name}/`], on, packages: [] });
  const files: Graph = new Map([
    ['a/x.ts', new Set(['b/x.ts', 'c/x.ts'])],
    ['b/x.ts', new Set(['c/x.ts'])],
    ['c/x.ts', new Set()],
  ]);
  expect(unusedPermissions(files, [layer('a', 'b', 'd'), layer('b', 'type:c'), layer('c'), layer('d')])).toEqual([
    'layers: a builds on d, and imports nothing of it',
  ]);
});

/** What the planted files import. */
const TARGETS: Tree = {
  'lib/io/x.ts': 'export const x = 1; export interface X {}',
  'lib/notify/n.ts': 'export const n = 1; export interface N {}',
  'lib/audit/a.ts': 'export interface A {}',
  'lib/offboard/o.ts': 'export interface O {}',
  'lib/consume/c.ts': 'export interface C {}',
  'lib/model/m.ts': 'export interface M {}',
  'local/l.ts': 'export const l = 1;',
  'scripts/s.ts': 'export const s = 1;',
  'bench/b.ts': 'export const b = 1;',
  'test/t.ts': 'export const t = 1;',
  'handlers/h.ts': 'export const h = 1;',
};

/** A way to break the table, its files and the sentences that it must cost. A file imports by its only line. */
const PLANTED: readonly (readonly [string, Tree, readonly string[]])[] = [
  [
    'a value',
    { 'lib/runtime/value.ts': "import { x } from '../io/x.ts';" },
    ['lib/runtime/value.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a type',
    { 'lib/runtime/type.ts': "import type { X } from '../io/x.ts';" },
    ['lib/runtime/type.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a type among values',
    { 'lib/runtime/among.ts': "import {\n  x, // first\n  type X,\n} from '../io/x.ts';" },
    ['lib/runtime/among.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'an import type',
    { 'lib/runtime/query.ts': "export type Y = import('../io/x.ts').X;" },
    ['lib/runtime/query.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a dynamic import',
    { 'lib/runtime/lazy.ts': "export const y = await import(\n  '../io/x.ts'\n);" },
    ['lib/runtime/lazy.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'an import for its effect',
    { 'lib/runtime/effect.ts': "import '../io/x.ts';" },
    ['lib/runtime/effect.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'an export from',
    { 'lib/runtime/export.ts': "export { x } from '../io/x.ts';" },
    ['lib/runtime/export.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a type exported from',
    { 'lib/runtime/export-type.ts': "export type { X } from '../io/x.ts';" },
    ['lib/runtime/export-type.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a require',
    { 'lib/runtime/require.ts': "const x = require('../io/x.ts');" },
    ['lib/runtime/require.ts imports lib/io/x.ts (runtime-imports)'],
  ],
  [
    'a folder of the same layer',
    { 'lib/ledger/apart.ts': "import type { A } from '../audit/a.ts';" },
    ['lib/ledger/apart.ts imports lib/audit/a.ts (ledger-imports)'],
  ],
  [
    'a flow that imports another',
    { 'lib/alerts/apart.ts': "import type { O } from '../offboard/o.ts';" },
    ['lib/alerts/apart.ts imports lib/offboard/o.ts (alerts-imports)'],
  ],
  [
    'a port that imports a flow',
    { 'lib/ports.ts': "import type { C } from './consume/c.ts';" },
    ['lib/ports.ts imports lib/consume/c.ts (ports-imports)'],
  ],
  [
    'an adapter that runs what it may only name',
    {
      'lib/io/both.ts': "import type { N } from '../notify/n.ts';\nimport { n } from '../notify/n.ts';",
      'lib/io/lazy.ts': "export type Y = import('../notify/n.ts').N; await import('../notify/n.ts');",
      'lib/io/name.ts': "import type { N } from '../notify/n.ts';",
    },
    [
      'lib/io/both.ts imports lib/notify/n.ts (io-imports-types)',
      'lib/io/lazy.ts imports lib/notify/n.ts (io-imports-types)',
    ],
  ],
  [
    'Node outside lib/io',
    { 'lib/audit/node.ts': "import { createHash } from 'node:crypto';" },
    ['lib/audit/node.ts imports crypto (audit-node)'],
  ],
  [
    'an SDK outside lib/io, as a type',
    { 'lib/ingest/sdk.ts': "import type { SQSClient } from '@aws-sdk/client-sqs';" },
    ['lib/ingest/sdk.ts imports node_modules/@aws-sdk/client-sqs/index.js (ingest-packages)'],
  ],
  [
    'undici outside lib/io',
    { 'lib/coreweave/undici.ts': "import { Pool } from 'undici';" },
    ['lib/coreweave/undici.ts imports node_modules/undici/index.js (coreweave-packages)'],
  ],
  [
    'a package that its layer does not list',
    { 'lib/io/express.ts': "import express from 'express';", 'lib/model/zod.ts': "import { z } from 'zod';" },
    [
      'lib/io/express.ts imports node_modules/express/index.js (io-packages)',
      'lib/model/zod.ts imports node_modules/zod/index.js (model-packages)',
    ],
  ],
  [
    'types of a package as values',
    {
      'lib/consume/lambda.ts': "import { SQSEvent } from 'aws-lambda';",
      'lib/consume/types.ts': "import type { SQSEvent } from 'aws-lambda';",
    },
    ['lib/consume/lambda.ts imports node_modules/@types/aws-lambda/index.js (consume-packages-types)'],
  ],
  [
    'an event that imports the library, or more than zod',
    {
      'events/model.ts': "import type { M } from '../lib/model/m.ts';",
      'events/node.ts': "import { Buffer } from 'node:buffer';",
      'events/zod.ts': "import { z } from 'zod';",
    },
    ['events/model.ts imports lib/model/m.ts (events-imports)', 'events/node.ts imports buffer (events-node)'],
  ],
  [
    'the product on what is outside of it',
    {
      'cli/local.ts': "import { l } from '../local/l.ts';",
      'handlers/test.ts': "import { t } from '../test/t.ts';",
      'lib/io/scripts.ts': "import { s } from '../../scripts/s.ts';",
      'terminal/bench.ts': "import { b } from '../bench/b.ts';",
    },
    [
      'cli/local.ts imports local/l.ts (cli-imports)',
      'handlers/test.ts imports test/t.ts (handlers-imports)',
      'lib/io/scripts.ts imports scripts/s.ts (io-imports)',
      'terminal/bench.ts imports bench/b.ts (terminal-imports)',
    ],
  ],
  [
    'a handler imported by the library',
    { 'lib/consume/handler.ts': "import { h } from '../../handlers/h.ts';" },
    ['lib/consume/handler.ts imports handlers/h.ts (consume-imports)'],
  ],
  [
    'the localhost stack on a test',
    { 'local/test.ts': "import { t } from '../test/t.ts';" },
    ['local/test.ts imports test/t.ts (local-imports)'],
  ],
  [
    'files that import each other, types included',
    {
      'lib/revoke/a.ts': "import { b } from './b.ts'; export interface A {}",
      'lib/revoke/b.ts': "import type { C } from './c.ts'; export const b = 1;",
      'lib/revoke/c.ts': "export type { A } from './a.ts'; export interface C {}",
      'lib/revoke/self.ts': "import './self.ts';",
    },
    [
      'files import each other: lib/revoke/a.ts → lib/revoke/b.ts → lib/revoke/c.ts → lib/revoke/a.ts',
      'files import each other: lib/revoke/self.ts → lib/revoke/self.ts',
    ],
  ],
  [
    'folders that import each other, files that do not',
    {
      'cli/dlq/a.ts': "import { b } from '../doctor/b.ts';",
      'cli/doctor/b.ts': 'export const b = 1;',
      'cli/doctor/c.ts': "import type { D } from '../dlq/d.ts';",
      'cli/dlq/d.ts': 'export interface D {}',
    },
    ['folders import each other: cli/dlq → cli/doctor → cli/dlq'],
  ],
  [
    'what is not there',
    { 'lib/model/lost.ts': "import { a } from './gone.ts';", 'lib/io/lost.ts': "import { b } from 'no-such-package';" },
    ['lib/io/lost.ts imports no-such-package (resolvable)', 'lib/model/lost.ts imports ./gone.ts (resolvable)'],
  ],
  [
    'a file outside the table',
    { 'utils/a.ts': '', 'lib/stray.ts': '' },
    ['lib/stray.ts is in no layer, or in several', 'utils/a.ts is in no layer, or in several'],
  ],
];

/** What is allowed, and what only looks like an import. */
const INNOCENT: Tree = {
  'lib/runtime/quoted.ts': "// import '../io/x.ts';\nconst text = \"import('../io/x.ts')\";",
  'lib/io/sdk.ts': "import { createHash } from 'node:crypto';\nawait import('@aws-sdk/client-sqs');",
  'lib/follow-up/down.ts': "import type { A } from '../audit/a.ts';",
  'test/anything.ts': "import '../bench/b.ts';\nimport 'express';",
};

describe('checkImports', () => {
  let found: ImportCheck;
  beforeAll(async () => {
    const planted = PLANTED.map(([, tree]) => tree);
    found = await withTree(Object.assign({}, TARGETS, INNOCENT, ...planted), checkImports);
  });

  it.each(PLANTED)('sees %s', (_, __, sentences) => {
    expect(found.breaches).toEqual(expect.arrayContaining([...sentences]));
  });

  it('sees nothing else, but that too little was read', () => {
    const tooFew = `${found.files.size} files and ${found.imports} imports were read, expected 400 and 2000`;
    const expected = [...PLANTED.flatMap(([, , sentences]) => sentences), tooFew];
    expect(found.breaches).toEqual(expected.toSorted());
  });
});

describe('the graph of imports', () => {
  const graph = (nodes: Readonly<Record<string, string>>): Graph =>
    new Map(Object.entries(nodes).map(([node, imported]) => [node, new Set(imported.split(' ').filter(Boolean))]));

  it('joins files of a folder, unless the folder has subfolders', () => {
    const files = graph({ 'a/b/x': 'a/b/y a/z', 'a/b/y': 'a/z', 'a/z': '', 'a/w': 'a/b/x', 'c/v': 'a/w' });
    expect(folderGraph(files)).toEqual(graph({ 'a/b': 'a/z', 'a/z': '', 'a/w': 'a/b', c: 'a/w' }));
  });

  it('names a node of every cycle by the shortest way', () => {
    expect(cyclesIn(graph({ a: 'b', b: 'c a', c: 'a', d: 'd', e: 'a', f: '' }))).toEqual([
      'a → b → a',
      'c → a → b → c',
      'd → d',
    ]);
  });

  it('counts the files of the longest chain, inside a part only', () => {
    const files = graph({
      'lib/a': 'lib/b lib/c events/e',
      'lib/b': 'lib/c',
      'lib/c': '',
      'events/e': 'events/f',
      'events/f': 'lib/z',
      'lib/z': '',
    });
    expect(longestChain(files, (path) => path.startsWith('lib/'))).toEqual(['lib/a', 'lib/b', 'lib/c']);
  });
});
