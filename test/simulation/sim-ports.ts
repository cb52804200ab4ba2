/** The ports of one process on the shared world. Every call is recorded. */

import { isCheckpoint, openChain } from '../../lib/audit/chain.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import type { Ports } from '../../lib/context.ts';
import type { ApiRequest } from '../../lib/coreweave/api.ts';
import type { DeadLetterQueue, LogFields, Schedules, Table } from '../../lib/ports.ts';
import { callLine } from '../support/memory-api.ts';
import { sha256, type TestPorts } from '../support/memory-ports.ts';
import type { Audited, Called, Put } from './history.ts';
import { isLive } from './live.ts';
import { BEGINS, DAY } from './plan.ts';
import type { Process } from './process.ts';
import { messageOf } from './queue.ts';
import { alertsOf } from './sim-alerts.ts';
import { viewOf } from './views.ts';
import type { World } from './world.ts';

export function portsOf(world: World, process: Process): TestPorts & { readonly inbox: DeadLetterQueue } {
  const { history } = world;
  const chance = world.draws(`chance ${process.name}`);
  const log = (code: string, fields: LogFields = {}): void => {
    if (process.alive()) history.log.push(JSON.stringify([code, fields]));
  };
  return {
    clock: { now: world.clock.now, sleep: process.sleep },
    chance,
    api: { send: (request, timeoutMs) => call(world, process, request, timeoutMs) },
    alerts: alertsOf(world, process),
    audit: auditOf(world, process, chance.id()),
    deadLetters: {
      send: (deadLetter) =>
        process.step(
          'dead-letters',
          `dead letter ${deadLetter.attributes.reason} ${deadLetter.attributes.eventId ?? ''}`,
          () => {
            const { messageId }: { messageId: string } = JSON.parse(deadLetter.body);
            history.deadLetters.push({ ...world.moment(), process: process.name, body: deadLetter.body, messageId });
            world.tell(process.name, `dead letter ${deadLetter.body}`);
            world.addDeadLetters(deadLetter);
          },
        ),
    },
    lanes: {
      returnAfter: (lane, receiptHandle, seconds) =>
        process.step('lanes', `returns ${receiptHandle} after ${seconds} s`, () => {
          world.tell(process.name, `returns ${receiptHandle} after ${seconds} s`);
          world.queues[lane].show(receiptHandle, seconds * 1_000);
          history.returned.push({ ...world.moment(), process: process.name, messageId: messageOf(receiptHandle) });
          world.bell.ring();
        }),
      send: (lane, body, { attributes = {}, delaySeconds = 0 }) =>
        process.step('lanes', `sends to ${lane}`, () =>
          world.put({
            lane,
            body,
            attributes,
            delayMs: delaySeconds * 1_000,
            by: putBy(process),
          }),
        ),
    },
    table: tableOf(world, process),
    schedules: schedulesOf(world, process),
    inbox: inboxOf(world, process),
    sha256,
    // Metrics are no part of the promises.
    meter: { add: () => {} },
    log: { info: log, warn: log, error: log, within: (_fields, work) => work() },
  };
}

function putBy({ name }: Process): Put['by'] {
  if (name.startsWith('operator')) return 'operator';
  return name.startsWith('reconciler') ? 'reconciler' : 'function';
}

async function call(world: World, process: Process, request: ApiRequest, timeoutMs: number) {
  const { history, store } = world;
  return process.step('api', callLine(request), async () => {
    const live = 'accessKeyId' in request && isLive(store.status(request.accessKeyId));
    const called: Called = { ...world.moment(), process: process.name, request, isLive: live, kills: [] };
    history.calls.push(called);
    world.tell(process.name, `calls ${callLine(request)}`);
    const alive = (): readonly string[] => [...history.createdKeys.keys()].filter((key) => isLive(store.status(key)));
    const { observed, waitS } = await world.api(request, timeoutMs, (effect) => {
      const isRevocation = request.call === 'revoke-key' || request.call === 'revoke-principal';
      const before = isRevocation ? alive() : [];
      effect();
      for (const key of before.filter((each) => !isLive(store.status(each)))) {
        called.kills.push({ ...world.moment(), key, owner: history.createdKeys.get(key)?.owner ?? '' });
        world.tell('api', `${key} is dead`);
      }
    });
    called.ended = world.moment().n;
    if (waitS !== undefined) called.waitS = waitS;
    world.tell(
      'api',
      `answers ${process.name} ${callLine(request)}: ` +
        `${observed.kind === 'answer' ? `${observed.status} ${observed.retryAfter ?? ''}` : observed.fault}`,
    );
    return observed;
  });
}

