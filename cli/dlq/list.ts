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
import { listDeadLetters } from '../dead-letters.ts';
import { createQueueAdmin } from '../io/queue-admin.ts';
import { readConfigFor } from '../services.ts';
import { byUrgency, NEXT_STEPS, urgencyOf } from './next-step.ts';
import { countInHand, formatDeadLetters, inHandText, targetOf } from './table.ts';

export function configureDlqList(command: Command, runAction: RunAction): void {
  command
    .option('--detail', 'list every dead letter, not only the first 20')
    .addHelpText(
      'after',
      helpText(
        [
          ['dlq list', 'what needs action now comes first, of that leaked keys, then the oldest'],
          ['dlq list --detail', 'every dead letter: `dlq show <id>` shows the rest'],
        ],
        '{"count","inHand","retentionDays","oldestAt"|null,"droppedFrom"|null,\n' +
          '"reasons":[{"reason","urgency":"now|later","count","oldestAt","droppedFrom"}],\n' +
          '"letters"?:[{"messageId","reason","urgency","type","id","source","target","lane","sentAt","firstSeen",\n' +
          '"lastSeen","replays","replayable"}]}; inHand: hidden, because another consumer has them. Times are ' +
          'RFC 3339.',
      ),
    )
    .action(({ detail = false }: { detail?: boolean }) =>
      runAction((context) =>
        withProgressMessage(context, 'reading the dead letters', () => runDlqList(context, { detail })),
      ),
    );
}

/** The dead letters of one reason. `oldest`: epoch ms. */
interface ReasonGroup {
  readonly reason: Reason;
  readonly count: number;
  readonly oldest: number;
}

/** Without --detail. */
const MOST = 20;

/** Resolves with the counts. SQS counts its days from when a message was sent to its first queue. */
async function runDlqList(context: Context, { detail }: { readonly detail: boolean }): Promise<Report> {
  const { terminal, clock, env } = context;
  const { retentionS, visible, hidden } = await createQueueAdmin().state(
    readConfigFor(env, 'deadLetters').deadLetterQueueUrl,
  );
  const deadLetters = (await listDeadLetters(context, { expected: visible })).toSorted(byUrgency);
  const inHand = countInHand({ visible, hidden }, deadLetters.length);
  const groups = groupByReason(deadLetters);
  const facts = { now: clock.now(), retentionMs: retentionS * 1_000 };
  const summary: Line = [
    pluralize(deadLetters.length, 'dead letter'),
    dim(inHand > 0 ? `, and ${inHandText(inHand)}` : ''),
  ];
  const shape = { now: facts.now, width: terminal.columns, most: detail ? deadLetters.length : MOST };
  return {
    json: {
      count: deadLetters.length,
      inHand,
      retentionDays: retentionS / 86_400,
      ...toTimesJson(Math.min(...deadLetters.map(({ sentAt }) => sentAt)), facts),
      reasons: groups.map(({ reason, count, oldest }) => ({
        reason,
        urgency: urgencyOf(reason),
        count,
        ...toTimesJson(oldest, facts),
      })),
      ...(detail ? { letters: deadLetters.map(toDeadLetterJson) } : {}),
    },
    lines: [
      ...(groups.length === 0
        ? []
        : [...groupTables(groups, facts, terminal.columns), [], ...formatDeadLetters(deadLetters, shape), []]),
      summary,
    ],
  };
}

const groupTables = (groups: readonly ReasonGroup[], facts: Facts, width: number): readonly Line[] => [
  ...formatTable({
    header: ['reason', 'count', 'oldest', 'deleted in'],
    rows: groups.map((group) => groupRow(group, facts)),
    width,
    right: [1],
  }),
  [],
  ...formatTable({
    header: ['reason', 'what to do'],
    rows: groups.map(({ reason }) => [reason, NEXT_STEPS[reason][1]]),
    width,
    wrap: true,
  }),
];

/** In the order of the dead letters, which is that of their urgency. */
function groupByReason(deadLetters: readonly StoredDeadLetter[]): readonly ReasonGroup[] {
  const groups = new Map<Reason, ReasonGroup>();
  for (const { reason, sentAt } of deadLetters) {
    const { count = 0, oldest = sentAt } = groups.get(reason) ?? {};
    groups.set(reason, { reason, count: count + 1, oldest: Math.min(oldest, sentAt) });
  }
  return [...groups.values()];
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
    urgencyOf(reason) === 'now' ? { text: reason, color: 'yellow' as const } : reason,
    String(count),
    formatAge(now - oldest),
    left < SOON_MS ? { text: formatAge(left), color: 'red' as const } : formatAge(left),
  ];
}

const toTimesJson = (
  oldest: number,
  { retentionMs }: Facts,
): { readonly oldestAt: Json; readonly droppedFrom: Json } =>
  Number.isFinite(oldest)
    ? { oldestAt: new Date(oldest).toISOString(), droppedFrom: new Date(oldest + retentionMs).toISOString() }
    : { oldestAt: null, droppedFrom: null };

const toDeadLetterJson = (deadLetter: StoredDeadLetter): Json => {
  const { messageId, reason, about, lane, sentAt, firstSeen, lastSeen, replays, resend } = deadLetter;
  return {
    messageId,
    reason,
    urgency: urgencyOf(reason),
    ...about,
    target: targetOf(deadLetter),
    lane,
    sentAt: new Date(sentAt).toISOString(),
    firstSeen: new Date(firstSeen).toISOString(),
    lastSeen: new Date(lastSeen).toISOString(),
    replays,
    replayable: resend.kind !== 'none',
  };
};
