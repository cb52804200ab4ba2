/**
 * `revoker status`: shows the state of one event in the ledger and the dead-letter queue, and the depth of all
 * queues.
 */
import type { Command } from 'commander';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { EventRow } from '../../lib/ledger/event-row.ts';
import { eventKey, readEvent } from '../../lib/ledger/events.ts';
import type { Json } from '../../lib/model/json.ts';
import { formatAge } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { readDeadLetters } from '../dead-letters.ts';
import { statusCommand } from '../event.ts';
import { createQueueAdmin, type QueueState } from '../io/queue-admin.ts';
import { operatorSource } from '../operator.ts';
import { openLedger, readConfigFor } from '../services.ts';
import { toRowFields, toRowJson } from './ledger-row.ts';

interface StatusOptions {
  readonly source?: string;
  readonly operator?: string;
}

export function configureStatus(command: Command, runAction: RunAction): void {
  command
    .argument('<eventId>')
    .option('--source <source>', "the event's source (absent: that of `revoker revoke`, and dead letters of any)")
    .option('--operator <name>', 'who sent it (the name of the system user)')
    .addHelpText(
      'after',
      helpText(
        [
          ['status 2f1c7f5e-8f0b-4b0e-9d0a-6f4f3c1f2a11', 'an event that `revoker revoke` has sent'],
          ['status leaver-7 --source //hr.example/acme', 'any other: source and id together name it'],
        ],
        '{"eventId","source","ledger":{"state","principals","fence","late","leaseUntil","dueAt"?,"approval"?}|null,\n' +
          '"deadLetters":[{"messageId","source","reason","detail","lastSeen"}],' +
          '"queues":{"urgent":{"visible","hidden","delayed"},"bulk":…,"deadLetters":…}}',
      ),
    )
    .action((eventId: string, options: StatusOptions) =>
      runAction((context) =>
        withProgressMessage(context, 'reading ledger, queues and dead letters', () =>
          status(context, eventId, options),
        ),
      ),
    );
}

/** What is known of an event at one moment. */
interface EventState {
  readonly id: string;
  readonly source: string;
  /** Undefined for a leaked key, unless a hold of it was approved. */
  readonly row: EventRow | undefined;
  readonly deadLetters: readonly StoredDeadLetter[];
  readonly queues: Readonly<Record<'urgent' | 'bulk' | 'deadLetters', QueueState>>;
}

export async function status(context: Context, id: string, options: StatusOptions): Promise<Report> {
  const state = await readState(context, id, options);
  return { json: toJson(state), lines: toLines(state, context) };
}

async function readState(
  context: Context,
  id: string,
  { source: given, operator }: StatusOptions,
): Promise<EventState> {
  const { env, clock } = context;
  const source = given ?? operatorSource(operator);
  const { urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl } = readConfigFor(env, 'lanes', 'deadLetters', 'ledger');
  const ports = { table: openLedger(env).table, sha256, clock };
  const row = (await readEvent(ports, eventKey(ports, { source, id })))?.row;
  const admin = createQueueAdmin();
  const [urgent, bulk, deadLetterQueue] = await Promise.all([
    admin.state(urgentQueueUrl),
    admin.state(bulkQueueUrl),
    admin.state(deadLetterQueueUrl),
  ]);
  const deadLetters: StoredDeadLetter[] = [];
  for await (const { deadLetter } of readDeadLetters(context)) {
    // Several senders may use the same event id, so without --source the dead letters of all sources are shown.
    if (deadLetter.about.id !== id) continue;
    if (given === undefined || deadLetter.about.source === source) deadLetters.push(deadLetter);
  }
  return { id, source, row, deadLetters, queues: { urgent, bulk, deadLetters: deadLetterQueue } };
}

const toJson = ({ id, source, row, deadLetters, queues }: EventState): Json => ({
  eventId: id,
  source,
  ledger: row === undefined ? null : toRowJson(row),
  deadLetters: deadLetters.map(({ messageId, about, reason, detail, lastSeen }) => ({
    messageId,
    source: about.source,
    reason,
    detail,
    lastSeen: new Date(lastSeen).toISOString(),
  })),
  queues: {
    urgent: toCountsJson(queues.urgent),
    bulk: toCountsJson(queues.bulk),
    deadLetters: toCountsJson(queues.deadLetters),
  },
});

const toCountsJson = ({ visible, hidden, delayed }: QueueState): Json => ({ visible, hidden, delayed });

const NO_ROW = '  no row: unknown by this source and id, not taken up yet, or about a key, which needs none';

function toLines({ id, source, row, deadLetters, queues }: EventState, { clock, terminal }: Context): readonly Line[] {
  const now = clock.now();
  return [
    ...formatFields([
      ['event', id],
      ['source', source],
    ]),
    [],
    [bold('Ledger')],
    ...(row === undefined ? [[dim(NO_ROW)]] : toRowFields(row, now)),
    [],
    [bold('Dead letters')],
    ...(deadLetters.length === 0 ? [[dim('  none about this event')]] : []),
    ...deadLetters.flatMap((deadLetter) => deadLetterLines(deadLetter, now)),
    ...otherSourceLines(deadLetters, { id, source }),
    [],
    ...formatTable({
      header: ['queue', 'visible', 'hidden', 'delayed'],
      rows: [
        queueRow('urgent', queues.urgent),
        queueRow('bulk', queues.bulk),
        queueRow('dead letters', queues.deadLetters),
      ],
      width: terminal.columns,
      right: [1, 2, 3],
    }),
  ];
}

const queueRow = (name: string, { visible, hidden, delayed }: QueueState): readonly string[] => [
  name,
  ...[visible, hidden, delayed].map(String),
];

const deadLetterLines = (
  { messageId, about, reason, detail, lastSeen }: StoredDeadLetter,
  now: number,
): readonly Line[] => [
  ['  ', { text: reason, color: 'yellow' }, `, ${formatAge(now - lastSeen)} old: ${detail}`],
  [`  source ${about.source || 'unknown'}`],
  [dim(`  next: revoker dlq show ${messageId}`)],
];

/** The commands that show events of the same id from other sources. */
function otherSourceLines(
  deadLetters: readonly StoredDeadLetter[],
  { id, source }: { readonly id: string; readonly source: string },
): readonly Line[] {
  const others = [...new Set(deadLetters.map(({ about }) => about.source))].filter(
    (each) => each !== '' && each !== source,
  );
  return others.map((each): Line => [`next: ${statusCommand({ id, source: each })}`]);
}
