/** The command line that sends a dead letter round again, for a person to look at and paste. Pure. */
import type { Reason } from '../model/reasons.ts';

const AGAIN = '';
const APPROVE = ' --approve';

/** How a letter of each reason is sent again, once a person has looked. Undefined: a replay does not help (RUNBOOK). */
const REPLAYS: Readonly<Record<Reason, typeof AGAIN | typeof APPROVE | undefined>> = {
  unreadable: undefined,
  'unknown-type': undefined,
  'unknown-version': AGAIN,
  invalid: undefined,
  oversize: undefined,
  'secret-like-target': undefined,
  unmappable: AGAIN,
  unresolved: AGAIN,
  'console-only': undefined,
  'api-rejected': AGAIN,
  'retries-exhausted': AGAIN,
  unconfirmed: AGAIN,
  'replay-limit': APPROVE,
  crashed: undefined,
  'held-protected': APPROVE,
  'held-limit': APPROVE,
  'held-stale': APPROVE,
  'held-superseded': APPROVE,
  'held-low-confidence': APPROVE,
  'held-dry-run': APPROVE,
  'held-conflict': undefined,
};

/** What an event may be called: `label` of events/fields.ts. Nothing else is put into a command. */
const LABEL = /^[\x20-\x7e]{1,512}$/;

/** One word of a POSIX shell: within single quotes nothing but their end has a meaning. (POSIX.1-2024, XCU 2.2.2) */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Takes the reason of a letter and what its event calls itself, which is the sender's choice; returns the command, for a
 * POSIX shell in the folder of this product, or an empty text when there is none. It means that event and reason alone.
 */
export function releaseCommand(
  reason: Reason,
  { source, id }: { readonly source: string; readonly id: string },
): string {
  const approval = REPLAYS[reason];
  if (approval === undefined || !LABEL.test(source) || !LABEL.test(id)) return '';
  // With `=`, a value that begins with a dash is still a value.
  const filter = `--reason=${reason} --source=${quoteForShell(source)} --event-id=${quoteForShell(id)}`;
  return `npm run -s revoker -- dlq replay ${filter}${approval}`;
}
