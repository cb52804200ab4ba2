/** The topic of notices on Amazon SNS, for chat. The SDK is loaded with the first notice, not with the module. */
import type { Notice } from '../../notify/notice.ts';
import type { NoticeBus } from '../../notify/notify.ts';
import { once } from '../deferred.ts';
import { createBatcher } from './batcher.ts';
import { NoticeError } from './eventbridge.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from './sdk.ts';

export interface NoticeTopicOptions {
  readonly topicArn: string;
  /** The message. Undefined: the notice makes none. */
  readonly messageOf: (notice: Notice) => string | undefined;
  readonly overrides?: SdkOverrides;
}

/** A call takes 10 entries and 256 KiB. (SNS API reference, PublishBatch) */
const RULES = { maxEntries: 10, maxBytes: 262_144, maxInFlight: 4, defer: setImmediate };

/** Notices that are put in one turn of the event loop share calls. Rejects as the bus of EventBridge. */
export function createNoticeTopic({ topicArn, messageOf, overrides = {} }: NoticeTopicOptions): NoticeBus {
  const connection = once(() => connect(topicArn, overrides));
  const rules = { ...RULES, group: () => topicArn, size: (text: string) => text.length };
  const send = createBatcher(rules, async (_, texts: readonly string[]) => {
    try {
      const publish = await connection();
      const failed = await publish(texts);
      return texts.map((__, index) => refusalOf(failed.get(String(index))));
    } catch (error) {
      throw new NoticeError(sdkErrorName(error));
    }
  });
  return {
    put: async (notice) => {
      const message = messageOf(notice);
      if (message !== undefined) await send(message);
    },
  };
}

const refusalOf = (code: string | undefined): NoticeError | undefined =>
  code === undefined ? undefined : new NoticeError(code);

/** Loads the SDK; returns the one call, which resolves with error codes by the index of the text. */
async function connect(topicArn: string, overrides: SdkOverrides) {
  const { PublishBatchCommand, SNSClient } = await import('@aws-sdk/client-sns');
  const client = await createSdkClient((settings) => new SNSClient(settings), overrides);
  return async (texts: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const entries = texts.map((text, index) => ({ Id: String(index), Message: text }));
    const request = new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries });
    const { Failed: failed = [], Successful: successful = [] } = await client.send(request);
    const done = new Set(successful.map(({ Id }) => Id));
    const codes = new Map(failed.map(({ Id = '', Code = 'unknown' }) => [Id, Code]));
    const unaccounted = entries.filter(({ Id }) => !done.has(Id) && !codes.has(Id));
    return new Map([...codes, ...unaccounted.map(({ Id }) => [Id, 'unaccounted'] as const)]);
  };
}
