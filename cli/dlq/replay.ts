/** `revoker dlq replay`: previews a replay of dead letters, asks, and runs it. */
import { type Command, Option } from 'commander';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import type { ReplayCode } from '../../lib/model/replay-codes.ts';
import { type ReplayRequest, replay } from '../../lib/replay/replay.ts';
import type { ReplayFilter, ReplayReport } from '../../lib/replay/rules.ts';
import { startProgress } from '../../terminal/progress.ts';
import { numberParser, parseAge, parseRate, parseReason } from '../arguments.ts';
import { type Context, confirm, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { usageError } from '../failure.ts';
import { identifyOperator } from '../operator.ts';
import { defaultAuditFile, openAuditFile } from './audit-file.ts';
import { formatReplay, toReplayReport } from './replay-report.ts';
import { createReplayServices, type ReplayBackend } from './replay-services.ts';

export function configureDlqReplay(command: Command, runAction: RunAction): void {
  command
    .addOption(new Option('--reason <code>', 'only letters of this reason').argParser(parseReason))
    .option('--source <source>', "only of this event's source")
    .addOption(new Option('--lane <lane>', 'only of this lane').choices(['urgent', 'bulk']))
    .option('--event-type <type>', 'only of this type of event')
    .option('--event-id <id>', 'only of this event')
    .option('--older-than <age>', 'only what died longer ago, such as 90m, 2h, 3d', parseAge)
    .option('--newer-than <age>', 'only what died since', parseAge)
    .option('--max <count>', 'send at most so many', numberParser(1, 1_000_000))
    .option('--rate <per second>', 'send at most so many a second', parseRate)
    .option(
      '--approve',
      'release holds and letters that went round too often; it is written to the ledger, with your name',
    )
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--yes', 'no preview and no question')
    .option('--operator <name>', 'who does it, where AWS cannot say (the name of the system user)')
    .option('--audit <file>', 'where audit records are added ($XDG_STATE_HOME/revoker/audit.jsonl)')
    .addHelpText('after', HELP)
    .action((options: ReplayOptions) => runAction((context) => replayDeadLetters(context, options)));
}

const HELP = helpText(
  [
    ['dlq replay --dry-run', 'what would be sent, by reason'],
    ['dlq replay --reason retries-exhausted --rate 5', 'previews, asks, and sends five a second'],
    ['dlq replay --reason held-limit --source //hr.example/acme --approve', 'releases what a person has looked at'],
    ['dlq replay --event-id leaver-7 --yes', 'one event, from a script'],
  ],
  '{"operationId","operator","dryRun","ended","results":{"replayed","skipped","refused","failed"},\n' +
    '"reasons":{"<reason>":{"<code>":1}},"audit"?}; ended: complete, max, stopped (Ctrl-C) or unavailable. ' +
    'Ctrl-C ends it between two\n' +
    'letters; what was not sent stays. Exit 1: some failed, it was stopped, all that was meant was refused, or no\n' +
    'letter is of the --event-id.',
);

/** Throws CliError as `confirm`, and `audit-unavailable`, before anything is sent. */
export async function replayDeadLetters(context: Context, options: ReplayOptions): Promise<Report> {
  const { dryRun = false, yes = false } = options;
  if (!dryRun && !yes && !context.terminal.canAsk) {
    throw usageError(
      'confirmation-needed',
      'this must be confirmed, and there is no terminal to ask at',
      'look with --dry-run, then add --yes',
    );
  }
  const backend = createReplayServices(context.env);
  const stop = new AbortController();
  const stopListening = context.terminal.onInterrupt(() => stop.abort());
  try {
    const request = {
      ...toReplayRequest(options),
      signal: stop.signal,
      operator: await identifyOperator(options.operator),
    };
    if (dryRun) return toReplayReport((await preview(context, backend, request)).would, request, context.terminal);
    return await executeReplay(context, { backend, request, options });
  } finally {
    stopListening();
  }
}

interface Preview {
  readonly would: ReplayReport;
  /** Message ids of the dead letters that would be sent. */
  readonly shown: ReadonlySet<string>;
}

/** A dry run over all dead letters. It can take minutes, so a terminal shows its progress. */
async function preview(context: Context, backend: ReplayBackend, request: ReplayRequest): Promise<Preview> {
  const { terminal, clock } = context;
  const shown = new Set<string>();
  const progress =
    terminal.progress === undefined
      ? undefined
      : startProgress(terminal, clock, { what: 'look', total: (await backend.inbox.depth()).visible });
  const onDeadLetter = ({ messageId }: StoredDeadLetter, code: ReplayCode): void => {
    if (code === 'sent') shown.add(messageId);
    progress?.step('');
  };
  try {
    return {
      would: await replay(backend.services(NO_AUDIT, context), { ...request, dryRun: true, onDeadLetter }),
      shown,
    };
  } finally {
    progress?.end();
  }
}

/** A dry run writes no records. */
const NO_AUDIT = {
  write: () => Promise.reject(new Error('a dry run has no records')),
  checkpoint: () => Promise.resolve(),
};

interface ReplayRun {
  readonly backend: ReplayBackend;
  readonly request: ReplayRequest;
  readonly options: ReplayOptions;
}

async function executeReplay(context: Context, { backend, request, options }: ReplayRun): Promise<Report> {
  const { terminal, clock, env } = context;
  let total = 0;
  let among: ReadonlySet<string> | undefined;
  if (!options.yes) {
    const { would, shown } = await preview(context, backend, request);
    total = would.results.replayed + would.results.skipped + would.results.refused + would.results.failed;
    if (would.results.replayed === 0 || request.signal?.aborted) return toReplayReport(would, request, terminal);
    printNotice(context, formatReplay(would, terminal.columns));
    await confirm(context, confirmationQuestion(would, request), { yes: false });
    // The confirmation covers only the dead letters of the preview.
    among = shown;
  } else {
    total = (await backend.inbox.depth()).visible;
  }
  const path = options.audit ?? defaultAuditFile(env);
  const audit = openAuditFile(path);
  const progress = startProgress(terminal, clock, { what: 'replay', total });
  const onDeadLetter = ({ reason }: StoredDeadLetter, code: ReplayCode): void => progress.step(`${reason}: ${code}`);
  try {
    const confirmed = { ...request, ...(among && { among }), onDeadLetter };
    return toReplayReport(await replay(backend.services(audit, context), confirmed), request, terminal, path);
  } finally {
    progress.end();
    await audit.close();
  }
}

function confirmationQuestion({ results, reasons }: ReplayReport, { approve, operator }: ReplayRequest): string {
  const held = Object.entries(reasons).reduce(
    (sum, [reason, codes]) => sum + (reason.startsWith('held-') ? (codes?.sent ?? 0) : 0),
    0,
  );
  const approval =
    approve && held > 0 ? ` This approves ${held} of them in the name of ${operator.arn ?? operator.name}.` : '';
  return `Send ${results.replayed} of them again?${approval}`;
}

/** As parsed by commander: the filter, and how to run the replay. */
export interface ReplayOptions extends ReplayFilter {
  readonly max?: number;
  readonly rate?: number;
  readonly approve?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly operator?: string;
  readonly audit?: string;
}

export function toReplayRequest(options: ReplayOptions): Omit<ReplayRequest, 'operator'> {
  const { max, rate, approve = false, dryRun, yes, operator, audit, ...filter } = options;
  return {
    filter,
    approve,
    ...(max === undefined ? {} : { max }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
  };
}
