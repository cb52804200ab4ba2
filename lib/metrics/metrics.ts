/**
 * What is measured: one table of metrics, and what each thing that was observed adds to them. Pure. How they travel:
 * `lib/metrics/emf.ts`. What a sender can choose is never a label, but for the sources that the configuration names.
 */
import { instantMs } from '../../events/instant.ts';
import { type AuditEntry, EVENT_ACCEPTED } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import type { ApiRequest, ApiResponse } from '../coreweave/api.ts';
import { followUpAfterS } from '../model/follow-up.ts';
import { planOf } from '../model/plan.ts';
import { REPLAY_CODES } from '../model/replay-codes.ts';
import type { Measurement } from '../ports.ts';
import { isCanary, provesCanary } from './canary.ts';

export type Label = 'Lane' | 'Outcome' | 'Reason' | 'Source' | 'Call' | 'Status' | 'Result';

interface Metric {
  readonly unit: 'Count' | 'Milliseconds';
  /** What remains of an invocation's values: their sum, each of them (percentiles need that), the largest or the smallest. */
  readonly keeps: 'sum' | 'each' | 'most' | 'least';
  /** The sets of labels under which it can be read; every set has `Service` besides. Each combination that occurs is billed. */
  readonly sets: readonly (readonly Label[])[];
}

const count = (...sets: readonly (readonly Label[])[]): Metric => ({ unit: 'Count', keeps: 'sum', sets });
const ms = (...sets: readonly (readonly Label[])[]): Metric => ({ unit: 'Milliseconds', keeps: 'each', sets });
const ALL: readonly Label[] = [];

/** Alarms and dashboard go by these names; `test/template/alarms.test.ts` holds them against this table. */
export const METRICS = {
  /** From when the event fell due, by the sender's word, to the proof that the key is gone. */
  TimeToRevoke: ms(['Lane']),
  /** How long what could not be settled or proven now has been waiting. */
  OldestUnconfirmed: { unit: 'Milliseconds', keeps: 'most', sets: [['Lane']] },
  Outcomes: count(['Lane', 'Outcome'], ['Source']),
  DeadLetters: count(ALL, ['Reason']),
  Holds: count(ALL, ['Reason']),
  Retries: count(ALL),
  LateKeys: count(ALL),
  /** A leak that its sender vouched for names a key that the API does not know. */
  NotFoundVouched: count(ALL),
  /** A canary walked the whole way to its end. */
  CanaryProven: count(ALL),
  ApiLatency: ms(['Call']),
  /** By class of status, or by fault. */
  ApiAnswers: count(['Status']),
  /** 401 with a renewed token too, or no token at all. */
  TokenRefused: count(ALL),
  /** Whole days until the stored API token ends, as far as it is known; below 0: it should have ended. */
  TokenDaysLeft: { unit: 'Count', keeps: 'least', sets: [ALL] },
  BreakerOpened: count(ALL),
  ScheduleFailures: count(ALL),
  EventsAccepted: count(ALL, ['Source']),
  Refusals: count(ALL),
  SignatureFailures: count(ALL),
  IngestFailures: count(ALL),
  Replays: count(['Result']),
  /** Metrics can be neither changed nor deleted: how many records there must be. */
  AuditRecords: count(ALL),
  AuditFailures: count(ALL),
} as const satisfies Readonly<Record<string, Metric>>;
export type MetricName = keyof typeof METRICS;

/** One value, with a label for each of its metric's. */
export interface Datum {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Readonly<Partial<Record<Label, string>>>;
}

const datum = (name: MetricName, value = 1, labels: Datum['labels'] = {}): Datum => ({ name, value, labels });

/** The label of all sources that the configuration does not name, and of a step on no lane. */
export const OTHER = 'other';

type Entry<Phase extends AuditEntry['phase']> = Extract<AuditEntry, { phase: Phase }>;

/** Takes what an audit record is made of and the sources that have a label of their own; returns what it adds. */
export function metricsOfStep(facts: AuditFacts, sources: ReadonlySet<string>): readonly Datum[] {
  const { entry, event } = facts;
  const source = event !== null && sources.has(event.source) ? event.source : OTHER;
  switch (entry.phase) {
    case 'outcome':
      return metricsOfOutcome(facts, entry, source);
    case 'dead-letter':
      return [datum('DeadLetters', 1, { Reason: entry.reason })];
    case 'hold':
      return [datum('Holds', 1, { Reason: entry.reason })];
    case 'refusal':
      return [datum('Refusals')];
    case 'replay':
      return entry.code === 'intent' ? [] : [datum('Replays', 1, { Result: REPLAY_CODES[entry.code] })];
    case 'note':
      return entry.detail === EVENT_ACCEPTED ? [datum('EventsAccepted', 1, { Source: source })] : [];
    case 'intent':
      return [];
  }
}

