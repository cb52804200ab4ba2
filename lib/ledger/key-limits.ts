/**
 * Limits on the distinct keys that one sender can have revoked, in fixed windows. An ordinary leak needs no store: each
 * instance admits a few keys by itself. Then counters in the ledger decide, each in several shards, since one item
 * takes 1,000 writes a second. (DynamoDB developer guide, partition throughput) A key that was not revoked gives its
 * place back: ids that do not exist must not hold those that do.
 */
import type { KeyLimitSettings } from '../model/settings.ts';
import type { Chance, Clock, Sha256 } from '../ports.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { type KeyTable, type KeyWindow, keyWindows, leavePlace, type TakenPlace, takePlace } from './key-counters.ts';
import { MINUTES_10_MS, windowOf } from './window.ts';

/** Keys of one sender that an instance admits in each 10 minutes without the ledger. */
export const FREE_KEYS = 5;
/** Keys of all senders that an instance admits in each 10 minutes without the ledger, also while it is unavailable. */
export const MAX_UNCOUNTED_KEYS = 50;
/** How long the ledger may take for one key, in ms, and how long it is left alone after it did not answer. */
const LEDGER_TIMEOUT_MS = 2_000;
const LEDGER_REST_MS = 5_000;
/** How long (ms) a full counter is not asked again. Places are given back by other instances, too. */
const FULL_MS = 5_000;

/** `first`: the first key of the source that the window holds, as far as is known. `unavailable`: ask again later. */
export type KeyAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'over'; readonly rule: keyof KeyLimitSettings; readonly limit: number; readonly first: boolean };

export interface ReportedKey {
  /** For whom the key counts. */
  readonly sender: string;
  /** The event's, as the sender claims it: each has a notice of its own. */
  readonly source: string;
  readonly accessKeyId: string;
}

/** The place of a key in the limits, for one run of its event. */
export interface KeyPlace {
  /** A key that was admitted before stays so. Never rejects. */
  admit(): Promise<KeyAdmission>;
  /**
   * This run did not revoke the key. When no run is left that may have, its place is given back. Nothing happens if the
   * key was not admitted. Never rejects.
   */
  leave(): Promise<void>;
}

/** The key limits of one Lambda environment. */
export interface KeyLimits {
  placeOf(key: ReportedKey): KeyPlace;
}

interface KeyLimitPorts {
  readonly table: KeyTable;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly chance: Pick<Chance, 'id'>;
}

/** How a key was admitted: in the ledger, or by this instance alone. `full`: the window without room. */
type Taken =
  | { readonly kind: 'admitted'; giveBack(): Promise<void> }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'full'; readonly window: KeyWindow; readonly until: number };

/** `users`: runs that rely on it. */
interface SharedPlace {
  users: number;
  readonly taken: Promise<Taken>;
}

/** What an instance knows of one window of 10 minutes. */
interface Knowledge {
  readonly start: number;
  uncounted: number;
  readonly freeBySender: Map<string, number>;
  readonly places: Map<string, SharedPlace>;
  /** By the ledger key of a counter that is at its limit: until when (epoch ms) it is not asked. */
  readonly full: Map<string, number>;
  /** By the ledger key of a window, the sources whose first held key was told, here or by another instance. */
  readonly held: Map<string, Set<string>>;
}

/** Hashes: of sender and key id, and of the sender. */
interface Counted {
  readonly key: string;
  readonly sender: string;
}

export function createKeyLimits(ports: KeyLimitPorts, limits: KeyLimitSettings): KeyLimits {
  const { clock, sha256 } = ports;
  const isOff = limits.senderKeysPer10Minutes === 'off' && limits.senderKeysPerDay === 'off';
  const take = createTaking(ports, limits);
  let known = knowledgeAt(0);

  return {
    placeOf({ sender, source, accessKeyId }) {
      let leave = async (): Promise<void> => undefined;
      return {
        async admit() {
          if (isOff) return { kind: 'admitted' };
          const key = sha256(JSON.stringify([sender, accessKeyId]));
          const { start } = windowOf(MINUTES_10_MS, clock.now());
          if (known.start !== start) known = knowledgeAt(start);
          const { places, held } = known;
          const place = places.get(key) ?? { users: 0, taken: take(known, { key, sender: sha256(sender) }) };
          places.set(key, place);
          place.users += 1;
          const taken = await place.taken;
          if (taken.kind !== 'admitted') {
            if (places.get(key) === place) places.delete(key);
            return taken.kind === 'full' ? holdKey(ports, taken, { key, source: sha256(source), held }) : taken;
          }
          leave = async () => {
            place.users -= 1;
            if (place.users > 0) return;
            places.delete(key);
            await taken.giveBack();
          };
          return { kind: 'admitted' };
        },
        async leave() {
          const once = leave;
          leave = async () => undefined;
          await once();
        },
      };
    },
  };
}

