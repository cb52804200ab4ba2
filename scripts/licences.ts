/**
 * `npm run licences`: name, version and license of each package at run time, from the lock file. Exits with 1 if a
 * package has none.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const NONE = 'none';

/** One package in a lock file. (package-lock.json, version 3) */
export interface Locked {
  readonly version?: string;
  readonly license?: string;
  /** Only development needs it. */
  readonly dev?: boolean;
  /** It has an install script. */
  readonly hasInstallScript?: boolean;
}

export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or `none`. */
  readonly licence: string;
  readonly installs: boolean;
}

const FOLDER = 'node_modules/';

/** The packages at run time, sorted by name. */
export const runtimePackages = (packages: Readonly<Record<string, Locked>>): readonly Licensed[] =>
  Object.entries(packages)
    .filter(([path, { dev }]) => path.includes(FOLDER) && dev !== true)
    .map(([path, { version = NONE, license = NONE, hasInstallScript = false }]) => ({
      name: path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
      version,
      licence: license,
      installs: hasInstallScript,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** One line per package, in columns. */
export const licenceLines = (packages: readonly Licensed[]): readonly string[] => {
  const width = (of: (one: Licensed) => string): number => Math.max(0, ...packages.map((one) => of(one).length));
  const [names, versions] = [width(({ name }) => name), width(({ version }) => version)];
  return packages.map(({ name, version, licence }) => `${name.padEnd(names)}  ${version.padEnd(versions)}  ${licence}`);
};

if (import.meta.main) {
  const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  );
  const packages = runtimePackages(lock.packages);
  for (const line of licenceLines(packages)) console.log(line);
  process.exitCode = packages.some(({ licence }) => licence === NONE) ? 1 : 0;
}
