/** Dead letters, the replay and the function that they go back to, on one outside in memory and in virtual time. */
import type { SQSRecord } from 'aws-lambda';
import { parseEvent } from '../../events/canonical.ts';
import { type DeadLetter, serializeDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { type ReplayRequest, replay } from '../../lib/replay/replay.ts';
import type { ReplayReport } from '../../lib/replay/rules.ts';
import { ANN_ID } from './approval.ts';
import { EVENT_MS, keyLeak } from './event-factory.ts';
import { settingsOf, startFunction } from './memory-function.ts';
import { type Meddle, memoryPorts, type Outside, openOutside } from './memory-ports.ts';
import { sqsRecord } from './record-factory.ts';
import { seededChance } from './seeded-chance.ts';

export const ANN = {
  name: 'ann',
  arn: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  userId: ANN_ID,
  claimed: false,
} as const;
/** Dead letters are in the queue for some time before a replay. */
export const AGE_MS = 3_600_000;

export interface Stage {
  readonly outside: Outside;
  /** Delivers events (or bodies) to the function, each as a message; returns what it leaves unsettled. */
  deliver(messages: readonly (object | string)[]): Promise<readonly string[]>;
  /** Runs a replay by ann; time moves as it needs. */
  replay(request?: Partial<ReplayRequest>, meddle?: Meddle): Promise<ReplayReport>;
  /** As replay, but the time is the caller's to move. */
  start(request?: Partial<ReplayRequest>, meddle?: Meddle): Promise<ReplayReport>;
  /** Delivers what a replay sent until all of it is settled; follow-up checks are left out. */
  settle(): Promise<void>;
}

/** Opens a stage with what differs from the default settings, on an empty outside one hour after EVENT_MS. */
export function openStage(changed: Partial<Settings> = {}, outside = openOutside(EVENT_MS + AGE_MS)): Stage {
  const settings = settingsOf(changed);
  let [messages, runs] = [0, 0];
  const invoke = (records: readonly SQSRecord[]) => startFunction(outside, { settings: changed }).deliver(records);
  const record = (body: object | string, attributes: Readonly<Record<string, string>> = {}) => {
    messages += 1;
    return sqsRecord(messages, body, { lane: 'bulk', firstReceived: outside.clock.now(), attributes });
  };
  const start: Stage['start'] = (request = {}, meddle = () => {}) => {
    runs += 1;
    const ports = memoryPorts(outside, { meddle, chance: seededChance(runs) });
    return replay({ ports, settings }, { filter: {}, operator: ANN, ...request });
  };
  return {
    outside,
    deliver: (bodies) => invoke(bodies.map((body) => record(body))),
    start,
    replay: (request, meddle) => outside.clock.run(start(request, meddle)),
    async settle() {
      let left = outside.sent
        .splice(0)
        .filter(({ delaySeconds }) => delaySeconds === 0)
        .map(({ body, attributes }) => record(body, attributes));
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries === 5) throw new Error('a replayed message is never settled');
        const unsettled = new Set(await invoke(left));
        left = left.filter(({ messageId }) => unsettled.has(messageId));
        await outside.clock.pass(60_000);
      }
    },
  };
}

/** A sealed dead letter about an event (null: none), at EVENT_MS, with what differs. */
export function deadLetterOf(
  event: object | null = keyLeak(),
  differs: Partial<DeadLetter> = {},
): ReturnType<typeof serializeDeadLetter> {
  const parsed = event === null ? undefined : parseEvent(event, EVENT_MS);
  if (parsed?.kind === 'refusal') throw new Error(parsed.detail);
  return serializeDeadLetter({
    reason: 'api-rejected',
    detail: 'a sentence',
    event: parsed?.event ?? null,
    lane: 'urgent',
    attempts: 3,
    firstSeen: '2026-11-23T09:30:00.000Z',
    lastSeen: '2026-11-23T09:30:00.000Z',
    lastStatus: 400,
    replays: 0,
    messageId: 'm-1',
    ...differs,
  });
}

/** Puts dead letters on the queue, sent when they were last seen; returns their ids. */
export const post = (
  { outside }: Stage,
  ...deadLetters: readonly ReturnType<typeof serializeDeadLetter>[]
): readonly string[] => deadLetters.map((deadLetter) => outside.inbox.post({ ...deadLetter, sentAt: EVENT_MS }));

/** Dead letters of so many leaked keys, `leak-0` and so on. */
export const leaks = (count: number): readonly ReturnType<typeof serializeDeadLetter>[] =>
  Array.from({ length: count }, (_, n) => deadLetterOf(keyLeak({ id: `leak-${n}` })));

/** A stage with these dead letters on its queue. */
export function stageWith(count: number): Stage {
  const stage = openStage();
  post(stage, ...leaks(count));
  return stage;
}

/** The audit of replays: `code` and whether an approval stands in it. */
export const replayTrail = ({ audit }: Outside): readonly string[] =>
  audit.flatMap((line) => {
    const { unmapped, status_detail } = JSON.parse(JSON.stringify(line));
    if (unmapped.phase !== 'replay') return [];
    const { reason, releases } = unmapped.replay;
    return [`${reason} ${status_detail}${releases === undefined ? '' : ` releases ${releases}`}`];
  });
