/** The outside that all processes share: keys, queues, table, schedules, time and what is told of them. */
import type { Lane, Settings } from '../../lib/model/settings.ts';
import type { Table } from '../../lib/ports.ts';
import { openStore, type Store } from '../../local/coreweave/store.ts';
import { defaultSwitches } from '../../local/coreweave/switches.ts';
import type { MemoryAlerts } from '../support/memory-alerts.ts';
import { settingsOf } from '../support/memory-function.ts';
import { type MemoryInbox, memoryInbox, type Posted } from '../support/memory-inbox.ts';
import { type MemorySchedules, memorySchedules } from '../support/memory-schedules.ts';
import { memoryTable } from '../support/memory-table.ts';
import { ROLE_IDS, usualSenderId } from '../support/senders.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';
import { type Bell, createBell } from './bell.ts';
import { type Draws, drawsOf } from './draws.ts';
import { type History, type Moment, newHistory, type Parked, type Put } from './history.ts';
import { isLive } from './live.ts';
import { openAlerts } from './open-alerts.ts';
import { DIRECTORY, keyId, nameOf, PRINCIPALS, PROTECTIONS, TEMPLATES } from './people.ts';
import { BEGINS, type Plan } from './plan.ts';
import { type SimQueue, simQueue } from './queue.ts';
import { claimedSender, settingsFor } from './senders.ts';
import { type SimApi, simApi } from './sim-api.ts';
import { type Weather, weatherOf } from './weather.ts';

export interface World {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly api: SimApi;
  readonly table: Table;
  readonly queues: Readonly<Record<Lane, SimQueue>>;
  readonly inbox: MemoryInbox;
  readonly schedules: MemorySchedules;
  readonly alerts: MemoryAlerts;
  readonly weather: Weather;
  readonly history: History;
  readonly bell: Bell;
  /** A stream of draws of its own. */
  draws(stream: string): Draws;
  /** Counts one more happening. */
  moment(): Moment;
  tell(who: string, what: string): void;
  /** Puts a message on a lane. */
  put(
    message: Pick<Put, 'lane' | 'body' | 'by'> & {
      readonly attributes?: Readonly<Record<string, string>>;
      /** Default: the usual sender of such a message. */
      readonly senderId?: string;
      readonly delayMs?: number;
    },
  ): void;
  createKeys(who: number, count: number): void;
  /** The service forgets revoked keys. */
  purge(who: number): void;
  /** A message that was deleted comes again: the `nth` that was put, or all. */
  again(nth: number | 'all'): void;
  /** Work that must end before the history does. */
  busy(by: 1 | -1): void;
  /** Nothing is under way, and nothing is left on the lanes. */
  isQuiet(): boolean;
  /** Puts a message on the dead-letter queue. */
  addDeadLetters(message: Posted): void;
  /** Keeps what there is now. */
  look(): void;
  /** Steps that processes have taken so far. */
  readonly steps: { count: number };
  readonly operators: { count: number };
  readonly reconcilers: { count: number };
}

const OURS: ReadonlyMap<Put['by'], string> = new Map([
  ['function', `${ROLE_IDS.revoke}:revoke`],
  ['schedule', `${ROLE_IDS.scheduler}:schedule`],
  ['reconciler', `${ROLE_IDS.reconcile}:reconcile`],
]);

/** As deployed (serverless.yml). */
const VISIBILITY_MS: Readonly<Record<Lane, number>> = { urgent: 180_000, bulk: 720_000 };

