/**
 * Puts what a handler reads at its start into one file: each file that is read takes a fiftieth of the start. esbuild
 * leaves in chunks what the handler shares with lazily loaded code; here that code imports it from the handler.
 */
import { join, posix, relative, sep } from 'node:path';
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from 'esbuild';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { ALL, reached, STATIC } from './bundle-size.ts';
import { withEagerFunctions } from './eager-functions.ts';
import { isRequired } from './required-builtins.ts';

type Outputs = Metafile['outputs'];

/** What esbuild makes with `splitting` and `metafile`, without `write` and source maps. */
export type Split = BuildResult<{ write: false; metafile: true }>;

/** Texts by path from the root, as in the metafile. */
export interface OneFile {
  readonly texts: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}

export interface OneFileOptions {
  /** The path of the handler's output, above the folder of its chunks. */
  readonly entry: string;
  readonly root: string;
  /**
   * While the handler starts, it awaits chunks that share code with it: they cannot import from it, since each would
   * wait for the other. What they share stays in files of its own.
   */
  readonly awaitsChunks: boolean;
}

export async function inOneFile({ outputFiles, metafile }: Split, options: OneFileOptions): Promise<OneFile> {
  const { entry, root } = options;
  const texts = new Map(outputFiles.map(({ path, text }) => [pathFrom(root, path), text]));
  const files = filesOf(metafile.outputs, options);
  const [handler, chunks] = await Promise.all([handlerOf(files, texts), chunksOf(files, texts, root)]);
  const rebuilt = new Map([[entry, handler], ...chunks]);
  return { texts: rebuilt, metafile: { ...metafile, outputs: outputsOf(files, rebuilt) } };
}

/** As in the metafile. */
export const pathFrom = (root: string, path: string): string => relative(root, path).replaceAll(sep, '/');

type Texts = ReadonlyMap<string, string>;

interface Files {
  readonly outputs: Outputs;
  readonly entry: string;
  /** Chunks that become part of the handler. */
  readonly moved: readonly string[];
  /** Chunks of which each file that imports them gets a copy. */
  readonly copied: readonly string[];
  /** The chunks that stay, and where they will be. */
  readonly kept: ReadonlyMap<string, string>;
}

function filesOf(outputs: Outputs, { entry, awaitsChunks }: OneFileOptions): Files {
  const chunks = Object.keys(outputs).filter((path) => path !== entry);
  const copied = chunks.filter((path) => isStateless(outputs, path));
  const read = awaitsChunks ? [] : [...reached(outputs, entry, STATIC)];
  const moved = read.filter((path) => path !== entry && !copied.includes(path));
  // Handlers share the folder of their chunks: what imports from one is named after it.
  const pathOf = (path: string): string =>
    moved.some((other) => reached(outputs, path, ALL).has(other))
      ? posix.join(posix.dirname(path), `${posix.basename(entry, '.mjs')}-${posix.basename(path)}`)
      : path;
  const isLoaded = (path: string): boolean => !copied.includes(path) || outputs[path]?.entryPoint !== undefined;
  const kept = chunks.filter((path) => !moved.includes(path) && isLoaded(path));
  return { outputs, entry, moved, copied, kept: new Map(kept.map((path) => [path, pathOf(path)])) };
}

/** Only helpers of esbuild, and modules of Node. */
const isStateless = (outputs: Outputs, path: string): boolean =>
  Object.keys(outputs[path]?.inputs ?? {}).every(isRequired);

/** The names that a moved chunk exports, each with the one by which the handler exports it. */
const namesOf = ({ outputs, moved }: Files, path: string): readonly (readonly [string, string])[] =>
  (outputs[path]?.exports ?? []).map((name) => [name, `${name}_${moved.indexOf(path)}`]);

const START = 'start';

