/**
 * Leaves out of a bundle what undici's pool can reach and our calls never use: they are HTTP/1.1, with texts for
 * bodies. That is half of the bundle, and a fifth of its start.
 */
import type { Plugin } from 'esbuild';

interface Unused {
  /** In undici/lib. */
  readonly files: RegExp;
  /** What would use it. */
  readonly by: string;
  /** Undici loads it at its own start, and calls it when it is needed; else it is loaded when it is needed. */
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

/**
 * As undici is bundled for Node itself: without a second parser, which only an option asks for that no pool of ours
 * has.
 */
export const LEAN_UNDICI_DEFINE = { esbuildDetection: 'true' };

const IN_UNDICI = /[\\/]undici[\\/]lib[\\/](.+)$/;

/** In place of a file: fails, with the reason, when it is used. */
const standIn = (path: string, { by, early }: Unused): string => {
  const fail = `throw new Error(${JSON.stringify(`undici/lib/${path}, for ${by}, is not in this bundle`)});`;
  return early ? `module.exports = () => { ${fail} };` : fail;
};

/**
 * The plugin for esbuild. When undici is in the bundle and one of these files was not, the build fails: it has moved,
 * and weighs again.
 */
export const leanUndici: Plugin = {
  name: 'lean-undici',
  setup({ onLoad, onEnd }) {
    const met = new Set<Unused | 'undici'>();
    onLoad({ filter: IN_UNDICI }, ({ path: file }) => {
      const path = IN_UNDICI.exec(file)?.[1]?.replaceAll('\\', '/') ?? '';
      const unused = UNUSED.find(({ files }) => files.test(path));
      met.add(unused ?? 'undici');
      return unused && { contents: standIn(path, unused), loader: 'js' };
    });
    onEnd(() => {
      const moved = met.has('undici') ? UNUSED.filter((unused) => !met.has(unused)) : [];
      return { errors: moved.map(({ files }) => ({ text: `lean-undici: undici/lib has no ${files.source}` })) };
    });
  },
};
