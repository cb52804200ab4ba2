/**
 * Bundles handlers/ for Lambda into dist/handlers/<name>.mjs, with what they load lazily in chunks/, and the CLI into
 * dist/cli.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { buildCli } from './build-cli.ts';
import { BUNDLE_OPTIONS, LEAN, SOURCE_MAPS } from './bundle-options.ts';
import { type BundleSize, bundleSizes, bytesByPackage, formatBytes } from './bundle-size.ts';
import { inOneFile, pathFrom } from './one-file.ts';
import { CONFIGURED, senderProblems } from './sender-problems.ts';

/** The functions that have a bundle of their own; each is `handlers/<name>.ts` and exports `handler`. */
export const HANDLERS = ['revoke', 'ingest', 'replay', 'notify', 'reconcile'] as const;

/** They await chunks of their own while they start, which must not wait for them (one-file.ts). */
const AWAITS_CHUNKS: ReadonlySet<string> = new Set(['ingest']);

/** Values too long for a variable: in the package beside the handlers, as `@dist/handlers/protected.json`. */
const VALUE_FILES = ['protected.json', 'senders.json', ...CONFIGURED.map(({ file }) => file)];

/** Of those that exist in `root`. */
export const copyValueFiles = (root: string, outdir: string): void => {
  for (const name of VALUE_FILES) if (existsSync(join(root, name))) copyFileSync(join(root, name), join(outdir, name));
};

interface HandlersOptions {
  readonly sourceMaps?: boolean;
  readonly handlers?: readonly string[];
}

/** Empties `outdir` first. Throws if a handler is missing, and the error of esbuild if one does not build. */
export const buildHandlers = async (
  root: string,
  outdir: string,
  { sourceMaps = false, handlers = HANDLERS }: HandlersOptions = {},
): Promise<Metafile> => {
  const missing = handlers.filter((name) => !existsSync(join(root, 'handlers', `${name}.ts`)));
  if (missing.length > 0) throw new Error(`build: expected ${missing.join(', ')} in handlers`);
  const entries = handlers.map((name) => join(root, 'handlers', `${name}.ts`));
  rmSync(outdir, { recursive: true, force: true });
  const metafiles = await Promise.all(entries.map((entry) => buildHandler(entry, { root, outdir, sourceMaps })));
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
  };
};

interface Place {
  readonly root: string;
  readonly outdir: string;
  readonly sourceMaps?: boolean;
}

/** By itself: what handlers share would stand in chunks, and be more files to read at each start. */
export async function buildHandler(
  entry: string,
  { root, outdir, sourceMaps = false }: Place,
  options: Pick<BuildOptions, 'plugins' | 'define'> = LEAN,
): Promise<Metafile> {
  const name = basename(entry, '.ts');
  const all = { ...BUNDLE_OPTIONS, ...options, absWorkingDir: root, outdir, entryPoints: [entry] };
  if (sourceMaps) return (await build({ ...all, ...SOURCE_MAPS })).metafile;
  const split = await build({ ...all, write: false });
  const { texts, metafile } = await inOneFile(split, {
    entry: pathFrom(root, join(outdir, `${name}.mjs`)),
    root,
    awaitsChunks: AWAITS_CHUNKS.has(name),
  });
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return metafile;
}

/** Stdout is for what comes after the build: `npm start -s -- --json` prints one line there. */
const say = (line = ''): void => void process.stderr.write(`${line}\n`);

const print = (size: BundleSize, withInputs: boolean): void => {
  const { entry, entryBytes, initBytes, lazyBytes, initInputs } = size;
  const parts = [`${formatBytes(entryBytes)} entry`, `${formatBytes(initBytes)} at init`];
  say(`${entry}  ${parts.join(', ')}, ${formatBytes(lazyBytes)} lazy`);
  if (!withInputs) return;
  for (const { name, bytes } of bytesByPackage(initInputs)) say(`  ${formatBytes(bytes).padStart(10)}  ${name}`);
  say();
  for (const { path, bytes } of initInputs.slice(0, 20)) say(`  ${formatBytes(bytes).padStart(10)}  ${path}`);
};

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  const outdir = join(root, 'dist', 'handlers');
  // The localhost stack needs no bundled CLI. A stale one must not stay.
  const withCli = !process.argv.includes('--handlers');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const metafile = await buildHandlers(root, outdir, { sourceMaps: process.argv.includes('--source-maps') });
  for (const each of CONFIGURED.filter(({ file }) => existsSync(join(root, file)))) {
    const problems = senderProblems(each, `@${each.file}`, root);
    if (problems.length > 0) throw new Error([`${each.file} is wrong`, ...problems].join('\n  '));
  }
  copyValueFiles(root, outdir);
  if (withCli) await buildCli(root, join(root, 'dist', 'cli'));
  for (const size of bundleSizes(metafile)) print(size, process.argv.includes('--analyze'));
}
