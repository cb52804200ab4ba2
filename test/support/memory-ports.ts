/**
 * Every port in memory, over one outside that any number of instances of the function can share: keys, queues, table
 * and time. Each step at a port can be meddled with, before or after its effect: it fails, waits, hangs, or is where a
 * process ends. Nothing here takes real time or comes out differently twice.
 */
import { hash } from 'node:crypto';
import type { AuditRecord } from '../../lib/audit/record.ts';
import type { Ports } from '../../lib/context.ts';
import type { Api, ApiRequest } from '../../lib/coreweave/api.ts';
import type { AlertName, Alerts } from '../../lib/model/alert.ts';
import type { Lane } from '../../lib/model/settings.ts';
import type {
  Chance,
  DeadLetterQueue,
  LogFields,
  Measurement,
  OutgoingMessage,
  Schedules,
  Table,
} from '../../lib/ports.ts';
import { openStore, type Store } from '../../local/coreweave/store.ts';
import { defaultSwitches } from '../../local/coreweave/switches.ts';
import { type MemoryAlerts, memoryAlerts } from './memory-alerts.ts';
import { type MemoryApi, memoryApi } from './memory-api.ts';
import { type MemoryInbox, memoryInbox } from './memory-inbox.ts';
import { type MemorySchedules, memorySchedules } from './memory-schedules.ts';
import { memoryTable } from './memory-table.ts';
import { evenChance } from './seeded-chance.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface Returned {
  readonly lane: Lane;
  readonly receiptHandle: string;
  readonly seconds: number;
}

export interface SentMessage {
  readonly lane: Lane;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delaySeconds: number;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly fields: LogFields;
}

/** One step at a port, which a test can intercept. */
export type Step =
  | { readonly port: 'api'; readonly request: ApiRequest }
  | { readonly port: 'alerts'; readonly operation: keyof Alerts; readonly alert: string }
  | { readonly port: 'audit'; readonly record: AuditRecord }
  | { readonly port: 'dead-letters'; readonly deadLetter: OutgoingMessage }
  | { readonly port: 'return'; readonly returned: Returned }
  | { readonly port: 'send'; readonly message: SentMessage }
  | { readonly port: 'table'; readonly operation: keyof Table; readonly pk: string }
  | { readonly port: 'schedules'; readonly operation: keyof Schedules; readonly name: string }
  | { readonly port: 'inbox'; readonly operation: keyof DeadLetterQueue; readonly receiptHandle: string };

/**
 * Asked before and after the effect of each step: what it throws (or rejects with) the port rejects with, what it waits
 * for the port waits for.
 */
export type Meddle = (step: Step, moment: 'before' | 'after') => unknown;

/** What all instances share, and what they did to it, in order. */
export interface Outside {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly api: MemoryApi;
  readonly alerts: MemoryAlerts;
  readonly table: Table;
  readonly schedules: MemorySchedules;
  readonly audit: AuditRecord[];
  readonly deadLetters: OutgoingMessage[];
  /** Where the dead letters lie until a replay takes them. */
  readonly inbox: MemoryInbox;
  readonly returned: Returned[];
  readonly sent: SentMessage[];
  readonly log: LogLine[];
  readonly measured: Measurement[];
  /** The effects at the ports, in the order in which they came; the log is none. */
  readonly steps: Step[];
}

/** `begins`: start time, epoch ms. */
export function openOutside(begins: number): Outside {
  const clock = virtualClock(begins);
  const store = openStore(defaultSwitches(), clock);
  const sent: SentMessage[] = [];
  return {
    clock,
    store,
    api: memoryApi(store, clock),
    alerts: memoryAlerts(),
    table: memoryTable({ now: clock.now }),
    schedules: memorySchedules({
      deliver: async (body) => void sent.push({ lane: 'bulk', body, attributes: {}, delaySeconds: 0 }),
    }),
    audit: [],
    deadLetters: [],
    inbox: memoryInbox(clock),
    returned: [],
    sent,
    log: [],
    measured: [],
    steps: [],
  };
}

/** The ports of a function, and the API that its credentials are built on. */
export type TestPorts = Ports & { readonly api: Api };

