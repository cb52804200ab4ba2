/** Reads lines of the audit log and puts notices on the bus, apart from the revocations, which it cannot delay. */
import { readAuditLine } from '../audit/read-line.ts';
import type { Chance, Clock, Log } from '../ports.ts';
import { errorCode } from '../runtime/error-code.ts';
import { quickPauseMs } from '../runtime/retry.ts';
import { type Notice, noticeOf } from './notice.ts';
import type { OperatorPlace } from './replay-command.ts';

export interface NotifyServices {
  readonly ports: { readonly clock: Clock; readonly chance: Chance; readonly log: Log; readonly bus: NoticeBus };
  /** For the commands and links of notices. */
  readonly place?: OperatorPlace;
}

export interface LogDelivery {
  readonly lines: readonly string[];
  /** Epoch ms: no attempt starts later. */
  readonly endsAt: number;
}

/** Thrown if the bus did not accept all notices: Lambda retries the invocation twice with the same lines. */
class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code = 'notices-not-put';
  constructor(missing: number, all: number) {
    super(`notices-not-put: ${missing} of ${all}`);
  }
}

/** For each notice in one invocation. */
const MAX_ATTEMPTS = 4;

/**
 * Resolves once the bus has accepted the notice of every line that makes one. Rejects with NotifyError
 * (`notices-not-put`) if some are missing after four attempts or at `endsAt`; Lambda's retry then repeats the accepted
 * ones under the same ids.
 */
export async function notify({ ports, place }: NotifyServices, { lines, endsAt }: LogDelivery): Promise<void> {
  const { clock, chance, log } = ports;
  const notices = noticesIn(ports, lines, place);
  let missing: readonly Notice[] = notices;
  for (let attempt = 1; ; attempt += 1) {
    missing = await putAll(ports, missing);
    if (missing.length === 0) break;
    const pauseMs = quickPauseMs(attempt, chance.fraction());
    if (attempt === MAX_ATTEMPTS || clock.now() + pauseMs > endsAt)
      throw new NotifyError(missing.length, notices.length);
    await clock.sleep(pauseMs);
  }
  log.info('notices', { lines: lines.length, put: notices.length });
}

/** An unreadable line does not block the others; `revoker audit verify` reports what is wrong with it. */
function noticesIn(
  { log }: NotifyServices['ports'],
  lines: readonly string[],
  place: OperatorPlace | undefined,
): readonly Notice[] {
  const read = lines.map(readAuditLine);
  const unreadable = read.filter(({ kind }) => kind === 'unreadable').length;
  if (unreadable > 0) log.warn('lines-unreadable', { lines: unreadable });
  return read.flatMap((line) => {
    const notice = line.kind === 'record' ? noticeOf(line.line, place) : undefined;
    return notice === undefined ? [] : [notice];
  });
}

/** Returns the notices that the bus did not accept. */
async function putAll({ bus, log }: NotifyServices['ports'], notices: readonly Notice[]): Promise<readonly Notice[]> {
  const results = await Promise.allSettled(notices.map((notice) => bus.put(notice)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [errorCode(result.reason)] : []));
  if (errors[0] !== undefined) log.warn('not-put', { notices: errors.length, error: errors[0] });
  // Stryker disable next-line OptionalChaining: each notice has a result
  return notices.filter((_, index) => results[index]?.status === 'rejected');
}

export interface NoticeBus {
  /** Resolves once the bus has accepted the notice; rejects if it has not. */
  put(notice: Notice): Promise<void>;
}
