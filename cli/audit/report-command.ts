/** `revoker audit report`: writes an incident report as one HTML page. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fieldsOf } from '../../events/shapes.ts';
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { type ReconciliationRecord, reconciliationOf } from '../../lib/audit/read-reconciliation.ts';
import { pluralize } from '../../terminal/format.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { nodeCode, usageError } from '../failure.ts';
import { type CheckOptions, checkLogs } from './check.ts';
import { createIncidentReader, isCheck, isRefusal, senderEvents } from './incidents.ts';
import { readDeployment } from './report/deployment.ts';
import type { ReportFile } from './report/header.ts';
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
    .action((files: string[], options: ReportOptions) =>
      runAction((context) => writeReport(context, files, options), { offline: true }),
    );
}

const HELP = helpText(
  [
    ['audit report export/*.gz --out incident.html', 'of all that a log group holds'],
    ['audit report --window --out today.html -', 'of what is piped in'],
    [
      'audit report export/*.gz --out incident.html --stack coreweave-revocation-prod',
      'with account and region, which are in no record',
    ],
  ],
  '{"file","verdict","records","events","checks","refusals","findings"}; events: from senders.\n' +
    'Exit 0 whenever the page was written: it has the verdict, which `audit verify` turns into an exit code.\n' +
    'The page holds no script and loads nothing; for the same files only its time differs.',
);

/** Throws as `checkLogs` and `readDeployment`, and CliError `file-exists` (usage error). */
async function writeReport(context: Context, files: readonly string[], options: ReportOptions): Promise<Report> {
  const { out, force = false } = options;
  const incident = createIncidentReader();
  const reconciliations: ReconciliationRecord[] = [];
  const [modes, versions, functions] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const onLine = (line: AuditLine): void => {
    incident.take(line);
    const reconciliation = reconciliationOf(line);
    if (reconciliation !== undefined) reconciliations.push(reconciliation);
    addText(modes, fieldsOf(fieldsOf(line.record.unmapped).policy).mode);
    addText(versions, fieldsOf(fieldsOf(line.record.metadata).product).version);
    const uid = fieldsOf(fieldsOf(line.record.actor).user).uid;
    addText(functions, typeof uid === 'string' ? uid.replace(/:.*$/, '') : uid);
  };
  const checked = await withProgressMessage(context, 'reading the audit log', () =>
    checkLogs(context, files, { ...options, onLine }),
  );
  const { events } = incident.end();
  const inputs = await Promise.all(files.map(describeInput));
  const generatedAt = context.clock.now();
  const deployment = await readDeployment(context, [...functions]);
  const origin = { deployment, inputs, generatedAt, modes: [...modes].toSorted(), versions: [...versions].toSorted() };
  const page = reportPage({ events, reconciliations, checked, ...origin, functions: [...functions].toSorted() });
  await writePage(out, page, force);
  const { verdict, records, findings } = checked;
  const [sent, checks, refusals] = [senderEvents(events).length, events.filter(isCheck), events.filter(isRefusal)];
  return {
    json: {
      file: out,
      verdict,
      records,
      events: sent,
      checks: checks.length,
      refusals: refusals.length,
      findings: findings.length,
    },
    lines: [
      [`${pluralize(sent, 'event')} in ${pluralize(records, 'record')}, written to ${out}`],
      [
        `the log is ${verdict === 'open' ? 'not closed' : verdict}`,
        findings.length > 0 ? `: ${pluralize(findings.length, 'finding')}` : '',
      ],
    ],
  };
}

function addText(texts: Set<string>, value: unknown): void {
  if (typeof value === 'string' && value !== '') texts.add(value);
}

/** What is piped in cannot be hashed: it was read already. */
async function describeInput(file: string): Promise<ReportFile> {
  if (file === '-') return { name: 'stdin' };
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return { name: file, sha256: hash.digest('hex') };
}

/** The page contains names of persons and ids of keys, so that only its owner can read the file. */
async function writePage(path: string, page: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, page, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    if (nodeCode(error) !== 'EEXIST') throw error;
    throw usageError('file-exists', `${path} exists already`, 'choose another name, or add --force to replace it');
  }
}
