/**
 * Notices: completed revocations, holds and failures as events for subscribers (docs/notices.md). They are made from
 * audit records, so they cannot contradict the audit log and hold no secret.
 */
import { instantMs } from '../../events/instant.ts';
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import type { AuditLine } from '../audit/read-line.ts';
import { type AuditStep, type EventSummary, eventSummaryOf, stepOf } from '../audit/read-step.ts';
import type { Outcome } from '../model/outcome.ts';
import { isReason } from '../model/reasons.ts';
import { type OperatorPlace, operatorCommand, replayCommand, showArguments } from './replay-command.ts';

const NOTICE_SOURCE = '//revocation-handler/notices';

/** Summaries by final outcome. Outcomes and notice types are contract, summaries are not. */
export const COMPLETED = {
  confirmed: 'Revoked and verified',
  'already-revoked': 'Already revoked before this event, and verified',
  'not-found': 'Not revoked, the API does not know the key',
  'no-keys': 'Not revoked, no live key',
  'would-revoke': 'Would be revoked',
} as const satisfies Readonly<Partial<Record<Outcome, string>>>;

/** By phase of the audit record. */
const NEEDS_ACTION = {
  hold: { type: 'revocation.held.v1', summary: 'Held, needs action' },
  'dead-letter': { type: 'revocation.failed.v1', summary: 'Failed, needs action' },
} as const;

export type NoticeType = 'revocation.completed.v1' | (typeof NEEDS_ACTION)[keyof typeof NEEDS_ACTION]['type'];

/** A CloudEvent. Texts are printable ASCII, at most 512 characters except `command`; empty: not known. */
export interface Notice {
  readonly specversion: '1.0';
  readonly type: NoticeType;
  /** Id of the audit record: the same each time the notice is sent. */
  readonly id: string;
  readonly source: typeof NOTICE_SOURCE;
  readonly time: string;
  readonly data: {
    /** One line for chat: a fixed text and the target, escaped for templates and markup. */
    readonly summary: string;
    /** The outcome, or the reason code. */
    readonly code: string;
    /** The rule; a fixed text. */
    readonly detail: string;
    /** Key id or principal. */
    readonly target: string;
    readonly mode: string;
    readonly lane: string;
    /** Claimed by the sender. */
    readonly event: { readonly type: string; readonly source: string; readonly id: string; readonly time: string };
    /** SQS' SenderId, or the webhook's source and address. Of an event that came by a webhook, our own role. */
    readonly sender: string;
    /** The authenticated sender: its name in SENDERS, or its id, such as `https:okta`. */
    readonly senderName?: string;
    /** The event that a follow-up check belongs to. */
    readonly parent?: { readonly source: string; readonly id: string };
    /** From the time of a leak to the verified revocation. */
    readonly timeToRevokeMs?: number;
    /** Live keys of the principal before the revocation. */
    readonly keys?: number;
    /** The key was created after the event was first seen. */
    readonly late?: true;
    /** Section of the runbook. */
    readonly runbook: string;
    /** What shows the dead letter to the operator. */
    readonly show: string;
    /** What the operator can run once the cause is understood. */
    readonly command: string;
  };
}

interface NoticeContent {
  readonly type: NoticeType;
  readonly summary: string;
  readonly runbook: string;
  readonly show: string;
  readonly command: string;
}

const NOWHERE: OperatorPlace = { runbook: 'RUNBOOK.md' };

/** 9999-12-31T23:59:59.999Z */
const LAST_MS = 253_402_300_799_999;

/**
 * Undefined: the record is not final (intents, failed attempts, `accepted`, duplicates, replays), it repeats a hold, or
 * the message held no event: a notice that a rule sends to an input queue by mistake must not cause another. Nothing in
 * the record is trusted, since senders choose much of its text.
 */
export function noticeOf(line: AuditLine, place: OperatorPlace = NOWHERE): Notice | undefined {
  const event = eventSummaryOf(line);
  if (event === undefined || event.id === '') return undefined;
  const step = stepOf(line);
  const content = contentOf(step, event, place);
  if (content === undefined) return undefined;
  const { policy, parent, repeated, source } = fieldsOf(line.record.unmapped);
  if (repeated === true) return undefined;
  const mode = plain(fieldsOf(policy).mode);
  const senderName = plain(fieldsOf(source).sender);
  const { type, summary, runbook, show, command } = content;
  return {
    specversion: '1.0',
    type,
    id: plain(line.uid),
    source: NOTICE_SOURCE,
    time: new Date(Math.min(Math.max(line.time, 0), LAST_MS)).toISOString(),
    data: {
      summary: `${mode === 'dry-run' ? 'Dry run: ' : ''}${summary}: ${markupFree(step.target)}`,
      code: step.code,
      detail: plain(step.detail),
      target: plain(step.target),
      mode,
      lane: plain(event.lane),
      event: {
        type: plain(event.type),
        source: plain(event.source),
        id: plain(event.id),
        time: plain(event.claimedTime),
      },
      sender: plain(event.sender),
      ...(senderName === '' ? {} : { senderName }),
      ...(isRecord(parent) ? { parent: { source: plain(parent.source), id: plain(parent.id) } } : {}),
      ...measurementsOf(step, event),
      runbook,
      show,
      command,
    },
  };
}

function contentOf({ phase, code }: AuditStep, event: EventSummary, place: OperatorPlace): NoticeContent | undefined {
  if (phase === 'outcome') {
    return isCompleted(code)
      ? { type: 'revocation.completed.v1', summary: COMPLETED[code], runbook: '', show: '', command: '' }
      : undefined;
  }
  if ((phase !== 'hold' && phase !== 'dead-letter') || !isReason(code)) return undefined;
  const { type, summary } = NEEDS_ACTION[phase];
  return {
    type,
    summary: `${summary}, ${code}`,
    runbook: `${place.runbook}#${code}`,
    show: operatorCommand(showArguments(event), place),
    command: replayCommand(code, event, place),
  };
}

const isCompleted = (code: string): code is keyof typeof COMPLETED => Object.hasOwn(COMPLETED, code);

/**
 * Only a leak has a time to revoke: an offboarding may be future-dated, and a follow-up check has a time of its own.
 */
function measurementsOf({ code, late, time, keysBefore }: AuditStep, { type, claimedTime }: EventSummary) {
  const since = type === 'credential.compromised.v1' ? instantMs(claimedTime) : undefined;
  return {
    ...(code === 'confirmed' && since !== undefined ? { timeToRevokeMs: Math.max(0, time - since) } : {}),
    ...(keysBefore === undefined ? {} : { keys: keysBefore }),
    ...(late ? { late } : {}),
  };
}

const plain = (value: unknown): string =>
  typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?').slice(0, 512) : '';

/** Without quotes, brackets and colons: the text can end no string of a template and make no tag or link. */
const markupFree = (text: string): string =>
  text === '' ? 'no target' : text.replace(/[^\w@./+-]/g, '?').slice(0, 128);
