/**
 * `npm run release`: everything of a release in dist/release: the package for Lambda, the CLI as an npm tarball, the
 * bill of materials, the section of the changelog, and their SHA-256 checksums.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sha256 } from '../lib/io/node.ts';
import { VERSION } from '../lib/model/version.ts';
import { createBill } from './sbom.ts';
import { packageService } from './serverless-package.ts';

export interface ReleaseInput {
  readonly root: string;
  /** The folder of the built CLI. */
  readonly cli: string;
  /** Path of the package for Lambda. */
  readonly zip: string;
  /** Emptied first. */
  readonly outdir: string;
}

const CHECKSUMS = 'SHA256SUMS';

/**
 * The section of a version, its heading included. Throws an Error if the changelog has none, or one without a date.
 */
export function changelogSection(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## )/m);
  const section = sections.find((text) => text.startsWith(`## [${version}]`));
  if (section === undefined) throw new Error(`release: CHANGELOG.md has no section ## [${version}]`);
  const [heading = ''] = section.split('\n');
  if (!/\d{4}-\d{2}-\d{2}$/.test(heading)) throw new Error(`release: expected a date in "${heading}"`);
  return `${section.trim()}\n`;
}

/** Resolves with the names of the files in `outdir`. `sha256sum -c SHA256SUMS` checks them. */
export function writeRelease({ root, cli, zip, outdir }: ReleaseInput): readonly string[] {
  const changelog = changelogSection(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), VERSION);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  copyFileSync(zip, join(outdir, `coreweave-revocation-${VERSION}.zip`));
  execFileSync('npm', ['pack', resolve(cli), '--pack-destination', outdir, '--silent'], { cwd: root, stdio: 'pipe' });
  writeFileSync(join(outdir, 'sbom.cdx.json'), `${JSON.stringify(createBill(root), null, 2)}\n`);
  writeFileSync(join(outdir, 'CHANGELOG.md'), changelog);
  const names = readdirSync(outdir).toSorted();
  const sums = names.map((name) => `${sha256(readFileSync(join(outdir, name)))}  ${name}\n`);
  writeFileSync(join(outdir, CHECKSUMS), sums.join(''));
  return [...names, CHECKSUMS];
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  const outdir = join(root, 'dist', 'release');
  const { zip } = await packageService(root, process.argv.slice(2));
  for (const name of writeRelease({ root, cli: join(root, 'dist', 'cli'), zip, outdir })) console.log(name);
  process.stdout.write(`\n${readFileSync(join(outdir, 'CHANGELOG.md'), 'utf8')}`);
}
