/** Cold start: the configuration is read and checked, the ports are made and joined. Nothing here talks to the network. */
import { createHash } from 'node:crypto';
import { createCaller } from '../lib/caller.ts';
import { type Lanes, queueKey } from '../lib/deliveries.ts';
import { createAuditLog } from '../lib/io/audit-log.ts';
import { systemChance, systemClock } from '../lib/io/clock.ts';
import { readConfig } from '../lib/io/config.ts';
import { createCoreweaveApi } from '../lib/io/coreweave.ts';
import { createLog } from '../lib/io/log.ts';
import { createQueues } from '../lib/io/queues.ts';
import { createSchedules, noSchedules } from '../lib/io/schedules.ts';
import { tokenSource } from '../lib/io/secrets.ts';
import { createTable } from '../lib/io/table.ts';
import type { Ports } from '../lib/ports.ts';
import type { Environment } from '../lib/work.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Takes the environment variables; returns what the revoke handler works with. Throws ConfigError (`config-invalid`). */
export function revokeServices(variables: NodeJS.ProcessEnv): {
  readonly environment: Environment;
  readonly lanes: Lanes;
} {
  const config = readConfig(variables, sha256);
  const { settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl } = config;
  const log = createLog(process.stderr, systemClock);
  for (const warning of config.warnings) log.warn('config', { warning });

  const urls = { urgent: urgentQueueUrl, bulk: bulkQueueUrl, deadLetters: deadLetterQueueUrl };
  const { deadLetters, lanes } = createQueues({ urls });
  const { now } = systemClock;
  const ports: Ports = {
    clock: systemClock,
    chance: systemChance,
    api: createCoreweaveApi({
      url: config.apiUrl,
      connections: settings.apiConcurrency,
      token: tokenSource(config.token, now),
      now,
    }),
    audit: createAuditLog(process.stdout),
    deadLetters,
    lanes,
    table: createTable({ name: config.ledgerTable, dryRun: settings.mode === 'dry-run', now }),
    schedules: config.schedule === undefined ? noSchedules : createSchedules(scheduleTarget(config.schedule)),
    sha256,
    log,
  };
  return {
    environment: { ports, settings, caller: createCaller(ports, settings) },
    lanes: new Map([
      [queueKey(urgentQueueUrl), 'urgent'],
      [queueKey(bulkQueueUrl), 'bulk'],
    ]),
  };
}

const scheduleTarget = ({
  group,
  roleArn,
  bulkQueueArn,
  deadLetterQueueArn,
}: NonNullable<ReturnType<typeof readConfig>['schedule']>) => ({
  group,
  roleArn,
  queueArn: bulkQueueArn,
  deadLetterArn: deadLetterQueueArn,
});
