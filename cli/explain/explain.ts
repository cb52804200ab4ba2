/** Says what would happen to a message, by running the pipelines of the function on recording ports. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { redact } from '../../events/secrets.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { type AuditFacts, type AuditRecord, auditRecord } from '../../lib/audit/record.ts';
import { processMessage } from '../../lib/consume/message.ts';
import type { EventPart, RefusedPart } from '../../lib/consume/parse-message.ts';
import type { Invocation } from '../../lib/context.ts';
import { type ApiRequest, httpCall } from '../../lib/coreweave/api.ts';
import type { KeyState } from '../../lib/model/key.ts';
import { laneOf } from '../../lib/model/lane.ts';
import { type Plan, planOf, type Target, targetName } from '../../lib/model/plan.ts';
import { digestOf } from '../../lib/model/raw-digest.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { pluralize } from '../../terminal/format.ts';
import { NOT_FOUND_STEP } from '../audit/report/format.ts';
import type { Context } from '../context.ts';
import { describeTarget } from '../event.ts';
import { parseEventText } from '../event-text.ts';
import { conditionsOf } from './conditions.ts';
import {
  createRecording,
  NOT_ASKED,
  type Reads,
  type Recording,
  type RecordingOptions,
  UNREAD_KEY,
} from './recording.ts';

/**
 * `go`: acted on. `nothing`: there is nothing to revoke. `not-found`: the API does not know the key. `wait`:
 * future-dated. `dead`, `hold`: a dead letter. `ignored`: no event for us. `retry`: the message would come again.
 */
export interface Verdict {
  readonly kind: 'go' | 'nothing' | 'not-found' | 'wait' | 'dry-run' | 'hold' | 'dead' | 'ignored' | 'retry';
  readonly reason?: Reason;
  readonly detail?: string;
}

export interface Explanation {
  /** Null: the message holds none in this place. */
  readonly event: CanonicalEvent | null;
  readonly lane: Lane;
  readonly verdict: Verdict;
  /** Sentences that begin with "would". */
  readonly summary: readonly string[];
  /** Revocations, in order. */
  readonly calls: readonly ReturnType<typeof httpCall>[];
  /** What would hold it, where the ledger and the API were not read. */
  readonly heldIf: readonly { readonly reason: Reason; readonly condition: string }[];
  /** The first audit record. Ids by SQS and Lambda are placeholders in parentheses. */
  readonly record?: AuditRecord;
}

/**
 * One explanation for each event in the message, at least one. Writes and sends nothing. Rejects with CliError
 * `dead-letter-body`.
 */
export async function explainMessage(
  text: string,
  options: RecordingOptions & Pick<Context, 'optionWords'>,
): Promise<readonly Explanation[]> {
  const { now, sha256, settings } = options;
  const parts = parseEventText(text, options);
  const [first] = parts.flatMap((part) => (part.kind === 'event' ? [part.event] : []));
  const lane = first === undefined ? 'urgent' : laneOf(first);
  const recording = createRecording(options);
  const isOurs = parts.some(isCheck);
  const digest = digestOf(redact(text), sha256);
  await processMessage(recording.runtime, recording.invocation, {
    messageId: '(by SQS)',
    receiptHandle: '',
    body: text,
    ...digest,
    lane,
    receiveCount: 1,
    firstReceived: now,
    sentAt: 0,
    senderId: '(by SQS)',
    role: isOurs ? 'revoke' : undefined,
    sentFor: '',
    replays: 0,
    firstSeen: '',
    approvalKeys: [],
  });
  const live = options.reads !== undefined;
  const states = await readKeyStates(parts, options.reads, recording.invocation);
  return parts.map((part, index) => {
    const facts = recording.facts.filter((each) => isAbout(each, part));
    const [opening] = facts;
    const record =
      opening === undefined || isNotAsked(opening) ? {} : { record: auditRecord({ ...opening, settings }) };
    const entries = facts.map(({ entry }) => entry);
    return { ...explainPart(part, entries, { recording, live, state: states[index] }), ...record };
  });
}

