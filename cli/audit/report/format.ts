/** Times and codes as the report words them. All times are UTC. */
import type { AuditStep } from '../../../lib/audit/read-step.ts';
import { formatInteger, pluralize } from '../../../terminal/format.ts';
import { describeApprover } from '../approval-uses.ts';
import { type EventHistory, type EventStatus, isRefusal } from '../incidents.ts';

const isDate = (ms: number): boolean => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;

/** `2026-11-23`. */
export const formatDay = (ms: number): string =>
  isDate(ms) ? new Date(ms).toISOString().slice(0, -14) : 'unknown day';
/** `09:30:01.250`. */
export const formatTime = (ms: number): string =>
  isDate(ms) ? new Date(ms).toISOString().slice(-13, -1) : 'unknown time';
export const formatInstant = (ms: number): string => `${formatDay(ms)} ${formatTime(ms)}`;
/** For the `datetime` attribute of a time element. */
export const toIsoInstant = (ms: number): string => (isDate(ms) ? new Date(ms).toISOString() : '');

export const TYPE_NAMES: Readonly<Record<string, string>> = {
  'credential.compromised.v1': 'Leaked credential',
  'user.offboarded.v1': 'Offboarding',
  'user.reinstated.v1': 'Reinstatement',
  'revocation.check.v1': 'Follow-up check',
};

/** What to do about an outcome `not-found`: the key may be live. */
export const NOT_FOUND_STEP = 'check the key ID and the organization';

export type Tone = 'good' | 'warn' | 'bad' | 'calm';

export const STATUS_LABELS: Readonly<Record<EventStatus, readonly [words: string, tone: Tone]>> = {
  revoked: ['Revoked (verified)', 'good'],
  'already-revoked': ['Already revoked', 'calm'],
  unproven: ['Accepted, not verified', 'warn'],
  'not-found': ['Not found', 'warn'],
  nothing: ['Nothing to revoke', 'calm'],
  'would-revoke': ['Dry run', 'calm'],
  waiting: ['Needs action', 'bad'],
  discarded: ['Discarded', 'calm'],
  trying: ['Retrying', 'warn'],
  open: ['Call without outcome', 'bad'],
  noted: ['No action', 'calm'],
};

const VERIFICATION_TEXTS: Readonly<Record<string, string>> = {
  'read-back': 'by reading the key back',
  listing: 'in the list of keys',
  'api-answer': "by the API's answer",
};

function describeVerification({ code, verifiedBy }: AuditStep): string {
  const how = VERIFICATION_TEXTS[verifiedBy] ?? verifiedBy;
  if (how === '' || verifiedBy === 'api-answer') return how;
  return code === 'confirmed' || code === 'already-revoked' ? `verified ${how}` : `not verified ${how}`;
}

const PHASES: Readonly<Record<string, string>> = {
  intent: 'Intent',
  outcome: 'Outcome',
  hold: 'Held',
  'dead-letter': 'Dead letter',
  replay: 'Replay',
  discard: 'Discard',
  refusal: 'Refused',
};

/** Phases whose code adds nothing. */
const WITHOUT_CODE: ReadonlySet<string> = new Set(['intent', 'refusal']);

/** A record in a few words, for the page and for `status`. */
export const nameStep = ({ phase, name, code }: AuditStep): string =>
  phase === 'note' ? name : `${PHASES[phase] ?? phase}${WITHOUT_CODE.has(phase) ? '' : `: ${code}`}`;

export const eventTitle = (event: EventHistory): string => {
  if (isRefusal(event)) return 'Refused request';
  return TYPE_NAMES[event.type] ?? (event.type === '' ? 'Rejected message' : event.type);
};

/** What a record says beside its code. */
export function describeStep(step: AuditStep): string {
  const { answer, attempt, delivery, detail, keysBefore, keysAfter, late, shared } = step;
  const decision = step.replay ?? step.discard;
  const keys = keysBefore === undefined ? '' : `${pluralize(keysBefore, 'live key', formatInteger)} before`;
  const status = /^\d{3}$/.test(answer) ? `HTTP ${answer}` : answer;
  return [
    attempt > 1 ? `try ${attempt}` : '',
    delivery > 1 ? `delivery ${delivery}` : '',
    status,
    describeVerification(step),
    step.phase === 'outcome' && step.code === 'not-found' ? NOT_FOUND_STEP : '',
    keys,
    keysAfter === undefined ? '' : `${keysAfter} after`,
    late ? 'newly created key' : '',
    shared ? 'by a call shared by several events' : '',
    detail,
    decision === undefined ? '' : `by ${decision.operator}${decision.claimed ? ' (unverified)' : ''}`,
    step.discard?.why ?? '',
    ...(step.approvals ?? []).map((each) => `${each.reason} approved by ${describeApprover(each)}`),
  ]
    .filter(Boolean)
    .join(', ');
}
