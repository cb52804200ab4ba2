/**
 * Places of leaked keys in the counters of a sender. A key has one row, with a holder for each instance that relies on
 * its place: the last one that leaves gives the place back. Faults leave a place taken, so a limit only becomes
 * stricter. Each holder has an id of its own, because the SDK repeats a write whose answer was lost, and then meets it.
 */
import type { KeyLimitSettings } from '../model/settings.ts';
import type { Row, Table } from '../ports.ts';
import { DAY_MS, MINUTES_10_MS, windowOf } from './window.ts';

/** Keys for each shard of a counter, unless that would need more than MAX_SHARDS. */
const KEYS_PER_SHARD = 1_000;
const MAX_SHARDS = 8;
/** How often a row is read again that another instance has changed meanwhile. */
const MAX_TRIES = 5;
/** Holders that a row names. Then one that never leaves stands for all others: the place stays taken. */
const MAX_HOLDERS = 20;
const MANY = 'many';

export type KeyTable = Pick<Table, 'get' | 'put' | 'remove' | 'increment' | 'decrement'>;

/** A limit that is not off, and where its counter stands. */
export interface KeyWindow {
  readonly rule: keyof KeyLimitSettings;
  readonly limit: number;
  readonly pk: string;
  readonly expiresAt: number;
}

/** `now` in epoch ms. */
export function keyWindows(senderHash: string, limits: KeyLimitSettings, now: number): readonly KeyWindow[] {
  const windows = [
    { rule: 'senderKeysPer10Minutes', span: '10m', length: MINUTES_10_MS },
    { rule: 'senderKeysPerDay', span: 'day', length: DAY_MS },
  ] as const;
  return windows.flatMap(({ rule, span, length }) => {
    const limit = limits[rule];
    if (limit === 'off') return [];
    const { start, expiresAt } = windowOf(length, now);
    return [{ rule, limit, expiresAt, pk: `window#keys#${senderHash}#${span}#${start}` }];
  });
}

/** `counters`: of a place without a row: another instance counted the key, too. */
export type TakenPlace =
  | { readonly kind: 'row'; readonly pk: string; readonly holder: string }
  | { readonly kind: 'counters'; readonly counters: readonly string[] };

/** `full`: the window without room. */
export type CountedPlace = TakenPlace | { readonly kind: 'full'; readonly window: KeyWindow };

interface Counting {
  /** Hash of sender and key id. */
  readonly key: string;
  /** Unique: who takes the place. */
  readonly holder: string;
  readonly windows: readonly KeyWindow[];
  /** Whether the counter with this ledger key was at its limit a moment ago. */
  readonly isFull: (counter: string) => boolean;
  readonly markFull: (counter: string) => void;
}

/** A key with a row is not counted again, also for other instances. Rejects if the table cannot be reached. */
export async function takePlace(table: KeyTable, counting: Counting): Promise<CountedPlace> {
  const { key, holder, windows } = counting;
  const pk = `key#${key}`;
  const own = { kind: 'row', pk, holder } as const;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const row = await table.get(pk);
    if (row === undefined) break;
    const holders = textsIn(row, 'holders');
    if (holders.includes(holder) || holders.includes(MANY)) return own;
    const joined = holders.length < MAX_HOLDERS ? holder : MANY;
    if (await table.put(heldBy(row, [...holders, joined]), row.version)) return own;
  }
  const counters: string[] = [];
  for (const window of windows) {
    const counter = await countIn(table, window, counting);
    if (counter !== undefined) counters.push(counter);
    else {
      await giveBack(table, counters);
      return { kind: 'full', window };
    }
  }
  const expiresAt = Math.max(...windows.map((window) => window.expiresAt));
  const row = { pk, version: 1, expiresAt, data: { counters, holders: [holder] } };
  if (await table.put(row, undefined)) return own;
  const stored = await table.get(pk);
  return stored && textsIn(stored, 'holders').includes(holder) ? own : { kind: 'counters', counters };
}

/** The counter that the key was counted in: the first shard with room, from the key's own on. */
async function countIn(
  table: KeyTable,
  { pk, limit, expiresAt }: KeyWindow,
  { key, isFull, markFull }: Counting,
): Promise<string | undefined> {
  const shards = Math.min(MAX_SHARDS, Math.ceil(limit / KEYS_PER_SHARD));
  const own = Number.parseInt(key.slice(0, 8), 16);
  // Stryker disable next-line EqualityOperator: a shard that was asked is full, so it is not asked again
  for (let n = 0; n < shards; n += 1) {
    const shard = (own + n) % shards;
    const counter = `${pk}#${shard}`;
    if (isFull(counter)) continue;
    const share = Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0);
    if (await table.increment(counter, share, expiresAt)) return counter;
    markFull(counter);
  }
  return undefined;
}

/**
 * Returns the counters that have room again, if this was the last instance that relied on the place. Rejects if the
 * table cannot be reached.
 */
export async function leavePlace(table: KeyTable, place: TakenPlace): Promise<readonly string[]> {
  const counters = place.kind === 'counters' ? place.counters : await leaveRow(table, place);
  await giveBack(table, counters);
  return counters;
}

/** A counter that could not be lowered keeps the place. */
const giveBack = (table: KeyTable, counters: readonly string[]) =>
  Promise.allSettled(counters.map((counter) => table.decrement(counter)));

async function leaveRow(
  table: KeyTable,
  { pk, holder }: Extract<TakenPlace, { kind: 'row' }>,
): Promise<readonly string[]> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const row = await table.get(pk);
    if (row === undefined) return [];
    const holders = textsIn(row, 'holders');
    if (!holders.includes(holder)) return [];
    const others = holders.filter((other) => other !== holder);
    if (others.length > 0) {
      if (await table.put(heldBy(row, others), row.version)) return [];
    } else if (await table.remove(pk, row.version)) return textsIn(row, 'counters');
  }
  return [];
}

const heldBy = (row: Row, holders: readonly string[]): Row => ({
  ...row,
  version: row.version + 1,
  data: { ...row.data, holders },
});

/** Rows of 0.1 have neither: their places stay taken. */
const textsIn = ({ data }: Row, name: 'counters' | 'holders'): readonly string[] => {
  const texts = data[name];
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
};
