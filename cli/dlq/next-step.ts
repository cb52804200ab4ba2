/** What to do about a dead letter, by reason code: how soon, what, and the commands. RUNBOOK.md has the details. */
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { V } from '../../lib/io/config/variables.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import { replayArguments } from '../../lib/notify/replay-command.ts';
import type { Context } from '../context.ts';
import { commandLine } from '../shell.ts';

/** `now`: access may still be live, and nothing revokes it unless an operator acts. */
export type Urgency = 'now' | 'later';

export const NEXT_STEPS: Readonly<Record<Reason, readonly [Urgency, step: string]>> = {
  unreadable: ['now', 'find the sender: its message cannot be read; act on the ids in it'],
  'unknown-type': ['later', 'tell the sender: no function supports this type; or upgrade'],
  'unknown-version': ['later', 'upgrade the functions, then replay'],
  invalid: ['later', 'tell the sender which field is wrong; it must send again'],
  oversize: ['now', 'nothing of it acted: revoke what it reports; tell the sender to send less at once'],
  'secret-like-target': ['now', 'revoke that key by its id; tell the sender never to send secrets'],
  unmappable: ['now', 'import the identity (`identity import`), then replay'],
  unresolved: ['now', 'look the alert up at its provider, and `revoke --key`'],
  'console-only': ['now', 'revoke the API token in the console by hand'],
  'api-rejected': ['now', 'compare the target with the API (`keys`), then replay'],
  'retries-exhausted': ['now', 'find out what failed for so long (`doctor`), then replay'],
  unconfirmed: ['now', 'still live: check it (`keys`), ask CoreWeave, then replay'],
  'replay-limit': ['now', 'it has failed five times: find the cause before you approve it'],
  crashed: ['now', 'find out what terminates the function, then replay with --reason crashed'],
  'held-protected': ['now', 'ask the owner; then approve or discard, or take it off PROTECTED'],
  'held-limit': ['now', 'check that so many are meant; then approve or discard'],
  'held-stale': ['now', 'check that it is still meant; then approve or discard'],
  'held-superseded': ['now', 'check whether the person was reinstated; then approve or discard'],
  'held-low-confidence': ['now', 'check that the key has leaked, or the user left; then approve or discard'],
  'held-near-match': ['now', 'check that both names are one person; then approve or discard'],
  'held-unknown-sender': ['now', 'check who sent it (SENDERS); then approve or discard'],
  'held-authority': ['now', 'check which authority is right; approve to take the other back, or discard'],
  'held-dry-run': ['later', 'kept by DRY_RUN_KEEP: approve once MODE is enforce'],
  'held-conflict': ['now', 'two events with one id: find out which is meant; then approve or discard'],
};

export const urgencyOf = (reason: Reason): Urgency => NEXT_STEPS[reason][0];

type Ranked = Pick<StoredDeadLetter, 'reason' | 'lane' | 'firstSeen'>;

/** What needs a hand now comes first, of that what came by the urgent queue (leaked keys), then the oldest. */
export const byUrgency = (one: Ranked, other: Ranked): number =>
  rankOf(one) - rankOf(other) || one.firstSeen - other.firstSeen;

const rankOf = ({ reason, lane }: Ranked): number => (urgencyOf(reason) === 'later' ? 2 : lane === 'urgent' ? 0 : 1);

export interface NextStep {
  readonly what: string;
  /** To be pasted as they are, in the order in which they are best tried. */
  readonly commands: readonly string[];
  readonly runbook: string;
}

/** A replay is only among the commands if it can help. */
export function nextStepOf(context: Pick<Context, 'optionWords' | 'env'>, deadLetter: StoredDeadLetter): NextStep {
  const { reason, about, messageId, resend } = deadLetter;
  const replay = resend.kind === 'none' ? '' : replayArguments(reason, about);
  return {
    what: NEXT_STEPS[reason][1],
    commands: [...(replay === '' ? [] : [replay]), `dlq discard ${messageId} --reason '<why>'`].map((words) =>
      commandLine(context, words),
    ),
    runbook: `${context.env[V.runbookUrl.name] || V.runbookUrl.fallback}#${reason}`,
  };
}
