/**
 * Loads the modules of Node by `require`. An `import` reads each of their exports, and some are made when they are
 * read: that of `node:http` loads the whole client of `fetch`, that of `node:crypto` the Web Crypto API.
 */
import { builtinModules, createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);
const NAME = /^[A-Za-z_$][\w$]*$/;

/** `http` as `node:http`; undefined for what is no module of Node. */
const builtinOf = (path: string): string | undefined =>
  path.startsWith('node:') ? path : builtinModules.includes(path) ? `node:${path}` : undefined;

/** Of a static import only the names that are used are read: esbuild leaves out the others, by its option `pure`. */
const contentsOf = (path: string, isNamed: (name: string) => boolean): string => {
  const names = Object.keys(require(path)).filter((name) => NAME.test(name) && name !== 'default' && isNamed(name));
  return [
    `const $all = require(${JSON.stringify(path)});`,
    'export default $all;',
    ...names.map((name) => `export const ${name} = Reflect.get($all, '${name}');`),
  ].join('\n');
};

/** What is made only when it is read has no value yet. */
const hasValue =
  (path: string) =>
  (name: string): boolean =>
    Object.getOwnPropertyDescriptor(require(path), name)?.value !== undefined;

/** Whether an input of a bundle is a module of Node that is loaded so, by its name in the metafile. */
export const isRequired = (input: string): boolean => /^required(?:-lazily)?:/.test(input);

/** The esbuild plugin. The bundle must have a `require`. */
export const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[\w:/]+$/ }, ({ path: written, kind }) => {
      const path = builtinOf(written);
      if (path !== undefined && kind === 'import-statement') return { path, namespace: 'required' };
      // A dynamic import becomes a file of its own, which pays only here.
      return path === 'node:http' && kind === 'dynamic-import' ? { path, namespace: 'required-lazily' } : undefined;
    });
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({ contents: contentsOf(path, () => true) }));
    onLoad({ filter: /^/, namespace: 'required-lazily' }, ({ path }) => ({
      contents: contentsOf(path, hasValue(path)),
    }));
  },
};
