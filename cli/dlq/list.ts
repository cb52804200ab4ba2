/** `revoker dlq list`: counts the dead letters by reason, with their ages and expiry. */
import type { Command } from 'commander';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import type { Json } from '../../lib/model/json.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import { formatAge, pluralize } from '../../terminal/format.ts';
import { dim, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { readDeadLetters } from '../dead-letters.ts';
import { createQueueAdmin } from '../io/queue-admin.ts';
import { readConfigFor } from '../services.ts';
import { NEXT_STEPS } from './next-step.ts';

export function configureDlqList(command: Command, runAction: RunAction): void {
  command
    .option('--detail', 'list every letter too')
    .addHelpText(
      'after',
      helpText(
        [
          ['dlq list', 'reasons, ages, and when SQS drops the oldest'],
          ['dlq list --detail', 'each letter: `dlq show <letter>` shows the rest'],
        ],
        '{"count","inHand","retentionDays","oldestAt"|null,"droppedFrom"|null,\n' +
          '"reasons":[{"reason","count","oldestAt","droppedFrom"}],"letters"?:[{"messageId","reason","type","id",' +
          '"source","lane","sentAt",\n' +
          '"lastSeen","replays","replayable"}]}; inHand: hidden, since somebody else has them in hand. Times are ' +
          'RFC 3339.',
      ),
    )
    .action(({ detail = false }: { detail?: boolean }) =>
      runAction((context) =>
        withProgressMessage(context, 'reading the dead letters', () => listDeadLetters(context, { detail })),
      ),
    );
}

/** The dead letters of one reason. `oldest`: epoch ms. */
interface ReasonGroup {
  readonly reason: Reason;
  readonly count: number;
  readonly oldest: number;
}

/** Resolves with the counts. SQS counts its days from when a message was sent to its first queue. */
export async function listDeadLetters(context: Context, { detail }: { readonly detail: boolean }): Promise<Report> {
  const { terminal, clock, env } = context;
  const { retentionS, visible, hidden } = await createQueueAdmin().state(
    readConfigFor(env, 'deadLetters').deadLetterQueueUrl,
  );
  const deadLetters: StoredDeadLetter[] = [];
  for await (const { deadLetter } of readDeadLetters(context)) deadLetters.push(deadLetter);
  // A message that was hidden at the start may have become visible since.
  const inHand = Math.max(0, visible + hidden - deadLetters.length);
  const groups = groupByReason(deadLetters);
  const now = clock.now();
  const facts = { now, retentionMs: retentionS * 1_000 };
  const rows = groups.map((group) => groupRow(group, facts));
  const header = ['reason', 'letters', 'oldest', 'dropped in', 'what to do'];
  const summary: Line = [
    pluralize(deadLetters.length, 'dead letter'),
    dim(inHand > 0 ? `, and about ${inHand} in hand elsewhere` : ''),
  ];
  return {
    json: {
      count: deadLetters.length,
      inHand,
      retentionDays: retentionS / 86_400,
      ...toTimesJson(Math.min(...deadLetters.map(({ sentAt }) => sentAt)), facts),
      reasons: groups.map(({ reason, count, oldest }) => ({ reason, count, ...toTimesJson(oldest, facts) })),
      ...(detail ? { letters: deadLetters.map(toDeadLetterJson) } : {}),
    },
    lines: [
      ...(rows.length === 0
        ? []
        : [...formatTable({ header, rows, width: terminal.columns, right: [1], wrap: true }), []]),
      ...(detail && deadLetters.length > 0
        ? [...deadLetterTable(deadLetters, { now, width: terminal.columns }), []]
        : []),
      summary,
    ],
  };
}

function groupByReason(deadLetters: readonly StoredDeadLetter[]): readonly ReasonGroup[] {
  const groups = new Map<Reason, ReasonGroup>();
  for (const { reason, sentAt } of deadLetters) {
    const { count = 0, oldest = sentAt } = groups.get(reason) ?? {};
    groups.set(reason, { reason, count: count + 1, oldest: Math.min(oldest, sentAt) });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}

interface Facts {
  readonly now: number;
  readonly retentionMs: number;
}

/** Dead letters that expire sooner are shown in red. */
const SOON_MS = 3 * 86_400_000;

function groupRow({ reason, count, oldest }: ReasonGroup, { now, retentionMs }: Facts) {
  const left = oldest + retentionMs - now;
  return [
    { text: reason, color: 'yellow' as const },
    String(count),
    formatAge(now - oldest),
    left < SOON_MS ? { text: formatAge(left), color: 'red' as const } : formatAge(left),
    NEXT_STEPS[reason],
  ];
}

const toTimesJson = (
  oldest: number,
  { retentionMs }: Facts,
): { readonly oldestAt: Json; readonly droppedFrom: Json } =>
  Number.isFinite(oldest)
    ? { oldestAt: new Date(oldest).toISOString(), droppedFrom: new Date(oldest + retentionMs).toISOString() }
    : { oldestAt: null, droppedFrom: null };

const deadLetterTable = (
  deadLetters: readonly StoredDeadLetter[],
  { now, width }: { readonly now: number; readonly width: number },
) =>
  formatTable({
    header: ['letter', 'reason', 'type', 'event', 'source', 'age', 'replays'],
    rows: deadLetters.map(({ messageId, reason, about, lastSeen, replays }) => [
      messageId,
      reason,
      about.type || '-',
      about.id || '-',
      about.source || '-',
      formatAge(now - lastSeen),
      String(replays),
    ]),
    width,
    flexible: 4,
    right: [6],
  });

const toDeadLetterJson = ({
  messageId,
  reason,
  about,
  lane,
  sentAt,
  lastSeen,
  replays,
  resend,
}: StoredDeadLetter): Json => ({
  messageId,
  reason,
  ...about,
  lane,
  sentAt: new Date(sentAt).toISOString(),
  lastSeen: new Date(lastSeen).toISOString(),
  replays,
  replayable: resend.kind !== 'none',
});
