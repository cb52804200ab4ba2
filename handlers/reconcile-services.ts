/** Cold start of the reconciliation: as that of the consumer, with a reader of many rows. */

import { optional } from '../lib/io/config/environment.ts';
import { V } from '../lib/io/config/variables.ts';
import { createRowReader } from '../lib/io/dynamodb/rows.ts';
import { systemClock } from '../lib/io/node.ts';
import type { SecretReader, TokenOrigin } from '../lib/io/secrets/token.ts';
import { tokenDaysLeft } from '../lib/model/token-expiry.ts';
import type { SelfCheckServices } from '../lib/reconcile/self-check.ts';
import { revokeServices } from './services.ts';

/** Throws ConfigError (`config-invalid`). */
export function reconcileServices(variables: NodeJS.ProcessEnv): SelfCheckServices {
  const { runtime, api, config, reader } = revokeServices(variables);
  const { ports, settings, credentials } = runtime;
  const rows = createRowReader({
    name: config.ledgerTable,
    dryRun: settings.mode === 'dry-run',
    clock: systemClock,
  });
  return {
    ports: { ...ports, rows },
    settings,
    credentials,
    api,
    tokenDaysLeft: () => daysLeftOf(config.token, reader, optional(variables, V.tokenLife)),
  };
}

async function daysLeftOf(
  token: TokenOrigin,
  reader: SecretReader,
  lifeMs: number | undefined,
): Promise<number | undefined> {
  if (token.kind === 'plain' || lifeMs === undefined) return undefined;
  const { storedAt } = await reader(token.id)();
  return storedAt === undefined ? undefined : tokenDaysLeft(storedAt, lifeMs, systemClock.now());
}
