/** What a replay from the CLI reads and writes itself: the preview, and the approvals of the operator. */
import type { AuditLog } from '../../lib/audit/write.ts';
import { readReplayConfig } from '../../lib/io/config/read.ts';
import { createTable } from '../../lib/io/dynamodb/table.ts';
import { sha256, systemChance, systemClock } from '../../lib/io/node.ts';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import type { LaneQueues } from '../../lib/ports.ts';
import type { ReplayServices } from '../../lib/replay/replay.ts';
import { type Context, createTerminalLog } from '../context.ts';

/** Only the function `replay` sends, and its log has the records. */
const refuse = (): Promise<never> => Promise.reject(new Error('only the function sends and records'));
const NO_AUDIT: AuditLog = { write: refuse, checkpoint: () => Promise.resolve() };
const NO_LANES: LaneQueues = { send: refuse, returnAfter: refuse };

/** Needs the variables of the function `replay`. Throws ConfigError. */
export function createReplayServices({ env, clock, terminal }: Context): ReplayServices {
  const { settings, deadLetterQueueUrl, ledgerTable } = readReplayConfig(env, sha256);
  return {
    ports: {
      clock,
      chance: systemChance,
      audit: NO_AUDIT,
      lanes: NO_LANES,
      inbox: createDeadLetterQueue({ url: deadLetterQueueUrl }),
      table: createTable({ name: ledgerTable, dryRun: settings.mode === 'dry-run', now: systemClock.now }),
      sha256,
      log: createTerminalLog(terminal),
    },
    settings: { ...settings, handler: 'revoker' },
  };
}
