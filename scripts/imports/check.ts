/**
 * Reads every import of the repository with dependency-cruiser. Fails on one that the table of layers does not allow,
 * on a cycle of files or folders, on a file that is in no layer, and on a permission that nothing uses.
 * `npm run check` runs it.
 */
import { globSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import { cyclesIn, folderGraph, type Graph, longestChain } from './graph.ts';
import { LAYERS, type Layer } from './layers.ts';
import { CONFIGURATION, layersOf } from './rules.ts';

export interface ImportCheck {
  /** One sentence for each violation, sorted. */
  readonly breaches: readonly string[];
  /** Every file of the repository with the files that it imports. */
  readonly files: Graph;
  /** Imports of files and of packages. */
  readonly imports: number;
}

/** Folders without source code of this project. */
const NOT_OURS = ['**/node_modules/**', 'dist/**', '.*/**'];

const isOurs = (path: string): boolean => !path.includes('node_modules/') && /\.\w+$/.test(path);

/** Fewer would mean that dependency-cruiser found no compiler: it then reports success without reading anything. */
export const FEWEST = { files: 400, imports: 2_000 } as const;

/** `root`: a repository with this layout. */
export async function checkImports(root: string): Promise<ImportCheck> {
  const onDisk = globSync('**/*.ts', { cwd: root, exclude: NOT_OURS }).map((path) => path.replaceAll(sep, '/'));
  const { modules, summary } = await read(root, onDisk);
  const ours = modules.filter(({ source, coreModule }) => coreModule !== true && isOurs(source));
  const names = new Set(ours.map(({ source }) => source));
  const files = new Map(
    ours.map(({ source, dependencies }) => [
      source,
      new Set(dependencies.map(({ resolved }) => resolved).filter((path) => names.has(path))),
    ]),
  );
  const imports = summary.totalDependenciesCruised ?? 0;
  const tooFew = files.size < FEWEST.files || imports < FEWEST.imports;
  const breaches = [
    ...summary.violations.map(sentenceOf),
    ...cyclesIn(folderGraph(files)).map((cycle) => `folders import each other: ${cycle}`),
    ...onDisk.filter((path) => layersOf(path).length !== 1).map((path) => `${path} is in no layer, or in several`),
    ...onDisk.filter((path) => !names.has(path)).map((path) => `${path} was not read`),
    ...(tooFew
      ? [`${files.size} files and ${imports} imports were read, expected ${FEWEST.files} and ${FEWEST.imports}`]
      : []),
  ];
  return { breaches: [...new Set(breaches)].toSorted(), files, imports };
}

/** One sentence for each permission of the table that no import of these files uses directly. */
export const unusedPermissions = (files: Graph, layers: readonly Layer[] = LAYERS): readonly string[] =>
  layers.flatMap(({ name, on }) => {
    const belongs = (path: string, layer: string): boolean => layersOf(path, layers)[0]?.name === layer;
    const imported = [...files].flatMap(([path, to]) => (belongs(path, name) ? [...to] : []));
    return on
      .map((each) => each.replace('type:', ''))
      .filter((each) => !imported.some((path) => belongs(path, each)))
      .map((each) => `layers: ${name} builds on ${each}, and imports nothing of it`);
  });

async function read(root: string, paths: string[]): Promise<ICruiseResult> {
  const { forbidden, options } = CONFIGURATION;
  const { enhancedResolveOptions, ...rest } = options;
  const { output } = await cruise(
    paths,
    { ...rest, baseDir: root, validate: true, ruleSet: { forbidden } },
    enhancedResolveOptions,
  );
  if (typeof output === 'string') throw new Error('imports: dependency-cruiser gave a text, expected its result');
  return output;
}

const sentenceOf = ({ rule, from, to, cycle }: IViolation): string =>
  rule.name === 'no-cycles'
    ? `files import each other: ${[from, ...(cycle ?? []).map(({ name }) => name)].join(' → ')}`
    : `${from} imports ${to} (${rule.name})`;

if (import.meta.main) {
  const { breaches: seen, files, imports } = await checkImports(resolve(import.meta.dirname, '..', '..'));
  const breaches = [...seen, ...unusedPermissions(files)];
  const chain = longestChain(files, (path) => path.startsWith('lib/'));
  for (const breach of breaches) process.stdout.write(`error: ${breach}\n`);
  process.stdout.write(`imports: ${files.size} files, ${imports} imports, ${breaches.length} errors\n`);
  process.stdout.write(`longest chain of imports in lib: ${chain.length} files\n`);
  process.exitCode = breaches.length > 0 ? 1 : 0;
}
