/** No clock, randomness or process outside lib/io; no `any`, module mocks, left-out tests or barrels anywhere. */
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
    ['lib/audit/record.ts', 'const now = String(Date());', 'a clock of its own'],
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
  ])('see in %s: %s', (path, text, what) => {
    expect(bannedCode(new Map([[path, text]]))).toEqual([`${path} has ${what}`]);
  });

  it.each([
    ['a given time', 'lib/a.ts', 'const at = new Date(1).toISOString();'],
    ['a timer of an adapter', 'lib/io/a.ts', 'setTimeout(run, 1);'],
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
