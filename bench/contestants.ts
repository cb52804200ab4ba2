/** What is measured: the built handler, variants of it, and the peers. */
import { join, resolve } from 'node:path';
import { heapFlags } from '../local/environment.ts';
import { BUNDLE } from '../local/variables.ts';
import { type Built, bundleLeanMinimum, bundlePeers, bundleProduct, bundleUnchained } from './bundles.ts';

export interface Contestant {
  readonly name: string;
  readonly bundle: string;
  /** Variables in addition to those of every contestant. */
  readonly env: Readonly<Record<string, string>>;
}

export const OURS = 'ours';
/** The same bundle again: its distance from `ours` shows the noise. */
export const TWIN = 'ours (twin)';
export const UNCHAINED = 'ours, no chain';
export const VERIFYING = 'ours, verifying';
export const DEPLOYED = 'ours, as deployed';
/** An earlier build of the product, given by `--baseline`. */
const BASELINE = 'ours, baseline';
export const MINIMUM = 'minimum';
/** With the bundle options of the product; the others have those of esbuild. */
export const LEAN_MINIMUM = 'minimum, lean';
export const STACK = 'powertools';
export const STACK_WITH_SECRET = 'powertools-secret';

/** Variables of the product that the other contestants lack. */
export const AS_DEPLOYED = { VERIFY: 'true', METRIC_SERVICE: 'revocation', SELF_PRINCIPAL: 'coreweave/self' };

/** The work of the other contestants, where the environment of all is as deployed. */
export const SAME_WORK = 'ours, same work';

/** The name of a contestant whose Node is started by Lambda's script. */
export const withLambdaFlags = (name: string): string => `${name}, Lambda's flags`;

/** Of the function that revokes leaked keys (serverless.yml). */
const MEMORY_MB = 512;

/**
 * How Lambda's script starts Node: that of its runtime for Node 18. Of the one for Node 24, only the flags of the heap
 * are public. With `--expose-gc`, Node compiles its own modules anew, since its cache of them was made without.
 */
const LAMBDA_FLAGS = {
  NODE_OPTIONS: ['--expose-gc', '--max-http-header-size=81920', ...heapFlags(MEMORY_MB)].join(' '),
};

const PRODUCT_VARIANTS: readonly (readonly [name: string, env: Readonly<Record<string, string>>])[] = [
  [OURS, {}],
  [TWIN, {}],
  [VERIFYING, { VERIFY: 'true' }],
  [DEPLOYED, AS_DEPLOYED],
  [SAME_WORK, { VERIFY: 'false', METRIC_SERVICE: '', SELF_PRINCIPAL: '' }],
];

export interface ContestantSet {
  /** Throws for an unknown name. */
  find(...names: readonly string[]): readonly Contestant[];
  /** The earlier build, where one was given. */
  readonly baseline: readonly Contestant[];
  /** Builds of the peers and of the product, by name. */
  readonly built: ReadonlyMap<string, Built>;
}

const baselineOf = (bundle: string): readonly Contestant[] => [
  { name: BASELINE, bundle, env: {} },
  { name: `${BASELINE}, as deployed`, bundle, env: AS_DEPLOYED },
];

/** Builds into the folder what `npm run build` has not built. Needs `npm run build` before. */
export async function buildContestants(folder: string, baseline?: string): Promise<ContestantSet> {
  const peers = await bundlePeers(join(folder, 'peers'));
  const product = await bundleProduct(join(folder, 'esm'));
  const unchained = await bundleUnchained(join(folder, 'unchained'));
  const lean = await bundleLeanMinimum(join(folder, 'lean'));
  const built = new Map<string, Built>([[OURS, product], [UNCHAINED, unchained], [LEAN_MINIMUM, lean], ...peers]);
  const all: readonly Contestant[] = [
    ...PRODUCT_VARIANTS.map(([name, env]) => ({ name, bundle: BUNDLE, env })),
    ...[...built].filter(([name]) => name !== OURS).map(([name, { path }]) => ({ name, bundle: path, env: {} })),
  ].flatMap((each) => [each, { ...each, name: withLambdaFlags(each.name), env: { ...each.env, ...LAMBDA_FLAGS } }]);
  return {
    built,
    baseline: baseline === undefined ? [] : baselineOf(resolve(baseline)),
    find: (...names) =>
      names.map((name) => {
        const found = all.find((each) => each.name === name);
        if (found === undefined) throw new Error(`no contestant is called ${name}`);
        return found;
      }),
  };
}
