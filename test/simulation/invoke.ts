/**
 * The event source mapping of one lane: instances of the function, one invocation each at a time, and what becomes of
 * its messages.
 */

import { processBatch } from '../../lib/consume/batch.ts';
import { processPlan } from '../../lib/consume/pipelines.ts';
import { createRuntime } from '../../lib/consume/runtime.ts';
import type { Runtime } from '../../lib/context.ts';
import { QUEUE_SETTINGS } from '../../lib/model/queue-settings.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { readBatchResponse } from '../../local/mapping/response.ts';
import { LANES, sqsRecord } from '../support/record-factory.ts';
import type { Control } from './controls.ts';
import type { Invoked } from './history.ts';
import { type Process, startProcess } from './process.ts';
import type { Received } from './queue.ts';
import { portsOf } from './sim-ports.ts';
import type { World } from './world.ts';

/** As deployed (serverless.yml). */
const TIMEOUT_MS: Readonly<Record<Lane, number>> = { urgent: 30_000, bulk: 120_000 };
const VISIBILITY_MS: Readonly<Record<Lane, number>> = {
  urgent: QUEUE_SETTINGS.urgent.visibilityS * 1_000,
  bulk: QUEUE_SETTINGS.bulk.visibilityS * 1_000,
};

export interface Instance {
  readonly process: Process;
  readonly runtime: Runtime;
}

export interface Pool {
  readonly lane: Lane;
  readonly control: Control;
  /** All that were ever started. */
  readonly all: readonly Instance[];
  /** An idle instance, or a new one. */
  take(): Instance;
  giveBack(instance: Instance): void;
  /** Idle instances end. */
  recycle(): void;
}

export function createPool(world: World, lane: Lane, control: Control): Pool {
  const all: Instance[] = [];
  const idle: Instance[] = [];
  const draws = world.draws(`pool ${lane}`);
  const start = (): Instance => {
    const process = startProcess(world, `${lane}-${all.length + 1}`);
    const own = portsOf(world, process);
    const ports = control.ports?.(own) ?? own;
    const { settings } = world;
    const runtime = createRuntime(ports, settings, processPlan);
    const instance = { process, runtime };
    all.push(instance);
    return instance;
  };
  return {
    lane,
    control,
    all,
    take() {
      const [found] = idle.splice(draws.upTo(idle.length), 1);
      found?.process.thaw();
      return found ?? start();
    },
    giveBack(instance) {
      if (!instance.process.alive()) return;
      instance.process.freeze();
      idle.push(instance);
    },
    recycle: () => {
      for (const { process } of idle.splice(0)) process.end('is recycled');
    },
  };
}

/**
 * Runs the function on messages until it answers, dies or is out of time; deletes what it has proven. Never rejects.
 */
export async function invoke(world: World, pool: Pool, received: readonly Received[]): Promise<void> {
  const { clock, history } = world;
  const { lane, control } = pool;
  const instance = pool.take();
  const { process } = instance;
  const messages = received.map((message) => ({
    ...message,
    body: control.body?.(message.body, message.nth) ?? message.body,
  }));
  const lambdaEnds = clock.now() + TIMEOUT_MS[lane];
  const requestId = `r${history.invoked.length + 1}`;
  const invoked: Invoked = { ...world.moment(), process: process.name, requestId, lane, lambdaEnds, messages };
  history.invoked.push(invoked);
  world.tell(
    process.name,
    `${requestId} begins with ` +
      `${messages.map(({ messageId, receiveCount }) => `${messageId} (${receiveCount})`).join(' ')}`,
  );

  const { how, result } = await ending(world, instance, { lane, messages, requestId, lambdaEnds, control });
  const ids = messages.map(({ messageId }) => messageId);
  const verdict =
    how === 'answered' ? readBatchResponse(result, ids) : ({ kind: 'failure', reason: 'invalid-json' } as const);
  const isDone = (id: string): boolean =>
    verdict.kind === 'success' || (verdict.kind === 'partial' && !verdict.failed.has(id));
  const failed = ids.filter((id) => !isDone(id));
  invoked.end = { ...world.moment(), how, failed };
  world.tell(process.name, `${requestId} ${how}; comes back: ${failed.join(' ')}`);
  settle(world, { lane, messages, isDone, lambdaEnds });
  pool.giveBack(instance);
}

interface Running {
  readonly lane: Lane;
  readonly messages: readonly Received[];
  readonly requestId: string;
  readonly lambdaEnds: number;
  readonly control: Control;
}
interface Ending {
  readonly how: NonNullable<Invoked['end']>['how'];
  readonly result?: unknown;
}

async function ending(world: World, { process, runtime }: Instance, running: Running): Promise<Ending> {
  const { clock } = world;
  const { lane, messages, requestId, lambdaEnds, control } = running;
  const over = new AbortController();
  const remaining = () => control.remainingMs?.(lambdaEnds - clock.now()) ?? lambdaEnds - clock.now();
  const Records = messages.map(({ nth, body, receiptHandle, ...arrival }) => ({
    ...sqsRecord(nth, body, {
      lane,
      ...arrival,
      senderId: control.senderId?.(arrival.senderId, body, arrival.attributes) ?? arrival.senderId,
    }),
    receiptHandle,
  }));
  const answered = processBatch(
    { runtime, lanes: LANES },
    { Records },
    { awsRequestId: requestId, getRemainingTimeInMillis: remaining },
  );
  const end = await Promise.race([
    answered.then(
      (result): Ending => ({ how: 'answered', result }),
      (): Ending => ({ how: 'threw' }),
    ),
    process.died.then((): Ending => ({ how: 'died' })),
    clock.sleep(lambdaEnds - clock.now(), over.signal).then((): Ending => ({ how: 'overran' })),
  ]);
  over.abort('over');
  if (end.how === 'overran') process.end('is ended by Lambda');
  return end;
}

function settle(
  world: World,
  {
    lane,
    messages,
    isDone,
    lambdaEnds,
  }: { lane: Lane; messages: readonly Received[]; isDone: (id: string) => boolean; lambdaEnds: number },
): void {
  const { clock, history, plan } = world;
  const queue = world.queues[lane];
  for (const { messageId, receiptHandle } of messages) {
    if (isDone(messageId)) {
      if (queue.remove(receiptHandle) !== undefined) history.deleted.push({ ...world.moment(), messageId });
    } else if (plan.terms.resetsVisibility && queue.ids().includes(messageId)) {
      const begun = lambdaEnds - TIMEOUT_MS[lane];
      queue.show(receiptHandle, Math.max(0, begun + VISIBILITY_MS[lane] - clock.now()));
    }
  }
}
