/** No clock, randomness or process outside lib/io; no `any`, class, module mock, left-out test or barrel anywhere. */
import { describe, expect, it } from 'vitest';
import { bannedCode } from './bans.ts';
import { readFiles } from './code.ts';

describe('bans', () => {
  it('hold in every source file', () => {
    const files = new Map([...readFiles()].filter(([path]) => !path.startsWith('test/architecture/')));
    for (const folder of ['events', 'lib', 'handlers', 'bin', 'cli', 'terminal', 'scripts', 'local', 'bench', 'test']) {
      expect(
        [...files.keys()].some((path) => path.startsWith(`${folder}/`)),
        folder,
      ).toBe(true);
    }
    expect(bannedCode(files)).toEqual([]);
  });

  it.each([
    ['lib/coreweave/rate.ts', 'const now = Date.now();', 'a clock of its own'],
    ['events/a.ts', 'const now = new Date();', 'a clock of its own'],
    ['lib/ledger/window.ts', 'const now = new Date;', 'a clock of its own'],
    ['lib/audit/chain.ts', 'const now = String(Date());', 'a clock of its own'],
    ['lib/runtime/retry.ts', 'const now = performance.now();', 'a clock of its own'],
    ['lib/context.ts', 'const x = Math.random();', 'randomness of its own'],
    ['lib/offboard/fence.ts', 'const x = crypto.randomUUID();', 'randomness of its own'],
    ['lib/model/plan.ts', 'console.log(1);', 'the process'],
    ['lib/metrics/emf.ts', 'globalThis.x = 1;', 'the process'],
    ['lib/coreweave/outcome.ts', 'setTimeout(run, 1);', 'timers or the network'],
    ['lib/consume/batch.ts', 'await fetch(url);', 'timers or the network'],
    ['lib/replay/replay.ts', 'const signal = AbortSignal.timeout(1);', 'timers or the network'],
    ['terminal/lines.ts', 'const x = process.env.X;', 'the environment'],
    ['lib/io/a.ts', 'await import(name);', 'a module that no import names'],
    ['cli/a.ts', `await import(\`./\${name}.ts\`);`, 'a module that no import names'],
    ['handlers/a.ts', "createRequire(x)('fs');", 'a module that no import names'],
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
    ['cli/a.ts', '// biome-ignore lint/complexity/noExcessiveLinesPerFunction: x', 'a silenced linter'],
    ['lib/io/a.ts', "export * from './b.ts';", 'a barrel'],
    ['lib/a.ts', 'const x = y as X;', 'a type assertion'],
    ['cli/a.ts', 'export const x = { a: [] as string[] };', 'a type assertion'],
    ['scripts/a.ts', 'const x = {\n  y,\n} as unknown as X;', 'a type assertion'],
    ['local/a.ts', 'export class Queue {}', 'a class that is no error'],
    ['test/a.ts', 'const x = class extends Map {};', 'a class that is no error'],
  ])('see in %s: %s', (path, text, what) => {
    expect(bannedCode(new Map([[path, text]]))).toEqual([`${path} has ${what}`]);
  });

  it('see an exception that its file does not need', () => {
    expect(bannedCode(new Map([['lib/io/http/signer.ts', 'const a = 1;']]))).toEqual([
      'lib/io/http/signer.ts may have a class that is no error, and needs it no longer',
    ]);
  });

  it.each([
    ['a given time', 'lib/a.ts', 'const at = new Date(1).toISOString();'],
    ['a timer of an adapter', 'lib/io/a.ts', 'setTimeout(run, 1);'],
    ['a constant type', 'lib/a.ts', "const x = ['a'] as const;"],
    ['a type assertion in a test', 'test/a.ts', 'const x = y as X;'],
    ['other names of imports', 'lib/a.ts', "import a, { type B as C,\n  d as e } from 'x';\nimport * as f from 'y';"],
    ['a class of errors', 'lib/a.ts', 'export class CliError extends Error {}'],
    ['an import that names its module', 'cli/a.ts', "const x = await import('./b.ts');"],
    [
      'comments, texts and regular expressions',
      'lib/a.ts',
      "// x: any, Date.now()\nconst a = 'as any'; const b = [/: any/, `x it.skip(`]; const any = { any: 1 / 2 };",
    ],
  ])('ignore %s', (_, path, text) => {
    expect(bannedCode(new Map([[path, text]]))).toEqual([]);
  });
});
