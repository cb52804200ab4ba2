/** Who may import whom: the table that the architecture test enforces and ARCHITECTURE.md shows. */
import type { Room } from './rules.ts';

const PRODUCT = ['events', 'domain', 'ports', 'flows', 'io', 'handlers'];
const SDK = ['dynamodb', 'eventbridge', 'scheduler', 'secrets-manager', 'sqs', 'sts'].map(
  (name) => `@aws-sdk/client-${name}`,
);

/** Nobody imports test; of the product nobody imports local, bench or scripts. */
export const ROOMS: readonly Room[] = [
  { name: 'events', holds: /^events\//, rooms: ['events'], packages: ['zod'] },
  { name: 'domain', holds: /^lib\/domain\//, rooms: ['events', 'domain'], packages: [] },
  { name: 'ports', holds: /^lib\/ports\.ts$/, rooms: ['events', 'domain'], packages: [] },
  {
    name: 'io',
    holds: /^lib\/io\//,
    rooms: ['events', 'domain', 'type:ports', 'io'],
    packages: ['node:', 'undici', 'zod', ...SDK],
  },
  {
    name: 'flows',
    holds: /^lib\/[^/]+\.ts$/,
    rooms: ['events', 'domain', 'ports', 'flows'],
    packages: ['type:aws-lambda'],
  },
  { name: 'handlers', holds: /^handlers\//, rooms: PRODUCT, packages: ['node:', 'type:aws-lambda'] },
  {
    name: 'cli',
    holds: /^(bin|cli)\//,
    rooms: ['events', 'domain', 'ports', 'flows', 'io', 'cli'],
    packages: ['node:', 'commander', 'cli-progress'],
  },
  { name: 'scripts', holds: /^scripts\//, rooms: [...PRODUCT, 'scripts'], packages: ['*'] },
  { name: 'local', holds: /^local\//, rooms: [...PRODUCT, 'local'], packages: ['*'] },
  { name: 'bench', holds: /^bench\//, rooms: [...PRODUCT, 'scripts', 'local', 'bench'], packages: ['*'] },
  { name: 'test', holds: /^(test\/|vitest\.config\.ts$)/, rooms: ['*'], packages: ['*'] },
];
