/**
 * Keeps the names of error classes, which minification shortens: CloudWatch shows the name of the constructor as
 * `errorType`. The option `keepNames` would keep every name, for 5 % of the bundle.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Our own modules. Packages are JavaScript. */
const OURS = /\.ts$/;
const ERROR_CLASS = /\bclass (\w+) extends Error \{/g;

/** The plugin for esbuild. */
export const namedErrors: Plugin = {
  name: 'named-errors',
  setup({ onLoad }) {
    onLoad({ filter: OURS }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const named = text.replace(ERROR_CLASS, "$& static name = '$1';");
      return named === text ? undefined : { contents: named, loader: 'ts' };
    });
  },
};
