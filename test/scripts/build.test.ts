import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { maxHeaderSize } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildHandlers, copyValueFiles } from '../../scripts/build.ts';
import { bundleSizes, reached, STATIC } from '../../scripts/bundle-size.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const outdir = () => join(root, 'dist', 'handlers');
/** All handlers that the test has written. */
const build = () =>
  buildHandlers(root, outdir(), {
    handlers: readdirSync(join(root, 'handlers')).map((file) => basename(file, '.ts')),
  });
const built = (): readonly string[] =>
  (readdirSync(join(root, 'dist', 'handlers'), { recursive: true }) as string[]).sort();

/** A handler that loads the same large package eagerly or lazily. */
const writeHandler = (name: string, load: 'eagerly' | 'lazily'): void => {
  write('node_modules/large/package.json', '{ "name": "large", "main": "index.cjs" }');
  write(
    'node_modules/large/index.cjs',
    `exports.home = require('node:os').homedir(); exports.padding = '${'x'.repeat(5_000)}';`,
  );
  const loaded = load === 'lazily' ? "(await import('large')).default" : 'large';
  const imports = load === 'lazily' ? '' : "import large from 'large';";
  write(`handlers/${name}.ts`, `${imports} export const handler = async (): Promise<string> => ${loaded}.home;`);
};

/** The names of the agents in modules, and whether the client of fetch was loaded, in a fresh process. */
const agentsOf = (modules: string): string => {
  const script = `const agents = (${modules}).map(({ Agent }) => Agent.name);
    console.log(agents.join(), process.moduleLoadList.some((name) => / internal.deps.undici/.test(name)));`;
  return String(execFileSync(process.execPath, ['--input-type=module', '--eval', script])).trim();
};

