/** Packages serverless.yml in a folder of its own, beside files that must not be packaged. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { packageService } from '../../scripts/serverless-package.ts';
import { zipEntries } from '../../scripts/zip-entries.ts';
import type { Template } from './resolve.ts';

export const BUILT = [
  'dist/handlers/chunks/sdk.mjs',
  'dist/handlers/ingest.mjs',
  'dist/handlers/notify.mjs',
  'dist/handlers/replay.mjs',
  'dist/handlers/revoke.mjs',
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

export interface PackagedService {
  /** The template as it is in its file, and parsed. */
  readonly text: string;
  readonly template: Template;
  /** The names of what is in the zip. */
  readonly packaged: readonly string[];
}

/** Runs `serverless package` with these arguments. `files` are put over those of the project. */
export async function packageHere(
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<PackagedService> {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    for (const file of [...BUILT, ...STRANGERS]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), '{}');
    }
    const root = resolve(import.meta.dirname, '../..');
    copyFileSync(join(root, 'serverless.yml'), join(folder, 'serverless.yml'));
    cpSync(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    const { template, zip } = await packageService(folder, args);
    const text = readFileSync(template, 'utf8');
    return { text, template: JSON.parse(text), packaged: zipEntries(readFileSync(zip)).map(({ name }) => name) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let once: Promise<PackagedService> | undefined;

/** The package without arguments. It takes seconds, so the files of a worker share it. */
export function packageOnce(): Promise<PackagedService> {
  once ??= packageHere().then((made) => ({ ...made, template: frozen(made.template) }));
  return once;
}

/** What is shared must stay as it is: a test that changes it fails. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
