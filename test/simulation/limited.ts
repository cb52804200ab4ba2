/**
 * A queue of leaks before an API with a limit: instances of the real function take batches until everything is settled.
 * In virtual time.
 */
import { EVENT_MS, keyLeak } from '../support/event-factory.ts';
import { type Limit, type LimitedApi, limitedApi } from '../support/limited-api.ts';
import { startFunction } from '../support/memory-function.ts';
import { type Outside, openOutside } from '../support/memory-ports.ts';
import { sqsRecord } from '../support/record-factory.ts';

const keyOf = (n: number): string => `CWLIMIT${String(n).padStart(7, '0')}`;

export interface Load {
  readonly limit: Limit;
  readonly events: number;
  readonly apiConcurrency?: number;
  readonly verify?: boolean;
  /** Records of one invocation, and the ms that it has. */
  readonly batch?: number;
  readonly remainingMs?: number;
  readonly instances?: number;
}

export interface Unloaded {
  readonly outside: Outside;
  readonly api: LimitedApi;
  /** Keys that are not dead, and the most receives of one message. */
  readonly left: number;
  readonly mostReceives: number;
}

interface Message {
  readonly n: number;
  visibleAt: number;
  receives: number;
}

/** Runs a load. An instance has one batch at a time; what it does not settle is seen again when it has said. */
export async function unload(load: Load): Promise<Unloaded> {
  const outside = openOutside(EVENT_MS);
  const { clock } = outside;
  const api = limitedApi(clock, load.limit);
  outside.api.play(api.script);
  const waiting = new Map<number, Message>();
  for (let n = 0; n < load.events; n += 1) {
    waiting.set(n, { n, visibleAt: EVENT_MS, receives: 0 });
    outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  }
  let mostReceives = 0;
  const receive = (): readonly Message[] => {
    const batch: Message[] = [];
    for (const message of waiting.values()) {
      if (message.visibleAt > clock.now()) continue;
      message.visibleAt = Number.POSITIVE_INFINITY;
      message.receives += 1;
      mostReceives = Math.max(mostReceives, message.receives);
      if (batch.push(message) === (load.batch ?? load.events)) break;
    }
    return batch;
  };
  const work = async (): Promise<void> => {
    const seenAgain = new Map<string, number>();
    const { invoke } = startFunction(outside, {
      settings: { apiConcurrency: load.apiConcurrency ?? 32, verify: load.verify ?? false },
      meddle: (step, moment) => {
        if (step.port !== 'return' || moment === 'before') return;
        seenAgain.set(step.returned.receiptHandle, clock.now() + step.returned.seconds * 1_000);
      },
    });
    while (waiting.size > 0) {
      const batch = receive();
      if (batch.length === 0) {
        await clock.sleep(100);
        continue;
      }
      const records = batch.map(({ n, receives }) =>
        sqsRecord(n, keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } }), { receiveCount: receives }),
      );
      const failed = new Set(await invoke(records, load.remainingMs ?? 900_000));
      for (const message of batch) {
        if (!failed.has(`m${message.n}`)) waiting.delete(message.n);
        else message.visibleAt = seenAgain.get(`handle-${message.n}`) ?? Number.POSITIVE_INFINITY;
      }
    }
  };
  await clock.run(Promise.all(Array.from({ length: load.instances ?? 1 }, work)));
  const left = [...Array(load.events).keys()].filter((n) => outside.store.status(keyOf(n)) !== 'DELETED').length;
  return { outside, api, left, mostReceives };
}
