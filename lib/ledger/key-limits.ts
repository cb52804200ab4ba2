/**
 * Limits on the distinct keys that one sender can have revoked, in fixed windows. An ordinary leak needs no store: each
 * instance admits a few keys by itself. Then counters in the ledger decide, each in several shards, since one item
 * takes 1,000 writes a second. (DynamoDB developer guide, partition throughput)
 */
import type { KeyLimitSettings } from '../model/settings.ts';
import type { Clock, Sha256, Table } from '../ports.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { DAY_MS, MINUTES_10_MS, windowOf } from './window.ts';

/** Keys of one sender that an instance admits in each 10 minutes without the ledger. */
export const FREE_KEYS = 5;
/** Keys of all senders that an instance admits in each 10 minutes without the ledger, also while it is unavailable. */
export const MAX_UNCOUNTED_KEYS = 50;
/** How long the ledger may take for one key, in ms, and how long it is left alone after it did not answer. */
const LEDGER_TIMEOUT_MS = 2_000;
const LEDGER_REST_MS = 5_000;
/** Keys for each shard of a counter, unless that would need more than MAX_SHARDS. */
const KEYS_PER_SHARD = 1_000;
const MAX_SHARDS = 8;

/** `first`: the first key of the sender that the window holds, as far as is known. `unavailable`: ask again later. */
export type KeyAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'over'; readonly rule: keyof KeyLimitSettings; readonly limit: number; readonly first: boolean };

/** The key limits of one Lambda environment. */
export interface KeyLimits {
  /** A key that was admitted before stays so. Never rejects. */
  admit(sender: string, accessKeyId: string): Promise<KeyAdmission>;
}

interface KeyLimitPorts {
  readonly table: Pick<Table, 'get' | 'put' | 'increment'>;
  readonly sha256: Sha256;
  readonly clock: Clock;
}

/** A limit that is not off, and where its counter stands. */
interface KeyWindow {
  readonly rule: keyof KeyLimitSettings;
  readonly limit: number;
  readonly pk: string;
  readonly expiresAt: number;
}

/** What an instance knows of one window of 10 minutes. */
interface Knowledge {
  readonly start: number;
  uncounted: number;
  readonly freeBySender: Map<string, number>;
  readonly admissions: Map<string, Promise<KeyAdmission>>;
  /** Ledger keys of counters that are at their limit. */
  readonly full: Set<string>;
  /** Ledger keys of windows that have held a key here: it was told apart, or another instance's was. */
  readonly held: Set<string>;
}

const ADMITTED: KeyAdmission = { kind: 'admitted' };

export function createKeyLimits(ports: KeyLimitPorts, limits: KeyLimitSettings): KeyLimits {
  const { clock, sha256 } = ports;
  let known = knowledgeAt(0);
  let restsUntil = 0;

  const uncounted = (): KeyAdmission => {
    if (known.uncounted >= MAX_UNCOUNTED_KEYS) return { kind: 'unavailable' };
    known.uncounted += 1;
    return ADMITTED;
  };
  const decide = async (sender: string, key: string): Promise<KeyAdmission> => {
    const free = known.freeBySender.get(sender) ?? 0;
    if (free < FREE_KEYS && known.uncounted < MAX_UNCOUNTED_KEYS) {
      known.freeBySender.set(sender, free + 1);
      return uncounted();
    }
    if (clock.now() < restsUntil) return uncounted();
    const { full, held } = known;
    const windows = keyWindows(sender, limits, clock.now());
    const until = clock.now() + LEDGER_TIMEOUT_MS;
    const counted = await answered(clock, until, countKey(ports, { key, windows, full }));
    if (counted === 'counted') return ADMITTED;
    if (counted === undefined) {
      restsUntil = clock.now() + LEDGER_REST_MS;
      return uncounted();
    }
    return holdKey(ports, counted, { key, held, until });
  };

  return {
    async admit(sender, accessKeyId) {
      if (limits.senderKeysPer10Minutes === 'off' && limits.senderKeysPerDay === 'off') return ADMITTED;
      const { start } = windowOf(MINUTES_10_MS, clock.now());
      if (known.start !== start) known = knowledgeAt(start);
      const { admissions } = known;
      const key = sha256(JSON.stringify([sender, accessKeyId]));
      const decided = admissions.get(key) ?? decide(sha256(sender), key);
      admissions.set(key, decided);
      const admission = await decided;
      if (admission.kind !== 'admitted') admissions.delete(key);
      return admission;
    },
  };
}

