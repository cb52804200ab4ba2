/** The size of a bundle at a cold start, from esbuild's metafile. */
import type { Metafile } from 'esbuild';

export interface BundleSize {
  /** Path of the entry's output, as in the metafile. */
  readonly entry: string;
  readonly entryBytes: number;
  /** The entry and every chunk that it imports statically: what Node reads before the first invocation. */
  readonly initBytes: number;
  /** Every other chunk that can be reached by a dynamic import. */
  readonly lazyBytes: number;
  /** Source files within `initBytes`, largest first; `bytes` after minification. */
  readonly initInputs: readonly { readonly path: string; readonly bytes: number }[];
}

type Outputs = Metafile['outputs'];
type ImportKind = Outputs[string]['imports'][number]['kind'];

/** Outputs reached from `start`, itself included, over imports of the given kinds. */
export const reached = (outputs: Outputs, start: string, kinds: ReadonlySet<ImportKind>): ReadonlySet<string> => {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (!external && kinds.has(kind)) seen.add(next);
    }
  }
  return seen;
};

export const STATIC: ReadonlySet<ImportKind> = new Set(['import-statement']);
export const ALL: ReadonlySet<ImportKind> = new Set(['import-statement', 'dynamic-import']);

/** esbuild gives lazily imported modules an `entryPoint` too; the real entries are in `handlers`. */
const HANDLER = /^handlers\/[a-z]+\.ts$/;

/** One size per handler, in bytes. */
export const bundleSizes = ({ outputs }: Metafile, isHandler = HANDLER): readonly BundleSize[] =>
  Object.entries(outputs)
    .filter(([, { entryPoint }]) => entryPoint !== undefined && isHandler.test(entryPoint))
    .map(([entry, { bytes: entryBytes }]) => {
      const init = reached(outputs, entry, STATIC);
      const lazy = [...reached(outputs, entry, ALL)].filter((path) => !init.has(path));
      return {
        entry,
        entryBytes,
        initBytes: total(outputs, init),
        lazyBytes: total(outputs, lazy),
        initInputs: inputsOf(outputs, init),
      };
    });

const total = (outputs: Outputs, paths: Iterable<string>): number =>
  [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);

const inputsOf = (outputs: Outputs, paths: ReadonlySet<string>): BundleSize['initInputs'] =>
  [...paths]
    .flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}))
    .map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }))
    .sort((a, b) => b.bytes - a.bytes);

/**
 * The bytes of each package in a bundle, largest first. The project's files count by folder: `handlers`, `events`, and
 * each folder of `lib` (`lib/io`, `lib/coreweave`).
 */
export const bytesByPackage = (
  inputs: BundleSize['initInputs'],
): readonly { readonly name: string; readonly bytes: number }[] => {
  const sums = new Map<string, number>();
  for (const { path, bytes } of inputs) {
    const name = ownerOf(path);
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return [...sums].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
};

const ownerOf = (path: string): string =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? /^(lib\/[^/]+(?=\/)|[^/]+)\//.exec(path)?.[1] ?? path;

/** A readable number of bytes, such as `12.3 kB` (1 kB = 1,000 bytes). */
export const formatBytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
