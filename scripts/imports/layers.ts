/**
 * The layers of the repository: who may import whom. `npm run check` and the architecture test enforce this table with
 * dependency-cruiser; ARCHITECTURE.md shows it. Type-only and dynamic imports count.
 */

export interface Layer {
  readonly name: string;
  /** Folders end in a slash. */
  readonly files: readonly string[];
  /** The layers that it builds on: it may import those and all that they build on. Prefix `type:`: types only. */
  readonly on: readonly string[];
  /** `node:`: every Node module. `*`: every package. A trailing slash: a scope. Prefix `type:`: types only. */
  readonly packages: readonly string[];
}

const LIB = ['consume', 'replay', 'reconcile', 'notify', 'io'];

/** No layer builds on test, and no layer of the product builds on scripts, local or bench. */
export const LAYERS: readonly Layer[] = [
  { name: 'events', files: ['events/'], on: [], packages: ['zod'] },
  { name: 'model', files: ['lib/model/'], on: ['events'], packages: [] },
  { name: 'ports', files: ['lib/ports.ts'], on: ['model'], packages: [] },
  { name: 'runtime', files: ['lib/runtime/'], on: ['ports'], packages: [] },
  { name: 'coreweave', files: ['lib/coreweave/'], on: ['runtime'], packages: [] },
  { name: 'audit', files: ['lib/audit/'], on: ['coreweave'], packages: [] },
  { name: 'ledger', files: ['lib/ledger/'], on: ['runtime'], packages: [] },
  { name: 'dead-letters', files: ['lib/dead-letters/'], on: ['runtime'], packages: [] },
  { name: 'context', files: ['lib/context.ts'], on: ['audit', 'ledger', 'dead-letters'], packages: [] },
  { name: 'revoke', files: ['lib/revoke/'], on: ['context'], packages: [] },
  { name: 'offboard', files: ['lib/offboard/'], on: ['revoke'], packages: [] },
  { name: 'alerts', files: ['lib/alerts/'], on: ['revoke'], packages: [] },
  { name: 'replay', files: ['lib/replay/'], on: ['context'], packages: [] },
  { name: 'follow-up', files: ['lib/follow-up/'], on: ['revoke'], packages: [] },
  { name: 'reconcile', files: ['lib/reconcile/'], on: ['offboard'], packages: [] },
  {
    name: 'consume',
    files: ['lib/consume/'],
    on: ['offboard', 'alerts', 'follow-up', 'reconcile'],
    packages: ['type:aws-lambda'],
  },
  { name: 'ingest', files: ['lib/ingest/'], on: ['context'], packages: [] },
  { name: 'notify', files: ['lib/notify/'], on: ['audit'], packages: [] },
  { name: 'metrics', files: ['lib/metrics/'], on: ['audit'], packages: [] },
  {
    name: 'io',
    files: ['lib/io/'],
    on: ['ledger', 'dead-letters', 'metrics', 'type:ingest', 'type:notify'],
    packages: ['node:', 'jose', 'undici', 'zod', '@aws-sdk/', '@smithy/signature-v4'],
  },
  { name: 'handlers', files: ['handlers/'], on: ['ingest', ...LIB], packages: ['type:aws-lambda'] },
  { name: 'terminal', files: ['terminal/'], on: ['ports'], packages: ['node:', 'cli-progress'] },
  { name: 'cli', files: ['cli/'], on: ['terminal', ...LIB], packages: ['node:', 'commander', '@aws-sdk/'] },
  { name: 'bin', files: ['bin/'], on: ['cli'], packages: ['node:'] },
  { name: 'scripts', files: ['scripts/', '.dependency-cruiser.mjs'], on: ['io', 'terminal'], packages: ['*'] },
  { name: 'local', files: ['local/'], on: ['notify', 'io', 'terminal'], packages: ['*'] },
  { name: 'bench', files: ['bench/'], on: ['cli', 'scripts', 'local'], packages: ['*'] },
  { name: 'manifest', files: ['package.json'], on: [], packages: [] },
  { name: 'test', files: ['test/', 'vitest.config.ts'], on: ['handlers', 'bench', 'manifest'], packages: ['*'] },
];
