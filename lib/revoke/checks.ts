/**
 * The safety checks: what no event may do without approval, whatever queue it came by. One table; pipelines, documents
 * and `explain` read it.
 */
import { type AccessKeyId, accessKeyId, type PrincipalName } from '../../events/ids.ts';
import type { Runtime } from '../context.ts';
import type { IsApproved } from '../ledger/approval.ts';
import { type EventRow, fitsInRow, MAX_SNAPSHOT_KEYS } from '../ledger/event-row.ts';
import { FREE_KEYS } from '../ledger/key-limits.ts';
import { type ReinstatedName, reinstatedAt } from '../ledger/reinstatements.ts';
import { isNewerThan, readSchedule } from '../ledger/schedules.ts';
import { admitReconciled, limitWindows } from '../ledger/window.ts';
import type { Undecided } from '../model/outcome.ts';
import type { CheckName, Hold, HoldReason } from '../model/reasons.ts';
import { authorityOfSource } from '../model/sender.ts';
import { type KeyFacts, protectedOwnerRule } from './owner.ts';
import {
  ageRule,
  lowConfidenceRule,
  protectedKeyRule,
  protectedPrincipalRule,
  reinstatementRule,
  stagedRule,
} from './rules.ts';

/** What is checked. Follow-ups are later verifications of a revocation. */
export type CheckedKind =
  | 'leaked-key'
  | 'key-follow-up'
  | 'offboarding'
  | 'offboarding-follow-up'
  | 'compromised-principal'
  | 'compromise-follow-up'
  | 'reconciliation';

/** The rule that holds an event, as a fixed sentence. `asOf` and `repeated` as in Hold. */
type Finding = string | Pick<Hold, 'detail' | 'asOf' | 'repeated'>;

/** `CannotTell`: what `evaluate` may return if it could not be decided; the message is then retried. */
export interface SafetyCheck<Facts, CannotTell extends Undecided = never> {
  readonly name: CheckName;
  readonly appliesTo: readonly CheckedKind[];
  readonly reason: HoldReason;
  /** Calls and reads that the check needs, for the reference. */
  readonly cost: string;
  /** Its findings have `asOf`: an approval skips the check only up to then, so it is asked all the same. */
  readonly isDated?: true;
  /** The rule that holds the event; undefined: the check passes. */
  readonly evaluate: (facts: Facts) => Promise<Finding | CannotTell | undefined> | Finding | CannotTell | undefined;
}

/** About an event and all of its principals. */
export interface EventFacts {
  readonly runtime: Runtime;
  readonly principals: readonly PrincipalName[];
  /** The principals, and the person if the event names one. */
  readonly names: readonly ReinstatedName[];
  /** As Sender.authority. */
  readonly authority: string;
  readonly source: string;
  /** RFC 3339. */
  readonly time: string;
  readonly effectiveAt?: string;
}

/** About one principal of an event and its live keys. */
export interface PrincipalFacts {
  readonly runtime: Runtime;
  /** Of the event; `time` in RFC 3339. */
  readonly source: string;
  readonly time: string;
  readonly principal: PrincipalName;
  readonly keys: readonly string[];
  /** The sender is not certain that the person left. */
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
const ALL_OF_PRINCIPALS: readonly CheckedKind[] = [...PRINCIPALS, ...PRINCIPAL_FOLLOW_UPS, 'reconciliation'];

const key: readonly SafetyCheck<KeyFacts, Undecided>[] = [
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
    name: 'key limits',
    // Only we ask for checks, and of keys that were counted.
    appliesTo: ['leaked-key'],
    reason: 'held-limit',
    cost:
      `none for the first ${FREE_KEYS} keys of a sender in 10 minutes, then up to 4 ledger operations, ` +
      'and as many to give a place back',
    evaluate: keyLimitRule,
  },
  {
    name: 'protected owner',
    appliesTo: KEYS,
    reason: 'held-protected',
    cost: '1 API call, if any principal is protected; a key listing, if that call fails',
    evaluate: protectedOwnerRule,
  },
];

