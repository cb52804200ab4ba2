/** Explains a message without I/O: its events, the safety checks, the API calls and the first audit record of each. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { redact } from '../../events/secrets.ts';
import { lookupOf } from '../../lib/alerts/resolve.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { type AuditRecord, auditRecord } from '../../lib/audit/record.ts';
import { type EventPart, parseMessage, type RefusedPart } from '../../lib/consume/parse-message.ts';
import { candidatesOf } from '../../lib/ledger/directory.ts';
import { laneOf } from '../../lib/model/lane.ts';
import { type Plan, planOf, principalTarget } from '../../lib/model/plan.ts';
import { digestOf } from '../../lib/model/raw-digest.ts';
import { HELD_CONFLICT, isHoldReason, type Reason } from '../../lib/model/reasons.ts';
import type { Lane, Settings } from '../../lib/model/settings.ts';
import { type PlannedCall, planCalls } from './calls.ts';
import { evaluateGuards, type GuardResult, isFutureDated } from './guards.ts';

export interface ExplainContext {
  readonly settings: Settings;
  /** Epoch ms. */
  readonly now: number;
  /** SHA-256 of a text's UTF-8 bytes, in hex. */
  readonly sha256: (text: string) => string;
}

/**
 * `go`: processed, unless the ledger or the API decides otherwise. `wait`: future-dated. `dead`, `hold`: a dead
 * letter.
 */
export type Verdict =
  | { readonly kind: 'go' | 'wait' | 'dry-run' }
  | { readonly kind: 'dead' | 'hold'; readonly reason: Reason; readonly detail: string };

export type Explanation =
  | {
      readonly kind: 'refusal';
      readonly verdict: Extract<Verdict, { kind: 'dead' | 'hold' }>;
      readonly record: AuditRecord;
    }
  | {
      readonly kind: 'event';
      readonly event: CanonicalEvent;
      /** The message is a dead letter: a replay without approval. */
      readonly isDeadLetter: boolean;
      readonly lane: Lane;
      readonly plan: Plan;
      readonly verdict: Verdict;
      readonly calls: readonly PlannedCall[];
      readonly guards: readonly GuardResult[];
      /** Ids by SQS and Lambda are placeholders in parentheses. Absent where it depends on the ledger and the API. */
      readonly record?: AuditRecord;
    };

/** One explanation for each event in the message, at least one. Never throws. */
export function explainMessage(text: string, context: ExplainContext): readonly Explanation[] {
  return parseMessage(text, { now: context.now, opensDeadLetters: true }).map((part) =>
    explainPart(text, part, context),
  );
}

function explainPart(text: string, part: EventPart | RefusedPart, context: ExplainContext): Explanation {
  if (part.kind === 'refusal') {
    const { reason, detail } = part;
    const entry = { phase: 'dead-letter', reason, detail } as const;
    const record = toAuditRecord(text, { ...context, entry, event: null, lane: 'urgent' });
    return { kind: 'refusal', verdict: { kind: 'dead', reason, detail }, record };
  }
  const { event } = part;
  const plan = planOf(event);
  const lane = laneOf(event);
  const guards = evaluateGuards(event, plan, context);
  const verdict = toVerdict(plan, guards, context);
  const entry = firstAuditEntry(plan, verdict, context);
  return {
    kind: 'event',
    event,
    isDeadLetter: part.redriven !== undefined,
    lane,
    plan,
    verdict,
    calls: reachedCalls(verdict, planCalls(plan, context)),
    guards,
    ...(entry === undefined ? {} : { record: toAuditRecord(text, { ...context, entry, event, lane }) }),
  };
}

/** A dry run stops before the first revocation. */
function reachedCalls({ kind }: Verdict, calls: readonly PlannedCall[]): readonly PlannedCall[] {
  const first = calls.findIndex(({ request }) => request.call.startsWith('revoke-'));
  if (kind === 'dry-run') return calls.slice(0, first < 0 ? calls.length : first);
  return kind === 'go' ? calls : [];
}

/** By the first safety check that stops the event, in the order of their evaluation. */
function toVerdict(plan: Plan, guards: readonly GuardResult[], { settings, now }: ExplainContext): Verdict {
  const lookup = plan.kind === 'alert' ? lookupOf(plan.reference) : undefined;
  if (lookup?.kind === 'dead') return { kind: 'dead', reason: lookup.reason, detail: lookup.detail };
  const stop = guards.find(({ says }) => says === 'stops');
  if (stop?.reason !== undefined) {
    const kind = isHoldReason(stop.reason) || stop.reason === HELD_CONFLICT ? 'hold' : 'dead';
    return { kind, reason: stop.reason, detail: stop.detail };
  }
  if (isFutureDated(plan, now)) return { kind: 'wait' };
  return { kind: settings.mode === 'dry-run' && plan.kind !== 'reinstate' ? 'dry-run' : 'go' };
}

/** The first audit record, where it does not depend on the ledger or the API. */
function firstAuditEntry(plan: Plan, verdict: Verdict, { settings }: ExplainContext): AuditEntry | undefined {
  const target = knownTarget(plan, settings);
  const about = target === undefined ? {} : { target };
  if ('reason' in verdict) {
    const { reason, detail } = verdict;
    return { phase: verdict.kind === 'hold' ? 'hold' : 'dead-letter', reason, detail, ...about };
  }
  if (verdict.kind === 'wait') {
    return settings.mode === 'dry-run'
      ? { phase: 'note', name: 'Would Schedule', detail: 'would-schedule' }
      : { phase: 'note', name: 'Scheduled', detail: 'due: (its day)' };
  }
  if (plan.kind === 'reinstate') return { phase: 'note', name: 'Reinstatement', detail: 'reinstated', ...about };
  // The principal, or its keys, are known only to the ledger and the API.
  if (target === undefined || (plan.kind === 'check' && target.kind === 'principal')) return undefined;
  if (verdict.kind === 'dry-run') return { phase: 'outcome', target, outcome: 'would-revoke' };
  return {
    phase: 'intent',
    target,
    call: { call: target.kind === 'key' ? 'revoke-key' : 'revoke-principal', attempt: 1 },
  };
}

/** The target, where there is exactly one and it is known without the ledger and the API. */
function knownTarget(plan: Plan, settings: Settings) {
  if (plan.kind === 'key' || plan.kind === 'check') return plan.target;
  if (plan.kind === 'alert') return undefined;
  const { subject } = plan;
  if ('principalName' in subject) return principalTarget(subject.principalName);
  const [only, ...others] = candidatesOf(subject.identity, undefined, settings.principalTemplates) ?? [];
  return only === undefined || others.length > 0 ? undefined : principalTarget(only);
}

function toAuditRecord(
  text: string,
  {
    settings,
    now,
    sha256,
    entry,
    event,
    lane,
  }: ExplainContext & { entry: AuditEntry; event: CanonicalEvent | null; lane: Lane },
): AuditRecord {
  const delivery = {
    messageId: '(by SQS)',
    senderId: '(by SQS)',
    requestId: '(by Lambda)',
    receiveCount: 1,
    replays: 0,
    lane,
    ...digestOf(redact(text), sha256),
  };
  return auditRecord({ id: '(a UUID)', now, entry, event, delivery, settings });
}
