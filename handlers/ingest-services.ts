/**
 * Cold start of the webhook endpoint: without the API, since it must answer within seconds. The ledger's client is
 * loaded only once a request needs it.
 */
import { SOURCES } from '../events/sources/registry.ts';
import type { IngestServices } from '../lib/ingest/context.ts';
import { createThrottledCounter } from '../lib/ingest/throttled-counter.ts';
import { readIngestConfig, readMetricConfig } from '../lib/io/config/read-others.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { createAuditLog } from '../lib/io/log/audit-log.ts';
import { createLog } from '../lib/io/log/log.ts';
import { createMetrics } from '../lib/io/log/metrics.ts';
import { sha256, systemChance, systemClock } from '../lib/io/node.ts';
import { secretLoader } from '../lib/io/secrets/token.ts';
import { createWebhookSecrets } from '../lib/io/secrets/webhook-secrets.ts';
import { createQueues } from '../lib/io/sqs/queues.ts';

/** Throws ConfigError (`config-invalid`). */
export function ingestServices(variables: NodeJS.ProcessEnv): IngestServices {
  const config = readIngestConfig(variables, sha256, [...SOURCES.keys()]);
  const { settings, secretIds, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl, ledgerTable } = config;
  const metrics = createMetrics(process.stdout, readMetricConfig(variables), systemClock.now);
  const log = createLog(process.stderr, systemClock);
  log.info('sources', { open: [...secretIds.keys()].join(' ') });
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
    sources: SOURCES,
    counter: createThrottledCounter(systemClock),
  };
}