/** The initial world of a plan. */
export async function openWorld(
  plan: Plan,
  changed: (settings: Settings) => Settings = (settings) => settings,
): Promise<World> {
  const { terms } = plan;
  const clock = virtualClock(BEGINS);
  const store = openStore(defaultSwitches(), clock);
  const settings = changed(
    settingsOf({
      mode: terms.dryRun ? 'dry-run' : 'enforce',
      apiConcurrency: terms.apiConcurrency,
      retryHorizonMs: terms.retryHorizonMs,
      limits: terms.limits,
      reconcileLimit: terms.reconcileLimit,
      keyLimits: terms.keyLimits,
      protections: PROTECTIONS,
      principalTemplates: TEMPLATES,
      senders: settingsFor(terms.trust),
    }),
  );
  const history = newHistory(terms, settings);
  const draws = (stream: string) => drawsOf(`${stream} ${plan.seed}`);
  const weather = weatherOf(plan.faults, () => clock.now() - BEGINS, draws('weather'));
  const bell = createBell(clock);
  const inbox = memoryInbox(clock);
  let [happened, working] = [0, 0];
  const createdKeys = PRINCIPALS.map(() => 0);

  const moment = (): Moment => {
    happened += 1;
    return { n: happened, at: clock.now() };
  };
  const tell = (who: string, what: string): void => void history.told.push(`${clock.now() - BEGINS} ${who} ${what}`);
  const busy = (by: 1 | -1): void => {
    working += by;
    if (by === -1) bell.ring();
  };
  const added = new Map<string, Parked>();
  const addDeadLetters = (message: Posted): void => {
    const { body, attributes = {}, senderId = `${ROLE_IDS.revoke}:revoke` } = message;
    added.set(inbox.post({ ...message, senderId }), { body, sender: claimedSender({ senderId, attributes, body }) });
  };
  const queueOf = (lane: Lane): SimQueue =>
    simQueue({
      now: clock.now,
      visibilityMs: VISIBILITY_MS[lane],
      maxReceives: terms.maxReceives[lane],
      draws: draws(`queue ${lane}`),
      isTwice: weather.isTwice,
      move: ({ messageId, body, attributes, senderId, sentAt }) => {
        history.moved.push({ ...moment(), messageId, body });
        tell(lane, `moves ${messageId} to the dead-letter queue`);
        addDeadLetters({ body, attributes, senderId, sentAt });
      },
    });
  const queues = { urgent: queueOf('urgent'), bulk: queueOf('bulk') };
  const put: World['put'] = ({ lane, body, by, attributes = {}, delayMs = 0, ...sent }) => {
    const messageId = `m${history.put.length + 1}`;
    const senderId = sent.senderId ?? OURS.get(by) ?? usualSenderId(body, attributes);
    history.put.push({ ...moment(), messageId, lane, body, by, attributes, senderId });
    tell(by, `puts ${messageId} on ${lane}${delayMs > 0 ? ` for in ${delayMs} ms` : ''}: ${body.slice(0, 300)}`);
    queues[lane].send({ messageId, body, attributes, senderId, delayMs });
    bell.ring();
  };
  const world: World = {
    ...{ plan, settings, clock, store, queues, inbox, weather, history, bell, draws, moment, tell, put, busy },
    api: simApi({ clock, store, draws: draws('api'), fault: weather.api, busy }),
    alerts: openAlerts(terms.keys),
    table: memoryTable({ now: clock.now }),
    schedules: memorySchedules({ deliver: async (body) => put({ lane: 'bulk', body, by: 'schedule' }) }),
    createKeys(who, count) {
      for (let made = 0; made < count; made += 1) {
        const accessKeyId = keyId(who, createdKeys[who] ?? 0);
        createdKeys[who] = (createdKeys[who] ?? 0) + 1;
        store.add({ accessKeyId, principalName: nameOf(who) });
        history.createdKeys.set(accessKeyId, { ...moment(), owner: nameOf(who) });
        tell(nameOf(who), `gets ${accessKeyId}`);
      }
    },
    purge(who) {
      for (const [key, { owner }] of history.createdKeys) {
        if (owner === nameOf(who) && store.status(key) === 'DELETED') store.purge(key);
      }
    },
    again(nth) {
      const gone = new Set(history.deleted.map(({ messageId }) => messageId));
      const ever = history.put.filter(({ by }) => by !== 'again');
      const chosen = nth === 'all' ? ever : ever.slice(nth, nth + 1);
      for (const { messageId, lane, body, attributes, senderId } of chosen) {
        if (!gone.has(messageId) || queues[lane].ids().includes(messageId)) continue;
        history.put.push({ ...moment(), messageId, lane, body, attributes, senderId, by: 'again' });
        tell('again', `puts ${messageId} on ${lane}`);
        queues[lane].send({ messageId, body, attributes, senderId });
      }
      bell.ring();
    },
    isQuiet: () => working === 0 && Object.values(queues).every((queue) => queue.ids().length === 0),
    addDeadLetters,
    look() {
      const there = new Set(inbox.ids());
      history.looks.push({
        ...moment(),
        parked: [...added].flatMap(([id, each]) => (there.has(id) ? [each] : [])),
        live: new Set([...history.createdKeys.keys()].filter((key) => isLive(store.status(key)))),
      });
    },
    steps: { count: 0 },
    operators: { count: 0 },
    reconcilers: { count: 0 },
  };
  for (const [who, count] of terms.keys.entries()) world.createKeys(who, count);
  for (const row of DIRECTORY) await world.table.put(row, undefined);
  return world;
}
