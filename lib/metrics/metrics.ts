/**
 * The table of metrics, and what each audit record, API call and measurement adds to them. `lib/metrics/emf.ts` writes
 * them. No label has a value that a sender can choose, except sources that the configuration names.
 */
import { instantMs } from '../../events/instant.ts';
import { type AuditEntry, EVENT_ACCEPTED, type OutcomeEntry } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import type { ApiRequest, ApiResponse } from '../coreweave/api.ts';
import { followUpAfterS } from '../model/follow-up.ts';
import { planOf } from '../model/plan.ts';
import { REPLAY_CODES } from '../model/replay-codes.ts';
import type { Measurement } from '../ports.ts';
import { completesCanary, isCanary } from './canary.ts';

export type Label = 'Lane' | 'Outcome' | 'Reason' | 'Sender' | 'Source' | 'Call' | 'Status' | 'Result';

interface Metric {
  readonly unit: 'Count' | 'Milliseconds';
  /** How the values of one invocation are reported; `each` keeps all of them, for percentiles. */
  readonly aggregation: 'sum' | 'each' | 'max' | 'min';
  /** Sets of dimensions, each beside `Service`. CloudWatch bills each combination of values that occurs. */
  readonly sets: readonly (readonly Label[])[];
}

const count = (...sets: readonly (readonly Label[])[]): Metric => ({ unit: 'Count', aggregation: 'sum', sets });
const ms = (...sets: readonly (readonly Label[])[]): Metric => ({ unit: 'Milliseconds', aggregation: 'each', sets });
const NO_LABELS: readonly Label[] = [];

/** Alarms and the dashboard use these names; `test/template/alarms.test.ts` compares them with this table. */
export const METRICS = {
  /** From the time at which the event was due, as the sender claims, to the verified revocation. */
  TimeToRevoke: ms(['Lane']),
  /** Age of what is retried or not verified yet. */
  OldestUnconfirmed: { unit: 'Milliseconds', aggregation: 'max', sets: [['Lane']] },
  Outcomes: count(['Lane', 'Outcome'], ['Source']),
  DeadLetters: count(NO_LABELS, ['Reason']),
  Holds: count(NO_LABELS, ['Reason']),
  Retries: count(NO_LABELS),
  LateKeys: count(NO_LABELS),
  /** The first attempt at a key that was reported with its secret found no such key. */
  NotFoundVouched: count(NO_LABELS),
  /** A canary was processed end to end. */
  CanaryProven: count(NO_LABELS),
  ApiLatency: ms(['Call']),
  /** By status class, or by fault. */
  ApiAnswers: count(['Status']),
  /** 401 also with a reloaded token, or no token available. */
  TokenRefused: count(NO_LABELS),
  /** Whole days until the stored API token expires, if known; below 0: it should have expired. */
  TokenDaysLeft: { unit: 'Count', aggregation: 'min', sets: [NO_LABELS] },
  BreakerOpened: count(NO_LABELS),
  ScheduleFailures: count(NO_LABELS),
  EventsAccepted: count(NO_LABELS, ['Source']),
  /** Requests, or parts of them, that were not accepted; `Sender` is `other` unless the request was genuine. */
  Refusals: count(NO_LABELS, ['Sender']),
  /** Refusals of genuine requests, of all senders: an alarm cannot watch each of them. */
  GenuineRefusals: count(NO_LABELS),
  /** Genuine requests, or parts of them, that ask for no action, by reason. */
  RequestsIgnored: count(['Sender', 'Reason']),
  /** Genuine reports that became a dead letter, since they cannot be used. */
  ReportsHeld: count(['Sender']),
  SignatureFailures: count(NO_LABELS),
  /** Security event tokens of an issuer whose signature was verified, whatever they say. */
  TokensVerified: count(['Sender']),
  IngestFailures: count(NO_LABELS),
  Replays: count(['Result']),
  /** Live keys of offboarded principals, by the second listing of a day. */
  StandingKeys: { unit: 'Count', aggregation: 'max', sets: [NO_LABELS] },
  /** Attestations that compared two listings. */
  Attestations: count(NO_LABELS),
  /** What the daily self-check found. */
  SelfCheckFindings: { unit: 'Count', aggregation: 'max', sets: [NO_LABELS] },
  /** Metrics cannot be changed or deleted, so this count shows how many audit records there must be. */
  AuditRecords: count(NO_LABELS),
  AuditFailures: count(NO_LABELS),
} as const satisfies Readonly<Record<string, Metric>>;
export type MetricName = keyof typeof METRICS;

/** One value, with all labels of its metric. */
export interface Datum {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Readonly<Partial<Record<Label, string>>>;
}

const datum = (name: MetricName, value = 1, labels: Datum['labels'] = {}): Datum => ({ name, value, labels });

/** Label of sources that the configuration does not name, and of steps on neither lane. */
const OTHER_LABEL = 'other';

