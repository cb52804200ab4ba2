/**
 * The safety checks: what no event may do without approval, whatever queue it came by. One table; pipelines, documents
 * and `explain` read it.
 */
import type { Confidence } from '../../events/data.ts';
import { type AccessKeyId, accessKeyId, type PrincipalName, principalName } from '../../events/ids.ts';
import type { EventContext, Runtime } from '../context.ts';
import { type EventRow, fitsInRow, MAX_SNAPSHOT_KEYS } from '../ledger/event-row.ts';
import { type ReinstatedName, reinstatedAt } from '../ledger/reinstatements.ts';
import { isNewerThan, readSchedule } from '../ledger/schedules.ts';
import { limitWindows } from '../ledger/window.ts';
import type { Hold, HoldReason } from '../model/reasons.ts';
import {
  ageRule,
  lowConfidenceRule,
  protectedKeyRule,
  protectedPrincipalRule,
  reinstatementRule,
  requiresOwnerLookup,
  stagedRule,
} from './rules.ts';

/** What is checked. Follow-ups are later verifications of a revocation. */
export type CheckedKind =
  | 'leaked-key'
  | 'key-follow-up'
  | 'offboarding'
  | 'offboarding-follow-up'
  | 'compromised-principal'
  | 'compromise-follow-up';

export interface SafetyCheck<Facts> {
  readonly name: string;
  readonly appliesTo: readonly CheckedKind[];
  readonly reason: HoldReason;
  /** Calls and reads that the check needs, for the reference. */
  readonly cost: string;
  /** The rule that holds the event, as a fixed sentence; undefined: the check passes. */
  readonly evaluate: (facts: Facts) => Promise<string | undefined> | string | undefined;
}

export interface KeyFacts {
  readonly context: EventContext;
  readonly accessKeyId: AccessKeyId;
  /** Undefined: the sender vouches for the leak. */
  readonly confidence: Confidence | undefined;
}

/** About an event and all of its principals. */
export interface EventFacts {
  readonly runtime: Runtime;
  readonly principals: readonly PrincipalName[];
  /** The principals, and the person if the event names one. */
  readonly names: readonly ReinstatedName[];
  /** RFC 3339. */
  readonly time: string;
  readonly effectiveAt?: string;
}

/** About one principal of an event and its live keys. */
export interface PrincipalFacts {
  readonly runtime: Runtime;
  readonly source: string;
  readonly principal: PrincipalName;
  readonly keys: readonly string[];
  /** The event is about a person whom a directory created inactive. */
  readonly staged: boolean;
  /** The limits counted the event in an earlier delivery. */
  readonly admitted: boolean;
}

export interface SnapshotFacts {
  readonly keys: readonly string[];
}

const KEYS: readonly CheckedKind[] = ['leaked-key', 'key-follow-up'];
const PRINCIPALS: readonly CheckedKind[] = ['offboarding', 'compromised-principal'];
const PRINCIPAL_FOLLOW_UPS: readonly CheckedKind[] = ['offboarding-follow-up', 'compromise-follow-up'];

const key: readonly SafetyCheck<KeyFacts>[] = [
  {
    name: 'confidence',
    appliesTo: KEYS,
    reason: 'held-low-confidence',
    cost: 'none',
    evaluate: ({ context: { runtime }, confidence }) => lowConfidenceRule(confidence, runtime.settings),
  },
  {
    name: 'protected key',
    appliesTo: KEYS,
    reason: 'held-protected',
    cost: 'none',
    evaluate: ({ context: { runtime }, accessKeyId: id }) => keyRule(runtime, id),
  },
  {
    name: 'protected owner',
    appliesTo: KEYS,
    reason: 'held-protected',
    cost: '1 API call, if any principal is protected',
    evaluate: protectedOwnerRule,
  },
];

const event: readonly SafetyCheck<EventFacts>[] = [
  {
    name: 'protected principal',
    appliesTo: [...PRINCIPALS, ...PRINCIPAL_FOLLOW_UPS],
    reason: 'held-protected',
    cost: 'none',
    evaluate: ({ runtime, principals }) =>
      principals.map((name) => principalRule(runtime, name)).find((rule) => rule !== undefined),
  },
  {
    name: 'reinstatement',
    appliesTo: ['offboarding', 'offboarding-follow-up'],
    reason: 'held-superseded',
    cost: '1 ledger read per name',
    evaluate: async ({ runtime, names, time }) => reinstatementRule(time, await reinstatedAt(runtime.ports, names)),
  },
  {
    name: 'age',
    appliesTo: ['offboarding'],
    reason: 'held-stale',
    cost: 'none',
    evaluate: ({ runtime: { ports, settings }, ...facts }) => ageRule(facts, settings, ports.clock.now()),
  },
];

/** Asked of an offboarding that is not due yet. */
const schedule: readonly SafetyCheck<EventFacts>[] = [
  {
    name: 'newer schedule',
    appliesTo: ['offboarding'],
    reason: 'held-superseded',
    cost: '1 ledger read per principal',
    evaluate: async ({ runtime, principals, time }) => {
      const rows = await Promise.all(principals.map((principal) => readSchedule(runtime.ports, principal)));
      return rows.some(({ scheduled }) => isNewerThan(scheduled, time))
        ? 'rule: a newer offboarding of the principal is scheduled'
        : undefined;
    },
  },
];

