/** Turns the table of layers into rules of dependency-cruiser. */
import type { IConfiguration, IRegularForbiddenRuleType } from 'dependency-cruiser';
import { LAYERS, type Layer } from './layers.ts';

type Rule = IRegularForbiddenRuleType;

const TYPE = 'type:';
const isType = (name: string): boolean => name.startsWith(TYPE);
const withoutType = (name: string): string => (isType(name) ? name.slice(TYPE.length) : name);

/** The layers that `names` stand for, with all that they build on. What is allowed as types only is not passed on. */
const reachable = (names: readonly string[], layers: readonly Layer[]): readonly Layer[] => {
  const found = new Set<Layer>();
  const visit = (name: string): void => {
    const layer = layers.find((each) => each.name === name);
    if (layer === undefined) throw new Error(`layers: no layer is called ${name}; add it to the table`);
    if (found.has(layer)) return;
    found.add(layer);
    for (const next of layer.on) if (!isType(next)) visit(next);
  };
  for (const name of names) visit(name);
  return [...found];
};

const escaped = (text: string): string => text.replaceAll(/[.\\/+*?[\]^$(){}|-]/g, (sign) => `\\${sign}`);

/** The pattern of a folder (`lib/io/`) or of a file (`lib/ports.ts`). */
const pathOf = (file: string): string => `^${escaped(file)}${file.endsWith('/') ? '' : '$'}`;
const pathsOf = (layers: readonly Layer[]): string[] => layers.flatMap(({ files }) => files.map(pathOf));

/** A package stands in node_modules under its own name; if only its types are installed, under `@types`. */
const packagePath = (name: string): string =>
  `(^|/)node_modules/(@types/)?${escaped(name.endsWith('/') ? name : `${name}/`)}`;

const FROM_NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'] as const;
const FROM_OUTSIDE = ['core', ...FROM_NPM] as const;

/** A rule that lists what is allowed: none of `paths` means that nothing is. */
const allowOnly = (paths: string[]): Pick<Rule['to'], 'pathNot'> => (paths.length === 0 ? {} : { pathNot: paths });

const layerRules = (layer: Layer, layers: readonly Layer[]): readonly Rule[] => {
  const from = { path: layer.files.map(pathOf) };
  const values = reachable([layer.name], layers);
  const all = reachable([layer.name, ...layer.on.map(withoutType)], layers);
  const typesOnly = all.filter((each) => !values.includes(each));
  return [
    {
      name: `${layer.name}-imports`,
      severity: 'error',
      from,
      to: { dependencyTypesNot: [...FROM_OUTSIDE], pathNot: pathsOf(all), couldNotResolve: false },
    },
    ...(typesOnly.length === 0 ? [] : [onlyAsTypes(`${layer.name}-imports-types`, from, pathsOf(typesOnly))]),
  ];
};

const onlyAsTypes = (name: string, from: Rule['from'], path: string[]): Rule => ({
  name,
  severity: 'error',
  from,
  to: { path, dependencyTypesNot: ['type-only'] },
});

const packageRules = ({ name, files, packages }: Layer): readonly Rule[] => {
  if (packages.includes('*')) return [];
  const from = { path: files.map(pathOf) };
  const known = packages.filter((each) => each !== 'node:');
  const typesOnly = known.filter(isType).map(withoutType).map(packagePath);
  return [
    {
      name: `${name}-packages`,
      severity: 'error',
      from,
      to: { dependencyTypes: [...FROM_NPM], ...allowOnly(known.map(withoutType).map(packagePath)) },
    },
    ...(typesOnly.length === 0 ? [] : [onlyAsTypes(`${name}-packages-types`, from, typesOnly)]),
    ...(packages.includes('node:')
      ? []
      : [{ name: `${name}-node`, severity: 'error', from, to: { dependencyTypes: ['core'] } } satisfies Rule]),
  ];
};

const rulesFor = (layers: readonly Layer[]): readonly Rule[] => [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ...layers.flatMap((layer) => [...layerRules(layer, layers), ...packageRules(layer)]),
];

/** The layers whose files contain `path`; exactly one for every file of the repository. */
export const layersOf = (path: string, layers: readonly Layer[] = LAYERS): readonly Layer[] =>
  layers.filter(({ files }) => files.some((file) => (file.endsWith('/') ? path.startsWith(file) : path === file)));

/** What the command line `depcruise` reads, and what `check.ts` runs. */
export const CONFIGURATION = {
  forbidden: [...rulesFor(LAYERS)],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmark have packages of their own, which are installed only to measure them.
    exclude: { path: '^bench/peers/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
} satisfies IConfiguration;
