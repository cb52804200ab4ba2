/** What would become of a message, told without touching anything: its events, calls, guards, and the first audit record of each. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { lookupOf } from '../../lib/alerts/resolve.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { type AuditRecord, auditRecord } from '../../lib/audit/record.ts';
import { type EventPart, type RefusedPart, readMessage } from '../../lib/consume/parse-message.ts';
import { candidatesOf } from '../../lib/model/directory.ts';
import { laneOf } from '../../lib/model/lane.ts';
import { type Plan, planOf, principalTarget } from '../../lib/model/plan.ts';
import { CONFLICT, isHold, type Reason } from '../../lib/model/reasons.ts';
import type { Lane, Settings } from '../../lib/model/settings.ts';
import { callsOf, type PlannedCall } from './calls.ts';
import { type GuardView, guardsOf, isAhead } from './guards.ts';

/** What it is told with. */
export interface Explaining {
  readonly settings: Settings;
  /** Epoch ms. */
  readonly now: number;
  /** SHA-256 of a text's UTF-8 bytes, in hex. */
  readonly sha256: (text: string) => string;
}

/** `go`: it would be acted on, as far as one can say here. `dead` and `hold`: a dead letter with `reason`. `wait`: it has its day. */
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
      /** It came in its dead letter: a replay without approval. */
      readonly letter: boolean;
      readonly lane: Lane;
      readonly plan: Plan;
      readonly verdict: Verdict;
      readonly calls: readonly PlannedCall[];
      readonly guards: readonly GuardView[];
      /** Ids that only SQS and Lambda can give are left as words in brackets. Absent: it depends on what ledger and API say. */
      readonly record?: AuditRecord;
    };

/** Takes the text of a message; returns an explanation for each event in it, at least one. Never throws. */
export function explain(text: string, explaining: Explaining): readonly Explanation[] {
  return readMessage(text, explaining.now).map((part) => explainPart(text, part, explaining));
}

function explainPart(text: string, part: EventPart | RefusedPart, explaining: Explaining): Explanation {
  if (part.kind === 'refusal') {
    const { reason, detail } = part;
    const entry = { phase: 'dead-letter', reason, detail } as const;
    const record = recordOf(text, { ...explaining, entry, event: null, lane: 'urgent' });
    return { kind: 'refusal', verdict: { kind: 'dead', reason, detail }, record };
  }
  const { event } = part;
  const plan = planOf(event);
  const lane = laneOf(event);
  const guards = guardsOf(event, plan, explaining);
  const verdict = verdictOf(plan, guards, explaining);
  const entry = entryOf(plan, verdict, explaining);
  return {
    kind: 'event',
    event,
    letter: part.letter !== undefined,
    lane,
    plan,
    verdict,
    calls: callsIn(verdict, callsOf(plan, explaining)),
    guards,
    ...(entry === undefined ? {} : { record: recordOf(text, { ...explaining, entry, event, lane }) }),
  };
}

/** A dry run goes as far as the first revocation. */
function callsIn({ kind }: Verdict, calls: readonly PlannedCall[]): readonly PlannedCall[] {
  const first = calls.findIndex(({ request }) => request.call.startsWith('revoke-'));
  if (kind === 'dry-run') return calls.slice(0, first < 0 ? calls.length : first);
  return kind === 'go' ? calls : [];
}

/** The first guard that stops it here and now, in the order in which they are asked; else what is left to do. */
function verdictOf(plan: Plan, guards: readonly GuardView[], { settings, now }: Explaining): Verdict {
  const lookup = plan.kind === 'resolve' ? lookupOf(plan.reference) : undefined;
  if (lookup?.kind === 'dead') return { kind: 'dead', reason: lookup.reason, detail: lookup.detail };
  const stop = guards.find(({ says }) => says === 'stops');
  if (stop?.reason !== undefined) {
    const kind = isHold(stop.reason) || stop.reason === CONFLICT ? 'hold' : 'dead';
    return { kind, reason: stop.reason, detail: stop.detail };
  }
  if (isAhead(plan, now)) return { kind: 'wait' };
  return { kind: settings.mode === 'dry-run' && plan.kind !== 'reinstate' ? 'dry-run' : 'go' };
}

/** The first record that would be written, where it can be told from here. */
function entryOf(plan: Plan, verdict: Verdict, { settings }: Explaining): AuditEntry | undefined {
  const target = targetOf(plan, settings);
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
  // Whose keys, or which, only ledger and API know.
  if (target === undefined || (plan.kind === 'check' && target.kind === 'principal')) return undefined;
  if (verdict.kind === 'dry-run') return { phase: 'outcome', target, outcome: 'would-revoke' };
  return {
    phase: 'intent',
    target,
    call: { call: target.kind === 'key' ? 'revoke-key' : 'revoke-principal', attempt: 1 },
  };
}

/** The one target that can be told from here. */
function targetOf(plan: Plan, settings: Settings) {
  if (plan.kind === 'key' || plan.kind === 'check') return plan.target;
  if (plan.kind === 'resolve') return undefined;
  const { subject } = plan;
  if ('principalName' in subject) return principalTarget(subject.principalName);
  const [only, ...others] = candidatesOf(subject.identity, undefined, settings.principalTemplates) ?? [];
  return only === undefined || others.length > 0 ? undefined : principalTarget(only);
}

function recordOf(
  text: string,
  {
    settings,
    now,
    sha256,
    entry,
    event,
    lane,
  }: Explaining & { entry: AuditEntry; event: CanonicalEvent | null; lane: Lane },
): AuditRecord {
  const delivery = {
    messageId: '(by SQS)',
    senderId: '(by SQS)',
    requestId: '(by Lambda)',
    receiveCount: 1,
    replays: 0,
    lane,
    sha256: sha256(text),
    size: new TextEncoder().encode(text).length,
  };
  return auditRecord({ id: '(a UUID)', now, entry, event, delivery, settings });
}
