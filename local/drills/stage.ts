/** What drills work with, and how they write events, keys and dead letters. */
import { parseEvent } from '../../events/canonical.ts';
import { type DeadLetter, serializeDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import type { OutgoingMessage } from '../../lib/ports.ts';
import type { FakeApi } from '../coreweave/server.ts';

export interface DrillStage {
  /** Distinguishes the runs of a drill: part of ids, keys and principals. Upper-case letters and digits. */
  readonly run: string;
  /** Epoch ms. */
  readonly now: number;
  readonly api: Pick<FakeApi, 'store'>;
  send(lane: 'urgent' | 'bulk', bodies: readonly string[]): Promise<void>;
  /** After the messages that were sent just before. */
  sendLater(lane: 'urgent' | 'bulk', body: string): Promise<void>;
  /** Puts a message onto the dead-letter queue: as SQS moves it there, or as the function sends it. */
  sendDeadLetterMessage(message: OutgoingMessage, by: 'sqs' | 'function'): Promise<void>;
  /** The API answers 400 to the next revocation of the key. */
  rejectOnce(accessKeyId: string): void;
  /** The API answers every call with that status, until the outage ends by itself or `stop` ends it. */
  startOutage(status: number): void;
}

export const HOUR_MS = 3_600_000;
/** A source for each run: LIMITS count by source. */
export const sourceOf = ({ run }: DrillStage): string => `//drill.example/${run.toLowerCase()}`;

const at = (ms: number): string => new Date(ms).toISOString();
export const toText = (event: object): string => JSON.stringify(event);
export const idOf = ({ run }: DrillStage, name: string): string => `drill-${name}-${run.toLowerCase()}`;
export const personOf = ({ run }: DrillStage): string => `coreweave/drill-${run.toLowerCase()}`;

/** A live key of its own for each run. */
export function addKey({ run, api }: DrillStage, principalName: string, n = 0): string {
  const accessKeyId = `CWDRILL${run}${n}`.padEnd(16, '0').slice(0, 16);
  api.store.add({ accessKeyId, principalName });
  return accessKeyId;
}

interface EventFields {
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  /** From the event's time to now, ms. */
  readonly age?: number;
}

const eventOf = (
  data: object,
  stage: DrillStage,
  fields: EventFields & Pick<Required<EventFields>, 'id' | 'type'>,
) => ({
  specversion: '1.0',
  type: fields.type,
  id: fields.id,
  source: fields.source ?? sourceOf(stage),
  time: at(stage.now - (fields.age ?? 0)),
  data,
});

export const leakOf = (stage: DrillStage, data: object, fields: EventFields = {}) =>
  eventOf(data, stage, { id: idOf(stage, 'leak'), type: 'credential.compromised.v1', ...fields });
export const offboardingOf = (stage: DrillStage, data: object, fields: EventFields = {}) =>
  eventOf(data, stage, { id: idOf(stage, 'offboarding'), type: 'user.offboarded.v1', ...fields });

/** A leak of a new live key of a new principal. */
export const newLeak = (stage: DrillStage) => leakOf(stage, { accessKeyId: addKey(stage, personOf(stage)) });
/** An offboarding of a new principal with one live key. */
export function newOffboarding(stage: DrillStage, fields: EventFields = {}) {
  addKey(stage, personOf(stage));
  return offboardingOf(stage, { principalName: personOf(stage) }, fields);
}

/** What SQS on localhost says of messages that are sent without a role: the access key. */
const LOCAL_SENDER = 'local';

/** A dead letter as a function writes it, for what takes hours to happen. */
export async function sendDeadLetter(stage: DrillStage, event: object, differs: Partial<DeadLetter>): Promise<void> {
  const parsed = parseEvent(event, stage.now);
  if (parsed.kind !== 'event') throw new Error('a drill has made no event');
  const seen = { firstSeen: at(stage.now - 6 * HOUR_MS), lastSeen: at(stage.now) };
  const fields = { reason: 'crashed', detail: '', lane: 'urgent', attempts: 20, lastStatus: null, replays: 0 } as const;
  const origin = { messageId: idOf(stage, 'message'), sender: LOCAL_SENDER };
  await stage.sendDeadLetterMessage(
    serializeDeadLetter({ ...fields, ...seen, ...origin, event: parsed.event, ...differs }),
    'function',
  );
}
