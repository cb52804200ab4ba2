/** Cold start of the notices: they need a bus and nothing else. */
import { createNoticeBus } from '../lib/io/aws/eventbridge.ts';
import { readNotifyConfig } from '../lib/io/config/read-others.ts';
import { createLog } from '../lib/io/log/log.ts';
import { systemChance, systemClock } from '../lib/io/node.ts';
import type { NotifyServices } from '../lib/notify/notify.ts';

/** Throws ConfigError (`config-invalid`). */
export function notifyServices(variables: NodeJS.ProcessEnv): NotifyServices {
  const { busArn } = readNotifyConfig(variables);
  return {
    ports: {
      clock: systemClock,
      chance: systemChance,
      log: createLog(process.stderr, systemClock),
      bus: createNoticeBus({ bus: busArn }),
    },
  };
}