const isCheck = (part: EventPart | RefusedPart): boolean =>
  part.kind === 'event' && part.event.type === 'revocation.check.v1';

/** Two equal events in one message have the same explanation. */
function isAbout({ event, entry }: AuditFacts, part: EventPart | RefusedPart): boolean {
  if (part.kind === 'event') return event !== null && JSON.stringify(event) === JSON.stringify(part.event);
  return event === null && 'detail' in entry && (entry.detail ?? '').endsWith(part.detail);
}

/** The record of an alert depends on what its provider says. */
const isNotAsked = ({ entry }: AuditFacts): boolean =>
  'detail' in entry && entry.detail?.startsWith(NOT_ASKED) === true;

/** What the API shows of the key that each part names: pipelines revoke a leaked key without reading it. */
const readKeyStates = (
  parts: readonly (EventPart | RefusedPart)[],
  reads: Reads | undefined,
  { endsAt }: Pick<Invocation, 'endsAt'>,
): Promise<readonly (KeyState | undefined)[]> =>
  Promise.all(
    parts.map(async (part) => {
      const plan = part.kind === 'event' ? planOf(part.event) : undefined;
      return plan?.kind === 'key' ? reads?.credentials.keyState(plan.target.accessKeyId, endsAt) : undefined;
    }),
  );

interface RunFacts {
  readonly recording: Recording;
  readonly live: boolean;
  readonly state: KeyState | undefined;
}

function explainPart(
  part: EventPart | RefusedPart,
  entries: readonly AuditEntry[],
  { recording, live, state }: RunFacts,
): Explanation {
  if (part.kind === 'refusal') {
    const { ignored, reason, detail } = part;
    const verdict =
      ignored === undefined ? ({ kind: 'dead', reason, detail } as const) : ({ kind: 'ignored', detail } as const);
    const none = { calls: [], heldIf: [], lane: 'urgent' } as const;
    return { event: null, verdict, summary: [describeVerdict(verdict)], ...none };
  }
  const { event } = part;
  const plan = planOf(event);
  const decided = withKeyState(verdictOf(entries), state);
  const lookup = plan.kind === 'alert' && decided.detail?.startsWith(NOT_ASKED) === true;
  const verdict: Verdict = lookup ? { kind: 'go' } : decided;
  const acts = verdict.kind === 'go' || verdict.kind === 'wait' || verdict.kind === 'dry-run';
  const summary = lookup
    ? [`would look up ${describeTarget(event)}, and revoke the keys in it`]
    : [...summaryOf(event, verdict, entries), ...(live ? [] : unreadNote(plan, verdict))];
  return {
    event,
    lane: laneOf(event),
    verdict,
    summary,
    calls: entries.flatMap((entry) => (entry.phase === 'intent' ? [httpCall(requestOf(entry.target))] : [])),
    heldIf: acts && !live ? conditionsOf(plan, recording.runtime, verdict.kind === 'wait') : [],
  };
}

const requestOf = (target: Target): ApiRequest =>
  target.kind === 'key'
    ? { call: 'revoke-key', accessKeyId: target.accessKeyId }
    : { call: 'revoke-principal', principalName: target.principalName };

/** A dead letter that the ledger may prevent. */
function unreadNote(plan: Plan, { kind, reason }: Verdict): readonly string[] {
  const unread = 'may end otherwise: the ledger was not read, --live reads it';
  const mayDiffer =
    (plan.kind === 'principal' && reason === 'unmappable') || (plan.kind === 'check' && reason === 'invalid');
  return kind === 'dead' && mayDiffer ? [unread] : [];
}

const PARKED = 'it became a dead letter, or is scheduled: see `revoker status`';
const DUPLICATE = 'a duplicate, this source and id are done; send it with a new id';