const event: readonly SafetyCheck<EventFacts>[] = [
  {
    name: 'protected principal',
    appliesTo: ALL_OF_PRINCIPALS,
    reason: 'held-protected',
    cost: 'none',
    evaluate: ({ runtime, principals }) =>
      principals.map((name) => principalRule(runtime, name)).find((rule) => rule !== undefined),
  },
  {
    name: 'reinstatement',
    appliesTo: ['offboarding', 'offboarding-follow-up'],
    reason: 'held-superseded',
    cost: '1 ledger read per name, 2 for an offboarding',
    isDated: true,
    // A stranger's event that an operator approved has its own authority, and speaks in the name of its source.
    evaluate: async ({ runtime: { ports, settings }, names, authority, source, time }) => {
      const authorities = [authority, authorityOfSource(source, settings.senders)];
      const asOf = await reinstatedAt(ports, names, authorities);
      const detail = reinstatementRule(time, asOf);
      return asOf === undefined || detail === undefined ? undefined : { detail, asOf };
    },
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
    cost: '1 ledger read per principal, 2 if nothing is scheduled',
    evaluate: async ({ runtime: { ports, settings }, principals, authority, time }) => {
      const rows = await Promise.all(
        principals.map((principal) => readSchedule(ports, { principal, authority }, settings.senders)),
      );
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
    appliesTo: ALL_OF_PRINCIPALS,
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
    cost: '4 ledger writes per principal, 2 if it has no live key',
    evaluate: limitRule,
  },
  {
    name: 'reconciliation limit',
    appliesTo: ['reconciliation'],
    reason: 'held-limit',
    cost: '1 ledger write per principal',
    evaluate: async ({ runtime: { ports, settings }, time, principal: name }) =>
      (await admitReconciled(ports, { time, principal: name, limit: settings.reconcileLimit }))
        ? undefined
        : `rule: reconcileLimit (${settings.reconcileLimit} distinct principals)`,
  },
];

const snapshot: readonly SafetyCheck<SnapshotFacts>[] = [
  {
    name: 'snapshot size',
    appliesTo: PRINCIPALS,
    reason: 'held-limit',
    cost: `none: at most ${MAX_SNAPSHOT_KEYS} keys fit`,
    evaluate: ({ keys }) => (fitsInRow(keys) ? undefined : 'rule: more keys than a key snapshot holds'),
  },
];

export const SAFETY_CHECKS = { key, event, schedule, principal, snapshot } as const;

/** The first check that holds or cannot be decided, in the order of the table. Approved ones are skipped. */
export async function firstHold<Facts, CannotTell extends Undecided = never>(
  checks: readonly SafetyCheck<Facts, CannotTell>[],
  { kind, facts, approved }: { readonly kind: CheckedKind; readonly facts: Facts; readonly approved: IsApproved },
): Promise<Hold | CannotTell | undefined> {
  for (const { name: check, appliesTo, reason, isDated, evaluate } of checks) {
    if (!appliesTo.includes(kind) || (!isDated && approved({ reason, check }))) continue;
    const verdict = await evaluate(facts);
    if (verdict === undefined) continue;
    const finding = typeof verdict === 'string' ? { detail: verdict } : verdict;
    if (!('detail' in finding)) return finding;
    const hold = { reason, check, ...finding };
    if (!approved(hold)) return hold;
  }
  return undefined;
}

const principalRule = ({ ports, settings }: Runtime, name: PrincipalName): string | undefined =>
  protectedPrincipalRule(name, settings, ports.clock.now());

const keyRule = ({ ports, settings }: Runtime, id: AccessKeyId): string | undefined =>
  protectedKeyRule(id, settings, ports.clock.now());

async function keyLimitRule({ place }: KeyFacts): Promise<Finding | Undecided | undefined> {
  const admission = await place.admit();
  if (admission.kind === 'admitted') return undefined;
  if (admission.kind === 'unavailable') return { outcome: 'undecided', next: 'retry', code: 'limit-unavailable' };
  const { rule, limit, first } = admission;
  const detail = `rule: ${rule} (${limit} distinct keys of one sender)`;
  return first ? detail : { detail, repeated: true };
}

/** Asks every window; the first that is full holds the event. A principal that was admitted before is free. */
async function limitRule(facts: PrincipalFacts): Promise<string | undefined> {
  const { runtime, source, principal: name, keys, admitted } = facts;
  if (admitted) return undefined;
  const { ports, settings } = runtime;
  // A name may have 512 characters, and a window's whole set is one item.
  const member = ports.sha256(name).slice(0, 32);
  const counted = { sourceHash: ports.sha256(source), hasKeys: keys.length > 0 };
  for (const { pk, limit, expiresAt, rule } of limitWindows(counted, settings.limits, ports.clock.now())) {
    if (!(await ports.table.admit(pk, member, limit, expiresAt))) return `rule: ${rule} (${limit} distinct principals)`;
  }
  return undefined;
}

/**
 * Whether an earlier delivery of the event passed `limits`: its row then has a snapshot. An owner without keys at that
 * time was not counted in all windows.
 */
export function wasAdmitted(row: EventRow, named: boolean, keys: readonly string[]): boolean {
  if (!row.late || row.fence === undefined) return false;
  const snapshotKeys = new Set(row.fence);
  return (named && keys.length === 0) || keys.some((id) => snapshotKeys.has(id));
}
