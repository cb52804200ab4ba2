/** The zip of the handlers as they are built for a deployment. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { buildHandlers } from '../../scripts/build.ts';
import { packageHere } from './packaged.ts';

const ROOT = resolve(import.meta.dirname, '../..');

it('the package of the built handlers has no source maps', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'maps-'));
  try {
    await buildHandlers(ROOT, folder);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    const built = paths.map((path) => [`dist/handlers/${path.slice(folder.length + 1)}`, readFileSync(path, 'utf8')]);
    const { packaged } = await packageHere([], Object.fromEntries(built));
    expect(packaged).toContain('dist/handlers/reconcile.mjs');
    expect(packaged.filter((name) => !name.endsWith('.mjs'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
