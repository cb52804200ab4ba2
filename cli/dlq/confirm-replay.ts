/** The questions of `revoker dlq replay`, and what an approval needs besides. */
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { targetNames } from '../../lib/dead-letters/targets.ts';
import { isHoldReason, type Reason } from '../../lib/model/reasons.ts';
import type { ReplayRequest } from '../../lib/replay/replay.ts';
import type { ReplayReport } from '../../lib/replay/rules.ts';
import { formatDuration, pluralize } from '../../terminal/format.ts';
import { type Context, confirm } from '../context.ts';
import type { ListedDeadLetter } from '../dead-letters.ts';
import { CliError } from '../failure.ts';
import { protectedBy } from './decision.ts';

export interface Preview {
  readonly would: ReplayReport;
  /** The dead letters that would be sent, or approved for a second person. */
  readonly shown: readonly ListedDeadLetter[];
  /** The report about all others. */
  readonly rest: ReplayReport;
  /** The reasons of those that match, but that a replay cannot help. */
  readonly withheld: readonly Reason[];
  /** Hidden, because another consumer has received them: the preview could not see them. */
  readonly inHand: number;
}

/** Throws CliError as `confirm`. */
export async function confirmReplay(
  context: Context,
  { would, shown }: Pick<Preview, 'would' | 'shown'>,
  request: ReplayRequest,
): Promise<void> {
  const { replayed: sent } = would.results;
  const waiting = shown.length - sent;
  const approved = request.approve ? countHolds(shown) : 0;
  const word = approved > 0 ? { word: 'approve' } : {};
  await confirm(context, confirmationQuestion({ sent, waiting, approved }, request), { yes: false, ...word });
}

/**
 * The targets of protected ones are typed one by one, also with --yes. Throws CliError as `confirm`, and
 * `two-bodies` if the approval would cover two bodies of one event.
 */
export async function confirmApproval(context: Context, { shown }: Pick<Preview, 'shown'>): Promise<void> {
  requireOneBody(shown);
  const protectedOnes = shown.filter(({ reason }) => reason === 'held-protected');
  const instead = 'run it at a terminal: the target of a protected event is typed in full';
  const names = protectedOnes.flatMap((each) =>
    (targetNames(each) ?? []).map((name) => [name, protectedBy(context, each).join('; ')] as const),
  );
  for (const [name, by] of new Map(names)) {
    const question = `${name} is protected${by === '' ? '' : ` by ${by}`}.`;
    await confirm(context, question, { yes: false, word: name, instead });
  }
}

function requireOneBody(shown: readonly StoredDeadLetter[]): void {
  const holds = shown.filter(({ reason }) => isHoldReason(reason));
  for (const group of Map.groupBy(holds, ({ about }) => JSON.stringify([about.source, about.id])).values()) {
    if (new Set(group.map(({ event }) => JSON.stringify(event))).size < 2) continue;
    throw new CliError({
      code: 'two-bodies',
      message: `event ${group[0]?.about.id} came with different bodies, and only one can be approved`,
      next: `name one: ${group.map(({ messageId }) => `--message-id ${messageId}`).join(', or ')}`,
    });
  }
}

const countHolds = (deadLetters: readonly StoredDeadLetter[]): number =>
  deadLetters.filter(({ reason }) => isHoldReason(reason)).length;

interface Counts {
  readonly sent: number;
  /** For the approval of a second person. */
  readonly waiting: number;
  readonly approved: number;
}

function confirmationQuestion({ sent, waiting, approved }: Counts, request: ReplayRequest): string {
  const { operator, ratePerSecond } = request;
  const name = operator.arn ?? operator.name;
  if (sent === 0) return `Approve ${pluralize(waiting, 'hold')} as ${name}? A second person must approve too.`;
  const pace =
    ratePerSecond === undefined
      ? ''
      : `, ${ratePerSecond} a second: about ${formatDuration(((sent - 1) / ratePerSecond) * 1_000)}`;
  const approval = approved > 0 ? ` You approve ${pluralize(approved, 'hold')} as ${name}.` : '';
  const rest = waiting > 0 ? ` A second person must approve ${waiting} too.` : '';
  return `Send ${pluralize(sent, 'event')} again${pace}?${approval}${rest}`;
}