/** By the last record that decides about the event. */
function verdictOf(entries: readonly AuditEntry[]): Verdict {
  for (const entry of entries.toReversed()) {
    if (entry.phase === 'hold') return { kind: 'hold', reason: entry.reason, detail: entry.detail };
    if (entry.phase === 'dead-letter') return { kind: 'dead', reason: entry.reason, detail: entry.detail };
    if (entry.phase === 'note' && /^(?:Would Schedule|Scheduled)$/.test(entry.name)) return { kind: 'wait' };
    if (entry.phase === 'note' && entry.name === 'Reinstatement') return { kind: 'go' };
    if (entry.phase === 'note' && entry.name === 'Already Parked') return { kind: 'nothing', detail: PARKED };
    if (entry.phase === 'outcome' && entry.outcome === 'duplicate') return { kind: 'nothing', detail: DUPLICATE };
  }
  const outcomes = entries.flatMap((entry) => (entry.phase === 'outcome' ? [entry.outcome] : []));
  if (outcomes.includes('would-revoke')) return { kind: 'dry-run' };
  if (outcomes.some((outcome) => outcome === 'confirmed' || outcome === 'accepted')) return { kind: 'go' };
  return { kind: outcomes.length > 0 ? 'nothing' : 'retry' };
}

/** Without a read, a key is taken to be live. */
function withKeyState(verdict: Verdict, state: KeyState | undefined): Verdict {
  const isOpen = verdict.kind === 'go' || verdict.kind === 'dry-run' || verdict.kind === 'nothing';
  if (!isOpen || state === undefined || state.kind === 'live') return verdict;
  if (state.kind === 'unreadable') return { kind: 'retry' };
  return state.how === 'not-found'
    ? { kind: 'not-found', detail: `the API does not know the key: ${NOT_FOUND_STEP}` }
    : { kind: 'nothing', detail: `the key is ${state.how} already` };
}

function describeVerdict({ kind, reason, detail }: Verdict): string {
  switch (kind) {
    case 'hold':
      return `would be held: ${reason}, ${detail}`;
    case 'dead':
      return `would become a dead letter: ${reason}, ${detail}`;
    case 'ignored':
      return `would be ignored: ${detail}`;
    case 'retry':
      return 'would be received again: what it needs cannot be read';
    case 'nothing':
    case 'not-found':
      return `would revoke nothing: ${detail ?? 'there is nothing to revoke'}`;
    default:
      return '';
  }
}

/** Verdicts that a read has changed: what the records say of a live key does not count. */
const REVOKES_NOTHING: ReadonlySet<Verdict['kind']> = new Set(['nothing', 'not-found', 'retry']);

function summaryOf(event: CanonicalEvent, verdict: Verdict, entries: readonly AuditEntry[]): readonly string[] {
  const plan = planOf(event);
  if (plan.kind === 'reinstate' && verdict.kind === 'go') {
    return [`would record that ${describeTarget(event)}; later offboardings of an earlier time would be held`];
  }
  if (verdict.kind === 'wait') return [`would be scheduled: ${describeTarget(event)}`];
  const counted = REVOKES_NOTHING.has(verdict.kind) ? [] : entries;
  const revoked = counted.flatMap((entry) => (entry.phase === 'outcome' ? [describeRevocation(entry)] : []));
  const told = describeVerdict(verdict);
  return [...revoked.filter((each) => each !== ''), ...(told === '' ? [] : [told])];
}

function describeRevocation({ target, outcome, before }: Extract<AuditEntry, { phase: 'outcome' }>): string {
  const dry = outcome === 'would-revoke';
  if (target === undefined || !(dry || outcome === 'confirmed' || outcome === 'accepted')) return '';
  const name = targetName(target);
  const counted = before !== undefined && !before.ids.includes(UNREAD_KEY);
  const keys =
    target.kind === 'key'
      ? `key ${name}`
      : counted
        ? `${pluralize(before.count, 'key')} of ${name}`
        : `all keys of ${name}`;
  return dry ? `would only record that it would revoke ${keys}: MODE is dry-run` : `would revoke ${keys}`;
}
