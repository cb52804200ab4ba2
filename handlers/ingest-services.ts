/**
 * Cold start of the webhook endpoint: without the API, since it must answer within seconds. The ledger's client is
 * loaded only once a request needs it.
 */
import { SOURCES } from '../events/sources/registry.ts';
import type { SignedSource, Source } from '../events/sources/source.ts';
import type { ConfiguredWebhook } from '../events/webhooks/webhook-source.ts';
import type { IngestServices } from '../lib/ingest/context.ts';
import { createThrottledCounter } from '../lib/ingest/throttled-counter.ts';
import { ConfigError } from '../lib/io/config/environment.ts';
import { readIngestConfig, readMetricConfig } from '../lib/io/config/read-others.ts';
import { V } from '../lib/io/config/variables.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { createAuditLog } from '../lib/io/log/audit-log.ts';
import { createLog } from '../lib/io/log/log.ts';
import { createMetrics } from '../lib/io/log/metrics.ts';
import { sha256, systemChance, systemClock } from '../lib/io/node.ts';
import { secretLoader } from '../lib/io/secrets/token.ts';
import { createWebhookSecrets } from '../lib/io/secrets/webhook-secrets.ts';
import { createQueues } from '../lib/io/sqs/queues.ts';
import type { ConfiguredIssuer } from './ssf-issuers.ts';

/** Rejects with ConfigError (`config-invalid`). */
export async function ingestServices(variables: NodeJS.ProcessEnv): Promise<IngestServices> {
  const config = readIngestConfig(variables, sha256, [...SOURCES.keys()]);
  const webhooks = config.webhooks === undefined ? [] : await openWebhooks(config.webhooks);
  const issuers = config.ssfIssuers === undefined ? [] : await openIssuers(config.ssfIssuers);
  const secretIds = new Map([
    ...config.secretIds,
    ...webhooks.map(({ source, secretId }) => [source.name, secretId] as const),
    ...issuers.flatMap(({ source, secretId }) => (secretId === undefined ? [] : [[source.name, secretId] as const])),
  ]);
  const configured = [...webhooks, ...issuers].map(({ source }) => [source.name, source] as const);
  const { settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl, ledgerTable } = config;
  const metrics = createMetrics(process.stdout, readMetricConfig(variables), systemClock.now);
  const log = createLog(process.stderr, systemClock);
  const open = new Set([...secretIds.keys(), ...issuers.map(({ source }) => source.name)]);
  log.info('sources', { open: [...open].join(' ') });
  const urls = { urgent: urgentQueueUrl, bulk: bulkQueueUrl, deadLetters: deadLetterQueueUrl };
  return {
    ports: {
      clock: systemClock,
      chance: systemChance,
      audit: metrics.audit(
        createAuditLog(process.stdout, { authority: settings.handler, newId: systemChance.id, sha256 }),
      ),
      ...createQueues({ urls }),
      table: createTable({ name: ledgerTable, dryRun: settings.mode === 'dry-run', now: systemClock.now }),
      secrets: createWebhookSecrets({ ids: secretIds, load: (id) => secretLoader(id)(), now: systemClock.now }),
      digest: sha256,
      sha256,
      log,
      meter: metrics.meter,
    },
    settings,
    sources: new Map<string, Source | SignedSource>([...SOURCES, ...configured]),
    counter: createThrottledCounter(systemClock),
  };
}

/** Loaded only where webhooks are configured: the others start without them. */
async function openWebhooks(text: string): Promise<readonly ConfiguredWebhook[]> {
  const { configuredWebhooks } = await import('../events/webhooks/webhook-source.ts');
  const configured = configuredWebhooks(text);
  if (configured.kind === 'webhooks') return configured.webhooks;
  throw new ConfigError(configured.problems.map((problem) => `${V.webhooks.name}: ${problem}`));
}

/** Loaded only where an issuer is configured, with the code that verifies signatures. */
async function openIssuers(text: string): Promise<readonly ConfiguredIssuer[]> {
  const { configuredIssuers } = await import('./ssf-issuers.ts');
  const configured = configuredIssuers(text, systemClock.now);
  if (configured.kind === 'issuers') return configured.issuers;
  throw new ConfigError(configured.problems.map((problem) => `${V.ssfIssuers.name}: ${problem}`));
}
