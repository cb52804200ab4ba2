/** The situations of the runbook that `revoker drill` makes on the localhost stack, by reason code or alarm. */
import { parseEvent } from '../../events/canonical.ts';
import { type DeadLetter, serializeDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import type { OutgoingMessage } from '../../lib/ports.ts';
import { fault } from '../coreweave/faults.ts';
import type { FakeApi } from '../coreweave/server.ts';
import { BREAK_GLASS, CROWD_LIMIT } from '../demo/organization.ts';
import { composeSecret } from '../demo/scenario.ts';

/** What a drill works with. */
export interface DrillStage {
  /** Distinguishes the runs of a drill: part of ids, keys and principals. Upper-case letters and digits. */
  readonly run: string;
  /** Epoch ms. */
  readonly now: number;
  readonly api: Pick<FakeApi, 'store' | 'faults'>;
  send(lane: 'urgent' | 'bulk', bodies: readonly string[]): Promise<void>;
  /** After the messages that were sent just before. */
  sendLater(lane: 'urgent' | 'bulk', body: string): Promise<void>;
  /** Puts a message onto the dead-letter queue. */
  bury(message: OutgoingMessage): Promise<void>;
}

export interface Drill {
  /** The alarm that the on-call engineer gets: its section of the runbook. */
  readonly alarm: string;
  /** Dead letters that it makes. */
  readonly deadLetters: number;
  make(stage: DrillStage): Promise<void>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SOURCE = '//drill.example';

const at = (ms: number): string => new Date(ms).toISOString();
const idOf = ({ run }: DrillStage, name: string): string => `drill-${name}-${run.toLowerCase()}`;
/** A live key of its own for each run. */
function addKey({ run, api }: DrillStage, principalName: string, n = 0): string {
  const accessKeyId = `CWDRILL${run}${n}`.padEnd(16, '0').slice(0, 16);
  api.store.add({ accessKeyId, principalName });
  return accessKeyId;
}

interface EventFields {
  readonly age?: number;
  readonly source?: string;
}

const eventOf = (
  type: string,
  id: string,
  data: object,
  { now }: DrillStage,
  { age = 0, source }: EventFields = {},
) => ({
  specversion: '1.0',
  type: `${type}.v1`,
  id,
  source: source ?? SOURCE,
  time: at(now - age),
  data,
});
const leak = (stage: DrillStage, data: object) => eventOf('credential.compromised', idOf(stage, 'leak'), data, stage);
const offboarding = (stage: DrillStage, data: object, fields?: EventFields & { readonly id?: string }) =>
  eventOf('user.offboarded', fields?.id ?? idOf(stage, 'offboarding'), data, stage, fields);

/** A dead letter as a function writes it, for what takes hours to happen. */
async function buryEvent(stage: DrillStage, event: object, differs: Partial<DeadLetter>): Promise<void> {
  const parsed = parseEvent(event, stage.now);
  if (parsed.kind !== 'event') throw new Error('a drill has made no event');
  const seen = { firstSeen: at(stage.now - 6 * 60 * MINUTE_MS), lastSeen: at(stage.now) };
  const letter = { reason: 'crashed', detail: '', lane: 'urgent', attempts: 20, lastStatus: 503, replays: 0 } as const;
  const messageId = idOf(stage, 'message');
  await stage.bury(serializeDeadLetter({ ...letter, ...seen, messageId, event: parsed.event, ...differs }));
}

const waiting = (make: Drill['make'], deadLetters = 1): Drill => ({ alarm: 'dead letters waiting', deadLetters, make });
const person = (stage: DrillStage): string => `coreweave/drill-${stage.run.toLowerCase()}`;

export const DRILLS: Readonly<Record<string, Drill>> = {
  unreadable: waiting((stage) => stage.send('urgent', [`alert ${stage.run}: a key has leaked`])),
  'unknown-type': waiting((stage) =>
    stage.send('bulk', [toText(eventOf('user.promoted', idOf(stage, 'promotion'), {}, stage))]),
  ),
  invalid: waiting((stage) => stage.send('bulk', [toText(offboarding(stage, { principal: person(stage) }))])),
  'secret-like-target': waiting((stage) =>
    stage.send('urgent', [toText(leak(stage, { accessKeyId: composeSecret() }))]),
  ),
  unmappable: waiting((stage) => {
    addKey(stage, `saml/${stage.run.toLowerCase()}@example.com`);
    const data = { identity: { email: `${stage.run.toLowerCase()}@example.com` } };
    return stage.send('bulk', [toText(offboarding(stage, data))]);
  }),
  'api-rejected': waiting((stage) => {
    const accessKeyId = addKey(stage, person(stage));
    stage.api.faults.plan('revoke-key', fault.status(400), { target: accessKeyId });
    return stage.send('urgent', [toText(leak(stage, { accessKeyId }))]);
  }),
  'retries-exhausted': waiting((stage) =>
    buryEvent(stage, leak(stage, { accessKeyId: addKey(stage, person(stage)) }), {
      reason: 'retries-exhausted',
      detail: 'the retry horizon has passed without a settled outcome',
    }),
  ),
  unconfirmed: waiting((stage) => {
    const principalName = person(stage);
    addKey(stage, principalName);
    const detail = 'still live at the third follow-up check';
    return buryEvent(stage, offboarding(stage, { principalName }), {
      reason: 'unconfirmed',
      detail,
      lane: 'bulk',
      lastStatus: 200,
    });
  }),
  crashed: waiting((stage) => {
    const body = toText(leak(stage, { accessKeyId: addKey(stage, person(stage)) }));
    return stage.bury({ body, attributes: {} });
  }),
  'held-protected': waiting((stage) => {
    addKey(stage, BREAK_GLASS);
    return stage.send('bulk', [toText(offboarding(stage, { principalName: BREAK_GLASS }))]);
  }),
  'held-limit': waiting((stage) => {
    const source = `//mass.example/${stage.run.toLowerCase()}`;
    const bodies = Array.from({ length: CROWD_LIMIT + 1 }, (_, n) => {
      const principalName = `${person(stage)}-${n}`;
      addKey(stage, principalName, n);
      return toText(offboarding(stage, { principalName }, { source, id: idOf(stage, `leaver-${n}`) }));
    });
    return stage.send('bulk', bodies);
  }),
  'held-stale': waiting((stage) => {
    addKey(stage, person(stage));
    return stage.send('bulk', [toText(offboarding(stage, { principalName: person(stage) }, { age: 10 * DAY_MS }))]);
  }),
  'held-superseded': waiting(async (stage) => {
    const principalName = person(stage);
    addKey(stage, principalName);
    const back = eventOf('user.reinstated', idOf(stage, 'reinstatement'), { principalName }, stage, { age: MINUTE_MS });
    await stage.send('bulk', [toText(back)]);
    await stage.sendLater('bulk', toText(offboarding(stage, { principalName }, { age: 10 * MINUTE_MS })));
  }),
  'held-low-confidence': waiting((stage) =>
    stage.send('urgent', [
      toText(leak(stage, { accessKeyId: addKey(stage, person(stage)), confidence: 'key-id-only' })),
    ]),
  ),
  'held-conflict': waiting((stage) => {
    const names = [`${person(stage)}-a`, `${person(stage)}-b`];
    return stage.send(
      'bulk',
      names.map((principalName) => toText(offboarding(stage, { principalName }))),
    );
  }),
  'breaker-open': {
    alarm: 'breaker open',
    deadLetters: 0,
    make(stage) {
      stage.api.faults.plan('any', fault.status(503), { times: 1_000_000 });
      const bodies = Array.from({ length: 6 }, (_, n) =>
        toText({ ...leak(stage, { accessKeyId: addKey(stage, person(stage), n) }), id: idOf(stage, `leak-${n}`) }),
      );
      return stage.send('urgent', bodies);
    },
  },
};

const toText = (event: object): string => JSON.stringify(event);