export const sha256 = (text: string): string => hash('sha256', text);

/** The ports of one instance. */
export function memoryPorts(
  outside: Outside,
  { meddle = () => {}, chance = evenChance() }: { readonly meddle?: Meddle; readonly chance?: Chance } = {},
): TestPorts & { readonly inbox: DeadLetterQueue } {
  const { alerts, api, audit, inbox, deadLetters, returned, sent, table, schedules, steps } = outside;
  const at = async <T>(step: Step, effect: () => T | Promise<T>): Promise<T> => {
    await meddle(step, 'before');
    steps.push(step);
    const result = await effect();
    await meddle(step, 'after');
    return result;
  };
  const onTable = <T>(operation: keyof Table, pk: string, effect: () => Promise<T>) =>
    at({ port: 'table', operation, pk }, effect);
  const onInbox = <T>(operation: keyof DeadLetterQueue, receiptHandle: string, effect: () => Promise<T>) =>
    at({ port: 'inbox', operation, receiptHandle }, effect);
  const onAlerts = <T>(operation: keyof Alerts, { repository, number }: AlertName, effect: () => Promise<T>) =>
    at({ port: 'alerts', operation, alert: `${repository}/${number}` }, effect);
  const log =
    (level: LogLine['level']) =>
    (code: string, fields: LogFields = {}) =>
      void outside.log.push({ level, code, fields });

  return {
    clock: outside.clock,
    chance,
    api: { send: (request, timeoutMs) => at({ port: 'api', request }, () => api.send(request, timeoutMs)) },
    alerts: {
      read: (name, timeoutMs) => onAlerts('read', name, () => alerts.read(name, timeoutMs)),
      locations: (name, timeoutMs) => onAlerts('locations', name, () => alerts.locations(name, timeoutMs)),
      close: (name, timeoutMs) => onAlerts('close', name, () => alerts.close(name, timeoutMs)),
    },
    audit: {
      write: (record) => at({ port: 'audit', record }, () => void audit.push(record)),
      // Nothing is chained in memory; the chain's own tests have the real log.
      checkpoint: async () => {},
    },
    deadLetters: {
      send: (deadLetter) =>
        at({ port: 'dead-letters', deadLetter }, () => {
          deadLetters.push(deadLetter);
          inbox.post(deadLetter);
        }),
    },
    inbox: {
      receive: (seconds) => onInbox('receive', '', () => inbox.receive(seconds)),
      remove: (handle) => onInbox('remove', handle, () => inbox.remove(handle)),
      release: (handle, seconds) => onInbox('release', handle, () => inbox.release(handle, seconds)),
      depth: () => onInbox('depth', '', () => inbox.depth()),
    },
    lanes: {
      returnAfter: (lane, receiptHandle, seconds) => {
        const step = { lane, receiptHandle, seconds };
        return at({ port: 'return', returned: step }, () => void returned.push(step));
      },
      send: (lane, body, { attributes = {}, delaySeconds = 0 }) => {
        const message = { lane, body, attributes, delaySeconds };
        return at({ port: 'send', message }, () => void sent.push(message));
      },
    },
    table: {
      get: (pk) => onTable('get', pk, () => table.get(pk)),
      put: (row, seen) => onTable('put', row.pk, () => table.put(row, seen)),
      remove: (pk, seen) => onTable('remove', pk, () => table.remove(pk, seen)),
      admit: (pk, member, limit, expiresAt) => onTable('admit', pk, () => table.admit(pk, member, limit, expiresAt)),
      increment: (pk, limit, expiresAt) => onTable('increment', pk, () => table.increment(pk, limit, expiresAt)),
      decrement: (pk) => onTable('decrement', pk, () => table.decrement(pk)),
    },
    schedules: {
      create: (schedule) =>
        at({ port: 'schedules', operation: 'create', name: schedule.name }, () => schedules.create(schedule)),
      remove: (name) => at({ port: 'schedules', operation: 'remove', name }, () => schedules.remove(name)),
    },
    sha256,
    meter: { add: (measurement) => void outside.measured.push(measurement) },
    log: { info: log('info'), warn: log('warn'), error: log('error'), within: (_fields, work) => work() },
  };
}
