/** The access keys of one organization, in memory, without sockets. It can hold more than 100,000 keys. */
import type { Json } from '../../lib/model/json.ts';
import {
  addKey,
  type Key,
  type Keys,
  keysOf,
  keysOnPage,
  knownKey,
  type NewKey,
  ORG_ID,
  purgeKey,
  type Range,
  showKey,
} from './keys.ts';
import type { Switches } from './switches.ts';

/** How complete a revocation is at first. */
export interface Reach {
  /** Revokes at most so many keys (default: all). */
  readonly firstKeys?: number;
  /** Each key has its old status for so many reads (default: none). */
  readonly lagReads?: number;
}

export interface Store {
  readonly orgId: string;
  add(...keys: readonly NewKey[]): void;
  /** Creates `count` (1) active keys of a principal, and returns their ids. */
  createKeys(principalName: string, count?: number): readonly string[];
  /** The true status, whatever clients read; undefined if there is no such key. */
  status(accessKeyId: string): string | undefined;
  /** Ids of the principal's keys that are neither `DELETED` nor `EXPIRED`. */
  liveKeys(principalName: string): readonly string[];
  /** Purges a key, as the service does some time after its revocation. */
  purge(accessKeyId: string): void;
  /** What a client reads of a key (API reference, endpoints: AccessKeyInfo); undefined for 404. */
  read(accessKeyId: string): Json | undefined;
  /** What a client reads of one page. */
  page(range: Range): readonly Json[];
  revokeKey(accessKeyId: string, reach?: Reach): 'revoked' | 'already' | 'unknown';
  /** Revokes the keys of exactly this principal; returns how many it has that are not `DELETED`. */
  revokePrincipal(principalName: string, reach?: Reach): number;
  /** Suspends or reactivates the principal's keys; returns how many it has of these two statuses. */
  setStatus(principalName: string, status: 'ACTIVE' | 'FULL_SUSPENDED'): number;
}

const NOT_LIVE = new Set(['DELETED', 'EXPIRED']);

const revoke = ({ clock }: Keys, key: Key, lagReads = 0): void => {
  key.former = { status: key.status, reads: lagReads };
  key.status = 'DELETED';
  key.deletedAt = clock.now();
};

const createKeys = (keys: Keys, principalName: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => {
    keys.created += 1;
    const accessKeyId = `CWKEY${keys.created.toString(36).toUpperCase().padStart(11, '0')}`;
    addKey(keys, { accessKeyId, principalName });
    return accessKeyId;
  });

const revokeKey = (keys: Keys, accessKeyId: string, { lagReads }: Reach): 'revoked' | 'already' | 'unknown' => {
  const key = knownKey(keys, accessKeyId);
  if (key === undefined) return 'unknown';
  if (key.status === 'DELETED') return 'already';
  revoke(keys, key, lagReads);
  return 'revoked';
};

const revokePrincipal = (keys: Keys, principalName: string, { firstKeys, lagReads }: Reach): number => {
  const undeleted = keysOf(keys, principalName).filter(({ status }) => status !== 'DELETED');
  for (const key of undeleted.slice(0, firstKeys)) revoke(keys, key, lagReads);
  return undeleted.length;
};

const setStatus = (keys: Keys, principalName: string, wanted: 'ACTIVE' | 'FULL_SUSPENDED'): number => {
  const usable = keysOf(keys, principalName).filter(({ status }) => ['ACTIVE', 'FULL_SUSPENDED'].includes(status));
  for (const key of usable) key.status = wanted;
  return usable.length;
};

/** An empty organization. The switches are read at each use; the clock is in epoch ms. */
export const openStore = (switches: Switches, clock: { now(): number }): Store => {
  const keys: Keys = { switches, clock, byId: new Map(), byPrincipal: new Map(), order: [], created: 0, lists: 0 };
  return {
    orgId: ORG_ID,
    add: (...given) => {
      for (const key of given) addKey(keys, key);
    },
    createKeys: (principalName, count = 1) => createKeys(keys, principalName, count),
    status: (accessKeyId) => keys.byId.get(accessKeyId)?.status,
    liveKeys: (principalName) =>
      keysOf(keys, principalName).flatMap(({ accessKeyId, status }) => (NOT_LIVE.has(status) ? [] : [accessKeyId])),
    purge: (accessKeyId) => purgeKey(keys, accessKeyId),
    read(accessKeyId) {
      const key = knownKey(keys, accessKeyId);
      return key === undefined ? undefined : showKey(key);
    },
    page: (range) => keysOnPage(keys, range).map(showKey),
    revokeKey: (accessKeyId, reach = {}) => revokeKey(keys, accessKeyId, reach),
    revokePrincipal: (principalName, reach = {}) => revokePrincipal(keys, principalName, reach),
    setStatus: (principalName, status) => setStatus(keys, principalName, status),
  };
};
