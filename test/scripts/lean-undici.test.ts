/** What is left out of undici, on a package that stands where undici would. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildHandlers } from '../../scripts/build.ts';

const FILES: Readonly<Record<string, string>> = {
  'dispatcher/pool.js': `
    const http2 = require('./client-h2.js');
    module.exports = {
      connect: () => 'HTTP/1.1', http2: () => http2(),
      wasm: () => require('../llhttp/llhttp-wasm.js'), formData: () => require('../web/fetch/body.js'),
    };`,
  'dispatcher/client-h2.js': "module.exports = () => 'HTTP/2';",
  'llhttp/llhttp-wasm.js': "module.exports = 'parser';",
  'web/fetch/body.js': "module.exports = 'body';",
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lean-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
async function built(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) write(`node_modules/undici/lib/${path}`, text);
  write('handlers/revoke.ts', "import pool from 'undici/lib/dispatcher/pool.js'; export const handler = pool;");
  await buildHandlers(root, join(root, 'dist'));
  const { handler } = await import(pathToFileURL(join(root, 'dist', 'revoke.mjs')).href);
  return handler;
}

describe('undici without what no call of ours uses', () => {
  it('loads and connects', async () => {
    expect((await built(FILES)).connect()).toBe('HTTP/1.1');
  });

  it.each([
    ['http2', 'undici/lib/dispatcher/client-h2.js, for HTTP/2'],
    ['wasm', 'undici/lib/llhttp/llhttp-wasm.js, for a processor without SIMD'],
    ['formData', 'undici/lib/web/fetch/body.js, for a body that is a FormData'],
  ])('says what is missing when %s is asked for after all', async (use, message) => {
    const pool = await built(FILES);
    expect(() => pool[use]()).toThrow(message);
  });

  it('does not build when a file that it leaves out has moved', async () => {
    const pool = "require('./h2.js'); require('../llhttp/llhttp-wasm.js'); require('../web/fetch/body.js');";
    const moved = { ...FILES, 'dispatcher/pool.js': pool, 'dispatcher/h2.js': '' };
    await expect(built(moved)).rejects.toThrow(String.raw`lean-undici: undici/lib has no ^dispatcher\/client-h2\.js$`);
  });
});