/**
 * Records are counted as the real log counts them (its chain has tests of its own); what is recorded is what the pipe
 * has taken, acknowledged or not.
 */
function auditOf(world: World, process: Process, chainId: string): Ports['audit'] {
  const { history, store } = world;
  let chain = openChain(chainId, world.settings.handler);
  const append = async (record: AuditRecord): Promise<void> => {
    const view = viewOf(record);
    const entry = await process
      .step('audit', `audit ${view.line}`, (): Audited => {
        chain = { ...chain, sequence: chain.sequence + 1, unclosed: isCheckpoint(record) ? 0 : chain.unclosed + 1 };
        const liveThen = view.keys(history.createdKeys).filter((key) => isLive(store.status(key)));
        const written: Audited = { ...world.moment(), process: process.name, record, view, liveThen };
        history.audit.push(written);
        world.tell(process.name, `audit ${view.line}`);
        return written;
      })
      .catch((error: unknown) => {
        history.lostAudit.add(view.requestId);
        throw error;
      });
    entry.acked = world.moment().n;
  };
  return {
    write: append,
    checkpoint: async (make) => {
      if (chain.unclosed > 0) await append(make(chain));
    },
  };
}

function tableOf({ table, history, ...world }: World, process: Process): Table {
  const on = <T>(told: string, effect: () => Promise<T>) => process.step('table', told, effect);
  return {
    get: (pk) => on(`reads ${pk}`, () => table.get(pk)),
    put: (row, seen) =>
      on(`writes ${row.pk}`, async () => {
        const written = await table.put(row, seen);
        if (written) history.wrote.push({ ...world.moment(), process: process.name, pk: row.pk, data: row.data });
        world.tell(process.name, `writes ${row.pk} ${written ? JSON.stringify(row.data) : 'too late'}`);
        return written;
      }),
    remove: (pk, seen) => on(`removes ${pk}`, () => table.remove(pk, seen)),
    admit: (pk, member, limit, expiresAt) =>
      on(`admits ${pk}`, async () => {
        const free = await table.admit(pk, member, limit, expiresAt);
        history.admitted.push({ ...world.moment(), process: process.name, pk, member, limit, free });
        return free;
      }),
    increment: (pk, limit, expiresAt) => on(`counts ${pk}`, () => table.increment(pk, limit, expiresAt)),
    decrement: (pk) => on(`uncounts ${pk}`, () => table.decrement(pk)),
  };
}

const MINUTE_MS = 60_000;
/** What is due later is not waited for: no history goes on for so long. */
const LAST_MS = BEGINS + 30 * DAY;

function schedulesOf(world: World, process: Process): Schedules {
  const { schedules, clock } = world;
  const draws = world.draws(`schedules ${process.name}`);
  const fire = async (due: number): Promise<void> => {
    world.busy(1);
    await clock.sleep(due - clock.now() + draws.upTo(MINUTE_MS));
    await schedules.fireDue(clock.now());
    world.busy(-1);
  };
  return {
    create: (schedule) =>
      process.step('schedules', `schedules ${schedule.name}`, async () => {
        const made = await schedules.create(schedule);
        world.tell(process.name, `schedules ${schedule.name}: ${made}`);
        const due = Math.ceil(schedule.at / MINUTE_MS) * MINUTE_MS;
        if (made === 'created' && due < LAST_MS) void fire(due);
        return made;
      }),
    remove: (name) => process.step('schedules', `unschedules ${name}`, () => schedules.remove(name)),
  };
}

function inboxOf({ inbox }: World, process: Process): DeadLetterQueue {
  return {
    receive: (seconds) => process.step('inbox', 'receives dead letters', () => inbox.receive(seconds)),
    remove: (handle) => process.step('inbox', `removes ${handle}`, () => inbox.remove(handle)),
    release: (handle, seconds) => process.step('inbox', `releases ${handle}`, () => inbox.release(handle, seconds)),
    depth: () => process.step('inbox', 'counts dead letters', () => inbox.depth()),
  };
}
