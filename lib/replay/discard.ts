/**
 * Discards dead letters that an operator has decided against: an audit record with the reason, then the deletion, then
 * its result. The ledger row stays: the event counts as settled, and a repeat of it stays a duplicate or a hold.
 */
import type { DiscardEntry } from '../audit/entry.ts';
import { writeAuditRecord, writeCheckpoint } from '../audit/write.ts';
import { DeadLettersUnavailable, iterateDeadLetters, type QueuedDeadLetter } from '../dead-letters/iterate.ts';
import type { StoredDeadLetter } from '../dead-letters/read.ts';
import type { Operator } from '../model/replay-codes.ts';
import { errorCode } from '../runtime/error-code.ts';
import { auditedDelivery, auditTargetOf } from './redrive.ts';
import type { ReplayServices } from './replay.ts';

/** `not-recorded`, `not-removed`: the dead letter is still there. */
export type DiscardCode = 'discarded' | 'not-removed' | 'not-recorded';

export interface DiscardServices {
  readonly ports: Omit<ReplayServices['ports'], 'lanes' | 'table'>;
  readonly settings: ReplayServices['settings'];
}

export interface DiscardRequest {
  readonly operator: Operator;
  /** Text of the operator, up to 200 characters. */
  readonly why: string;
  readonly isMeant: (deadLetter: StoredDeadLetter) => boolean;
  /** Ends the run between two dead letters. */
  readonly signal?: AbortSignal;
}

export interface DiscardReport {
  readonly operationId: string;
  readonly results: readonly { readonly messageId: string; readonly code: DiscardCode }[];
  /** False: the dead-letter queue could not be read any further, or the signal ended the run. */
  readonly complete: boolean;
}

/** Dead letters that other consumers have are not touched. Rejects only as `isMeant` does. */
export async function discard(services: DiscardServices, request: DiscardRequest): Promise<DiscardReport> {
  const { chance, log } = services.ports;
  const operationId = chance.id();
  const results: DiscardReport['results'][number][] = [];
  let complete = true;
  const halt = (): boolean => request.signal?.aborted ?? false;
  try {
    for await (const queued of iterateDeadLetters(services.ports, { halt })) {
      if (!request.isMeant(queued.deadLetter)) continue;
      const code = await discardOne(services, queued, { ...request, operationId });
      results.push({ messageId: queued.deadLetter.messageId, code });
    }
  } catch (error) {
    if (!(error instanceof DeadLettersUnavailable)) throw error;
    log.error(error.code);
    complete = false;
  }
  await writeCheckpoint(services, operationId);
  return { operationId, results, complete: complete && !halt() };
}

type Operation = Pick<DiscardRequest, 'operator' | 'why'> & { readonly operationId: string };

async function discardOne(
  services: DiscardServices,
  queued: QueuedDeadLetter,
  operation: Operation,
): Promise<DiscardCode> {
  if (!(await tryRecord(services, queued, { ...operation, code: 'intent' }))) return 'not-recorded';
  const code = await queued.remove().then(
    () => 'discarded' as const,
    () => 'not-removed' as const,
  );
  // Without this record the intent stays open: the result is unknown.
  await tryRecord(services, queued, { ...operation, code });
  return code;
}

async function tryRecord(
  { ports, settings }: DiscardServices,
  { deadLetter, message }: QueuedDeadLetter,
  step: Operation & Pick<DiscardEntry, 'code'>,
): Promise<boolean> {
  const { reason, origin, event, messageId } = deadLetter;
  const entry: DiscardEntry = { phase: 'discard', reason, origin, ...step, ...auditTargetOf(event) };
  const delivery = auditedDelivery(ports, { deadLetter, message, requestId: step.operationId });
  try {
    await writeAuditRecord(ports, { entry, event, delivery, settings });
    return true;
  } catch (error) {
    ports.log.error('not-recorded', { messageId, error: errorCode(error) });
    return false;
  }
}
