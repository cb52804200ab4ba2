/** The command line that replays a dead letter, for an operator to check and paste. */
import type { Reason } from '../model/reasons.ts';

const RETRY = '';
const APPROVE = ' --approve';

/** The option with which a dead letter of each reason is replayed. Undefined: a replay does not help (RUNBOOK). */
const OPTIONS: Readonly<Record<Reason, typeof RETRY | typeof APPROVE | undefined>> = {
  unreadable: undefined,
  'unknown-type': undefined,
  'unknown-version': RETRY,
  invalid: undefined,
  oversize: undefined,
  'secret-like-target': undefined,
  unmappable: RETRY,
  unresolved: RETRY,
  'console-only': undefined,
  'api-rejected': RETRY,
  'retries-exhausted': RETRY,
  unconfirmed: RETRY,
  'replay-limit': APPROVE,
  crashed: undefined,
  'held-protected': APPROVE,
  'held-limit': APPROVE,
  'held-stale': APPROVE,
  'held-superseded': APPROVE,
  'held-low-confidence': APPROVE,
  'held-near-match': APPROVE,
  'held-dry-run': APPROVE,
  'held-unknown-sender': APPROVE,
  'held-authority': APPROVE,
  'held-conflict': APPROVE,
};

/** What a source or event id may be: `label` of events/fields.ts. Nothing else is put into a command. */
const LABEL = /^[\x20-\x7e]{1,512}$/;

/** Within single quotes a POSIX shell interprets only the closing quote. (POSIX.1-2024, XCU 2.2.2) */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Whether sending such a dead letter again can change anything, at least once its cause is fixed. */
export const replayHelps = (reason: Reason): boolean => OPTIONS[reason] !== undefined;

interface EventName {
  /** Both are chosen by the sender. */
  readonly source: string;
  readonly id: string;
}

/** For a POSIX shell in this project's folder; empty if there is no command. */
export function replayCommand(reason: Reason, event: EventName): string {
  const words = replayArguments(reason, event);
  return words === '' ? '' : `npm run -s revoker -- ${words}`;
}

/** The arguments of `revoker`, as `replayCommand`. They select only dead letters of this event and reason. */
export function replayArguments(reason: Reason, { source, id }: EventName): string {
  const option = OPTIONS[reason];
  if (option === undefined || !LABEL.test(source) || !LABEL.test(id)) return '';
  // With `=`, a value that begins with a dash is still a value.
  const filter = `--reason=${reason} --source=${quoteForShell(source)} --event-id=${quoteForShell(id)}`;
  return `dlq replay ${filter}${option}`;
}
