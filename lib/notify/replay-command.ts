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

/** Where operators work. */
export interface OperatorPlace {
  /** Name and region of the deployed stack. Undefined: not known, and commands are for this project's folder. */
  readonly stack?: { readonly name: string; readonly region: string };
  /** URL or path of the runbook. */
  readonly runbook: string;
}

/** `words` for a POSIX shell, with the stack; empty if there are none. */
export function operatorCommand(words: string, { stack }: Pick<OperatorPlace, 'stack'> = {}): string {
  if (words === '') return '';
  return stack === undefined
    ? `npm run -s revoker -- ${words}`
    : `revoker ${words} --stack ${stack.name} --region ${stack.region}`;
}

/** Empty if there is no command. */
export const replayCommand = (reason: Reason, event: EventName, place: Pick<OperatorPlace, 'stack'> = {}): string =>
  operatorCommand(replayArguments(reason, event), place);

/** The arguments of `revoker` that show the dead letters of an event; empty if the id fits into no command. */
export const showArguments = ({ id }: Pick<EventName, 'id'>): string =>
  LABEL.test(id) && !id.startsWith('-') ? `dlq show ${quoteForShell(id)}` : '';

/** The arguments of `revoker`, as `replayCommand`. They select only dead letters of this event and reason. */
export function replayArguments(reason: Reason, { source, id }: EventName): string {
  const option = OPTIONS[reason];
  if (option === undefined || !LABEL.test(source) || !LABEL.test(id)) return '';
  // With `=`, a value that begins with a dash is still a value.
  const filter = `--reason=${reason} --source=${quoteForShell(source)} --event-id=${quoteForShell(id)}`;
  return `dlq replay ${filter}${option}`;
}
