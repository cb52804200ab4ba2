/** Packages serverless.yml in a folder of its own, beside files that must not be packaged. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { packageService } from '../../scripts/serverless-package.ts';
import { zipEntries } from '../../scripts/zip-entries.ts';
import type { Template } from './resolve.ts';

export const BUILT = [
  'dist/handlers/chunks/sdk.mjs',
  'dist/handlers/ingest.mjs',
  'dist/handlers/ingest.mjs.map',
  'dist/handlers/notify.mjs',
  'dist/handlers/notify.mjs.map',
  'dist/handlers/replay.mjs',
  'dist/handlers/replay.mjs.map',
  'dist/handlers/revoke.mjs',
  'dist/handlers/revoke.mjs.map',
];
const STRANGERS = [
  '.env',
  'dist/old.mjs',
  'handlers/revoke.ts',
  'lib/coreweave/meaning.ts',
  'node_modules/some/index.js',
  'package.json',
  'protected.json',
];

/** Takes more arguments of `serverless package`; returns the folder (to be deleted), the template and what is in the zip. */
export const packageHere = async (args: readonly string[] = []) => {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  for (const file of [...BUILT, ...STRANGERS]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '{}');
  }
  const root = resolve(import.meta.dirname, '../..');
  copyFileSync(join(root, 'serverless.yml'), join(folder, 'serverless.yml'));
  cpSync(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true });
  const { template: path, zip } = await packageService(folder, args);
  const template: Template = JSON.parse(readFileSync(path, 'utf8'));
  return { folder, path, template, packaged: zipEntries(readFileSync(zip)).map(({ name }) => name) };
};
