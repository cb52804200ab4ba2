/**
 * Gives what a start loads lazily a copy of the package that it needs. With `splitting`, all that two chunks share
 * stands in further ones, with what only one of them uses: the signer has 13 kB, and was 110 kB in eight files.
 */
import { readFile } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** Modules without state: a copy would not share it with other code of the bundle. */
const COPIED = /[\\/]lib[\\/]io[\\/]http[\\/]signer\.ts$/;

/** Leaves out what esbuild cannot know to be unused: UUIDs and blobs, for which the signer loaded Web Crypto. */
const unused: Plugin = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    // All dynamic imports are in code that is left out. Without `splitting`, what they name would be in the file.
    onResolve({ filter: /^/ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
    // These calls only make one function of others.
    onLoad({ filter: /[\\/]@smithy[\\/]core[\\/].*[\\/]serde[\\/]index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/\bbind[A-Z]\w*(?=\()/g, '/* @__PURE__ */ $&'),
    }));
  },
};

/** Modules of Node are left to the other plugins. */
const ALONE = {
  splitting: false,
  sourcemap: false,
  banner: {},
  plugins: [unused],
  write: false,
} satisfies BuildOptions;

/** The esbuild plugin. */
export const ownCopy: Plugin = {
  name: 'own-copy',
  setup({ onLoad, initialOptions }) {
    onLoad({ filter: COPIED }, async ({ path }) => {
      const { outputFiles } = await build({ ...initialOptions, ...ALONE, entryPoints: [path] });
      return { contents: outputFiles.map(({ text }) => text).join(''), loader: 'js' };
    });
  },
};