async function handlerOf(files: Files, texts: Texts): Promise<string> {
  const { outputs, entry, moved, copied } = files;
  const start = [
    `export { ${outputs[entry]?.exports.join(', ')} } from './${entry}';`,
    ...moved.map((path) => {
      const names = namesOf(files, path).map(([name, exported]) => `${name} as ${exported}`);
      return `export { ${names.join(', ')} } from './${path}';`;
    }),
  ].join('\n');
  const plugin = rebuilding(files, new Map([...texts, [START, start]]), {
    inside: new Set([entry, ...moved, ...copied]),
    placeOf: () => entry,
  });
  const [file] = (await build({ ...OPTIONS, plugins: [plugin], entryPoints: [START] })).outputFiles;
  if (file === undefined) throw new Error(`one-file: ${entry} was not built`);
  return withEagerFunctions(file.text);
}

async function chunksOf(
  files: Files,
  texts: Texts,
  root: string,
): Promise<readonly (readonly [path: string, text: string])[]> {
  const { entry, moved, copied, kept } = files;
  const standIns = moved.map((path) => {
    const names = namesOf(files, path).map(([name, exported]) => `${exported} as ${name}`);
    return [path, `export { ${names.join(', ')} } from '${relativeTo(path, entry)}';`] as const;
  });
  const plugin = rebuilding(files, new Map([...texts, ...standIns]), {
    inside: new Set([...moved, ...copied]),
    placeOf: (importer) => importer,
  });
  const folder = posix.dirname(entry);
  const entryPoints = [...kept].map(([path, to]) => ({
    in: path,
    out: posix.relative(folder, to).replace(/\.mjs$/, ''),
  }));
  const { outputFiles } = await build({ ...OPTIONS, plugins: [plugin], entryPoints, outdir: join(root, folder) });
  return outputFiles.map(({ path, text }) => [pathFrom(root, path), text] as const);
}

/** What is in the files already has the banner. */
const OPTIONS = {
  ...BUNDLE_OPTIONS,
  entryNames: '[dir]/[name]',
  banner: {},
  splitting: false,
  metafile: false,
  write: false,
} satisfies BuildOptions;

interface Rebuilding {
  /** What becomes part of a file that imports it. All else stays outside. */
  readonly inside: ReadonlySet<string>;
  /** The path that an import is written for, by that of the file that has it. */
  readonly placeOf: (importer: string) => string;
}

/** Bundles what is in `texts`. */
const rebuilding = ({ kept }: Files, texts: Texts, { inside, placeOf }: Rebuilding): Plugin => ({
  name: 'rebuilding',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^/ }, ({ path, importer, kind }) => {
      // esbuild puts `./` before a path that is also that of a file.
      if (kind === 'entry-point') return { path: posix.normalize(path), namespace: 'built' };
      if (!path.startsWith('.')) return { path, external: true };
      const target = posix.join(posix.dirname(importer), path);
      return kind === 'import-statement' && inside.has(target)
        ? { path: target, namespace: 'built' }
        : { path: relativeTo(placeOf(importer), kept.get(target) ?? target), external: true };
    });
    onLoad({ filter: /^/, namespace: 'built' }, ({ path }) => ({ contents: textAt(texts, path) }));
  },
});

function textAt(texts: Texts, path: string): string {
  const text = texts.get(path);
  if (text === undefined) throw new Error(`one-file: ${path} was not built`);
  return text;
}

const relativeTo = (from: string, to: string): string => {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
};

/** As esbuild would describe the files. */
function outputsOf({ outputs, entry, moved, copied, kept }: Files, texts: Texts): Outputs {
  const importsOf = (path: string): Outputs[string]['imports'] =>
    (outputs[path]?.imports ?? [])
      .filter(({ path: next, kind }) => kind === 'dynamic-import' || !copied.includes(next))
      .map((each) => ({ ...each, path: moved.includes(each.path) ? entry : (kept.get(each.path) ?? each.path) }));
  const described = (path: string, to: string): Outputs[string] => {
    const output = outputs[path];
    if (output === undefined) throw new Error(`${path}: expected it in the metafile`);
    return { ...output, imports: importsOf(path), bytes: Buffer.byteLength(textAt(texts, to)) };
  };
  const parts = [entry, ...moved];
  const handler = {
    ...described(entry, entry),
    inputs: Object.assign({}, ...parts.map((part) => outputs[part]?.inputs)),
    imports: parts.flatMap(importsOf).filter(({ path }) => path !== entry),
  };
  return Object.fromEntries([[entry, handler], ...[...kept].map(([path, to]) => [to, described(path, to)])]);
}