function metricsOfOutcome(facts: AuditFacts, entry: Entry<'outcome'>, source: string): readonly Datum[] {
  const { delivery, event } = facts;
  const { outcome, late } = entry;
  const lane = delivery.lane ?? OTHER;
  const age = ageMs(facts);
  const canary = isCanary(event);
  return [
    datum('Outcomes', 1, { Lane: lane, Outcome: outcome, Source: source }),
    ...(outcome === 'confirmed' && !canary && event?.type !== 'revocation.check.v1' && late === undefined
      ? [datum('TimeToRevoke', age, { Lane: lane })]
      : []),
    ...(outcome === 'accepted' ? [datum('OldestUnconfirmed', age, { Lane: lane })] : []),
    ...(outcome === 'confirmed' && late ? [datum('LateKeys')] : []),
    ...(outcome === 'not-found' && !canary && isFirstWord(facts, entry) ? [datum('NotFoundVouched')] : []),
    ...(canary && provesCanary(outcome) ? [datum('CanaryProven')] : []),
  ];
}

/** Milliseconds since the event fell due; of a check, since its parent was revoked, as far as the check can know. */
function ageMs({ event, now }: AuditFacts): number {
  if (event === null) return 0;
  const plan = planOf(event);
  // Stryker disable next-line ConditionalExpression: no other plan has an effectiveAt, only the compiler wants to know
  const due = (plan.kind === 'principal' ? plan.effectiveAt : undefined) ?? event.time;
  const since = Math.max(instantMs(event.time) ?? now, instantMs(due) ?? now);
  return Math.max(0, now - since) + (plan.kind === 'check' ? followUpAfterS(plan.generation) * 1_000 : 0);
}

/** A key that we may have revoked ourselves, in an earlier try or delivery, is rightly not there any more. */
function isFirstWord({ event, delivery }: AuditFacts, { call }: Entry<'outcome'>): boolean {
  return (
    event?.type === 'credential.compromised.v1' &&
    !('scope' in event.data) &&
    event.data.confidence !== 'key-id-only' &&
    delivery.receiveCount <= 1 &&
    delivery.replays === 0 &&
    call?.attempt === 1
  );
}

/** Takes a call of the API and what came of it; returns what it adds. */
export function metricsOfCall({ call }: ApiRequest, observed: ApiResponse): readonly Datum[] {
  const status = observed.kind === 'answer' ? `${Math.floor(observed.status / 100)}xx` : observed.fault;
  const refused = observed.kind === 'answer' ? observed.status === 401 : observed.fault === 'token';
  return [
    datum('ApiAnswers', 1, { Status: status }),
    datum('ApiLatency', Math.round(observed.latencyMs), { Call: call }),
    ...(refused ? [datum('TokenRefused')] : []),
  ];
}

/** What flows report through the port `Meter`: what no audit record tells. */
export function metricsOfMeasurement(measurement: Measurement): readonly Datum[] {
  switch (measurement.kind) {
    case 'message-retried': {
      const { lane, waitedMs } = measurement;
      const oldest = waitedMs === undefined ? [] : [datum('OldestUnconfirmed', Math.max(0, waitedMs), { Lane: lane })];
      return [datum('Retries'), ...oldest];
    }
    case 'circuit-opened':
      return [datum('BreakerOpened')];
    case 'requests-unauthenticated':
      return [datum('SignatureFailures', measurement.count)];
    case 'requests-failed':
      return [datum('IngestFailures', measurement.count)];
  }
}

/** Takes the whole days that the API token has left; returns what they add. */
export const metricsOfToken = (daysLeft: number): readonly Datum[] => [datum('TokenDaysLeft', daysLeft)];

/** What the audit log adds: so many records written, or one that could not be. */
export const auditWritten = (records: number): readonly Datum[] => [datum('AuditRecords', records)];
export const AUDIT_FAILED: readonly Datum[] = [datum('AuditFailures')];
export const SCHEDULE_FAILED: readonly Datum[] = [datum('ScheduleFailures')];
