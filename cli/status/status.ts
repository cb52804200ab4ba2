/**
 * `revoker status`: shows what became of an event, a key or a principal: timeline, ledger, dead letters, and the depth
 * of all queues.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { principalName } from '../../events/ids.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { EventRow } from '../../lib/ledger/event-row.ts';
import { eventKey, readEvent } from '../../lib/ledger/events.ts';
import { readStatements, type Statement } from '../../lib/ledger/statements.ts';
import type { Json } from '../../lib/model/json.ts';
import { namedTarget, planOf, targetName } from '../../lib/model/plan.ts';
import { formatAge } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { parseAge } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { listDeadLetters } from '../dead-letters.ts';
import { statusCommand } from '../event.ts';
import { createQueueAdmin, type QueueState } from '../io/queue-admin.ts';
import { operatorSource } from '../operator.ts';
import { openLedger, readConfigFor } from '../services.ts';
import { commandLine } from '../shell.ts';
import { type EventName, type NamedEvents, nameEvents } from './event-name.ts';
import { toRowFields, toRowJson } from './ledger-row.ts';
import { openAuditSearch } from './open-search.ts';
import { statementLines, toStatementJson } from './statements.ts';
import {
  parseSubject,
  readTimeline,
  type StatusSubject,
  type Timeline,
  timelineLines,
  toTimelineJson,
} from './timeline.ts';

interface StatusOptions {
  readonly source?: string;
  readonly operator?: string;
  /** ms before now. */
  readonly since: number;
  readonly audit?: readonly string[];
}

const DEFAULT_SINCE = 'P14D';

export function configureStatus(command: Command, runAction: RunAction): void {
  command
    .argument('<id>', 'of an event, a key, a principal, or a message')
    .option('--source <source>', "the event's source (absent: what its records name, else that of `revoker revoke`)")
    .option('--operator <name>', 'who sent it (the name of the system user)')
    .addOption(
      new Option('--since <age>', 'audit records since then')
        .argParser(parseAge)
        .default(parseAge(DEFAULT_SINCE), DEFAULT_SINCE),
    )
    .option('--audit <file>', 'search these audit logs, not the log groups; may be given again', collectFiles)
    .addHelpText('after', HELP)
    .action((id: string, options: StatusOptions) =>
      runAction((context) =>
        withProgressMessage(context, 'reading audit log, ledger, queues and dead letters', () =>
          status(context, id, options),
        ),
      ),
    );
}

function collectFiles(file: string, files: readonly string[] = []): readonly string[] {
  if (file === '-') throw new InvalidArgumentError('expected a file: stdin cannot be searched');
  return [...files, file];
}

const HELP = helpText(
  [
    ['status 2f1c7f5e-8f0b-4b0e-9d0a-6f4f3c1f2a11', 'an event that `revoker revoke` has sent'],
    ['status offboarding-7 --source //hr.example/acme', 'an event whose id several sources use'],
    ['status CWABCDEFGHIJKLMN', 'all events about a key; likewise of a principal'],
    ['status offboarding-7 --since P90D', 'a longer period'],
  ],
  '{"eventId"?,"key"?,"principal"?,"source"?,"statements"?:[{"authority","state","time","source","id"}],\n' +
    '"ledger":{"state","principals","fence","late","leaseUntil","dueAt"?,"approvals"?}|null,\n' +
    '"audit":{"from":"files|cloudwatch|nowhere","complete","error"?,"events":[{"eventId","source","type","status",\n' +
    '"code","sender","lane","messageId","targets","steps":[{"time","phase","code","target","detail",…}]}]},\n' +
    '"deadLetters":[{"messageId","source","reason","detail","lastSeen"}],\n' +
    '"queues":{"urgent":{"visible","hidden","delayed"},"bulk":…,"deadLetters":…}}\n' +
    'Exit 1: nothing is known about the ID, and no --source names an event; or the logs cannot be searched.',
);

