/** Cold start of the notices: they need a bus or a topic, and nothing else. */
import { createNoticeBus } from '../lib/io/aws/eventbridge.ts';
import { createNoticeTopic } from '../lib/io/aws/sns.ts';
import { readNotifyConfig } from '../lib/io/config/read-others.ts';
import { createLog } from '../lib/io/log/log.ts';
import { sha256, systemChance, systemClock } from '../lib/io/node.ts';
import { CANARY_SOURCE } from '../lib/model/sender.ts';
import { chatTextOf } from '../lib/notify/chat.ts';
import type { Notice } from '../lib/notify/notice.ts';
import type { NoticeBus, NotifyServices } from '../lib/notify/notify.ts';

/** Throws ConfigError (`config-invalid`). */
export function notifyServices(variables: NodeJS.ProcessEnv): NotifyServices {
  const { busArn, topicArn, stack, runbook } = readNotifyConfig(variables);
  const buses = [
    ...(busArn === undefined ? [] : [createNoticeBus({ bus: busArn })]),
    ...(topicArn === undefined ? [] : [createNoticeTopic({ topicArn, messageOf })]),
  ];
  return {
    ports: {
      clock: systemClock,
      chance: systemChance,
      log: createLog(process.stderr, systemClock),
      bus: joinBuses(buses),
    },
    place: { runbook, ...(stack === undefined ? {} : { stack }) },
  };
}

const messageOf = (notice: Notice): string | undefined => chatTextOf(notice, { hash: sha256, except: CANARY_SOURCE });

/** A notice is put once all have it. A later attempt repeats it for those that had it, under its id. */
const joinBuses = (buses: readonly NoticeBus[]): NoticeBus => ({
  put: async (notice) => void (await Promise.all(buses.map((bus) => bus.put(notice)))),
});