/** The last checks before the first call, since `limits` counts. */
const principal: readonly SafetyCheck<PrincipalFacts>[] = [
  {
    name: 'protected key of the principal',
    appliesTo: [...PRINCIPALS, ...PRINCIPAL_FOLLOW_UPS],
    reason: 'held-protected',
    cost: 'none: the key listing is needed anyway',
    evaluate: ({ runtime, keys }) =>
      keys
        .map((id) => {
          const parsed = accessKeyId.safeParse(id);
          return parsed.success ? keyRule(runtime, parsed.data) : undefined;
        })
        .find((rule) => rule !== undefined),
  },
  {
    name: 'staged',
    appliesTo: ['offboarding'],
    reason: 'held-low-confidence',
    cost: 'none: the key listing is needed anyway',
    evaluate: ({ staged, keys }) => stagedRule(staged, keys),
  },
  {
    name: 'limits',
    appliesTo: PRINCIPALS,
    reason: 'held-limit',
    cost: '4 ledger writes per principal',
    evaluate: limitRule,
  },
];

const snapshot: readonly SafetyCheck<SnapshotFacts>[] = [
  {
    name: 'snapshot size',
    appliesTo: PRINCIPALS,
    reason: 'held-limit',
    cost: `none: at most ${MAX_SNAPSHOT_KEYS} keys fit`,
    evaluate: ({ keys }) => (fitsInRow(keys) ? undefined : 'rule: more keys than a fence holds'),
  },
];

export const SAFETY_CHECKS = { key, event, schedule, principal, snapshot } as const;

/** The first check that holds, in the order of the table. Checks whose reason is in `approved` are skipped. */
export async function firstHold<Facts>(
  checks: readonly SafetyCheck<Facts>[],
  {
    kind,
    facts,
    approved,
  }: { readonly kind: CheckedKind; readonly facts: Facts; readonly approved: readonly HoldReason[] },
): Promise<Hold | undefined> {
  for (const { appliesTo, reason, evaluate } of checks) {
    if (!appliesTo.includes(kind) || approved.includes(reason)) continue;
    const detail = await evaluate(facts);
    if (detail !== undefined) return { reason, detail };
  }
  return undefined;
}

const principalRule = ({ ports, settings }: Runtime, name: PrincipalName): string | undefined =>
  protectedPrincipalRule(name, settings, ports.clock.now());

const keyRule = ({ ports, settings }: Runtime, id: AccessKeyId): string | undefined =>
  protectedKeyRule(id, settings, ports.clock.now());

/** Reads of the owner at most; after that the key is revoked all the same. */
const MAX_OWNER_READS = 2;

async function protectedOwnerRule({ context, accessKeyId: id }: KeyFacts): Promise<string | undefined> {
  const { runtime, audit } = context;
  if (!requiresOwnerLookup(runtime.settings, runtime.ports.clock.now())) return undefined;
  const owner = await ownerOf(context, id);
  if (owner === undefined) {
    const target = { kind: 'key', accessKeyId: id } as const;
    await audit({ phase: 'note', name: 'Owner Unknown', detail: 'owner-unknown', target });
    return undefined;
  }
  const parsed = principalName.safeParse(owner);
  return parsed.success ? principalRule(runtime, parsed.data) : undefined;
}

/** Empty if the key is gone or has no owner; undefined if the owner could not be read. */
async function ownerOf({ runtime, invocation }: EventContext, id: AccessKeyId): Promise<string | undefined> {
  for (let read = 1; read <= MAX_OWNER_READS; read += 1) {
    const state = await runtime.credentials.keyState(id, invocation.endsAt);
    if (state.kind !== 'unreadable') return state.kind === 'live' ? state.owner : '';
  }
  return undefined;
}

/** Asks every window; the first that is full holds the event. A principal that was admitted before is free. */
async function limitRule({ runtime, source, principal: name, admitted }: PrincipalFacts): Promise<string | undefined> {
  if (admitted) return undefined;
  const { ports, settings } = runtime;
  // A name may have 512 characters, and a window's whole set is one item.
  const member = ports.sha256(name).slice(0, 32);
  for (const { pk, limit, expiresAt, rule } of limitWindows(ports.sha256(source), settings.limits, ports.clock.now())) {
    if (!(await ports.table.admit(pk, member, limit, expiresAt))) return `rule: ${rule} (${limit} distinct principals)`;
  }
  return undefined;
}

/**
 * Whether an earlier delivery of the event passed `limits`: its row then has a snapshot. An owner without keys at that
 * time was not counted.
 */
export function wasAdmitted(row: EventRow, named: boolean, keys: readonly string[]): boolean {
  if (!row.late || row.fence === undefined) return false;
  const snapshotKeys = new Set(row.fence);
  return named || keys.some((id) => snapshotKeys.has(id));
}
