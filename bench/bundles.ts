/** Builds what the product's bundle is measured beside: the peers, and variants of the product itself. */
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { buildHandler } from '../scripts/build.ts';
import { BUNDLE_OPTIONS, LEAN } from '../scripts/bundle-options.ts';
import { PEERS } from './install-peers.ts';

const ROOT = resolve(import.meta.dirname, '..');
const REVOKE = join(ROOT, 'handlers', 'revoke.ts');

/** The files in peers/ that are handlers. */
const PEER_NAMES = [
  'minimum',
  'fetch',
  'fetch-secret',
  'fetch-bounded',
  'https-bounded',
  'middy',
  'powertools-lean',
  'powertools',
  'powertools-secret',
  'powertools-sqs',
  'powertools-idempotency',
  'powertools-sequential',
] as const;

const bundle = async (options: BuildOptions & { readonly outdir: string }): Promise<Metafile> => {
  const { metafile } = await build({ ...BUNDLE_OPTIONS, ...options, absWorkingDir: ROOT, metafile: true });
  return metafile;
};

/** Bundles each peer into a folder of its own in `folder`, by name. */
export async function bundlePeers(folder: string): Promise<ReadonlyMap<string, Built>> {
  const built = PEER_NAMES.map(async (name): Promise<readonly [string, Built]> => {
    const outdir = join(folder, name);
    const metafile = await bundle({ entryPoints: [join(PEERS, `${name}.mjs`)], outdir });
    return [name, { path: join(outdir, `${name}.mjs`), metafile }];
  });
  return new Map(await Promise.all(built));
}

export interface Built {
  readonly path: string;
  readonly metafile: Metafile;
}

/** The product's own bundle once more, for its metafile. */
export const bundleProduct = async (folder: string): Promise<Built> => ({
  path: join(folder, 'revoke.mjs'),
  metafile: await buildHandler(REVOKE, { root: ROOT, outdir: folder }),
});

/** What writes the chain of the audit records, what it imports for that, and what stands in for it. */
const CHAIN: Replacement = {
  module: 'lib/audit/chain.ts',
  importer: 'lib/io/log/audit-log.ts',
  by: 'bench/unchained.ts',
};

/** The product without the chain of its audit records. Rejects when the chain was not replaced. */
export const bundleUnchained = async (folder: string, chain = CHAIN): Promise<Built> => ({
  path: join(folder, 'revoke.mjs'),
  metafile: await buildHandler(
    REVOKE,
    { root: ROOT, outdir: folder },
    { ...LEAN, plugins: [...LEAN.plugins, replacing(chain)] },
  ),
});

/** Paths from the root. */
interface Replacement {
  readonly module: string;
  /** Only what this file imports is replaced. */
  readonly importer: string;
  readonly by: string;
}

/** Without the check, a file that has moved would turn the variant into a second copy of the product. */
const replacing = ({ module, importer, by }: Replacement): Plugin => ({
  name: 'replacing',
  setup: ({ onResolve, onEnd }) => {
    let replaced = false;
    onResolve({ filter: /^\.{1,2}\// }, (args) => {
      if (args.importer !== join(ROOT, importer) || resolve(args.resolveDir, args.path) !== join(ROOT, module)) return;
      replaced = true;
      return { path: join(ROOT, by) };
    });
    onEnd(() => (replaced ? undefined : { errors: [{ text: `${importer} no longer imports ${module}` }] }));
  },
});

/** The sources of the webhook endpoint, by file and by the name of what it exports. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  ['github', 'gitlab', 'gitguardian', 'okta', 'scim', 'standard-webhooks'].map((name) => [
    join(ROOT, 'events', 'sources', `${name}.ts`),
    name.replace(/-(.)/, (_, initial: string) => initial.toUpperCase()),
  ]),
);

/** What is loaded only where it is configured. */
const CONFIGURED = /[\\/](?:events[\\/]webhooks[\\/]webhook-source|handlers[\\/]ssf-issuers)\.ts$/;

/** The webhook endpoint without the code of its sources. Rejects when one of them was not found. */
export const bundleSourceless = async (folder: string): Promise<Built> => ({
  path: join(folder, 'ingest.mjs'),
  metafile: await buildHandler(
    join(ROOT, 'handlers', 'ingest.ts'),
    { root: ROOT, outdir: folder },
    { ...LEAN, plugins: [...LEAN.plugins, sourceless] },
  ),
});

const sourceless: Plugin = {
  name: 'sourceless',
  setup: ({ onLoad, onEnd }) => {
    const met = new Set<string>();
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const name = SOURCES.get(path);
      if (name === undefined && !CONFIGURED.test(path)) return undefined;
      met.add(path);
      return { contents: name === undefined ? '' : `export const ${name} = { name: '${name}' };` };
    });
    onEnd(() => (met.size === SOURCES.size + 2 ? undefined : { errors: [{ text: 'a source has moved' }] }));
  },
};

/** The minimum, with as little of undici as the product has. */
export const bundleLeanMinimum = async (folder: string): Promise<Built> => ({
  path: join(folder, 'minimum.mjs'),
  metafile: await bundle({ ...LEAN, entryPoints: [join(PEERS, 'minimum.mjs')], outdir: folder }),
});
