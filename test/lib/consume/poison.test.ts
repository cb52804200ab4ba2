import { describe, expect, it } from 'vitest';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { deadLettersOf } from '../../support/memory-views.ts';
import { POISON, SECRET } from '../../support/poison.ts';
import { sqsRecord } from '../../support/record-factory.ts';

const keyOf = (n: number): string => `CWGOOD${String(n).padStart(9, '0')}`;
const good = (n: number) => keyLeak({ id: `good-${n}`, data: { accessKeyId: keyOf(n) } });

/** Delivers a batch with poison (by its index in the table) at some places and good leaks at all others. */
async function run(size: number, poisonAt: ReadonlyMap<number, number>) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < size; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  const records = Array.from({ length: size }, (_, n) => {
    const poison = poisonAt.get(n);
    return sqsRecord(n, poison === undefined ? good(n) : POISON[poison]?.[1]);
  });
  const failed = await startFunction(outside).deliver(records, 900_000);
  const deadLetters = new Map(deadLettersOf(outside).map(({ messageId, reason }) => [messageId, reason]));
  const alive = Array.from({ length: size }, (_, n) => n).filter((n) => outside.store.status(keyOf(n)) !== 'DELETED');
  return { outside, failed, deadLetters, alive };
}

/** Each poison message, and no other, has a dead letter with its reason. Every other key is revoked. */
async function expectSetApart(size: number, poisonAt: ReadonlyMap<number, number>) {
  const { outside, failed, deadLetters, alive } = await run(size, poisonAt);
  expect(failed).toEqual([]);
  expect(deadLetters).toEqual(new Map([...poisonAt].map(([n, poison]) => [`m${n}`, POISON[poison]?.[2]])));
  expect(outside.deadLetters).toHaveLength(poisonAt.size);
  expect(alive).toEqual([...poisonAt.keys()].toSorted((a, b) => a - b));
}

const every = POISON.map((_, index) => index);

describe('poison', () => {
  it.each(POISON.map(([name], index) => [name, index] as const))(
    '%s is set apart, alone and at each end of ten',
    async (_name, index) => {
      await expectSetApart(1, new Map([[0, index]]));
      for (const place of [0, 9]) await expectSetApart(10, new Map([[place, index]]));
    },
  );

  it('of every form is set apart among a hundred', () =>
    expectSetApart(100, new Map(every.map((index) => [(index * 37) % 100, index]))));

  it('of every form is set apart among a thousand', () =>
    expectSetApart(1_000, new Map(every.map((index) => [(index * 371) % 1_000, index]))));

  it('is set apart, one in a hundred, among ten thousand', () =>
    expectSetApart(10_000, new Map(Array.from({ length: 100 }, (_, k) => [k * 100 + (k % 100), k % 27]))));

  it('of every form may be all that there is; no dead letter holds what SQS would not take, or a secret', async () => {
    const { outside, failed } = await run(POISON.length, new Map(every.map((index) => [index, index])));
    expect([failed, deadLettersOf(outside).map(({ reason }) => reason)]).toEqual([
      [],
      POISON.map(([, , reason]) => reason),
    ]);
    for (const { body, attributes } of outside.deadLetters) {
      expect(body).toMatch(/^[\x20-\x7e]{2,262144}$/);
      expect(Object.values(attributes).join('')).toMatch(/^[\x21-\x7e]+$/);
    }
    expect(JSON.stringify([outside.deadLetters, outside.audit, outside.log])).not.toContain(SECRET);
  });
});
