/** Cold start of the replay: it makes no API calls, so neither the token nor the API client is loaded. */
import { readReplayConfig } from '../lib/io/config/read.ts';
import { readMetricConfig } from '../lib/io/config/read-others.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { createAuditLog } from '../lib/io/log/audit-log.ts';
import { createLog } from '../lib/io/log/log.ts';
import { createMetrics } from '../lib/io/log/metrics.ts';
import { sha256, systemChance, systemClock } from '../lib/io/node.ts';
import { createDeadLetterQueue } from '../lib/io/sqs/inbox.ts';
import { createQueues } from '../lib/io/sqs/queues.ts';
import type { ReplayServices } from '../lib/replay/replay.ts';

/** `out` takes audit records and metrics. Throws ConfigError (`config-invalid`). */
export function replayServices(
  variables: NodeJS.ProcessEnv,
  out: Parameters<typeof createAuditLog>[0] = process.stdout,
): ReplayServices {
  const config = readReplayConfig(variables, sha256);
  const { settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl, ledgerTable } = config;
  const metrics = createMetrics(out, readMetricConfig(variables), systemClock.now);
  const urls = { urgent: urgentQueueUrl, bulk: bulkQueueUrl, deadLetters: deadLetterQueueUrl };
  return {
    ports: {
      clock: systemClock,
      chance: systemChance,
      audit: metrics.audit(createAuditLog(out, { authority: settings.handler, newId: systemChance.id, sha256 })),
      inbox: createDeadLetterQueue({ url: deadLetterQueueUrl }),
      lanes: createQueues({ urls }).lanes,
      table: createTable({ name: ledgerTable, dryRun: settings.mode === 'dry-run', now: systemClock.now }),
      sha256,
      log: createLog(process.stderr, systemClock),
    },
    settings,
  };
}