const knowledgeAt = (start: number): Knowledge => ({
  start,
  uncounted: 0,
  freeBySender: new Map(),
  admissions: new Map(),
  full: new Set(),
  held: new Set(),
});

/** Undefined: the ledger failed, or did not answer until then (epoch ms). */
async function answered<T>(clock: Clock, until: number, work: Promise<T>): Promise<T | undefined> {
  let result: T | undefined;
  const noted = work.then(
    (value) => {
      result = value;
    },
    () => undefined,
  );
  await withDeadline(clock, until, noted);
  return result;
}

function keyWindows(senderHash: string, limits: KeyLimitSettings, now: number): readonly KeyWindow[] {
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

interface Counting {
  /** Hash of sender and key id. */
  readonly key: string;
  readonly windows: readonly KeyWindow[];
  readonly full: Set<string>;
}

/**
 * `counted`, or the window without room. A key that was counted has a row of its own, so that redeliveries and other
 * instances do not count it again.
 */
async function countKey({ table }: KeyLimitPorts, { key, windows, full }: Counting): Promise<KeyWindow | 'counted'> {
  const pk = `key#${key}`;
  if ((await table.get(pk)) !== undefined) return 'counted';
  for (const window of windows) {
    if (!(await hasRoom(table, { key, window, full }))) return window;
  }
  const expiresAt = Math.max(...windows.map((window) => window.expiresAt));
  await table.put({ pk, version: 1, expiresAt, data: {} }, undefined);
  return 'counted';
}

/** Counts the key in the first shard with room, from the key's own on. */
async function hasRoom(
  table: Pick<Table, 'increment'>,
  { key, window: { pk, limit, expiresAt }, full }: Omit<Counting, 'windows'> & { readonly window: KeyWindow },
): Promise<boolean> {
  const shards = Math.min(MAX_SHARDS, Math.ceil(limit / KEYS_PER_SHARD));
  const own = Number.parseInt(key.slice(0, 8), 16);
  for (let n = 0; n < shards; n += 1) {
    const shard = (own + n) % shards;
    const counter = `${pk}#${shard}`;
    if (full.has(counter)) continue;
    const share = Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0);
    if (await table.increment(counter, share, expiresAt)) return true;
    full.add(counter);
  }
  return false;
}

/** Each instance asks once whether a window's first key is its own. Without an answer it is: no notice must be lost. */
async function holdKey(
  ports: KeyLimitPorts,
  window: KeyWindow,
  { key, held, until }: { readonly key: string; readonly held: Set<string>; readonly until: number },
): Promise<KeyAdmission> {
  const { rule, limit, pk } = window;
  const asks = !held.has(pk);
  held.add(pk);
  const first = asks && ((await answered(ports.clock, until, isFirstHeld(ports, window, key))) ?? true);
  return { kind: 'over', rule, limit, first };
}

/** The first key is kept by name: the SDK repeats a write whose answer was lost, and then meets its own. */
async function isFirstHeld({ table }: KeyLimitPorts, { pk, expiresAt }: KeyWindow, key: string): Promise<boolean> {
  const row = { pk: `${pk}#held`, version: 1, expiresAt, data: { key } };
  return (await table.put(row, undefined)) || (await table.get(row.pk))?.data.key === key;
}