describe('the build', () => {
  it('bundles the handlers, and removes what stood there', async () => {
    writeHandler('revoke', 'eagerly');
    write('dist/handlers/stale.mjs', '');
    await build();
    expect(built()).toEqual(['revoke.mjs']);
  });

  it('writes source maps only when it is asked for them', async () => {
    writeHandler('revoke', 'eagerly');
    await buildHandlers(root, outdir(), { sourceMaps: true, handlers: ['revoke'] });
    expect(built()).toEqual(['revoke.mjs', 'revoke.mjs.map']);
  });

  it('packages the file of each parameter that may be one', async () => {
    const settings = readFileSync(join(import.meta.dirname, '../../deploy/settings.cjs'), 'utf8');
    const [, list = ''] = /FILE_VALUES = \{(.*)\}/.exec(settings) ?? [];
    const files = [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => `${name.replace('ssfI', 'ssf-i')}.json`);
    expect(files).toContain('senders.json');
    for (const file of files) write(file, '[]');
    writeHandler('revoke', 'lazily');
    await build();
    copyValueFiles(root, outdir());
    expect(built()).toEqual(expect.arrayContaining(files));
  });

  it('gives CommonJS packages the require that an ES module lacks', async () => {
    writeHandler('replay', 'lazily');
    await build();
    const { handler } = await import(pathToFileURL(join(root, 'dist', 'handlers', 'replay.mjs')).href);
    expect(await handler()).toBe((await import('node:os')).homedir());
  });

  it('lets V8 compile at once what is read at the start, and nothing else', async () => {
    writeHandler('revoke', 'lazily');
    write('node_modules/large/index.cjs', 'exports.home = () => 1;');
    await build();
    const textOf = (path: string): string => readFileSync(join(root, 'dist', 'handlers', path), 'utf8');
    expect(textOf('revoke.mjs')).toContain('(async function(){return (await import(');
    expect(textOf(built().find((path) => path.startsWith('chunks/large')) ?? '')).toContain('=>1');
  });

  it('keeps what is loaded lazily out of the bytes at init', async () => {
    writeHandler('revoke', 'eagerly');
    writeHandler('replay', 'lazily');
    const sizes = bundleSizes(await build());
    const [revoke, replay] = ['revoke', 'replay'].map((name) =>
      sizes.find(({ entry }) => entry.endsWith(`${name}.mjs`)),
    );
    expect(revoke?.initBytes).toBeGreaterThan(5_000);
    expect(replay).toMatchObject({ entryBytes: expect.any(Number), lazyBytes: expect.any(Number) });
    expect(replay?.initBytes).toBeLessThan(1_500);
    expect(replay?.lazyBytes).toBeGreaterThan(5_000);
    expect(sizes).toHaveLength(2);
  });

  it('keeps the names of error classes', async () => {
    write('lib/errors.ts', 'export class PlantedError extends Error {\n  override readonly name: string = "x";\n}');
    write(
      'handlers/revoke.ts',
      "import { PlantedError } from '../lib/errors.ts'; export const handler = () => new " +
        'PlantedError().constructor.name;',
    );
    await build();
    const { handler } = await import(pathToFileURL(join(root, 'dist', 'handlers', 'revoke.mjs')).href);
    expect(handler()).toBe('PlantedError');
  });

  it('does not load the client of fetch with node:http', async () => {
    write(
      'handlers/revoke.ts',
      "import http from 'node:http'; export const handler = async () => [http, await import('node:http')];",
    );
    await build();
    const bundle = pathToFileURL(join(root, 'dist', 'handlers', 'revoke.mjs')).href;
    expect(agentsOf(`await (await import('${bundle}')).handler()`)).toBe('Agent,Agent false');
    // Otherwise the plugin is no longer needed.
    expect(agentsOf("[await import('node:http')]")).toBe('Agent true');
  });

  it('does not load the Web Crypto API with node:crypto', async () => {
    write(
      'handlers/revoke.ts',
      "import { hash } from 'node:crypto'; export const handler = () => hash('sha256', 'a');",
    );
    await build();
    const loads = (code: string): string =>
      String(
        execFileSync(process.execPath, [
          '--input-type=module',
          '--eval',
          `${code}; console.log(process.moduleLoadList.some((name) => name.endsWith('crypto/webcrypto')));`,
        ]),
      ).trim();
    const bundle = pathToFileURL(join(root, 'dist', 'handlers', 'revoke.mjs')).href;
    expect(loads(`(await import('${bundle}')).handler()`)).toBe('false');
    // Otherwise the plugin is no longer needed.
    expect(loads("await import('node:crypto')")).toBe('true');
  });

  it('reads one file at a start, also where lazily loaded code shares modules with it', async () => {
    write('lib/count.ts', 'let count = 0; export const next = () => (count += 1);');
    write(
      'lib/lazy.ts',
      "import { next } from './count.ts'; import { basename, join } from 'node:path'; export { next, join };",
    );
    write('lib/other.ts', "export { join } from 'node:path';");
    write(
      'handlers/revoke.ts',
      `import { next } from '../lib/count.ts'; import { basename, join } from 'node:path';
      export const other = () => import('../lib/other.ts');
      export const handler = async () => [join('a', 'b'), next(), (await import('../lib/lazy.ts')).next(), next()];`,
    );
    const [size] = bundleSizes(await build());
    expect(built().filter((path) => path.endsWith('.mjs'))).toEqual([
      expect.stringMatching(/^chunks\/other-\w+\.mjs$/),
      expect.stringMatching(/^chunks\/revoke-lazy-\w+\.mjs$/),
      'revoke.mjs',
    ]);
    expect(size).toMatchObject({ entryBytes: size?.initBytes, lazyBytes: expect.any(Number) });
    expect(size?.lazyBytes).toBeGreaterThan(0);
    const { handler, other } = await import(pathToFileURL(join(root, 'dist', 'handlers', 'revoke.mjs')).href);
    expect(await handler()).toEqual(['a/b', 1, 2, 3]);
    expect((await other()).join('c', 'd')).toBe('c/d');
  });

  it('lets ingest await code at its start that shares modules with it', async () => {
    write('lib/count.ts', 'let count = 0; export const next = () => (count += 1);');
    write('lib/lazy.ts', "export { next } from './count.ts';");
    write(
      'handlers/ingest.ts',
      `import { next } from '../lib/count.ts';
      const lazy = await import('../lib/lazy.ts');
      export const handler = () => [next(), lazy.next()];`,
    );
    await build();
    const { handler } = await import(pathToFileURL(join(root, 'dist', 'handlers', 'ingest.mjs')).href);
    expect(handler()).toEqual([1, 2]);
  });

  it('refuses a folder that lacks handlers', async () => {
    writeHandler('revoke', 'eagerly');
    writeHandler('replay', 'eagerly');
    await expect(buildHandlers(root, outdir())).rejects.toThrow(
      'build: expected ingest, notify, reconcile in handlers',
    );
    expect(existsSync(join(root, 'dist'))).toBe(false);
  });
});

