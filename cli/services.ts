/** Wiring for commands: each reads the variables that it uses, and no others, and gets the ports that it names. */

import type { Api } from '../lib/coreweave/api.ts';
import type { Environment } from '../lib/io/config/environment.ts';
import { type Config, readConfig } from '../lib/io/config/read.ts';
import { V } from '../lib/io/config/variables.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { createCoreweaveApi } from '../lib/io/http/coreweave.ts';
import { sha256, systemClock } from '../lib/io/node.ts';
import { tokenSource } from '../lib/io/secrets/token.ts';
import type { Settings } from '../lib/model/settings.ts';
import type { Table } from '../lib/ports.ts';
import { createDirectoryList, type DirectoryList } from './identity/scan.ts';

/** What a command may use, and the variables behind it. */
const USES = {
  guards: [
    V.mode,
    V.protections,
    V.selfPrincipal,
    V.staleAfter,
    V.templates,
    V.limits,
    V.verify,
    V.dryRunKeep,
    V.keyIdOnly,
    V.apiUrl,
  ],
  lanes: [V.urgentQueueUrl, V.bulkQueueUrl],
  deadLetters: [V.deadLetterQueueUrl],
  ledger: [V.mode, V.ledgerTable],
  api: [V.token, V.tokenSecretId, V.apiUrl, V.apiTimeoutMs, V.apiConcurrency],
} as const;
export type Use = keyof typeof USES;

/** In place of what a command does not use, so that one reader checks every configuration. Nothing is ever sent there. */
const STAND_INS: Readonly<Record<string, string>> = {
  MODE: 'enforce',
  URGENT_QUEUE_URL: 'https://sqs.invalid/0/urgent',
  BULK_QUEUE_URL: 'https://sqs.invalid/0/bulk',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.invalid/0/dead-letters',
  LEDGER_TABLE: 'not-used',
};

/** Takes the environment and what is used of it; returns the configuration, of which only that counts. Throws ConfigError with all problems at once. */
export function configFor(env: Environment, ...uses: readonly Use[]): Config {
  const names = new Set<string>(uses.flatMap((use) => USES[use].map(({ name }) => name)));
  const used = Object.entries(env).filter(([name]) => names.has(name));
  const others = Object.entries(STAND_INS).filter(([name]) => !names.has(name));
  const token = uses.includes('api') ? {} : { [V.token.name]: 'not-used' };
  return readConfig({ ...Object.fromEntries(others), ...token, ...Object.fromEntries(used) }, sha256);
}

/** Takes the environment; returns the settings that decide, MODE `enforce` when it is not set. */
export const guardSettings = (env: Environment): Settings =>
  configFor({ ...env, [V.mode.name]: env[V.mode.name] || STAND_INS.MODE }, 'guards').settings;

/** The ledger, and whether its rows are those of the dry run. */
export interface Ledger {
  readonly table: Table;
  readonly directory: DirectoryList;
  readonly dryRun: boolean;
}

/** Takes the environment; returns the ledger. Throws ConfigError. */
export function ledgerOf(env: Environment): Ledger {
  const { settings, ledgerTable: name } = configFor(env, 'ledger');
  const dryRun = settings.mode === 'dry-run';
  return {
    table: createTable({ name, dryRun, now: systemClock.now }),
    directory: createDirectoryList({ name, dryRun }),
    dryRun,
  };
}

/** Takes the environment; returns the API, and the ms that one call may take. Throws ConfigError. */
export function apiOf(env: Environment): { readonly api: Api; readonly timeoutMs: number; readonly host: string } {
  const { apiUrl, token, settings } = configFor(env, 'api');
  const { now } = systemClock;
  const { apiConcurrency: connections, apiTimeoutMs: timeoutMs } = settings;
  return {
    api: createCoreweaveApi({ url: apiUrl, connections, token: tokenSource(token, now), now }),
    timeoutMs,
    host: apiUrl.host,
  };
}
