/** The services of a replay from the CLI. */
import type { AuditLog } from '../../lib/audit/write.ts';
import type { Environment } from '../../lib/io/config/environment.ts';
import { readReplayConfig } from '../../lib/io/config/read.ts';
import { createTable } from '../../lib/io/dynamodb/table.ts';
import { sha256, systemChance, systemClock } from '../../lib/io/node.ts';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import { createQueues } from '../../lib/io/sqs/queues.ts';
import type { DeadLetterQueue } from '../../lib/ports.ts';
import type { ReplayServices } from '../../lib/replay/replay.ts';
import { type Context, createTerminalLog } from '../context.ts';

export interface ReplayBackend {
  readonly inbox: DeadLetterQueue;
  readonly services: (audit: AuditLog, context: Pick<Context, 'clock' | 'terminal'>) => ReplayServices;
}

/** Needs the variables of the function `replay`. Throws ConfigError. */
export function createReplayServices(env: Environment): ReplayBackend {
  const {
    settings,
    urgentQueueUrl: urgent,
    bulkQueueUrl: bulk,
    deadLetterQueueUrl: deadLetters,
    ledgerTable,
  } = readReplayConfig(env, sha256);
  const inbox = createDeadLetterQueue({ url: deadLetters });
  const { lanes } = createQueues({ urls: { urgent, bulk, deadLetters } });
  const table = createTable({ name: ledgerTable, dryRun: settings.mode === 'dry-run', now: systemClock.now });
  return {
    inbox,
    services: (audit, { clock, terminal }) => ({
      ports: { clock, chance: systemChance, audit, inbox, lanes, table, sha256, log: createTerminalLog(terminal) },
      settings: { ...settings, handler: 'revoker' },
    }),
  };
}
