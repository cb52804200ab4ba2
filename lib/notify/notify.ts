/** Lines of the audit log go in, notices go to the bus. Behind the revocations, and of no consequence to them. */
import { readAuditLine } from '../audit/read-line.ts';
import type { Chance, Clock, Log } from '../ports.ts';
import { errorCode } from '../runtime/error-code.ts';
import { quickPauseMs } from '../runtime/retry.ts';
import { type Notice, noticeOf } from './notice.ts';

export interface NotifyServices {
  readonly ports: { readonly clock: Clock; readonly chance: Chance; readonly log: Log; readonly bus: NoticeBus };
}

export interface LogDelivery {
  readonly lines: readonly string[];
  /** Epoch ms: no other try begins later. */
  readonly endsAt: number;
}

/** Notices that the bus has not taken: Lambda invokes again with the same lines, twice. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code = 'notices-not-put';
  constructor(missing: number, all: number) {
    super(`notices-not-put: ${missing} of ${all}`);
  }
}

/** Calls for a notice in one invocation. */
const TRIES = 4;

/**
 * Takes lines of the log, whatever they are; resolves when the bus has every notice that is in them. Rejects with
 * NotifyError (`notices-not-put`) when it has not taken some after four tries, or when time is up; those that it has taken
 * come a second time then, with the same ids.
 */
export async function notify({ ports }: NotifyServices, { lines, endsAt }: LogDelivery): Promise<void> {
  const { clock, chance, log } = ports;
  const notices = noticesIn(ports, lines);
  let missing: readonly Notice[] = notices;
  for (let tried = 1; ; tried += 1) {
    missing = await putAll(ports, missing);
    if (missing.length === 0) break;
    const pauseMs = quickPauseMs(tried, chance.fraction());
    if (tried === TRIES || clock.now() + pauseMs > endsAt) throw new NotifyError(missing.length, notices.length);
    await clock.sleep(pauseMs);
  }
  log.info('notices', { lines: lines.length, put: notices.length });
}

/** A line that cannot be read must not keep the others back: `revoker audit verify` says what is wrong with it. */
function noticesIn({ log }: NotifyServices['ports'], lines: readonly string[]): readonly Notice[] {
  const read = lines.map(readAuditLine);
  const unreadable = read.filter(({ kind }) => kind === 'unreadable').length;
  if (unreadable > 0) log.warn('lines-unreadable', { lines: unreadable });
  return read.flatMap((line) => {
    const notice = line.kind === 'record' ? noticeOf(line.line) : undefined;
    return notice === undefined ? [] : [notice];
  });
}

/** Returns those that the bus did not take. */
async function putAll({ bus, log }: NotifyServices['ports'], notices: readonly Notice[]): Promise<readonly Notice[]> {
  const results = await Promise.allSettled(notices.map((notice) => bus.put(notice)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [errorCode(result.reason)] : []));
  if (errors[0] !== undefined) log.warn('not-put', { notices: errors.length, error: errors[0] });
  return notices.filter((_, index) => results[index]?.status === 'rejected');
}

/** The bus of those who want to be told. */
export interface NoticeBus {
  /** Resolves when the bus has taken the notice; rejects when it has not. */
  put(notice: Notice): Promise<void>;
}
