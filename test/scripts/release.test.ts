/** A release: what is in it, and the CLI of it as an operator installs and runs it, without network and packages. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/model/version.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { buildCli } from '../../scripts/build-cli.ts';
import { bundleSizes } from '../../scripts/bundle-size.ts';
import { changelogSection, writeRelease } from '../../scripts/release.ts';
import type { Bill } from '../../scripts/sbom.ts';
import { BARE, type Stand, startStand } from '../cli/stand.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TARBALL = `coreweave-revoker-${VERSION}.tgz`;
const runFile = promisify(execFile);

it('has one version, in the package and in what audit records and the CLI state', () => {
  expect(VERSION).toBe(packageJson.version);
});

describe('changelogSection', () => {
  const CHANGELOG =
    '# Changelog\n\n## [0.3.0] - Unreleased\n- c\n\n## [0.2.0] - 2026-12-01\n\n### Added\n- b\n\n## [0.1.0]';

  it('returns the section of one version, with its heading', () => {
    expect(changelogSection(CHANGELOG, '0.2.0')).toBe('## [0.2.0] - 2026-12-01\n\n### Added\n- b\n');
  });

  it.each([
    ['a version that it does not name', '0.2.1', 'has no section ## [0.2.1]'],
    ['a version without a date', '0.3.0', 'expected a date in "## [0.3.0] - Unreleased"'],
  ])('throws for %s', (_, version, message) => {
    expect(() => changelogSection(CHANGELOG, version)).toThrow(message);
  });
});

describe('the release', () => {
  let stand: Stand;
  let metafile: Metafile;
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  const [cli, outdir, prefix] = ['cli', 'release', 'prefix'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  let files: readonly string[];
  const path = [join(prefix, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const revoker = (args: readonly string[], env: NodeJS.ProcessEnv = BARE) =>
    runFile('revoker', args, { cwd: folder, env: { ...env, PATH: path, XDG_CACHE_HOME: join(folder, 'cache') } });

  beforeAll(async () => {
    stand = await startStand();
    metafile = await buildCli(ROOT, cli);
    const zip = join(folder, 'service.zip');
    writeFileSync(zip, 'the package for Lambda');
    files = writeRelease({ root: ROOT, cli, zip, outdir });
    await runFile('npm', ['install', '--global', '--offline', '--prefix', prefix, join(outdir, TARBALL)], {
      cwd: folder,
      env: { PATH: path, HOME: folder, npm_config_cache: join(folder, 'npm') },
    });
  });
  afterAll(async () => {
    await stand.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds the package, the CLI, the bill of materials and the changes, with checksums that fit', async () => {
    expect(files).toEqual([
      'CHANGELOG.md',
      `coreweave-revocation-${VERSION}.zip`,
      TARBALL,
      'sbom.cdx.json',
      'SHA256SUMS',
    ]);
    expect(readdirSync(outdir).toSorted()).toEqual([...files].toSorted());
    const { stdout } = await runFile('sha256sum', ['-c', 'SHA256SUMS'], { cwd: outdir });
    expect(stdout.trim().split('\n')).toEqual(files.slice(0, -1).map((name) => `${name}: OK`));
    const bill: Bill = JSON.parse(readFileSync(join(outdir, 'sbom.cdx.json'), 'utf8'));
    expect(bill.metadata.component.name).toBe(packageJson.name);
    expect(readFileSync(join(outdir, 'CHANGELOG.md'), 'utf8')).toMatch(`## [${VERSION}] - `);
  });

  it('installs the CLI without any other package', () => {
    const modules = join(prefix, 'lib/node_modules');
    expect(readdirSync(modules)).toEqual(['coreweave-revoker']);
    const installed = readdirSync(join(modules, 'coreweave-revoker'));
    expect(installed.toSorted()).toEqual([
      'LICENSE',
      'THIRD-PARTY-LICENSES.txt',
      'chunks',
      'package.json',
      'revoker.mjs',
    ]);
    expect(readFileSync(join(modules, 'coreweave-revoker/THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(/^commander /m);
  });

  it('runs the installed CLI: version, help, and a command against the localhost stack', async () => {
    expect(await revoker(['--version'])).toEqual({ stdout: `${VERSION}\n`, stderr: '' });
    expect((await revoker(['dlq', 'replay', '--help'])).stdout).toContain('$ revoker dlq replay --dry-run');
    const { stdout } = await revoker(['keys', 'saml/unknown@example.com', '--json'], stand.env);
    expect(JSON.parse(stdout)).toMatchObject({ principal: 'saml/unknown@example.com', live: 0 });
    const { stdout: list } = await revoker(['dlq', 'list', '--json'], stand.env);
    expect(JSON.parse(list)).toMatchObject({ count: 0 });
  });

  it('loads no SDK and no command for the help', () => {
    const [run] = bundleSizes(metafile, /^cli\/run\.ts$/);
    const packages = (run?.initInputs ?? []).flatMap(
      ({ path }) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)]).toEqual(['commander']);
    expect(run?.initBytes).toBeLessThan(80_000);
  });
});
