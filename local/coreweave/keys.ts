/** The keys of an organization, and what clients can read of them. */
import type { Json } from '../../lib/model/json.ts';
import type { Switches } from './switches.ts';

export interface NewKey {
  readonly accessKeyId: string;
  readonly principalName: string;
  /** `ACTIVE` (default), `FULL_SUSPENDED`, `EXPIRED`, `DELETED` [C], or any text: an open set. */
  readonly status?: string;
  /** Keys of another organization are unknown to the token [G]. */
  readonly orgId?: string;
  /** RFC 3339; absent, 1970-01-01 and 0001-01-01 mean a permanent key [C]. */
  readonly expiry?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Fields that no client supports. */
  readonly extra?: Readonly<Record<string, Json>>;
}

export interface Key extends NewKey {
  status: string;
  readonly orgId: string;
  deletedAt?: number;
  former?: { readonly status: string; reads: number };
}

export interface Keys {
  readonly switches: Switches;
  /** Epoch ms. */
  readonly clock: { now(): number };
  readonly byId: Map<string, Key>;
  readonly byPrincipal: Map<string, Key[]>;
  order: Key[];
  created: number;
  lists: number;
}

export const ORG_ID = 'cw1234';

export const addKey = (keys: Keys, given: NewKey): void => {
  const key: Key = { ...given, status: given.status ?? 'ACTIVE', orgId: given.orgId ?? ORG_ID };
  keys.byId.set(key.accessKeyId, key);
  const siblings = keys.byPrincipal.get(key.principalName);
  if (siblings === undefined) keys.byPrincipal.set(key.principalName, [key]);
  else siblings.push(key);
  keys.order.push(key);
};

export const purgeKey = (keys: Keys, accessKeyId: string): void => {
  const key = keys.byId.get(accessKeyId);
  if (key === undefined) return;
  const others = (list: readonly Key[]) => list.filter((other) => other !== key);
  keys.byId.delete(accessKeyId);
  keys.order = others(keys.order);
  keys.byPrincipal.set(key.principalName, others(keys.byPrincipal.get(key.principalName) ?? []));
};

const isKnown = ({ switches, clock }: Keys, { orgId, deletedAt }: Key): boolean =>
  orgId === ORG_ID && (deletedAt === undefined || clock.now() - deletedAt < switches.purgeDeletedAfterMs);

/** The key, unless it is another organization's or was forgotten some time after its revocation. */
export const knownKey = (keys: Keys, accessKeyId: string): Key | undefined => {
  const key = keys.byId.get(accessKeyId);
  return key !== undefined && isKnown(keys, key) ? key : undefined;
};

/** The known keys of exactly this principal. */
export const keysOf = (keys: Keys, principalName: string): readonly Key[] =>
  (keys.byPrincipal.get(principalName) ?? []).filter((key) => isKnown(keys, key));

const visibleStatus = ({ former, status }: Key): string =>
  former !== undefined && former.reads > 0 ? former.status : status;

/**
 * AccessKeyInfo as a client reads it (API reference, endpoints). Counts as a read that may show the old status.
 */
export const showKey = (key: Key): Json => {
  const status = visibleStatus(key);
  if (key.former !== undefined) key.former.reads -= 1;
  return {
    accessKeyId: key.accessKeyId,
    status,
    principalName: key.principalName,
    orgId: key.orgId,
    ...(key.expiry === undefined ? {} : { expiry: key.expiry }),
    ...(key.attributes === undefined ? {} : { attributes: key.attributes }),
    ...key.extra,
  };
};

/** Multiplying by a prime larger than the size, modulo the size, visits every position once. */
const SCATTER = 1_000_003;
type Order = (at: number, size: number, lists: number) => number;
const ORDERS: Readonly<Record<Switches['listOrder'], Order>> = {
  insertion: (at) => at,
  scattered: (at, size) => (at * SCATTER) % size,
  shifting: (at, size, lists) => (at + lists) % size,
};

export interface Range {
  readonly offset: number;
  readonly limit: number;
  /** The filter; absent: keys of every status, `DELETED` too. */
  readonly status?: string;
}

/** The keys of one page, in the order of the switch. */
export const keysOnPage = (keys: Keys, { offset, limit, status }: Range): readonly Key[] => {
  const { order, switches } = keys;
  keys.lists += 1;
  const rows: Key[] = [];
  for (let at = 0, fits = 0; at < order.length && rows.length < limit; at += 1) {
    const key = order[ORDERS[switches.listOrder](at, order.length, keys.lists)];
    if (key === undefined || !isKnown(keys, key)) continue;
    if (status !== undefined && visibleStatus(key) !== status) continue;
    fits += 1;
    if (fits > offset) rows.push(key);
  }
  return rows;
};
