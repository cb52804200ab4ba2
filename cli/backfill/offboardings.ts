/**
 * `revoker backfill offboardings`: offboardings by version 0.1, which no run would find. Those that an audit log names
 * are written into the ledger; of the others, who has live keys is listed.
 */
import type { Command } from 'commander';
import { eventSummaryOf } from '../../lib/audit/read-step.ts';
import { sha256 } from '../../lib/io/node.ts';
import {
  type EventName,
  type EventNames,
  eventNames,
  type MissingStatement,
  type UnmarkedReport,
  unmarkedOffboardings,
} from '../../lib/reconcile/unmarked.ts';
import { writeMissing } from '../../lib/reconcile/write-missing.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { checkLogs } from '../audit/check.ts';
import {
  type Context,
  confirm,
  createTerminalLog,
  helpText,
  printNotice,
  type Report,
  type RunAction,
} from '../context.ts';
import { CliError } from '../failure.ts';
import { openEventRows, openSurvey } from '../services.ts';
import { commandLine, toShellWord } from '../shell.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** For the listing, in ms: 500 pages at most. */
const LISTING_MS = 600_000;
/** Rows of the preview. */
const MAX_ROWS = 50;

export function configureBackfillOffboardings(command: Command, runAction: RunAction): void {
  command
    .argument('[files...]', 'audit logs (JSON lines, CloudWatch exports, gzip; - is stdin), which name the events')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((files: string[], options: Options) =>
      runAction((context) => backfillOffboardings(context, files, options)),
    );
}

const HELP = helpText(
  [
    ['backfill offboardings', 'who has live keys, after an upgrade from 0.1 or a roll-back to it; writes nothing'],
    ['backfill offboardings export/*.gz --dry-run', 'what the audit logs of 0.1 allow to write'],
    ['backfill offboardings export/*.gz --yes', 'has reconciliation watch those principals from now on'],
  ],
  '{"rows","unreadable","written","missing":[{"principalName","keys","time","authority","source","id"}],\n' +
    '"findings":[{"principalName","keys","time"}]}; missing: what was written, or would be with --dry-run.\n' +
    'With files, an administrator runs it once: it needs dynamodb:PutItem on the ledger, which the policy of\n' +
    'operators does not give for these rows: they decide whose keys are revoked each day.\n' +
    'A second run writes nothing new. Exit 3 where an operator has to decide.',
);

/**
 * Throws CliError `listing-failed`, as `confirm`, and as `checkLogs`; and what the ledger and the API adapters throw.
 */
async function backfillOffboardings(
  context: Context,
  files: readonly string[],
  { dryRun = false, yes = false }: Options,
): Promise<Report> {
  const { env, terminal, clock } = context;
  const services = openSurvey(env, createTerminalLog(terminal));
  const names = files.length === 0 ? new Map() : await readEventNames(context, files);
  const found = await withProgressMessage(context, 'reading keys and ledger', () =>
    unmarkedOffboardings(services, { rows: openEventRows(env), names, endsAt: clock.now() + LISTING_MS }),
  );
  if (found === undefined) {
    const next = 'run `revoker doctor`, then try again';
    throw new CliError({ code: 'listing-failed', message: 'the keys could not be listed', next });
  }
  const { missing } = found;
  if (dryRun || missing.length === 0) return reportOf(context, found, { preview: missingLines(context, missing) });
  if (!yes) printNotice(context, missingLines(context, missing));
  await confirm(context, `Write ${countsOf(missing)}?`, { yes, instead: 'add --yes, or look first with --dry-run' });
  const written = await withProgressMessage(context, 'writing statements', () => writeMissing(services.ports, missing));
  return reportOf(context, found, { written });
}

/** A changed log cannot name another event: the ledger has a hash of its name. */
async function readEventNames(context: Context, files: readonly string[]): Promise<EventNames> {
  const events = new Map<string, EventName>();
  await checkLogs(context, files, {
    window: true,
    onLine: (line) => {
      const event = eventSummaryOf(line);
      if (event !== undefined && event.id !== '') events.set(event.key, { source: event.source, id: event.id });
    },
  });
  return eventNames({ sha256 }, events.values());
}

function countsOf(missing: readonly MissingStatement[]): string {
  const live = new Set(missing.filter(({ keys }) => keys > 0).map(({ principalName }) => principalName)).size;
  return `${pluralize(missing.length, 'statement')} (${pluralize(live, 'principal')} with live keys)`;
}

function missingLines({ terminal }: Context, missing: readonly MissingStatement[]): readonly Line[] {
  if (missing.length === 0) return [];
  const rows = missing
    .slice(0, MAX_ROWS)
    .map(({ principalName, keys, statement: { time, authority } }) => [principalName, String(keys), time, authority]);
  const more = missing.length - rows.length;
  return [
    ...formatTable({
      header: ['principal', 'keys', 'offboarded', 'authority'],
      rows,
      width: terminal.columns,
      right: [1],
      whole: true,
    }),
    ...(more > 0 ? [[`and ${more} more (--json shows all)`]] : []),
    [],
  ];
}

interface Outcome {
  /** Undefined: nothing was to be written. */
  readonly written?: number;
  readonly preview?: readonly Line[];
}

function reportOf(context: Context, found: UnmarkedReport, { written, preview = [] }: Outcome): Report {
  const { findings, missing, rows, unreadable } = found;
  return {
    json: {
      rows,
      unreadable,
      written: written ?? 0,
      missing: missing.map(({ principalName, keys, statement: { time, authority, source, id } }) => ({
        principalName,
        keys,
        time,
        authority,
        source,
        id,
      })),
      findings: findings.map((each) => ({ ...each })),
    },
    lines: [
      ...preview,
      ...(preview.length > 0 ? [[`would write ${countsOf(missing)}`], []] : []),
      ...(written === undefined ? [] : [[`${pluralize(written, 'statement')} written`], []]),
      ...findingLines(context, found),
    ],
    exitCode: findings.length + unreadable > 0 ? 3 : 0,
  };
}

function findingLines(context: Context, { findings, rows, unreadable }: UnmarkedReport): readonly Line[] {
  const [first] = findings;
  const table = formatTable({
    header: ['principal', 'keys', 'offboarded'],
    rows: findings.map(({ principalName, keys, time }) => [principalName, String(keys), time]),
    width: context.terminal.columns,
    right: [1],
    whole: true,
  });
  return [
    ...(first === undefined ? [] : [...table, []]),
    [`${pluralize(findings.length, 'principal')} with live keys, by ${pluralize(rows, 'row')} of events`],
    ...(unreadable > 0 ? [[`${pluralize(unreadable, 'row')} that this product did not write`]] : []),
    ...(first === undefined
      ? []
      : [[`next: for each who is still offboarded, ${commandLine(context, revokeWords(first.principalName))}`]]),
  ];
}

const revokeWords = (name: string): string => `revoke --principal ${toShellWord(name)}`;
