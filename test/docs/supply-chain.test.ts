/**
 * The statements of docs/security.md about dependencies: few direct ones, install scripts, licenses, and the bill of
 * materials.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Locked, licenceLines, runtimePackages } from '../../scripts/licences.ts';
import type { Bill } from '../../scripts/sbom.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
);
const runtime = runtimePackages(lock.packages);
/** Runs `npm run -s <script>`; stderr is ignored because it has warnings about settings of the machine. */
const printedBy = (script: string): string =>
  execFileSync('npm', ['run', '-s', script], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

describe('the dependencies', () => {
  it('are the AWS SDK, its signer and five others, in exact versions', () => {
    const names = Object.keys(packageJson.dependencies);
    const others = names.filter((name) => !name.startsWith('@aws-sdk/client-'));
    expect(others.toSorted()).toEqual(['@smithy/signature-v4', 'cli-progress', 'commander', 'jose', 'undici', 'zod']);
    expect(Object.values(packageJson.dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('run no install script that package.json does not allow', () => {
    const allowed: Readonly<Record<string, boolean>> = packageJson.allowScripts;
    expect(runtime.filter(({ name, installs }) => installs && allowed[name] !== true)).toEqual([]);
  });

  it('have a decision about each install script, of tools too, and no others', () => {
    const all = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = new Set(all.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13)));
    expect(Object.keys(packageJson.allowScripts).toSorted()).toEqual([...names].toSorted());
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8').split('\n')).toContain('strict-allow-scripts=true');
  });

  it('have licenses that require no more than a notice', () => {
    expect([...new Set(runtime.map(({ licence }) => licence))].toSorted()).toEqual(['0BSD', 'Apache-2.0', 'MIT']);
  });
});

describe('npm run licences', () => {
  it('lists each package with version and licence', () => {
    expect(printedBy('licences').trimEnd().split('\n')).toEqual(licenceLines(runtime));
  });

  it('omits development dependencies, and shows a missing license', () => {
    const packages = runtimePackages({
      '': { version: '1.0.0', license: 'MIT' },
      'node_modules/tool': { version: '1.0.0', dev: true },
      'node_modules/b/node_modules/@scope/inner': { version: '10.0.0', hasInstallScript: true },
      'node_modules/b': { version: '2.0.0', license: 'MIT' },
    });
    expect(licenceLines(packages)).toEqual(['@scope/inner  10.0.0  none', 'b             2.0.0   MIT']);
    expect(packages.map(({ installs }) => installs)).toEqual([true, false]);
  });
});

describe('npm run sbom', () => {
  it('prints a CycloneDX bill of materials of exactly the packages at run time', () => {
    const bom: Bill = JSON.parse(printedBy('sbom'));
    expect(bom.bomFormat).toBe('CycloneDX');
    expect(bom.metadata.component.name).toBe(packageJson.name);
    const named = bom.components.map(({ name, version }) => `${name} ${version}`);
    expect(named.toSorted()).toEqual(runtime.map(({ name, version }) => `${name} ${version}`).toSorted());
    const refs = new Set([
      'bom-ref' in bom.metadata.component ? bom.metadata.component['bom-ref'] : undefined,
      ...bom.components.map((one) => one['bom-ref']),
    ]);
    expect(
      bom.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref)),
    ).toEqual([]);
  });
});
