/**
 * Removes from a bundle what undici's pool can reach and this product never uses: its calls are HTTP/1.1 with text
 * bodies. That is half of the bundle and a fifth of its start-up time.
 */
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);

interface Unused {
  /** Path in undici/lib. */
  readonly files: RegExp;
  /** The feature that would use it. */
  readonly by: string;
  /** undici loads it at start-up and calls it on demand. Otherwise it is loaded on demand. */
  readonly early?: true;
}

const UNUSED: readonly Unused[] = [
  {
    files: /^dispatcher\/client-h2\.js$/,
    by: 'HTTP/2, which every pool of ours forbids (allowH2: false)',
    early: true,
  },
  { files: /^llhttp\/llhttp-wasm\.js$/, by: 'a processor without SIMD, UNDICI_NO_WASM_SIMD or JEST_WORKER_ID' },
  { files: /^web\//, by: 'a body that is a FormData' },
];

interface Shortened {
  /** Path in undici/lib. */
  readonly files: RegExp;
  /** What stands in for the file, by what the file exports. */
  readonly contents: (exported: Readonly<Record<string, unknown>>) => string;
}

/** Modules that take a twentieth of the start to make tables, of which little is used. */
const SHORTENED: readonly Shortened[] = [
  {
    // A table of known headers: undici puts a name that is not in it in lower case by itself.
    files: /^core\/constants\.js$/,
    contents: ({ wellknownHeaderNames, headerNameLowerCasedRecord, ...others }) =>
      `module.exports = { ...${JSON.stringify(others)}, wellknownHeaderNames: [], ` +
      'headerNameLowerCasedRecord: Object.create(null) };',
  },
  {
    // The constants of the parser, of which these are used.
    files: /^llhttp\/constants\.js$/,
    contents: ({ ERROR, TYPE }) => `module.exports = ${JSON.stringify({ ERROR, TYPE })};`,
  },
];

/**
 * As in the bundle of undici in Node: without the second parser, which is used only with an option that the product
 * does not set.
 */
export const LEAN_UNDICI_DEFINE = { esbuildDetection: 'true' };

/** Modules of Node of which undici needs this much; loading them takes a tenth of the start. */
const NODE_PARTS: ReadonlyMap<string, string> = new Map([
  // `assert` loads the comparison of texts for its messages.
  ['node:assert', "module.exports = (value) => { if (!value) throw new Error('undici: assertion failed'); };"],
  // The default of Node. `IncomingMessage` is asked for as the class of a body, and ours are texts.
  ['node:http', 'module.exports = { maxHeaderSize: 16_384, IncomingMessage: class {} };'],
]);

const IN_UNDICI = /[\\/]undici[\\/]lib[\\/](.+)$/;

/** Replaces a file: throws with the reason when it is used. */
const standIn = (path: string, { by, early }: Unused): string => {
  const fail = `throw new Error(${JSON.stringify(`undici/lib/${path}, for ${by}, is not in this bundle`)});`;
  return early ? `module.exports = () => { ${fail} };` : fail;
};

/**
 * The esbuild plugin. The build fails if undici is in the bundle and one of these files is not found: it was moved and
 * would be bundled again.
 */
export const leanUndici: Plugin = {
  name: 'lean-undici',
  setup({ onResolve, onLoad, onEnd }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      NODE_PARTS.has(path) && IN_UNDICI.test(importer) ? { path, namespace: 'node-part' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'node-part' }, ({ path }) => ({ contents: NODE_PARTS.get(path) ?? '' }));
    const met = new Set<Unused | Shortened | 'undici'>();
    onLoad({ filter: IN_UNDICI }, ({ path: file }) => {
      const path = IN_UNDICI.exec(file)?.[1]?.replaceAll('\\', '/') ?? '';
      const unused = UNUSED.find(({ files }) => files.test(path));
      const shortened = SHORTENED.find(({ files }) => files.test(path));
      met.add(unused ?? shortened ?? 'undici');
      const contents = unused ? standIn(path, unused) : shortened?.contents(require(file));
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
    onEnd(() => {
      const moved = met.has('undici') ? [...UNUSED, ...SHORTENED].filter((each) => !met.has(each)) : [];
      return { errors: moved.map(({ files }) => ({ text: `lean-undici: undici/lib has no ${files.source}` })) };
    });
  },
};
