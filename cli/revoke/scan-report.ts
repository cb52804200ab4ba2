/**
 * `revoker scan-report`: sends an event for each key id in the report of a secret scanner. No secret leaves the
 * report.
 */
import { type Command, Option } from 'commander';
import { readReport, type Report as ScanReport, type Summary } from '../../events/reports/report.ts';
import { type ReportFormat, SCANNERS } from '../../events/reports/scanners.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { readInput } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { describeTarget, toEventJson } from '../event.ts';
import { CliError } from '../failure.ts';
import { sendMessages, toMessage, toSendReport } from './send.ts';

interface ScanReportOptions {
  readonly format: ReportFormat;
  readonly dryRun?: boolean;
}

export function addScanReport(parent: Command, runAction: RunAction): void {
  parent
    .command('scan-report <file>')
    .description("send the CoreWeave keys that a scanner's report (or -) names, each once")
    .addOption(
      new Option('--format <scanner>', 'whose report it is').choices(Object.keys(SCANNERS)).makeOptionMandatory(),
    )
    .option('--dry-run', 'show what would be sent, and send nothing')
    .addHelpText(
      'after',
      helpText(
        [
          ['scan-report --format gitleaks report.json', 'each key once, with what could not be used'],
          ['scan-report --format trufflehog - --dry-run', 'from stdin, so that no report lies around'],
        ],
        '{"summary":{"found","usable","duplicates","withoutId","redacted","ignored","unreadable"},"faults":[…],\n' +
          '"sent":[{"lane","messageId","eventId","source","target"}],"failed":[…]}; with --dry-run "events":[…] in ' +
          'place of the last two.\n' +
          'Exit 1 where something was not sent, or needs a person: without an id, redacted, unreadable, faults.',
      ),
    )
    .action((file: string, options: ScanReportOptions) => runAction((context) => scanReport(context, file, options)));
}

/** Throws CliError `report-refused`. */
export async function scanReport(
  context: Context,
  file: string,
  { format, dryRun }: ScanReportOptions,
): Promise<Report> {
  const { terminal, env, clock } = context;
  const report = readReport(format, await readInput(terminal, file), clock.now());
  if (report.kind === 'refused') {
    throw new CliError({ code: 'report-refused', message: report.why, next: 'nothing was sent' });
  }
  const { summary, faults, events } = report;
  const findings = { summary: { ...summary }, faults };
  const exitCode = needsOperator(report) ? ({ exitCode: 1 } as const) : {};
  if (dryRun) {
    const rows = events.map((event) => [toMessage(event).lane, event.id, describeTarget(event)]);
    return {
      json: { ...findings, events: events.map(toEventJson) },
      lines: [
        ...formatTable({ header: ['lane', 'event', 'target'], rows, width: terminal.columns }),
        [],
        [`${pluralize(events.length, 'event')} would be sent`],
        ...summaryLines(report),
      ],
      ...exitCode,
    };
  }
  const sent = toSendReport(await sendMessages(env, events.map(toMessage)), terminal.columns);
  return { ...exitCode, ...sent, json: { ...findings, ...sent.json }, lines: [...sent.lines, ...summaryLines(report)] };
}

const needsOperator = ({ faults, summary: { withoutId, redacted, unreadable } }: ScanReport): boolean =>
  faults.length + withoutId + redacted + unreadable > 0;

/** What each count means, the most important first. */
const MEANINGS: readonly (readonly [keyof Summary, string])[] = [
  ['usable', 'name a key'],
  ['duplicates', 'name a key that was named before'],
  ['withoutId', 'hold a secret or a token without a key id: look them up in the console'],
  ['redacted', 'are redacted: run the scanner again without that'],
  ['unreadable', 'cannot be read: is the report whole?'],
  ['ignored', 'are nothing of CoreWeave'],
];

const summaryLines = ({ summary, faults }: ScanReport): readonly Line[] => [
  [`${pluralize(summary.found, 'finding')} in the report`],
  ...MEANINGS.filter(([name]) => summary[name] > 0).map(([name, meaning]) => [`  ${summary[name]} ${meaning}`]),
  ...faults.map((fault) => [`  ${fault}`]),
];
