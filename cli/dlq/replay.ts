/** `revoker dlq replay`: previews a replay of dead letters, asks, and runs it. */
import { type Command, Option } from 'commander';
import type { QueuedDeadLetter } from '../../lib/dead-letters/iterate.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import type { Json } from '../../lib/model/json.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import type { ReplayCode } from '../../lib/model/replay-codes.ts';
import { canMeanHolds, namesExactEvents, type ReplayFilter } from '../../lib/model/replay-filter.ts';
import { replayHelps } from '../../lib/notify/replay-command.ts';
import { type ReplayRequest, type ReplayServices, replay } from '../../lib/replay/replay.ts';
import { counted, emptyReport } from '../../lib/replay/rules.ts';
import { pluralize } from '../../terminal/format.ts';
import { dim, type Line } from '../../terminal/lines.ts';
import { startProgress } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { numberParser, parseAge, parseMessageId, parseRate, parseReason, parseUserId } from '../arguments.ts';
import { type Context, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { type ListedDeadLetter, withoutTexts, withSender } from '../dead-letters.ts';
import { usageError } from '../failure.ts';
import { functionNameOf } from '../io/invoke-function.ts';
import { identifyOperator } from '../operator.ts';
import { confirmApproval, confirmReplay, type Preview } from './confirm-replay.ts';
import { decisionFields } from './decision.ts';
import { byUrgency } from './next-step.ts';
import { formatReplay, toReplayReport } from './replay-report.ts';
import { createReplayServices } from './replay-services.ts';
import { runReplay } from './run-replay.ts';
import { countInHand, formatDeadLetters, MIN_PREFIX, targetOf } from './table.ts';

export function configureDlqReplay(command: Command, runAction: RunAction): void {
  command
    .addOption(new Option('--reason <code>', 'only dead letters of this reason').argParser(parseReason))
    .option('--source <source>', "only of this event's source")
    .addOption(new Option('--lane <lane>', 'only of this queue').choices(['urgent', 'bulk']))
    .option('--event-type <type>', 'only of this type of event')
    .option('--event-id <id>', 'only of this event')
    .option('--message-id <id>', 'only this dead letter (8 characters are enough); may be repeated', parseMessageId)
    .option('--older-than <age>', 'only dead letters that are older, such as 90m, 2h, 3d', parseAge)
    .option('--newer-than <age>', 'only dead letters that are younger', parseAge)
    .option('--max <count>', 'send, or approve for a second person, at most so many', numberParser(1, 1_000_000))
    .option('--rate <per second>', 'send at most so many a second', parseRate)
    .option(
      '--approve',
      'approve holds, and dead letters that were replayed too often; the ledger keeps it, with your name',
    )
    .option('--approved-by <aws:userid>', 'the other person who has approved, where two must', parseUserId)
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--yes', 'no question, but for protected targets')
    .option('--operator <name>', 'who does it, where AWS cannot say (the name of the system user)')
    .option('--function <name>', 'the function that sends; default: METRIC_SERVICE with -replay')
    .addHelpText('after', HELP)
    .action((options: ReplayOptions) => runAction((context) => replayDeadLetters(context, options)));
}

const HELP = helpText(
  [
    ['dlq replay --dry-run', 'what would be sent, by reason'],
    ['dlq replay --reason retries-exhausted --rate 5', 'previews, asks, and sends five a second'],
    ['dlq replay --reason held-limit --source //hr.example/acme --approve', 'approves what you have checked'],
    ['dlq replay --event-id offboarding-7 --yes', 'one event, from a script, without approval'],
    ['dlq replay --message-id 0f0e7c1a --approve', 'one of two bodies of an event (held-conflict)'],
    [
      'dlq replay --reason held-protected --approve --approved-by AROAEXAMPLE:ann',
      'as the second of two persons who must approve (TWO_PERSON_APPROVAL)',
    ],
  ],
  '{"operationId","operator","dryRun","ended","unreached","inHand","results":{"replayed","skipped","refused",\n' +
    '"failed"},"reasons":{"<reason>":{"<code>":1}}}; ended: complete, max, time, stopped (Ctrl-C) or unavailable.\n' +
    'In a dry run, "replayed" and the code "sent" count what would be sent, and there are "withheld" (how many a\n' +
    'replay cannot help) and "letters":[{"messageId","reason","target","source","sender"?,"firstSeen"}]. inHand:\n' +
    'hidden at the start, because another consumer has them.\n' +
    'The function `replay` sends, and its log has the audit records. Ctrl-C ends the run within seconds; what was\n' +
    'not sent stays. Exit 1: some failed or were not reached, it was stopped or out of time, all that was meant was\n' +
    'refused, or no dead letter has the --event-id. Exit 3: a second person must approve.',
);

/** Throws CliError as `confirm` before anything is sent, and as `runReplay`. */
export async function replayDeadLetters(context: Context, options: ReplayOptions): Promise<Report> {
  const { dryRun = false, yes = false } = options;
  if (!dryRun && !yes && !context.terminal.canAsk) {
    throw usageError(
      'confirmation-needed',
      'this must be confirmed, and there is no terminal to ask at',
      'look with --dry-run, then add --yes',
    );
  }
  if (options.approve) requireSeenEvents(options, toReplayRequest(options).filter);
  const services = createReplayServices(context);
  const functionName = dryRun ? '' : functionNameOf(context.env, 'replay', options.function);
  const stop = new AbortController();
  const stopListening = context.terminal.onInterrupt(() => stop.abort());
  try {
    const operator = await identifyOperator(options.operator);
    const request = { ...toReplayRequest(options), signal: stop.signal, operator, functionName: options.function };
    const seen = await preview(context, services, request);
    const { withheld, inHand } = seen;
    if (dryRun) return reportPreview(context, seen, request);
    if (seen.shown.length === 0 || stop.signal.aborted)
      return toReplayReport({ ...seen.would, withheld, inHand }, request, context);
    if (!yes) {
      printNotice(context, formatPreview(seen, request, context));
      await confirmReplay(context, seen, request);
    }
    if (request.approve) await confirmApproval(context, seen);
    const { shown, rest } = seen;
    const outcome = await runReplay(context, { services, functionName, request, shown, rest });
    return toReplayReport({ ...outcome, inHand }, request, context);
  } finally {
    stopListening();
  }
}

/** What an approval covers is seen in the preview, or named exactly. Throws CliError. */
function requireSeenEvents({ yes = false, dryRun = false }: ReplayOptions, filter: ReplayFilter): void {
  if (filter.eventId !== undefined && !namesExactEvents(filter)) {
    throw usageError(
      'source-missing',
      'an event id is unique only within its source, and another sender may have used it',
      'add --source; `dlq show <event id>` prints it',
    );
  }
  if (yes && !dryRun && canMeanHolds(filter) && !namesExactEvents(filter)) {
    throw usageError(
      'events-not-named',
      'an approval covers the events that you have seen, and --yes shows none',
      'name them with --message-id, or with --source and --event-id; or leave out --yes',
    );
  }
}

/**
 * A replay of everything leaves out what it cannot help. Who names the reason has fixed the cause. What cannot be sent
 * at all, and is named, is refused with the reason for it.
 */
const isOffered = ({ reason, resend }: StoredDeadLetter, { filter }: Pick<ReplayRequest, 'filter'>): boolean =>
  filter.reason !== undefined || replayHelps(reason) || (filter.messageIds !== undefined && resend.kind === 'none');

/** Dead letters that a preview shows one by one. What is approved is shown in full, since the approval covers it. */
const MOST = 20;

/** What would be sent, one by one, and what would not. */
function formatPreview(
  { would, shown, withheld, inHand }: Preview,
  { approve = false }: ReplayRequest,
  context: Context,
): readonly Line[] {
  const { clock, terminal } = context;
  const shape = { now: clock.now(), width: terminal.columns, most: approve ? shown.length : MOST };
  const left = `${pluralize(withheld.length, 'dead letter')} left out unless named by --reason: see \`dlq list\``;
  return [
    ...formatReplay({ ...would, inHand }, terminal.columns),
    ...(shown.length === 0 ? [] : [[], ...formatDeadLetters(shown, shape)]),
    ...(approve ? decisionTable(context, shown) : []),
    ...(withheld.length === 0 ? [] : [[], [dim(left)]]),
    [],
  ];
}

function decisionTable(context: Context, shown: readonly StoredDeadLetter[]): readonly Line[] {
  const rows = shown.flatMap((deadLetter) =>
    decisionFields(context, deadLetter).map(([label, text]) => [
      deadLetter.messageId.slice(0, MIN_PREFIX),
      `${label} ${text}`,
    ]),
  );
  const header = ['id', 'what the approval decides'];
  return rows.length === 0 ? [] : [[], ...formatTable({ header, rows, width: context.terminal.columns, wrap: true })];
}

/** A dry run over all dead letters. It can take minutes, so a terminal shows its progress. */
async function preview(context: Context, services: ReplayServices, request: ReplayRequest): Promise<Preview> {
  const { terminal, clock } = context;
  const shown: ListedDeadLetter[] = [];
  const withheld: Reason[] = [];
  let rest = emptyReport('', true);
  const counts = await services.ports.inbox.depth();
  const expected = counts.visible;
  const progress =
    terminal.progress === undefined ? undefined : startProgress(terminal, clock, { what: 'read', total: expected });
  const onDeadLetter = (queued: QueuedDeadLetter, code: ReplayCode): void => {
    if (code === 'sent' || code === 'needs-second-approval') shown.push(withoutTexts(withSender(context, queued)));
    else rest = counted(rest, queued.deadLetter, code);
    progress?.step('');
  };
  const isMeant = (deadLetter: StoredDeadLetter): boolean => {
    const meant = isOffered(deadLetter, request);
    if (!meant) withheld.push(deadLetter.reason);
    return meant;
  };
  try {
    const would = await replay(services, { ...request, isMeant, expected, dryRun: true, onDeadLetter });
    const read = Object.values(would.results).reduce((sum, count) => sum + count, 0);
    const inHand = countInHand(counts, read);
    return { would, shown: shown.toSorted(byUrgency), rest: { ...rest, ended: would.ended }, withheld, inHand };
  } finally {
    progress?.end();
  }
}

/** The report of --dry-run: the preview, without a question. */
function reportPreview(context: Context, seen: Preview, request: ReplayRequest): Report {
  const { would, withheld, inHand } = seen;
  const { json, lines, exitCode } = toReplayReport({ ...would, withheld, inHand }, request, context);
  const table = formatReplay({ ...would, inHand }, context.terminal.columns).length;
  return {
    json: { ...json, withheld: withheld.length, letters: seen.shown.map(toShownJson) },
    lines: [...formatPreview(seen, request, context), ...lines.slice(table)],
    exitCode: exitCode ?? 0,
  };
}

const toShownJson = (deadLetter: StoredDeadLetter): Json => ({
  messageId: deadLetter.messageId,
  reason: deadLetter.reason,
  target: targetOf(deadLetter),
  source: deadLetter.about.source,
  ...(deadLetter.sender ? { sender: deadLetter.sender } : {}),
  firstSeen: new Date(deadLetter.firstSeen).toISOString(),
});

/** As parsed by commander: the filter, and how to run the replay. */
export interface ReplayOptions extends Omit<ReplayFilter, 'messageIds'> {
  readonly messageId?: readonly string[];
  readonly max?: number;
  readonly rate?: number;
  readonly approve?: boolean;
  readonly approvedBy?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly operator?: string;
  readonly function?: string;
}

export function toReplayRequest(options: ReplayOptions): Omit<ReplayRequest, 'operator'> {
  const { messageId, max, rate, approve = false, approvedBy, dryRun, yes, operator, function: _, ...filter } = options;
  return {
    filter: { ...filter, ...(messageId === undefined ? {} : { messageIds: messageId }) },
    approve,
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(max === undefined ? {} : { max }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
  };
}
