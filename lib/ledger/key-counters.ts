/**
 * Places of leaked keys in the counters of a sender. A key has one row, whose version is the number of instances that
 * rely on its place: the last one that leaves gives the place back. Faults leave a place taken, so a limit only becomes
 * stricter, but for an answer of the ledger that is lost while two instances leave one key.
 */
import type { KeyLimitSettings } from '../model/settings.ts';
import type { Row, Table } from '../ports.ts';
import { DAY_MS, MINUTES_10_MS, windowOf } from './window.ts';

/** Keys for each shard of a counter, unless that would need more than MAX_SHARDS. */
const KEYS_PER_SHARD = 1_000;
const MAX_SHARDS = 8;
/** How often a row is read again that another instance has changed meanwhile. */
const MAX_TRIES = 5;

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

/** `full`: the window without room. `counters`: of a place without a row: another instance counted the key, too. */
export type CountedPlace =
  | { readonly kind: 'full'; readonly window: KeyWindow }
  | { readonly kind: 'row'; readonly pk: string }
  | { readonly kind: 'counters'; readonly counters: readonly string[] };

interface Counting {
  /** Hash of sender and key id. */
  readonly key: string;
  readonly windows: readonly KeyWindow[];
  /** Whether the counter with this ledger key was at its limit a moment ago. */
  readonly isFull: (counter: string) => boolean;
  readonly markFull: (counter: string) => void;
}

/** A key with a row is not counted again, also for other instances. Rejects if the table cannot be reached. */
export async function takePlace(table: KeyTable, counting: Counting): Promise<CountedPlace> {
  const { key, windows } = counting;
  const pk = `key#${key}`;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const row = await table.get(pk);
    if (row === undefined) break;
    if (await table.put({ ...row, version: row.version + 1 }, row.version)) return { kind: 'row', pk };
  }
  const counters: string[] = [];
  for (const window of windows) {
    const counter = await countIn(table, window, counting);
    if (counter === undefined) return { kind: 'full', window };
    counters.push(counter);
  }
  const expiresAt = Math.max(...windows.map((window) => window.expiresAt));
  const isOwn = await table.put({ pk, version: 1, expiresAt, data: { counters } }, undefined);
  return isOwn ? { kind: 'row', pk } : { kind: 'counters', counters };
}

/** The counter that the key was counted in: the first shard with room, from the key's own on. */
async function countIn(
  table: KeyTable,
  { pk, limit, expiresAt }: KeyWindow,
  { key, isFull, markFull }: Counting,
): Promise<string | undefined> {
  const shards = Math.min(MAX_SHARDS, Math.ceil(limit / KEYS_PER_SHARD));
  const own = Number.parseInt(key.slice(0, 8), 16);
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
export async function leavePlace(table: KeyTable, place: CountedPlace): Promise<readonly string[]> {
  if (place.kind === 'full') return [];
  const counters = place.kind === 'counters' ? place.counters : await leaveRow(table, place.pk);
  await Promise.all(counters.map((counter) => table.decrement(counter)));
  return counters;
}

async function leaveRow(table: KeyTable, pk: string): Promise<readonly string[]> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const row = await table.get(pk);
    if (row === undefined) return [];
    if (row.version > 1) {
      if (await table.put({ ...row, version: row.version - 1 }, row.version)) return [];
    } else if (await table.remove(pk, row.version)) return countersOf(row);
  }
  return [];
}

/** Rows of version 0.1 name no counters: their places stay taken. */
const countersOf = ({ data: { counters } }: Row): readonly string[] =>
  Array.isArray(counters) ? counters.filter((counter) => typeof counter === 'string') : [];
