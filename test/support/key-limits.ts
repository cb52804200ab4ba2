/** Key limits over a ledger in memory that any number of instances share. */
import type { KeyTable } from '../../lib/ledger/key-counters.ts';
import { createKeyLimits, type KeyAdmission, type KeyLimits } from '../../lib/ledger/key-limits.ts';
import type { KeyLimitSettings } from '../../lib/model/settings.ts';
import { EVENT_MS } from './event-factory.ts';
import { movableClock, sha256 } from './fakes.ts';
import { memoryTable } from './memory-table.ts';

export const LIMITS: KeyLimitSettings = { senderKeysPer10Minutes: 20, senderKeysPerDay: 30 };
export const count = (size: number, from = 0) => Array.from({ length: size }, (_, n) => `CW${from + n}`);
export const kinds = (admissions: readonly KeyAdmission[]) => ({
  admitted: admissions.filter(({ kind }) => kind === 'admitted').length,
  over: admissions.filter(({ kind }) => kind === 'over').length,
  unavailable: admissions.filter(({ kind }) => kind === 'unavailable').length,
});

export const firsts = (admissions: readonly KeyAdmission[]) =>
  admissions.filter((admission) => admission.kind === 'over' && admission.first).length;

/**
 * A ledger that any number of instances share, and what was asked of it. `repeats`: the answer of each conditional
 * write is lost, so that the SDK sends it once more.
 */
export function openLimits(limits: KeyLimitSettings = LIMITS, { repeats = false } = {}) {
  const time = { now: EVENT_MS, ledger: 'up' as 'up' | 'down' | 'hangs' };
  const table = memoryTable({ now: () => time.now, isDown: () => time.ledger === 'down' });
  const calls: string[] = [];
  const asked = <T>(name: string, call: () => Promise<T>): Promise<T> => {
    calls.push(name);
    return time.ledger === 'hangs' ? new Promise(() => {}) : call();
  };
  const written = async (write: () => Promise<boolean>): Promise<boolean> => {
    const isDone = await write();
    return repeats ? write() : isDone;
  };
  const counted: KeyTable = {
    get: (pk) => asked('get', () => table.get(pk)),
    put: (row, seen) => asked('put', () => written(() => table.put(row, seen))),
    remove: (pk, seen) => asked('remove', () => written(() => table.remove(pk, seen))),
    increment: (pk, limit, expiresAt) => asked('increment', () => table.increment(pk, limit, expiresAt)),
    decrement: (pk) => asked('decrement', () => table.decrement(pk)),
  };
  const clock = movableClock(time);
  const sleeping = {
    ...clock,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (time.ledger !== 'hangs') return clock.sleep(ms, signal);
      time.now += ms;
    },
  };
  const ids = Array.from({ length: 10_000 }, (_, n) => `holder-${n}`).values();
  const chance = { id: () => ids.next().value ?? '' };
  const start = () => createKeyLimits({ table: counted, sha256, clock: sleeping, chance }, limits);
  return { time, calls, start };
}

export const placeOf = (limits: KeyLimits, accessKeyId: string, sender = '//a', source = sender) =>
  limits.placeOf({ sender, source, accessKeyId });

export const admitAll = (limits: KeyLimits, ids: readonly string[], sender = '//a') =>
  Promise.all(ids.map((id) => placeOf(limits, id, sender).admit()));
