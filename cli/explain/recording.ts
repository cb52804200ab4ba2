/**
 * The ports of the pipelines in `explain`. Reads may be real. Effects stay in memory, where later reads of the same run
 * see them. No port of a real function is passed on, so nothing can be written or sent.
 */
import type { AuditFacts } from '../../lib/audit/record.ts';
import { processPlan } from '../../lib/consume/pipelines.ts';
import { createSharedKeyListing } from '../../lib/consume/shared-key-listing.ts';
import { createSharedOwners } from '../../lib/consume/shared-owners.ts';
import type { Invocation, Ports, Runtime } from '../../lib/context.ts';
import type { KeyLimits } from '../../lib/ledger/key-limits.ts';
import type { KeyListing } from '../../lib/model/key.ts';
import { type Target, targetName } from '../../lib/model/plan.ts';
import type { SenderSettings } from '../../lib/model/sender.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Clock, Credentials, Row, Sha256, Table } from '../../lib/ports.ts';

/** Real reads. Without them the ledger is empty, and every key and principal is live and unprotected. */
export interface Reads {
  readonly table: Pick<Table, 'get'>;
  readonly credentials: Pick<Credentials, 'keyState' | 'listKeys'>;
}

export interface Recording {
  readonly runtime: Runtime;
  readonly invocation: Invocation;
  /** In the order in which they would be written. */
  readonly facts: readonly AuditFacts[];
}

export interface RecordingOptions {
  readonly settings: Settings;
  /** Epoch ms at which the run begins. */
  readonly now: number;
  readonly sha256: Sha256;
  readonly reads?: Reads | undefined;
}

/** As long as the function of the bulk queue may take. */
const BUDGET_MS = 120_000;
const REQUEST_ID = '(by Lambda)';

export function createRecording({ settings, now, sha256, reads }: RecordingOptions): Recording {
  const facts: AuditFacts[] = [];
  const clock = createClock(now);
  const credentials = createRecordedCredentials(clock, reads?.credentials);
  const ports: Ports = {
    clock,
    sha256,
    chance: { fraction: () => 0, id: () => '(a UUID)' },
    table: createOverlay(reads?.table),
    audit: {
      write: async (_record, step) => void (step === undefined ? 0 : facts.push(step)),
      checkpoint: async () => undefined,
    },
    deadLetters: { send: async () => undefined },
    lanes: {
      returnAfter: async () => undefined,
      send: async () => undefined,
    },
    schedules: { create: async () => 'created', remove: async () => 'absent' },
    alerts: {
      read: async () => ({ kind: 'refused', why: NOT_ASKED }),
      locations: async () => ({ kind: 'unavailable', code: 'not-asked' }),
      close: async () => ({ kind: 'closed' }),
    },
    log: SILENT,
    meter: { add: () => undefined },
  };
  const endsAt = now + BUDGET_MS;
  const keys = createSharedKeyListing(credentials, endsAt);
  return {
    runtime: {
      ports,
      settings: { ...settings, senders: ANY_SENDER },
      credentials,
      keyLimits: UNCOUNTED,
      doneParts: new Map(),
      processPlan,
    },
    invocation: {
      requestId: REQUEST_ID,
      endsAt,
      revocations: new Map(),
      keys,
      owners: createSharedOwners(credentials, keys, endsAt),
    },
    facts,
  };
}

/** Who will send the message is not known. */
const ANY_SENDER: SenderSettings = { own: new Map(), bindings: undefined };

/** How many keys a sender has reported is not known either. */
const UNCOUNTED: KeyLimits = {
  placeOf: () => ({ admit: async () => ({ kind: 'admitted' }), leave: async () => undefined }),
};

/** A retry would keep the other events of the message from their end. */
export const NOT_ASKED = 'not asked';

const SILENT: Ports['log'] = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  within: (_fields, work) => work(),
};

/** Waits take no time, but the time they take is counted. */
function createClock(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += Math.max(0, ms);
    },
  };
}

/** The table as it would be after the writes so far. */
function createOverlay(stored: Pick<Table, 'get'> = { get: async () => undefined }): Table {
  const written = new Map<string, Row | undefined>();
  const get = async (pk: string): Promise<Row | undefined> => (written.has(pk) ? written.get(pk) : stored.get(pk));
  return {
    get,
    async put(row, seen) {
      if ((await get(row.pk))?.version !== seen) return false;
      written.set(row.pk, row);
      return true;
    },
    async remove(pk, seen) {
      if ((await get(pk))?.version !== seen) return false;
      written.set(pk, undefined);
      return true;
    },
    increment: async () => true,
    decrement: async () => true,
    async admit(pk, member, limit, expiresAt) {
      const row = await get(pk);
      const known = row?.data.members;
      const members = Array.isArray(known) ? known : [];
      if (members.includes(member)) return true;
      if (members.length >= limit) return false;
      written.set(pk, { pk, version: (row?.version ?? 0) + 1, expiresAt, data: { members: [...members, member] } });
      return true;
    },
  };
}

/** Stands for the keys of a principal that are not read. It is no id that an event could name. */
export const UNREAD_KEY = '(not read)';

const unreadKeys = (begun: number): KeyListing => ({
  begun,
  pages: 0,
  unreadable: 0,
  owners: () => [],
  liveKeys: () => [UNREAD_KEY],
  ownerOf: () => undefined,
  hasOwner: () => true,
  ownersLike: () => [],
});

/** Every revocation is accepted, and what was revoked is gone at the next read. */
function createRecordedCredentials(clock: Clock, reads: Reads['credentials'] | undefined): Credentials {
  const revoked = new Set<string>();
  const read = reads ?? {
    // It is no name of a principal, so no protection applies.
    keyState: async () => ({ kind: 'live', owner: 'not-read' }) as const,
    listKeys: async () => unreadKeys(clock.now()),
  };
  return {
    canRevoke: () => true,
    isUnavailable: () => false,
    isThrottledButServing: () => false,
    retryDelayS: () => 0,
    reportVerification: () => undefined,
    probe: async () => 'up',
    recentListing: () => undefined,
    async revoke(target: Target, { attempt, beforeCall }) {
      const call = { call: target.kind === 'key' ? 'revoke-key' : 'revoke-principal', attempt } as const;
      await beforeCall(call);
      revoked.add(targetName(target));
      return { outcome: 'accepted', next: 'verify', quick: false, call: { ...call, status: 200 } };
    },
    async keyState(id, endsAt) {
      return revoked.has(id) ? { kind: 'gone', how: 'deleted' } : read.keyState(id, endsAt);
    },
    async listKeys(endsAt) {
      const listing = await read.listKeys(endsAt);
      if (listing === undefined) return undefined;
      const isLive = (id: string): boolean => !revoked.has(id);
      return {
        ...listing,
        begun: clock.now(),
        liveKeys: (owner) => (revoked.has(owner) ? [] : listing.liveKeys(owner).filter(isLive)),
      };
    },
  };
}
