/** The bus of notices on Amazon EventBridge. The SDK is loaded with the first notice, not with the module. */
import { asciiJson } from '../../model/json.ts';
import type { Notice } from '../../notify/notice.ts';
import type { NoticeBus } from '../../notify/notify.ts';
import { once } from '../deferred.ts';
import { createBatcher } from './batcher.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from './sdk.ts';

/** A notice that the bus has not taken. Says no more than what the service calls it, and has no `cause`. */
export class NoticeError extends Error {
  override readonly name = 'NoticeError';
  /** As EventBridge or the SDK spells it; `unaccounted`: the answer does not say what became of it. */
  readonly code: string;

  constructor(code: string) {
    super(`the bus has not taken it: ${code}`);
    this.code = code;
  }
}

/** `source` of our events on the bus, for the patterns of rules. */
export const BUS_SOURCE = 'revocation-handler';

interface Entry {
  readonly type: string;
  readonly time: Date;
  readonly detail: string;
}

interface EntryAnswer {
  readonly EventId?: string | undefined;
  readonly ErrorCode?: string | undefined;
}

/** A call takes 10 entries and 256 KiB. (EventBridge API reference, PutEvents) */
const RULES = { maxEntries: 10, maxBytes: 262_144, maxInFlight: 4, defer: setImmediate };

/**
 * The port on one bus. Notices that are put in one turn of the event loop share calls. A promise rejects with
 * NoticeError, for its own notice when the bus did not take it, for all of a call when there was no answer.
 */
export const createNoticeBus = ({
  bus,
  overrides = {},
}: {
  readonly bus: string;
  readonly overrides?: SdkOverrides;
}): NoticeBus => {
  const connection = once(() => connect(overrides));
  const send = createBatcher({ ...RULES, group: () => bus, size: sizeOf }, async (_, entries: readonly Entry[]) => {
    try {
      const putEvents = await connection();
      const answers = await putEvents(entries.map((entry) => onBus(bus, entry)));
      return entries.map((__, index) => refusalOf(answers[index]));
    } catch (error) {
      throw new NoticeError(sdkErrorName(error));
    }
  });
  return { put: (notice) => send(entryOf(notice)) };
};

/** Loads the SDK; returns the one call. */
const connect = async (overrides: SdkOverrides) => {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const client = await createSdkClient((settings) => new EventBridgeClient(settings), overrides);
  return async (entries: ReturnType<typeof onBus>[]): Promise<readonly EntryAnswer[]> =>
    (await client.send(new PutEventsCommand({ Entries: entries }))).Entries ?? [];
};

/** The whole notice is the detail: its `id` tells repetitions, which that of the bus does not. */
const entryOf = (notice: Notice): Entry => ({
  type: notice.type,
  time: new Date(notice.time),
  detail: asciiJson({ ...notice, data: { ...notice.data } }),
});

const onBus = (bus: string, { type, time, detail }: Entry) => ({
  EventBusName: bus,
  Source: BUS_SOURCE,
  DetailType: type,
  Time: time,
  Detail: detail,
});

/** 14 bytes for the time, and source, type and detail in UTF-8. (EventBridge user guide, size of an entry) */
const sizeOf = ({ type, detail }: Entry): number => 14 + BUS_SOURCE.length + type.length + detail.length;

/** The answer's entries stand in the order of the call's, each with an id or an error. */
const refusalOf = (entry: EntryAnswer = {}): NoticeError | undefined =>
  entry.EventId !== undefined && entry.ErrorCode === undefined
    ? undefined
    : new NoticeError(entry.ErrorCode ?? 'unaccounted');
