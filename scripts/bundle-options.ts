/** How esbuild makes the bundles of the product. */
import type { BuildOptions } from 'esbuild';
import { LEAN_UNDICI_DEFINE, leanUndici } from './lean-undici.ts';
import { namedErrors } from './named-errors.ts';
import { ownCopy } from './own-copy.ts';
import { requiredBuiltins } from './required-builtins.ts';

/** Packages in CommonJS call `require`, which an ES module does not have. All but modules of Node is bundled. */
const REQUIRE_BANNER = 'const require = process.getBuiltinModule;';

/** How a bundle is made; the benchmark bundles its peers alike. */
export const BUNDLE_OPTIONS = {
  entryNames: '[name]',
  chunkNames: 'chunks/[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRE_BANNER },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  splitting: true,
  pure: ['Reflect.get'], // scripts/required-builtins.ts
  minify: true, // the names of error classes stay: scripts/named-errors.ts
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** Lines of the sources in stack traces, for Node's `--enable-source-maps`. They would double the package. */
export const SOURCE_MAPS = { sourcemap: 'linked', sourcesContent: false } satisfies BuildOptions;

/** What the product's own bundles have besides. */
export const LEAN = {
  plugins: [leanUndici, namedErrors, ownCopy, requiredBuiltins],
  define: LEAN_UNDICI_DEFINE,
} satisfies BuildOptions;
