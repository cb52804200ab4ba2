/** `revoker audit report`: writes an incident report as one HTML page. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { pluralize } from '../../terminal/format.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { usageError } from '../failure.ts';
import { type CheckOptions, checkLogs } from './check.ts';
import { createIncidentReader } from './incidents.ts';
import { reportPage } from './report/page.ts';
import { withCheckOptions } from './verify-command.ts';

export interface ReportOptions extends CheckOptions {
  readonly out: string;
  readonly force?: boolean;
}

export function configureAuditReport(command: Command, runAction: RunAction): void {
  withCheckOptions(
    command
      .argument('<files...>')
      .requiredOption('--out <file>', 'the page')
      .option('--force', 'replace a file that is there'),
  )
    .addHelpText('after', HELP)
    .action((files: string[], options: ReportOptions) => runAction((context) => writeReport(context, files, options)));
}

const HELP = helpText(
  [
    ['audit report export/*.gz --out incident.html', 'of all that a log group holds'],
    ['audit report --window --out today.html -', 'of what is piped in'],
  ],
  '{"file","verdict","records","events","findings"}. Exit 0 whenever the page was written: it tells the ' +
    'verdict, `audit verify`\n' +
    'turns it into an exit code. The page holds no script, loads nothing, and is the same for the same files.',
);

/** Throws as `checkLogs`, and CliError `file-exists` (usage error). */
export async function writeReport(context: Context, files: readonly string[], options: ReportOptions): Promise<Report> {
  const { out, force = false } = options;
  const incident = createIncidentReader();
  const checked = await checkLogs(context, files, { ...options, onLine: (line) => incident.take(line) });
  const { events } = incident.end();
  await writePage(
    out,
    reportPage({ events, checked, files: [...files].map((file) => (file === '-' ? 'stdin' : file)) }),
    force,
  );
  const { verdict, records, findings } = checked;
  return {
    json: { file: out, verdict, records, events: events.length, findings: findings.length },
    lines: [
      [`${pluralize(events.length, 'event')} in ${pluralize(records, 'record')}, written to ${out}`],
      [
        `the log is ${verdict === 'open' ? 'not closed' : verdict}`,
        findings.length > 0 ? `: ${pluralize(findings.length, 'finding')}` : '',
      ],
    ],
  };
}

/** The page contains names of persons and ids of keys, so that only its owner can read the file. */
async function writePage(path: string, page: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, page, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'EEXIST') throw error;
    throw usageError('file-exists', 'the file is there already', 'choose another name, or add --force to replace it');
  }
}