describe('the handlers of this repository', () => {
  it('load no AWS SDK before the first invocation, and less than 305 kB', async () => {
    const metafile = await buildHandlers(join(import.meta.dirname, '..', '..'), join(root, 'dist', 'handlers'));
    const sizes = bundleSizes(metafile);
    const eager = sizes.flatMap(({ initInputs }) => initInputs.map(({ path }) => path));
    expect(eager.filter((path) => /node_modules\/@(aws-sdk|smithy)\//.test(path))).toEqual([]);
    expect(eager.some((path) => path.endsWith('handlers/revoke.ts'))).toBe(true);
    expect(sizes.filter(({ initBytes }) => initBytes > 305_000)).toEqual([]);
    // A leaked key needs neither the library of schemas nor the pipelines of other events.
    const revoke = sizes.find(({ entry }) => entry.endsWith('/revoke.mjs'));
    expect(revoke?.initInputs.filter(({ path }) => /node_modules\/zod\/|^lib\/offboard\//.test(path))).toEqual([]);
    expect(Object.keys(metafile.inputs).filter((path) => path.startsWith('lib/offboard/'))).not.toEqual([]);
    expect(revoke?.entryBytes).toBe(revoke?.initBytes);
    // The function awaits the signer while it starts: if that imported from it, each would wait for the other.
    // In one file, of the signer alone.
    const signer = readWith(metafile, /^lib\/io\/http\/signer\.ts$/);
    expect(signer).toEqual([expect.stringMatching(/^signer-\w+\.mjs$/)]);
    // Without what its package has for others, such as UUIDs: they would load the Web Crypto API.
    const text = readFileSync(join(root, 'dist', 'handlers', 'chunks', signer[0] ?? ''), 'utf8');
    expect([...text.matchAll(/\bReflect\.get\(\w+,"(\w+)"\)/g)].map(([, name]) => name)).toEqual([
      'createHash',
      'createHmac',
    ]);
    expect(text).not.toMatch(/\bcrypto\b(?!")/);
    expect(readWith(metafile, /^lib\/consume\/pipelines\.ts$/)).toContain('revoke.mjs');
    // What verifies tokens of issuers is loaded only where one is configured.
    const ingest = sizes.find(({ entry }) => entry.endsWith('/ingest.mjs'));
    expect(ingest?.lazyBytes).toBeGreaterThan(0);
    expect(ingest?.initInputs.filter(({ path }) => /node_modules\/(jose|undici)\/|events\/ssf\//.test(path))).toEqual(
      [],
    );
    expect(Object.keys(metafile.inputs).some((path) => path.includes('node_modules/jose/'))).toBe(true);
  });
});

const CONSTANTS = ['../core/constants.js', '../llhttp/constants.js'];

/** The names of the files that are read with a lazily loaded module. */
const readWith = ({ outputs }: Metafile, module: RegExp): readonly string[] =>
  Object.keys(outputs)
    .filter((path) => module.test(outputs[path]?.entryPoint ?? ''))
    .flatMap((path) => [...reached(outputs, path, STATIC)])
    .map((path) => basename(path));

/** A package that stands where undici would. */
const UNDICI: Readonly<Record<string, string>> = {
  'dispatcher/pool.js': `
    const http2 = require('./client-h2.js');
    module.exports = {
      headers: require('../core/constants.js'), parser: require('../llhttp/constants.js'),
      connect: () => 'HTTP/1.1', http2: () => http2(),
      wasm: () => require('../llhttp/llhttp-wasm.js'), formData: () => require('../web/fetch/body.js'),
    };`,
  'dispatcher/client-h2.js': "module.exports = () => 'HTTP/2';",
  'core/constants.js':
    "module.exports = { wellknownHeaderNames: ['A'], headerNameLowerCasedRecord: { A: 'a' }, most: 9 };",
  'llhttp/constants.js': 'module.exports = { ERROR: { OK: 0 }, TYPE: { BOTH: 0 }, H_METHOD_MAP: {} };',
  'llhttp/llhttp-wasm.js': "module.exports = 'parser';",
  'web/fetch/body.js': "module.exports = 'body';",
};

async function builtWith(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) write(`node_modules/undici/lib/${path}`, text);
  write('handlers/revoke.ts', "import pool from 'undici/lib/dispatcher/pool.js'; export const handler = pool;");
  await build();
  const { handler } = await import(pathToFileURL(join(root, 'dist', 'handlers', 'revoke.mjs')).href);
  return handler;
}

describe('undici without what no call of ours uses', () => {
  it('loads and connects', async () => {
    expect((await builtWith(UNDICI)).connect()).toBe('HTTP/1.1');
  });

  it.each([
    ['http2', 'undici/lib/dispatcher/client-h2.js, for HTTP/2'],
    ['wasm', 'undici/lib/llhttp/llhttp-wasm.js, for a processor without SIMD'],
    ['formData', 'undici/lib/web/fetch/body.js, for a body that is a FormData'],
  ])('says what is missing when %s is asked for after all', async (use, message) => {
    const pool = await builtWith(UNDICI);
    expect(() => pool[use]()).toThrow(message);
  });

  it('has the constants that are used, and an empty table of headers', async () => {
    const { headers, parser } = await builtWith(UNDICI);
    expect(headers).toEqual({ wellknownHeaderNames: [], headerNameLowerCasedRecord: {}, most: 9 });
    expect(parser).toEqual({ ERROR: { OK: 0 }, TYPE: { BOTH: 0 } });
  });

  it('gets of Node what it needs, and no more', async () => {
    const parts = await builtWith({
      ...UNDICI,
      'dispatcher/pool.js': `${UNDICI['dispatcher/pool.js']}
        module.exports.assert = require('node:assert'); module.exports.http = require('node:http');`,
    });
    expect(parts.assert(1)).toBe(undefined);
    expect(() => parts.assert(0)).toThrow('undici: assertion failed');
    expect(parts.http.maxHeaderSize).toBe(maxHeaderSize);
    expect({} instanceof parts.http.IncomingMessage).toBe(false);
  });

  it('does not build when a file that it leaves out has moved', async () => {
    const pool = ['./h2.js', '../llhttp/llhttp-wasm.js', '../web/fetch/body.js', ...CONSTANTS]
      .map((path) => `require('${path}');`)
      .join(' ');
    const moved = { ...UNDICI, 'dispatcher/pool.js': pool, 'dispatcher/h2.js': '' };
    await expect(builtWith(moved)).rejects.toThrow(
      String.raw`lean-undici: undici/lib has no ^dispatcher\/client-h2\.js$`,
    );
  });
});
