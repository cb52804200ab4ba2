/**
 * Notices: how revocations end and what waits for a person, as events that anyone may subscribe to. Made of audit
 * records, so that they say what the audit says and hold no secret. Pure. What they mean: docs/notices.md.
 */
import { instantMs } from '../../events/instant.ts';
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import type { AuditLine } from '../audit/read-line.ts';
import { type About, aboutOf, type Step, stepOf } from '../audit/read-step.ts';
import type { Outcome } from '../model/outcome.ts';
import { isReason } from '../model/reasons.ts';
import { releaseCommand } from './replay-command.ts';

const NOTICE_SOURCE = '//revocation-handler/notices';

/** The outcomes after which nothing more is done about a target. Contract, and so are the types. */
export const COMPLETED = {
  confirmed: 'Revoked and seen gone',
  'not-found': 'Nothing revoked, the API knows no such key',
  'no-keys': 'Nothing revoked, there is no live key',
  'would-revoke': 'Nothing revoked, it would have been',
} as const satisfies Readonly<Partial<Record<Outcome, string>>>;

/** By phase of the audit record. */
const WAITING = {
  hold: { type: 'revocation.held.v1', words: 'Held for a person' },
  'dead-letter': { type: 'revocation.failed.v1', words: 'Failed, waits for a person' },
} as const;

export type NoticeType = 'revocation.completed.v1' | (typeof WAITING)[keyof typeof WAITING]['type'];

/** A CloudEvent. Every text is printable ASCII and at most 512 long, but for `command`; an empty one is not known. */
export interface Notice {
  readonly specversion: '1.0';
  readonly type: NoticeType;
  /** Of the audit record: the same however often it is sent. */
  readonly id: string;
  readonly source: typeof NOTICE_SOURCE;
  readonly time: string;
  readonly data: {
    /** One line for chat: our words and the target, without quotes, brackets and colons. */
    readonly summary: string;
    /** The outcome, or the reason of the dead letter. */
    readonly code: string;
    /** Which rule, in words of ours. */
    readonly detail: string;
    /** Key id or principal. */
    readonly target: string;
    readonly mode: string;
    readonly lane: string;
    /** What the event says of itself: the sender's claims. */
    readonly event: { readonly type: string; readonly source: string; readonly id: string; readonly time: string };
    /** Who sent it, by the word of AWS. */
    readonly sender: string;
    /** The event that our own look belongs to. */
    readonly parent?: { readonly source: string; readonly id: string };
    /** From the leak's own time to the proof. */
    readonly timeToRevokeMs?: number;
    /** Live keys of the principal before. */
    readonly keys?: number;
    /** The key was minted after the principal was revoked. */
    readonly late?: true;
    /** Section of the runbook. */
    readonly runbook: string;
    /** What a person may run once they have looked. */
    readonly command: string;
  };
}

interface Ending {
  readonly type: NoticeType;
  readonly words: string;
  readonly runbook: string;
  readonly command: string;
}

/** 9999-12-31T23:59:59.999Z */
const LAST_MS = 253_402_300_799_999;

/**
 * Takes a line of the audit log; returns its notice, or undefined for what is no end: intents, failed tries, `accepted`,
 * duplicates, replays. What was no event makes none either, or a notice that is sent to a lane by mistake would make
 * another. Trusts nothing in the record: it is made of text that senders chose.
 */
export function noticeOf(line: AuditLine): Notice | undefined {
  const about = aboutOf(line);
  if (about === undefined || about.id === '') return undefined;
  const step = stepOf(line);
  const end = endOf(step, about);
  if (end === undefined) return undefined;
  const { policy, parent } = fieldsOf(line.record.unmapped);
  const mode = plain(fieldsOf(policy).mode);
  const { type, words, runbook, command } = end;
  return {
    specversion: '1.0',
    type,
    id: plain(line.uid),
    source: NOTICE_SOURCE,
    time: new Date(Math.min(Math.max(line.time, 0), LAST_MS)).toISOString(),
    data: {
      summary: `${mode === 'dry-run' ? 'Dry run: ' : ''}${words}: ${tame(step.target)}`,
      code: step.code,
      detail: plain(step.detail),
      target: plain(step.target),
      mode,
      lane: plain(about.lane),
      event: {
        type: plain(about.type),
        source: plain(about.source),
        id: plain(about.id),
        time: plain(about.claimedTime),
      },
      sender: plain(about.sender),
      ...(isRecord(parent) ? { parent: { source: plain(parent.source), id: plain(parent.id) } } : {}),
      ...figuresOf(step, about),
      runbook,
      command,
    },
  };
}

function endOf({ phase, code }: Step, about: About): Ending | undefined {
  if (phase === 'outcome') {
    return isCompleted(code)
      ? { type: 'revocation.completed.v1', words: COMPLETED[code], runbook: '', command: '' }
      : undefined;
  }
  if ((phase !== 'hold' && phase !== 'dead-letter') || !isReason(code)) return undefined;
  const { type, words } = WAITING[phase];
  return { type, words: `${words}, ${code}`, runbook: `RUNBOOK.md#${code}`, command: releaseCommand(code, about) };
}

const isCompleted = (code: string): code is keyof typeof COMPLETED => Object.hasOwn(COMPLETED, code);

/** A leaver may have been announced for a later day, and a look has a time of its own: neither has a time to revoke. */
function figuresOf({ code, late, time, keysBefore }: Step, { type, claimedTime }: About) {
  const since = type === 'credential.compromised.v1' ? instantMs(claimedTime) : undefined;
  return {
    ...(code === 'confirmed' && since !== undefined ? { timeToRevokeMs: Math.max(0, time - since) } : {}),
    ...(keysBefore === undefined ? {} : { keys: keysBefore }),
    ...(late ? { late } : {}),
  };
}

const plain = (value: unknown): string =>
  typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?').slice(0, 512) : '';

/** No end of a text in a template, no tag and no link with a scheme can be made of these. */
const tame = (text: string): string => (text === '' ? 'no target' : text.replace(/[^\w@./+-]/g, '?').slice(0, 128));
