/** Wiring of commands: each reads only the variables that it needs. */
import type { Api, ApiResponse } from '../lib/coreweave/api.ts';
import { createCredentials } from '../lib/coreweave/credentials.ts';
import type { Environment } from '../lib/io/config/environment.ts';
import { type Config, readConfig } from '../lib/io/config/read.ts';
import { V } from '../lib/io/config/variables.ts';
import { createRowReader } from '../lib/io/dynamodb/rows.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { createCoreweaveApi } from '../lib/io/http/coreweave.ts';
import { type AlertList, createAlertList } from '../lib/io/http/github-alert-list.ts';
import { sha256, systemClock } from '../lib/io/node.ts';
import { secretReader, tokenSource } from '../lib/io/secrets/token.ts';
import type { Settings } from '../lib/model/settings.ts';
import type { Log, Row, Table } from '../lib/ports.ts';
import type { SurveyServices } from '../lib/reconcile/found.ts';
import { usageError } from './failure.ts';
import { createDirectoryScan, createEventScan, type DirectoryScan } from './io/directory-scan.ts';
import { withLastResponse } from './last-response.ts';

/** The variables behind each part that a command may use. */
const USES = {
  guards: [
    V.mode,
    V.protections,
    V.selfPrincipal,
    V.staleAfter,
    V.templates,
    V.limits,
    V.reconcileLimit,
    V.verify,
    V.dryRunKeep,
    V.keyIdOnly,
    V.ownerUnknown,
    V.apiUrl,
    V.senders,
    V.twoPersonApproval,
  ],
  lanes: [V.urgentQueueUrl, V.bulkQueueUrl],
  deadLetters: [V.deadLetterQueueUrl],
  ledger: [V.mode, V.ledgerTable],
  api: [V.token, V.tokenSecretId, V.apiUrl, V.apiTimeoutMs, V.apiConcurrency],
  github: [V.githubTokenSecretId, V.githubApiUrl],
} as const;
export type Use = keyof typeof USES;

/** Values for the parts that a command does not use, so that one reader can check the rest. Nothing is sent there. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  MODE: 'enforce',
  URGENT_QUEUE_URL: 'https://sqs.invalid/0/urgent',
  BULK_QUEUE_URL: 'https://sqs.invalid/0/bulk',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.invalid/0/dead-letters',
  LEDGER_TABLE: 'not-used',
  // Without it no dead letter is believed about its sender: it is held again where SENDERS names senders.
  OWN_ROLES: '{}',
};

/** The configuration, valid only for the parts that are named. Throws ConfigError with all problems at once. */
export function readConfigFor(env: Environment, ...uses: readonly Use[]): Config {
  const names = new Set<string>(uses.flatMap((use) => USES[use].map(({ name }) => name)));
  const used = Object.entries(env).filter(([name]) => names.has(name));
  const others = Object.entries(PLACEHOLDERS).filter(([name]) => !names.has(name) || name === V.ownRoles.name);
  const token = uses.includes('api') ? {} : { [V.token.name]: 'not-used' };
  return readConfig({ ...Object.fromEntries(others), ...token, ...Object.fromEntries(used) }, sha256);
}

/** The settings of the safety checks; MODE is `enforce` where it is not set. */
export const readGuardSettings = (env: Environment): Settings =>
  readConfigFor({ ...env, [V.mode.name]: env[V.mode.name] || PLACEHOLDERS.MODE }, 'guards').settings;

export interface Ledger {
  readonly table: Table;
  readonly directory: DirectoryScan;
  /** The rows are those of the dry run, which are kept apart. */
  readonly dryRun: boolean;
}

/** Throws ConfigError. */
export function openLedger(env: Environment): Ledger {
  const { settings, ledgerTable: name } = readConfigFor(env, 'ledger');
  const dryRun = settings.mode === 'dry-run';
  return {
    table: createTable({ name, dryRun, now: systemClock.now }),
    directory: createDirectoryScan({ name, dryRun }),
    dryRun,
  };
}

/** With the operator's own credentials, which may come from a profile or a sign-in. */
export const OWN_SECRETS = { reader: secretReader };

/** What a reconciliation reads; it can write nothing. Throws ConfigError. */
export function openSurvey(
  env: Environment,
  log: Log,
): SurveyServices & { readonly settings: Settings; readonly lastResponse: () => ApiResponse | undefined } {
  const { apiUrl, token, settings, ledgerTable: name } = readConfigFor(env, 'guards', 'ledger', 'api');
  const { now } = systemClock;
  const dryRun = settings.mode === 'dry-run';
  const { api, last: lastResponse } = withLastResponse(
    createCoreweaveApi({
      url: apiUrl,
      connections: settings.apiConcurrency,
      token: tokenSource(token, now, OWN_SECRETS),
      now,
    }),
  );
  const ports = { clock: systemClock, log, meter: { add: () => undefined }, api };
  return {
    ports: {
      clock: systemClock,
      sha256,
      table: createTable({ name, dryRun, now }),
      rows: createRowReader({ name, dryRun, clock: systemClock }),
    },
    settings,
    credentials: createCredentials(ports, settings),
    lastResponse,
  };
}

/** Throws ConfigError. */
export function openEventRows(env: Environment): AsyncIterable<Row> {
  const { settings, ledgerTable: name } = readConfigFor(env, 'ledger');
  return createEventScan({ name, dryRun: settings.mode === 'dry-run' }).rows();
}

/** `timeoutMs` is for one call. Throws ConfigError. */
export function openApi(env: Environment): { readonly api: Api; readonly timeoutMs: number; readonly host: string } {
  const { apiUrl, token, settings } = readConfigFor(env, 'api');
  const { now } = systemClock;
  const { apiConcurrency: connections, apiTimeoutMs: timeoutMs } = settings;
  return {
    api: createCoreweaveApi({ url: apiUrl, connections, token: tokenSource(token, now, OWN_SECRETS), now }),
    timeoutMs,
    host: apiUrl.host,
  };
}

/** Throws ConfigError, and CliError `github-token-unknown`. */
export function openAlertList(env: Environment): AlertList {
  const { github } = readConfigFor(env, 'github');
  if (github === undefined) {
    const name = V.githubTokenSecretId.name;
    throw usageError('github-token-unknown', `${name} is not set`, 'name the secret with the GitHub token in it');
  }
  const { now } = systemClock;
  return createAlertList({
    url: github.url,
    token: tokenSource({ kind: 'secret', id: github.tokenSecretId }, now, OWN_SECRETS),
    now,
  });
}
