/** `revoker audit verify`: checks that an exported audit log is complete and unchanged. */
import type { Command } from 'commander';
import { pluralize } from '../../terminal/format.ts';
import { bold, type Color, dim, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { type CheckedLogs, type CheckOptions, checkLogs, formatPlace } from './check.ts';
import { type AuditFinding, describeFinding } from './findings.ts';

export function configureAuditVerify(command: Command, runAction: RunAction): void {
  withCheckOptions(command.argument('<files...>'))
    .addHelpText('after', HELP)
    .action((files: string[], options: CheckOptions) =>
      runAction((context) => runVerify(context, files, options), { offline: true }),
    );
}

/** The options that `audit verify` and `audit report` share. */
export const withCheckOptions = (command: Command): Command =>
  command
    .option('--unordered', 'accept unordered and duplicate records, as Insights and Firehose write them')
    .option('--window', 'the files cover a time window: chains may start before it and end after it')
    .option('--heads <files...>', 'copies from a write-once store: every file that follows, so give <files> first');

const HELP = helpText(
  [
    ['audit verify export/*.gz', 'what a log group was exported to'],
    [
      'audit verify export/*.gz --heads locked/*.gz',
      'beside the copies in the locked bucket: finds what was rewritten too; what follows --heads is a copy',
    ],
    ['audit verify --window -', 'what is piped in, such as by `aws logs filter-log-events`'],
  ],
  '{"verdict":"intact|open|broken","records","chains","closed","copies","cut","from","to","findings":[{"kind",' +
    '"file","line","part"?,\n' +
    '"chain"?,"sequence"?,"uid"?,"meaning"}],"totals"}. Exit 0 only for intact; open: a chain without its ' +
    'checkpoint, or a call\n' +
    'without its outcome. Findings: the first thousand of each kind.',
);

/** Findings that are printed without --json. */
const MAX_LINES = 50;

/** Exit code 0 only for the verdict `intact`. Throws as `checkLogs`. */
async function runVerify(context: Context, files: readonly string[], options: CheckOptions): Promise<Report> {
  const checked = await withProgressMessage(context, 'reading the audit log', () => checkLogs(context, files, options));
  return {
    json: toJson(checked),
    lines: toLines(checked),
    exitCode: checked.verdict === 'intact' ? 0 : 1,
  };
}

const instant = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());

const toJson = ({ verdict, records, chains, closed, copies, cutEnds, from, to, findings, totals }: CheckedLogs) => ({
  verdict,
  records,
  chains,
  closed,
  copies,
  cut: cutEnds,
  from: instant(from),
  to: instant(to),
  findings: findings.map((finding) => ({
    kind: finding.kind,
    ...(finding.place ?? {}),
    ...(finding.chain === undefined ? {} : { chain: finding.chain }),
    ...(finding.sequence === undefined ? {} : { sequence: finding.sequence }),
    ...(finding.uid === undefined ? {} : { uid: finding.uid }),
    meaning: describeFinding(finding),
  })),
  totals: { ...totals },
});

const COLORS: Readonly<Record<CheckedLogs['verdict'], Color>> = { intact: 'green', open: 'yellow', broken: 'red' };

const WITHOUT_HEADS =
  'To find a log that was rewritten to its end, or cut after a checkpoint, pass the locked copy with --heads.';

function toLines(checked: CheckedLogs): readonly Line[] {
  const { verdict, records, chains, closed, copies, cutEnds, from, to, findings, headsFrom } = checked;
  const more = findings.length - MAX_LINES;
  return [
    [
      { text: verdict, color: COLORS[verdict] },
      `: ${pluralize(records, 'record')} in ${pluralize(chains, 'chain')}, ${closed} closed`,
    ],
    [dim(`${instant(from)} to ${instant(to)}`)],
    ...(copies > 0
      ? [
          [
            copies === 1
              ? '1 copy of a record that was there before'
              : `${copies} copies of records that were there before`,
          ],
        ]
      : []),
    ...(cutEnds > 0 ? [[`${pluralize(cutEnds, 'end')} of chains, or replays, outside of the window`]] : []),
    ...findings.slice(0, MAX_LINES).flatMap(findingLines),
    ...(more > 0 ? [[dim(`and ${more} more: --json lists them`)]] : []),
    ...(verdict === 'intact' && headsFrom.length === 0 ? [[dim(WITHOUT_HEADS)]] : []),
  ];
}

function findingLines(finding: AuditFinding): readonly Line[] {
  const { kind, place, chain, sequence, uid } = finding;
  const about = [
    uid === undefined ? '' : `record ${uid}`,
    sequence === undefined ? '' : `sequence ${sequence}`,
    chain === undefined ? '' : `chain ${chain}`,
  ].filter(Boolean);
  return [
    [
      bold(place === undefined ? '(in no file)' : formatPlace(place)),
      ' ',
      { text: kind, color: 'red' },
      `: ${describeFinding(finding)}`,
    ],
    ...(about.length === 0 ? [] : [[dim(`  ${about.join(', ')}`)]]),
  ];
}