/** What is known at one moment. */
interface State {
  readonly subject: StatusSubject;
  /** Of the options. */
  readonly source: string | undefined;
  readonly events: NamedEvents;
  readonly timeline: Timeline;
  /** Undefined for a leaked key, unless a hold of it was approved, and where the subject is no event or several. */
  readonly row: EventRow | undefined;
  /** About a principal: a scheduled offboarding names it in no audit record. */
  readonly statements: readonly Statement[];
  readonly deadLetters: readonly StoredDeadLetter[];
  readonly queues: Readonly<Record<'urgent' | 'bulk' | 'deadLetters', QueueState>>;
}

export async function status(context: Context, id: string, options: StatusOptions): Promise<Report> {
  const state = await readState(context, parseSubject(id), options);
  const failed = state.timeline.error !== undefined || isMistyped(state);
  return { json: toJson(state), lines: toLines(state, context), exitCode: failed ? 1 : 0 };
}

async function readState(
  context: Context,
  subject: StatusSubject,
  { source, operator, audit, since }: StatusOptions,
): Promise<State> {
  const { env, clock } = context;
  const { id, kind } = subject;
  const given = source ?? (operator === undefined ? undefined : operatorSource(operator));
  const { urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl } = readConfigFor(env, 'lanes', 'deadLetters', 'ledger');
  const ports = { table: openLedger(env).table, sha256, clock };
  const admin = createQueueAdmin();
  const search = openAuditSearch(context, { since, ...(audit === undefined ? {} : { audit }) });
  const [timeline, urgent, bulk, deadLetterQueue] = await Promise.all([
    readTimeline(search, subject, given),
    admin.state(urgentQueueUrl),
    admin.state(bulkQueueUrl),
    admin.state(deadLetterQueueUrl),
  ]);
  // Several senders may use the same event id, so without --source the dead letters of all sources are shown.
  const isOfSource = ({ about }: StoredDeadLetter): boolean => given === undefined || about.source === given;
  const isWanted = (each: StoredDeadLetter): boolean => isAbout(each, subject) && isOfSource(each);
  const deadLetters = await listDeadLetters(context, { isWanted });
  const named = nameEvents({ id, source: given ?? operatorSource(undefined) }, timeline.events, deadLetters);
  const isRead = kind === 'event' && named.about !== undefined;
  const row = isRead ? (await readEvent(ports, eventKey(ports, named.about)))?.row : undefined;
  const statements = kind === 'principal' ? await readStatements(ports, principalName.parse(id)) : [];
  const queues = { urgent, bulk, deadLetters: deadLetterQueue };
  const found = { subject, source: given, timeline, row, statements, deadLetters, queues };
  // Of an event that nothing names, the source is not known.
  return { ...found, events: isUnknown(found) && given === undefined ? UNNAMED : named };
}

const UNNAMED: NamedEvents = { about: undefined, others: [] };

const isUnknown = ({
  timeline,
  row,
  statements,
  deadLetters,
}: Pick<State, 'timeline' | 'row' | 'statements' | 'deadLetters'>): boolean =>
  timeline.events.length === 0 && row === undefined && statements.length + deadLetters.length === 0;

/** An event that is named in full may have been sent a moment ago. */
const isMistyped = (state: State): boolean =>
  state.subject.kind === 'event' &&
  state.source === undefined &&
  state.timeline.from !== 'nowhere' &&
  isUnknown(state) &&
  !isAwaited(state);

function isAbout({ about, messageId, origin, event }: StoredDeadLetter, { kind, id }: StatusSubject): boolean {
  if (kind === 'event') return about.id === id || messageId === id || origin === id;
  const target = event === null ? undefined : namedTarget(planOf(event));
  return target !== undefined && targetName(target) === id;
}

const eventJson = (id: string, about: EventName | undefined) =>
  about === undefined ? { eventId: id } : { eventId: about.id, source: about.source };

