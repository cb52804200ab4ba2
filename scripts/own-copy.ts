/**
 * Gives what a start loads lazily a copy of the package that it needs. With `splitting`, all that two chunks share
 * stands in further ones, with what only one of them uses: the signer has 14 kB, and was 110 kB in eight files.
 */
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** Modules without state: a copy would not share it with other code of the bundle. */
const COPIED = /[\\/]lib[\\/]io[\\/]http[\\/]signer\.ts$/;

/** Modules of Node are left to the other plugins. */
const ALONE = { splitting: false, sourcemap: false, banner: {}, plugins: [], write: false } satisfies BuildOptions;

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
