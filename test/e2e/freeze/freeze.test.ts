import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLimiter } from '../../../lib/runtime/limit.ts';
import type { Freeze, Frozen } from './frozen.ts';
import type { Closing } from './peer.ts';
import { type Subject, startSubjects } from './subjects.ts';

const CLOSINGS: readonly Closing[] = ['fin', 'rst', 'late-rst', 'silence'];
/** More deliveries than these are not waited for. */
const MOST_DELIVERIES = 3;

interface Cell {
  readonly freeze: Freeze;
  readonly burst: number;
  readonly closing: Closing;
}

const cells = (freeze: Freeze, bursts: readonly number[]): readonly Cell[] =>
  bursts.flatMap((burst) => CLOSINGS.map((closing) => ({ freeze, burst, closing })));

/** These need no waiting: one environment goes through all of them. */
const JUMPED = cells('jumped', [3, 5, 10, 20, 100]);
/** Each has an environment of its own, and all of them stand still at once. */
const STOPPED = { revoke: cells('stopped', [20]), ingest: cells('stopped', [100]) };

let world: Awaited<ReturnType<typeof startSubjects>>;
beforeAll(async () => {
  world = await startSubjects();
});
afterAll(() => world.close());

/** Starts and bursts take processor time, which the answer to the next event must not wait for. */
const busy = createLimiter(2);

/** Sends a burst into the environment, freezes it, and counts the deliveries that the next event takes. */
async function freezeOnce(frozen: Frozen, subject: Subject, { freeze, burst, closing }: Cell) {
  await busy(() => frozen.invoke(subject.burst(burst)));
  const connected = frozen.most() >= subject.connections(burst);
  const next = subject.next();
  let deliveries = 1;
  let answer = await frozen.thawWith(next, freeze, closing);
  for (; !subject.done(answer) && deliveries < MOST_DELIVERIES; deliveries += 1) answer = await frozen.invoke(next);
  return { freeze, burst, closing, connected, deliveries };
}

const inOneDelivery = (of: readonly Cell[]) => of.map((cell) => ({ ...cell, connected: true, deliveries: 1 }));

describe.concurrent('after a burst and a freeze in which peers close or lose connections', () => {
  it.each(['revoke', 'ingest'] as const)(
    '%s: settles the next event in one delivery when the clock is 400 s ahead',
    async (name) => {
      const subject = world.subjects[name];
      const frozen = await busy(() => subject.start('jumped'));
      const found = [];
      for (const cell of JUMPED) found.push(await freezeOnce(frozen, subject, cell));
      await frozen.close();
      expect(found).toEqual(inOneDelivery(JUMPED));
    },
    240_000,
  );

  it.each(['revoke', 'ingest'] as const)(
    '%s: settles the next event in one delivery after SIGSTOP for 8 s',
    async (name) => {
      const subject = world.subjects[name];
      const found = STOPPED[name].map(async (cell) => {
        const frozen = await busy(() => subject.start(`stopped-${cell.closing}`));
        return freezeOnce(frozen, subject, cell).finally(() => frozen.close());
      });
      expect(await Promise.all(found)).toEqual(inOneDelivery(STOPPED[name]));
    },
    240_000,
  );
});