const toJson = ({
  subject: { kind, id },
  events: { about },
  timeline,
  row,
  statements,
  deadLetters,
  queues,
}: State): Json => ({
  ...(kind === 'event' ? eventJson(id, about) : { [kind]: id }),
  ...(kind === 'principal' ? { statements: statements.map(toStatementJson) } : {}),
  ledger: row === undefined ? null : toRowJson(row),
  audit: toTimelineJson(timeline),
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

const NO_ROW = [
  '  no row: about a key, not received,',
  '  or the circuit breaker is open: run `revoker doctor`,',
  '  and see the hidden messages below',
];

/** Where its records show that it was received. */
const ROWLESS = [
  '  no row: only offboardings and compromised principals',
  '  have one, once a function has claimed them',
];

const NOT_READ = ['  not read: add --source'];

function toLines(state: State, { clock, terminal, optionWords }: Context): readonly Line[] {
  const now = clock.now();
  const { subject, events, timeline, row, statements, deadLetters, queues } = state;
  const { kind } = subject;
  const unread = timeline.events.length > 0 ? ROWLESS : NO_ROW;
  const noRow = events.others.length > 0 && events.about === undefined ? NOT_READ : unread;
  const ledger = [
    [],
    [bold('Ledger')],
    ...(row === undefined ? noRow.map((text) => [dim(text)]) : toRowFields(row, now)),
  ];
  return [
    ...formatFields(subjectFields(subject, events)),
    [],
    [bold('Timeline')],
    ...timelineLines(timeline, terminal.columns),
    ...(kind === 'event' ? ledger : []),
    ...(kind === 'principal' ? statementLines(statements, optionWords) : []),
    [],
    [bold('Dead letters')],
    ...(deadLetters.length === 0 ? [[dim(`  none about this ${kind}`)]] : []),
    ...deadLetters.flatMap((deadLetter) => deadLetterLines(deadLetter, { now, optionWords })),
    ...(kind === 'event' ? events.others : []).map((each): Line => [`next: ${statusCommand(each)}${optionWords}`]),
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
    ...lastLines(state),
  ];
}

const ON_ITS_WAY =
  'next: a message is on its way: run it again in a few seconds; if it stays hidden, run `revoker doctor`';

function lastLines(state: State): readonly Line[] {
  if (isAwaited(state)) return [[ON_ITS_WAY]];
  if (!isUnknown(state) || state.timeline.error !== undefined) return [];
  const { subject, source } = state;
  const check = subject.kind !== 'event' ? '' : source === undefined ? ', or name --source' : ' and --source';
  return [[`next: nothing is known about ${subject.id}: check the ID${check}`]];
}

/**
 * Delayed messages are follow-up checks, of events that have records already. The row may have been written since the
 * records were read.
 */
const isAwaited = ({ timeline: { from, events }, row, deadLetters, queues: { urgent, bulk } }: State): boolean =>
  events.length === 0 &&
  (row === undefined || from !== 'nowhere') &&
  deadLetters.length === 0 &&
  [urgent, bulk].some(({ visible, hidden }) => visible + hidden > 0);

type Field = readonly [label: string, text: string];

/** A message has another id than its event. */
function subjectFields({ kind, id }: StatusSubject, { about, others }: NamedEvents): readonly Field[] {
  if (kind !== 'event' || (about === undefined && others.length === 0)) return [[kind, id]];
  const isEvent = [about, ...others].some((each) => each?.id === id);
  return [
    ...(isEvent ? [] : ([['message', id]] as const)),
    ['event', isEvent ? id : (about?.id ?? 'several')],
    ['source', about?.source ?? 'several'],
  ];
}

const queueRow = (name: string, { visible, hidden, delayed }: QueueState): readonly string[] => [
  name,
  ...[visible, hidden, delayed].map(String),
];

const deadLetterLines = (
  { messageId, about, reason, detail, lastSeen }: StoredDeadLetter,
  { now, ...context }: Pick<Context, 'optionWords'> & { readonly now: number },
): readonly Line[] => [
  ['  ', { text: reason, color: 'yellow' }, `, ${formatAge(now - lastSeen)} old: ${detail}`],
  [`  source ${about.source || 'unknown'}`],
  [dim(`  next: ${commandLine(context, `dlq show ${messageId}`)}`)],
];
