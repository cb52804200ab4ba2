/**
 * Bundles the CLI for operators: dist/cli is an npm package without dependencies, whose commands are loaded lazily.
 * `npm install -g` of it uses the operator's own Node, never the one that `npm ci` brings here.
 */
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { VERSION } from '../lib/model/version.ts';
import { BUNDLE_OPTIONS, LEAN } from './bundle-options.ts';

const ENTRY = 'revoker.mjs';

interface Manifest {
  readonly license: string;
  readonly engines: { readonly node: string };
}

/**
 * Bundles `bin/revoker.ts` of `root` into `outdir`, which is emptied first, with a package.json, the license and those
 * of the bundled packages. Resolves with esbuild's metafile; rejects with esbuild's error.
 */
export async function buildCli(root: string, outdir: string): Promise<Metafile> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    ...LEAN,
    target: 'node22',
    absWorkingDir: root,
    entryPoints: [join(root, 'bin', 'revoker.ts')],
    outdir,
  });
  // npm sets this bit at an installation, but the file also runs where it is.
  chmodSync(join(outdir, ENTRY), 0o755);
  const own: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = {
    name: 'coreweave-revoker',
    version: VERSION,
    private: true,
    description: 'The operator CLI of the CoreWeave revocation handler.',
    license: own.license,
    type: 'module',
    bin: { revoker: ENTRY },
    engines: own.engines,
  };
  writeFileSync(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(outdir, 'LICENSE'));
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licenseTexts(bundledPackages(metafile, root)));
  return metafile;
}

const IN_PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The folders of the packages whose code is in the bundle. */
function bundledPackages({ outputs }: Metafile, root: string): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = inputs.flatMap((path) => IN_PACKAGE.exec(path)?.slice(1, 2) ?? []);
  return [...new Set(folders)].map((folder) => resolve(root, folder)).toSorted();
}

const LICENSE_FILE = /^(?:licen[cs]e|copying)(?:\.(?:md|txt))?$/i;

/** The licenses of bundled packages must go with the bundle. Packages with the same text share it. */
function licenseTexts(folders: readonly string[]): string {
  const licensed = folders.map((folder) => {
    const { name, version, license }: Record<string, string> = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return { title: `${name} ${version} (${license})`, text };
  });
  return [...Map.groupBy(licensed, ({ text }) => text)]
    .map(([text, same]) => [...same.map(({ title }) => title), '', text, ''].join('\n'))
    .join(`\n${'-'.repeat(80)}\n\n`);
}
