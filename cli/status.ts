/** `revoker status`: where one event stands, and how much waits beside it. */
import type { Command } from 'commander';
import type { Letter } from '../lib/dead-letters/read.ts';
import { sha256 } from '../lib/io/node.ts';
import { eventKey, readEvent } from '../lib/ledger/ledger.ts';
import type { Json } from '../lib/model/json.ts';
import { formatAge } from '../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../terminal/lines.ts';
import { withProgressMessage } from '../terminal/progress.ts';
import { toShellWord } from '../terminal/shell.ts';
import { formatTable } from '../terminal/table.ts';
import { type Act, type Context, helpEnd, type Report } from './context.ts';
import { lettersIn } from './dlq/read-queue.ts';
import { createQueueDesk, type QueueState } from './io/queue-admin.ts';
import { rowFields, rowJson } from './ledger-row.ts';
import { defaultSource } from './revoke/revoke.ts';
import { configFor, ledgerOf } from './services.ts';

interface StatusOptions {
  readonly source?: string;
  readonly operator?: string;
}

export function addStatus(parent: Command, act: Act): void {
  parent
    .command('status <eventId>')
    .option('--source <source>', "the event's source (absent: that of `revoker revoke`, and dead letters of any)")
    .option('--operator <name>', 'who sent it (the name of the system user)')
    .description('show where an event stands: ledger, queues, dead letters')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['status 2f1c7f5e-8f0b-4b0e-9d0a-6f4f3c1f2a11', 'an event that `revoker revoke` has sent'],
          ['status leaver-7 --source //hr.example/acme', 'any other: source and id together name it'],
        ],
        '{"eventId","source","ledger":{"state","principals","fence","late","leaseUntil","dueAt"?,"approval"?}|null,\n' +
          '"deadLetters":[{"messageId","source","reason","detail","lastSeen"}],"queues":{"urgent":{"visible","hidden","delayed"},"bulk":…,"deadLetters":…}}',
      ),
    )
    .action((eventId: string, options: StatusOptions) =>
      act((context) =>
        withProgressMessage(context, 'reading ledger, queues and dead letters', () =>
          status(context, eventId, options),
        ),
      ),
    );
}

/** Takes an event's id; returns what is known of it. A leaked key has a row in the ledger only once a hold of it was approved. */
export async function status(
  context: Context,
  id: string,
  { source: given, operator }: StatusOptions,
): Promise<Report> {
  const { env, clock, terminal } = context;
  const source = given ?? defaultSource(operator);
  const { urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl } = configFor(env, 'lanes', 'deadLetters', 'ledger');
  const { table: rows } = ledgerOf(env);
  const ports = { table: rows, sha256, clock };
  const row = (await readEvent(ports, eventKey(ports, { source, id })))?.row;
  const desk = createQueueDesk();
  const [urgent, bulk, deadLetters] = await Promise.all(
    [urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl].map((url) => desk.state(url)),
  );
  const letters: Letter[] = [];
  for await (const { letter } of lettersIn(context)) {
    // An id alone may be that of several senders' events: whoever named no source sees the letters of all.
    if (letter.about.id === id && (given === undefined || letter.about.source === source)) letters.push(letter);
  }
  const now = clock.now();
  return {
    json: {
      eventId: id,
      source,
      ledger: row === undefined ? null : rowJson(row),
      deadLetters: letters.map(({ messageId, about, reason, detail, lastSeen }) => ({
        messageId,
        source: about.source,
        reason,
        detail,
        lastSeen: new Date(lastSeen).toISOString(),
      })),
      queues: { urgent: countsOf(urgent), bulk: countsOf(bulk), deadLetters: countsOf(deadLetters) },
    },
    lines: [
      ...formatFields([
        ['event', id],
        ['source', source],
      ]),
      [],
      [bold('Ledger')],
      ...(row === undefined
        ? [[dim('  no row: unknown by this source and id, not taken up yet, or about a key, which needs none')]]
        : rowFields(row, now)),
      [],
      [bold('Dead letters')],
      ...(letters.length === 0
        ? [[dim('  none about this event')]]
        : letters.flatMap((letter) => letterLines(letter, now))),
      ...othersLines(letters, { id, source }),
      [],
      ...formatTable({
        header: ['queue', 'visible', 'hidden', 'delayed'],
        rows: (
          [
            ['urgent', urgent],
            ['bulk', bulk],
            ['dead letters', deadLetters],
          ] as const
        ).map(([name, state]) => [
          name,
          ...[state?.visible, state?.hidden, state?.delayed].map((count) => String(count ?? '')),
        ]),
        width: terminal.columns,
        right: [1, 2, 3],
      }),
    ],
  };
}

const countsOf = (state: QueueState | undefined): Json =>
  state === undefined ? null : { visible: state.visible, hidden: state.hidden, delayed: state.delayed };

const letterLines = ({ messageId, about, reason, detail, lastSeen }: Letter, now: number): readonly Line[] => [
  ['  ', { text: reason, color: 'yellow' }, `, ${formatAge(now - lastSeen)} old: ${detail}`],
  [`  source ${about.source || 'unknown'}`],
  [dim(`  next: revoker dlq show ${messageId}`)],
];

/** Takes the letters that were found and the event that was asked about; returns how to ask about those of other sources. */
function othersLines(
  letters: readonly Letter[],
  { id, source }: { readonly id: string; readonly source: string },
): readonly Line[] {
  const others = [...new Set(letters.map(({ about }) => about.source))].filter(
    (each) => each !== '' && each !== source,
  );
  return others.map((each): Line => [`next: revoker status ${toShellWord(id)} --source ${toShellWord(each)}`]);
}
