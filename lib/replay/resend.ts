/** One letter of a replay, with its audit records: the intent before anything is written, then how it ended. */

import type { AuditEntry } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import { putOnRecord } from '../audit/write.ts';
import type { Ports } from '../context.ts';
import type { Letter } from '../dead-letters/read.ts';
import type { Walked } from '../dead-letters/walk.ts';
import { planOf, principalTarget } from '../model/plan.ts';
import { isHold } from '../model/reasons.ts';
import { MAX_REPLAYS, type Operator, type ReplayCode } from '../model/replay-codes.ts';
import { errorCode } from '../runtime/error-code.ts';
import { reopen } from './reopen.ts';

/** What all letters of a run share. */
export interface Operation {
  readonly ports: Pick<Ports, 'clock' | 'chance' | 'audit' | 'lanes' | 'table' | 'sha256' | 'log'>;
  readonly settings: AuditFacts['settings'];
  readonly id: string;
  readonly operator: Operator;
  readonly dryRun: boolean;
  readonly requestId: string;
}

/** Takes a letter that may go; returns what became of it. Never rejects: what fails leaves the letter where it is. */
export async function sendAgain(operation: Operation, walked: Walked): Promise<ReplayCode> {
  if (operation.dryRun) return (await opened(operation, walked.letter)) ?? 'sent';
  if (!(await isRecorded(operation, walked, 'intent'))) return 'not-recorded';
  const code = (await opened(operation, walked.letter)) ?? (await handedOn(operation, walked));
  // Without this line the intent stays open, which says that the end is not known.
  await isRecorded(operation, walked, code);
  return code;
}

/** Takes a letter that stays, and why; returns that, or `not-recorded`. Never rejects. */
export async function leave(operation: Operation, walked: Walked, code: ReplayCode): Promise<ReplayCode> {
  return operation.dryRun || (await isRecorded(operation, walked, code)) ? code : 'not-recorded';
}

/** Opens the row of the letter's event; returns why it must not be sent, if so. A text without an event of ours has no row. */
async function opened({ ports, id, operator, dryRun }: Operation, letter: Letter): Promise<ReplayCode | undefined> {
  const { event, reason, resend } = letter;
  // A message that SQS moved was never judged: nobody has seen a hold of it that could be released.
  if (event === null || resend.kind !== 'event') return undefined;
  const release = {
    by: operator.claimed || operator.arn === undefined ? `claimed:${operator.name}` : operator.arn,
    at: new Date(ports.clock.now()).toISOString(),
    operationId: id,
  };
  try {
    const row = await reopen(ports, {
      event,
      dryRun,
      ...(isHold(reason) ? { release: { ...release, code: reason } } : {}),
    });
    return row === 'ready' ? undefined : row;
  } catch (error) {
    ports.log.warn('ledger-failed', { messageId: letter.messageId, error: errorCode(error) });
    return 'ledger-failed';
  }
}

/** Hand on, then delete: a crash between leaves the letter, and what is sent twice is settled once. */
async function handedOn({ ports, id }: Operation, { letter, remove }: Walked): Promise<ReplayCode> {
  const { lane, resend, replays, firstSeen, messageId } = letter;
  if (resend.kind === 'none') return resend.code;
  const attributes = {
    replayId: id,
    replays: String(replays + 1),
    firstSeen: new Date(firstSeen).toISOString(),
  };
  let code: ReplayCode = 'not-sent';
  try {
    await ports.lanes.send(lane, resend.body, { attributes });
    code = 'not-removed';
    await remove();
    return 'sent';
  } catch (error) {
    ports.log.warn(code, { messageId, error: errorCode(error) });
    return code;
  }
}

async function isRecorded(operation: Operation, walked: Walked, code: 'intent' | ReplayCode): Promise<boolean> {
  const { ports, settings, requestId } = operation;
  const { letter, message } = walked;
  const delivery = {
    messageId: letter.messageId,
    receiveCount: message.receiveCount,
    lane: letter.lane,
    senderId: '',
    requestId,
    replays: letter.replays,
    sha256: ports.sha256(message.body),
    size: new TextEncoder().encode(message.body).length,
  };
  const entry = entryOf(operation, letter, code);
  try {
    await putOnRecord(ports, { entry, event: letter.event, delivery, settings });
    return true;
  } catch (error) {
    ports.log.error('not-recorded', { messageId: letter.messageId, error: errorCode(error) });
    return false;
  }
}

const entryOf = ({ id, operator }: Operation, letter: Letter, code: 'intent' | ReplayCode): AuditEntry => ({
  phase: 'replay',
  code,
  reason: letter.reason,
  operationId: id,
  operator,
  origin: letter.origin,
  ...(code === 'intent' ? releasesOf(letter) : {}),
  ...targetOf(letter.event),
});

type ReplayEntry = Extract<AuditEntry, { phase: 'replay' }>;

/** What only an approval lets go: without one the letter is refused before. */
function releasesOf({ reason, replays }: Letter): Pick<ReplayEntry, 'releases'> {
  if (isHold(reason)) return { releases: reason };
  return replays >= MAX_REPLAYS ? { releases: 'replay-limit' } : {};
}

/** Whom the event names, as it names them. */
function targetOf(event: Letter['event']): Pick<ReplayEntry, 'target'> {
  if (event === null) return {};
  const plan = planOf(event);
  if (plan.kind === 'key' || plan.kind === 'check') return { target: plan.target };
  return 'subject' in plan && 'principalName' in plan.subject
    ? { target: principalTarget(plan.subject.principalName) }
    : {};
}