/** `sources`: those that have a label of their own. */
export function metricsOfStep(facts: AuditFacts, sources: ReadonlySet<string>): readonly Datum[] {
  const { entry, event } = facts;
  const source = event !== null && sources.has(event.source) ? event.source : OTHER_LABEL;
  switch (entry.phase) {
    case 'outcome':
      return metricsOfOutcome(facts, entry, source);
    case 'dead-letter':
      return [
        datum('DeadLetters', 1, { Reason: entry.reason }),
        ...(entry.counted === undefined ? [] : [datum('ReportsHeld', 1, { Sender: entry.counted.sender })]),
      ];
    case 'hold':
      return [datum('Holds', 1, { Reason: entry.reason })];
    case 'refusal':
      return [
        datum('Refusals', entry.counted?.times, { Sender: entry.counted?.sender ?? OTHER_LABEL }),
        ...(entry.counted === undefined ? [] : [datum('GenuineRefusals', entry.counted.times)]),
      ];
    case 'replay':
      return entry.code === 'intent' ? [] : [datum('Replays', 1, { Result: REPLAY_CODES[entry.code] })];
    case 'note':
      return metricsOfNote(entry, source);
    case 'reconcile':
      return metricsOfReconciliation(entry);
    case 'intent':
    case 'discard':
      return [];
  }
}

function metricsOfReconciliation({
  name,
  code,
  figures,
}: Extract<AuditEntry, { phase: 'reconcile' }>): readonly Datum[] {
  if (name === 'Self-check') return [datum('SelfCheckFindings', figures.findings)];
  if (name === 'Reconciliation' || code === 'listing-failed') return [];
  return [datum('StandingKeys', figures.standingKeys), ...(figures.compared ? [datum('Attestations')] : [])];
}

function metricsOfNote({ detail, counted }: Extract<AuditEntry, { phase: 'note' }>, source: string): readonly Datum[] {
  if (detail === EVENT_ACCEPTED) return [datum('EventsAccepted', 1, { Source: source })];
  if (counted === undefined) return [];
  return [datum('RequestsIgnored', counted.times, { Sender: counted.sender, Reason: counted.why })];
}

function metricsOfOutcome(facts: AuditFacts, entry: OutcomeEntry, source: string): readonly Datum[] {
  const { delivery, event } = facts;
  const { outcome, late } = entry;
  const lane = delivery.lane ?? OTHER_LABEL;
  const age = ageMs(facts);
  const canary = isCanary(event);
  return [
    datum('Outcomes', 1, { Lane: lane, Outcome: outcome, Source: source }),
    ...(outcome === 'confirmed' && !canary && event?.type !== 'revocation.check.v1' && late === undefined
      ? [datum('TimeToRevoke', age, { Lane: lane })]
      : []),
    ...(outcome === 'accepted' ? [datum('OldestUnconfirmed', age, { Lane: lane })] : []),
    ...(outcome === 'confirmed' && late ? [datum('LateKeys')] : []),
    ...(outcome === 'not-found' && !canary && isFirstAttempt(facts, entry) ? [datum('NotFoundVouched')] : []),
    ...(canary && completesCanary(outcome) ? [datum('CanaryProven')] : []),
  ];
}

/** Milliseconds since the event was due; of a follow-up check, since about the revocation that it verifies. */
function ageMs({ event, now }: AuditFacts): number {
  if (event === null) return 0;
  const plan = planOf(event);
  // Stryker disable next-line ConditionalExpression: for the type only, no other plan has an effectiveAt
  const due = (plan.kind === 'principal' ? plan.effectiveAt : undefined) ?? event.time;
  const since = Math.max(instantMs(event.time) ?? now, instantMs(due) ?? now);
  return Math.max(0, now - since) + (plan.kind === 'check' ? followUpAfterS(plan.generation) * 1_000 : 0);
}

/** After an earlier attempt or delivery the handler itself may have revoked the key: then "not found" is expected. */
function isFirstAttempt({ event, delivery }: AuditFacts, { call }: OutcomeEntry): boolean {
  return (
    event?.type === 'credential.compromised.v1' &&
    !('scope' in event.data) &&
    event.data.confidence !== 'key-id-only' &&
    delivery.receiveCount <= 1 &&
    delivery.replays === 0 &&
    call?.attempt === 1
  );
}

export function metricsOfCall({ call }: ApiRequest, response: ApiResponse): readonly Datum[] {
  const status = response.kind === 'answer' ? `${Math.floor(response.status / 100)}xx` : response.fault;
  const refused = response.kind === 'answer' ? response.status === 401 : response.fault === 'token';
  return [
    datum('ApiAnswers', 1, { Status: status }),
    datum('ApiLatency', Math.round(response.latencyMs), { Call: call }),
    ...(refused ? [datum('TokenRefused')] : []),
  ];
}

/** What pipelines report through the port `Meter`, because no audit record has it. */
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
    case 'token-verified':
      return [datum('TokensVerified', 1, { Sender: measurement.sender })];
  }
}

export const metricsOfToken = (daysLeft: number): readonly Datum[] => [datum('TokenDaysLeft', daysLeft)];

export const metricsOfAuditRecords = (records: number): readonly Datum[] => [datum('AuditRecords', records)];
export const AUDIT_FAILED: readonly Datum[] = [datum('AuditFailures')];
export const SCHEDULE_FAILED: readonly Datum[] = [datum('ScheduleFailures')];
