/** `revoker scan-report`: sends what secret scanners found as events. Secrets stay in the reports. */
import { type Command, Option } from 'commander';
import { AUTO, FORMATS } from '../../events/reports/formats.ts';
import { type Reports, readReports } from '../../events/reports/report.ts';
import { MAX_REPORT_LENGTH } from '../../events/reports/report-text.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line } from '../../terminal/lines.ts';
import { readInputBytes } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { toEventJson } from '../event.ts';
import { CliError } from '../failure.ts';
import { confirmMessages, formatMessages, sendMessages, toMessage, toSendReport } from './send.ts';

interface Options {
  readonly format: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const FORMAT_NAMES = [AUTO, ...new Set(FORMATS.map(({ name }) => name))];

const PIPES = `
From a scanner to this command, in bash (gitleaks exits with 1 on findings unless it is told otherwise; trufflehog's log
in the report shows that the scan ended):
  set -o pipefail
  gitleaks git --config detectors/gitleaks.toml --max-decode-depth 2 --exit-code 0 --report-format json \\
    --report-path - . | revoker scan-report - --yes
  trufflehog git --config detectors/trufflehog.yaml --no-verification --json file://. 2>&1 \\
    | revoker scan-report - --yes

Keys that leaked with their secret are revoked; keys without it are held for approval. Exit code 3: an operator has to
act (keys or dismissed alerts are held, a secret has no key id, or findings are redacted, skipped or unreadable).`;

const JSON_SHAPE =
  '{"summary":{"found","usable","duplicates","withoutId","dismissed","redacted","skipped","ignored",\n' +
  '"unreadable"},"counts":{"sure","held","withoutId","others"},"faults":[…],"refused":[{"file","why"}],\n' +
  '"sent":[{"lane","messageId","eventId","source","target"}],"failed":[…]}\n' +
  'with --dry-run "events":[…] instead of "sent" and "failed".';

export function configureScanReport(command: Command, runAction: RunAction): void {
  command
    .argument('<files...>')
    .addOption(new Option('--format <name>', 'what the reports are').choices(FORMAT_NAMES).default(AUTO))
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', PIPES)
    .addHelpText(
      'after',
      helpText(
        [
          ['scan-report gitleaks.json trufflehog.json', 'each key once, after a question'],
          ['scan-report - --dry-run', 'from stdin, so that no report lies around'],
        ],
        JSON_SHAPE,
      ),
    )
    .action((files: readonly string[], options: Options) =>
      runAction((context) => scanReport(context, files, options)),
    );
}

/** Takes paths or `-`; sends what the reports name. Throws CliError `report-refused` if none of them can be used. */
async function scanReport(
  context: Context,
  files: readonly string[],
  { format, dryRun, yes = false }: Options,
): Promise<Report> {
  const { terminal, clock } = context;
  const texts: Uint8Array[] = [];
  // More of stdin is refused in any case.
  for (const file of files) texts.push(await readInputBytes(terminal, file, MAX_REPORT_LENGTH));
  const reports = readReports(format, texts, clock.now());
  if (reports.refused.length === files.length) throw refusal(reports, files);
  const { summary, counts, faults, events } = reports;
  const refused = reports.refused.map(({ file, why }) => ({ file: files[file] ?? '', why }));
  const told = { summary: { ...summary }, counts: { ...counts }, faults, refused };
  const lines = summaryLines(reports, refused);
  const exitCode = exitCodeOf(reports);
  const messages = events.map(toMessage);
  if (dryRun) {
    return {
      json: { ...told, events: events.map(toEventJson) },
      lines: [
        ...formatMessages(messages, terminal.columns),
        [`${pluralize(events.length, 'event')} would be sent`],
        ...lines,
      ],
      exitCode,
    };
  }
  await confirmMessages(context, messages, yes);
  const sent = toSendReport(await sendMessages(context, messages), terminal.columns);
  return { exitCode, ...sent, json: { ...told, ...sent.json }, lines: [...sent.lines, ...lines] };
}

function refusal({ refused }: Reports, files: readonly string[]): CliError {
  const [first, ...others] = refused.map(({ why, file }) => (files.length > 1 ? `${files[file]}: ${why}` : why));
  return new CliError({
    code: 'report-refused',
    message: [first, ...others].join('\n'),
    next: 'nothing was sent; scan again as the message says',
  });
}

/** 1: a report was refused; 3: an operator has to act; 0: all that was found is sent as sure, or nothing was found. */
function exitCodeOf({ refused, faults, counts, summary }: Reports): 0 | 1 | 3 {
  if (refused.length > 0) return 1;
  const { dismissed, redacted, skipped, unreadable } = summary;
  const open = counts.held + counts.withoutId + dismissed + redacted + skipped + unreadable + faults.length;
  return open > 0 ? 3 : 0;
}

function summaryLines(
  { summary, counts, faults }: Reports,
  refused: readonly { readonly file: string; readonly why: string }[],
): readonly Line[] {
  const meanings: readonly (readonly [number, string])[] = [
    [counts.sure, 'leaked with the secret: revoked without approval'],
    [counts.held, 'without the secret beside the key id: held for approval'],
    [counts.withoutId, 'secret or API token without a key id: an operator has to find the key'],
    [summary.dismissed, 'dismissed at GitHub: looked up there, and held for approval'],
    [summary.redacted, 'redacted: run the scanner again without redaction'],
    [summary.skipped, 'without what was found: skipped'],
    [summary.unreadable, 'unreadable: is the report whole?'],
    [counts.others, 'of another provider, closed as revoked, or the name of a variable: left alone'],
  ];
  return [
    [`${pluralize(summary.found, 'finding')} in the reports`],
    ...meanings.filter(([count]) => count > 0).map(([count, meaning]) => [`  ${count} ${meaning}`]),
    ...faults.map((fault) => [`  ${fault}`]),
    ...refused.map(({ file, why }) => [{ text: `  ${file} was not used: ${why}`, color: 'red' as const }]),
  ];
}
