/**
 * A small world in memory: one organization, ledger and set of queues, and any number of instances of the function over
 * them. Time stands still unless a test moves it or a flow waits.
 */
import { randomUUID } from 'node:crypto';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { processBatch } from '../../lib/consume/batch.ts';
import { processPlan } from '../../lib/consume/pipelines.ts';
import { createRuntime } from '../../lib/consume/runtime.ts';
import type { ApiRequest, ApiResponse } from '../../lib/coreweave/api.ts';
import type { Lane, Settings } from '../../lib/model/settings.ts';
import type { Row, Table } from '../../lib/ports.ts';
import { openStore, type Store } from '../../local/coreweave/store.ts';
import { defaultSwitches } from '../../local/coreweave/switches.ts';
import { answer } from './api-answers.ts';
import { EVENT_MS } from './event-factory.ts';
import { movableClock, sha256 } from './fakes.ts';
import { memoryAlerts } from './memory-alerts.ts';
import { answerOf, callLine } from './memory-api.ts';
import { settingsOf } from './memory-function.ts';
import type { TestPorts } from './memory-ports.ts';
import { type MemorySchedules, memorySchedules } from './memory-schedules.ts';
import { memoryTable } from './memory-table.ts';
import { LANES, sqsRecord } from './record-factory.ts';

export interface Sent {
  readonly lane: Lane;
  readonly body: string;
  readonly delaySeconds: number;
  /** Only if there are any. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface SentDeadLetter {
  readonly reason: string;
  readonly detail: string;
  readonly event: { readonly id: string } & Record<string, unknown>;
  readonly [field: string]: unknown;
}

export interface World {
  /** Epoch ms. */
  now: number;
  ledgerDown: boolean;
  /** What happens to a call before it has its effect: an answer in its place, a wait, or nothing. */
  meddle: (request: ApiRequest) => Promise<ApiResponse | undefined> | ApiResponse | undefined;
  readonly store: Store;
  readonly table: Table;
  readonly schedules: MemorySchedules;
  /** Every call of the API in order; the pages of a listing count once. */
  readonly calls: string[];
  readonly deadLetters: SentDeadLetter[];
  /** The dead letters as they lie on the dead-letter queue. */
  readonly sealed: string[];
  /** Messages that the product, or a schedule, put on a lane. */
  readonly sent: Sent[];
  readonly audit: AuditRecord[];
  /** Why messages were returned, in order. */
  readonly retries: string[];
  /** Another instance of the function. */
  instance(settings?: Partial<Settings>): Instance;
  /** The audit of an event, `phase:status_detail`, in order. */
  trail(event: { readonly id?: unknown }): readonly string[];
  /** The ledger's row of an event; its absence fails the test. */
  row(event: object): Promise<Row>;
}

export interface Instance {
  readonly ports: TestPorts;
  /** Delivers each event (or body) as a message of its own, in one batch; returns which were not settled, by index. */
  deliver(messages: readonly (object | string)[], options?: DeliverOptions): Promise<readonly number[]>;
}

export interface DeliverOptions {
  readonly lane?: Lane;
  readonly receiveCount?: number;
  readonly remainingMs?: number;
  /** Epoch ms; now by default. */
  readonly firstReceived?: number;
  /** Epoch ms; long ago by default. */
  readonly sentAt?: number;
  /** String message attributes. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** SQS' SenderId; by default as usualSenderId. */
  readonly senderId?: string;
}

export const eventKeyOf = (event: { readonly source?: unknown; readonly id?: unknown }): string =>
  `event#${sha256(JSON.stringify([event.source, event.id]))}`;

/** Opens an empty world at EVENT_MS. */
export function openWorld(): World {
  const now = () => world.now;
  const sent: Sent[] = [];
  const world: World = {
    now: EVENT_MS,
    ledgerDown: false,
    meddle: () => undefined,
    store: openStore(defaultSwitches(), { now }),
    table: memoryTable({ now, isDown: () => world.ledgerDown }),
    schedules: memorySchedules({ deliver: async (body) => void sent.push({ lane: 'bulk', body, delaySeconds: 0 }) }),
    calls: [],
    deadLetters: [],
    sealed: [],
    sent,
    audit: [],
    retries: [],
    instance: (settings = {}) => startInstance(world, settingsOf(settings)),
    trail: ({ id }) =>
      world.audit.flatMap((line) => {
        const { metadata, unmapped, status_detail } = JSON.parse(JSON.stringify(line));
        return metadata.correlation_uid === id ? [`${unmapped.phase}:${status_detail}`] : [];
      }),
    async row(event) {
      const row = await world.table.get(eventKeyOf(event));
      if (row === undefined) throw new Error('no row');
      return row;
    },
  };
  return world;
}

/** From now on a principal's revocation has its effect, and the API answers that it had not. */
export function loseAnswers(world: World, principal: string): void {
  world.meddle = ({ call }) => {
    if (call !== 'revoke-principal') return undefined;
    world.store.revokePrincipal(principal);
    return answer(500);
  };
}

function startInstance(world: World, settings: Settings): Instance {
  const ports = portsOf(world);
  const runtime = createRuntime(ports, settings, processPlan);
  return {
    ports,
    async deliver(messages, options = {}) {
      const Records = messages.map((message, index) =>
        sqsRecord(index, message, { messageId: String(index), lane: 'bulk', firstReceived: world.now, ...options }),
      );
      const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => options.remainingMs ?? 30_000 };
      const { batchItemFailures } = await processBatch({ runtime, lanes: LANES }, { Records }, context);
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    },
  };
}

function portsOf(world: World): TestPorts {
  return {
    clock: movableClock(world),
    chance: { fraction: () => 0.5, id: () => randomUUID() },
    api: {
      async send(request) {
        if (request.call !== 'list-keys') world.calls.push(callLine(request));
        else if (request.offset === 0) world.calls.push(request.call);
        return (await world.meddle(request)) ?? answerOf(world.store, request);
      },
    },
    alerts: memoryAlerts(),
    audit: { write: async (record) => void world.audit.push(record), checkpoint: async () => {} },
    deadLetters: {
      async send({ body }) {
        world.sealed.push(body);
        world.deadLetters.push(JSON.parse(body));
      },
    },
    lanes: {
      returnAfter: async () => {},
      send: async (lane, body, { delaySeconds = 0, attributes = {} }) => {
        const attached = Object.keys(attributes).length === 0 ? {} : { attributes };
        world.sent.push({ lane, body, delaySeconds, ...attached });
      },
    },
    // Views of what all instances share: a test may break an instance's own.
    table: { ...world.table },
    schedules: { ...world.schedules },
    sha256,
    meter: { add() {} },
    log: {
      info: (code, fields) => void (code === 'retry' && world.retries.push(String(fields?.code))),
      warn() {},
      error() {},
      within: (_fields, work) => work(),
    },
  };
}
