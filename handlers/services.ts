/** Cold start: reads and validates the configuration and creates the ports. Nothing here connects to the network. */

import { type Lanes, queueKey } from '../lib/consume/delivery.ts';
import { createRuntime } from '../lib/consume/runtime.ts';
import type { Ports, Runtime } from '../lib/context.ts';
import type { Api } from '../lib/coreweave/api.ts';
import { type Config, readConfig } from '../lib/io/config/read.ts';
import { readMetricConfig } from '../lib/io/config/read-others.ts';
import { deferred, once } from '../lib/io/deferred.ts';
import { createCoreweaveApi } from '../lib/io/http/coreweave.ts';
import { signedSecretReader } from '../lib/io/http/signed-secret.ts';
import { createAuditLog } from '../lib/io/log/audit-log.ts';
import { createLog } from '../lib/io/log/log.ts';
import { createMetrics } from '../lib/io/log/metrics.ts';
import { sha256, systemChance, systemClock } from '../lib/io/node.ts';
import { type SecretReader, type TokenSource, tokenSource } from '../lib/io/secrets/token.ts';
import type { QueueUrls } from '../lib/io/sqs/queues.ts';

interface RevokeServices {
  readonly runtime: Runtime;
  readonly lanes: Lanes;
  /** What the runtime's credentials are built on. */
  readonly api: Api;
  /** The API token; nothing is loaded before its first use. */
  readonly token: TokenSource;
  /** Of secrets, as functions read them. */
  readonly reader: SecretReader;
  readonly config: Config;
}

/** Throws ConfigError (`config-invalid`). */
export function revokeServices(variables: NodeJS.ProcessEnv): RevokeServices {
  const config = readConfig(variables, sha256);
  const { settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl } = config;
  const metrics = createMetrics(process.stdout, readMetricConfig(variables), systemClock.now);
  const log = createLog(process.stderr, systemClock);
  for (const warning of config.warnings) log.warn('config', { warning });

  const queues = deferredQueues({ urgent: urgentQueueUrl, bulk: bulkQueueUrl, deadLetters: deadLetterQueueUrl });
  const { now } = systemClock;
  const reader = signedSecretReader({ env: variables, clock: systemClock, chance: systemChance });
  const ports: Ports = {
    clock: systemClock,
    chance: systemChance,
    alerts: alertsOf(config.github, now, reader),
    audit: metrics.audit(
      createAuditLog(process.stdout, { authority: settings.handler, newId: systemChance.id, sha256 }),
    ),
    ...queues,
    table: deferred(async () => {
      const { createTable } = await import('../lib/io/dynamodb/table.ts');
      return createTable({ name: config.ledgerTable, dryRun: settings.mode === 'dry-run', now });
    }),
    schedules: metrics.schedules(schedulesOf(config.schedule)),
    sha256,
    log,
    meter: metrics.meter,
  };
  const token = tokenSource(config.token, now, { reader, tell: metrics.token });
  const api = metrics.api(createCoreweaveApi({ url: config.apiUrl, connections: settings.apiConcurrency, token, now }));
  return {
    // A leaked key does not wait for the code of other events.
    runtime: createRuntime({ ...ports, api }, settings, async (context, plan) =>
      (await import('../lib/consume/pipelines.ts')).processPlan(context, plan),
    ),
    lanes: lanesOf(urgentQueueUrl, bulkQueueUrl),
    api,
    token,
    reader,
    config,
  };
}

const lanesOf = (urgentQueueUrl: string, bulkQueueUrl: string): Lanes =>
  new Map([
    [queueKey(urgentQueueUrl), 'urgent'],
    [queueKey(bulkQueueUrl), 'bulk'],
  ]);

/** Both on one client. */
function deferredQueues(urls: QueueUrls): Pick<Ports, 'deadLetters' | 'lanes'> {
  const queues = once(async () => (await import('../lib/io/sqs/queues.ts')).createQueues({ urls }));
  return {
    deadLetters: deferred(async () => (await queues()).deadLetters),
    lanes: deferred(async () => (await queues()).lanes),
  };
}

const alertsOf = (github: Config['github'], now: () => number, reader: SecretReader): Ports['alerts'] =>
  deferred(async () => {
    const { createGithubAlerts, noAlerts } = await import('../lib/io/http/github.ts');
    if (github === undefined) return noAlerts;
    const token = tokenSource({ kind: 'secret', id: github.tokenSecretId }, now, { reader });
    return createGithubAlerts({ url: github.url, token, now });
  });

const schedulesOf = (config: Config['schedule']): Ports['schedules'] =>
  deferred(async () => {
    const { createSchedules, noSchedules } = await import('../lib/io/aws/scheduler.ts');
    return config === undefined ? noSchedules : createSchedules(scheduleTarget(config));
  });

const scheduleTarget = ({ group, roleArn, bulkQueueArn, deadLetterQueueArn }: NonNullable<Config['schedule']>) => ({
  group,
  roleArn,
  queueArn: bulkQueueArn,
  deadLetterArn: deadLetterQueueArn,
});