const knowledgeAt = (start: number): Knowledge => ({
  start,
  uncounted: 0,
  freeBySender: new Map(),
  places: new Map(),
  full: new Map(),
  held: new Map(),
});

/** Takes a place for a key that has none in this instance. */
function createTaking(ports: KeyLimitPorts, limits: KeyLimitSettings) {
  const { clock, chance, table } = ports;
  let restsUntil = 0;

  const askLedger = async <T>(until: number, work: () => Promise<T>): Promise<T | undefined> => {
    if (clock.now() < restsUntil) return undefined;
    const answer = await answered(clock, until, work());
    if (answer === undefined) restsUntil = clock.now() + LEDGER_REST_MS;
    return answer;
  };
  const giveBack = async (full: Knowledge['full'], place: TakenPlace): Promise<void> => {
    const counters = await askLedger(clock.now() + LEDGER_TIMEOUT_MS, () => leavePlace(table, place));
    // Stryker disable next-line ArrayDeclaration: no counter has another name
    for (const counter of counters ?? []) full.delete(counter);
  };

  return async (known: Knowledge, counted: Counted): Promise<Taken> => {
    const { freeBySender, full } = known;
    const free = freeBySender.get(counted.sender) ?? 0;
    if (free < FREE_KEYS && known.uncounted < MAX_UNCOUNTED_KEYS) {
      freeBySender.set(counted.sender, free + 1);
      return takeUncounted(known, () => freeBySender.set(counted.sender, (freeBySender.get(counted.sender) ?? 1) - 1));
    }
    const until = clock.now() + LEDGER_TIMEOUT_MS;
    const counting = {
      key: counted.key,
      holder: chance.id(),
      windows: keyWindows(counted.sender, limits, clock.now()),
      isFull: (counter: string) => clock.now() < (full.get(counter) ?? 0),
      markFull: (counter: string) => full.set(counter, clock.now() + FULL_MS),
    };
    const place = await askLedger(until, () => takePlace(table, counting));
    if (place === undefined) return takeUncounted(known);
    if (place.kind !== 'full') return { kind: 'admitted', giveBack: () => giveBack(full, place) };
    return { kind: 'full', window: place.window, until };
  };
}

function takeUncounted(known: Knowledge, alsoGiveBack: () => void = () => undefined): Taken {
  if (known.uncounted >= MAX_UNCOUNTED_KEYS) return { kind: 'unavailable' };
  known.uncounted += 1;
  return {
    kind: 'admitted',
    giveBack: async () => {
      known.uncounted -= 1;
      alsoGiveBack();
    },
  };
}

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

interface HeldKey {
  readonly key: string;
  readonly source: string;
  readonly held: Knowledge['held'];
}

/** Sources of a sender whose first held key makes a notice: a sender of messages may invent any number. */
const MAX_TOLD = 20;

/**
 * Each instance asks once whether a window's first key of a source is its own. Without an answer it is: no notice must
 * be lost. A sender may have many sources, and what one does must not hide what happens in another.
 */
async function holdKey(
  ports: KeyLimitPorts,
  { window, until }: Extract<Taken, { kind: 'full' }>,
  { key, source, held }: HeldKey,
): Promise<KeyAdmission> {
  const { rule, limit, expiresAt } = window;
  const told = held.get(window.pk) ?? new Set();
  const asks = !told.has(source) && told.size < MAX_TOLD;
  if (asks) held.set(window.pk, told.add(source));
  const isFirst = () => isFirstHeld(ports, { pk: `${window.pk}#held#${source}`, expiresAt }, key);
  const first = asks && ((await answered(ports.clock, until, isFirst())) ?? true);
  return { kind: 'over', rule, limit, first };
}

/** The first key is kept by name: the SDK repeats a write whose answer was lost, and then meets its own. */
async function isFirstHeld(
  { table }: KeyLimitPorts,
  { pk, expiresAt }: Pick<KeyWindow, 'pk' | 'expiresAt'>,
  key: string,
): Promise<boolean> {
  const row = { pk, version: 1, expiresAt, data: { key } };
  return (await table.put(row, undefined)) || (await table.get(row.pk))?.data.key === key;
}
