/** The report of a replay: results by reason, and the next step for the dead letters that stay. */
import type { Json } from '../../lib/model/json.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import { isReplayCode, REPLAY_CODES, type ReplayCode, type ReplayResult } from '../../lib/model/replay-codes.ts';
import type { ReplayRequest } from '../../lib/replay/replay.ts';
import { type ReplayEnd, type ReplayReport, waitingIn } from '../../lib/replay/rules.ts';
import { pluralize } from '../../terminal/format.ts';
import { dim, type Line } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import type { Context, Report } from '../context.ts';
import { commandLine, toShellWord } from '../shell.ts';
import type { Preview } from './confirm-replay.ts';
import type { ReplayOutcome } from './run-replay.ts';
import { inHandText } from './table.ts';

const RESULTS = ['replayed', 'skipped', 'refused', 'failed'] as const satisfies readonly ReplayResult[];

const ENDS: Readonly<Record<ReplayEnd, string>> = {
  complete: '',
  max: 'stopped at --max: there may be more',
  time: 'out of time: there may be more',
  stopped: 'stopped: what was not sent is still there; run it again to go on',
  unavailable: 'the dead-letter queue cannot be read: run `revoker doctor`, then run it again to go on',
};

/** For dead letters that matched the filter and stayed on the queue. */
const NEXT_STEPS_BY_CODE: Readonly<Partial<Record<ReplayCode, string>>> = {
  'needs-approval': 'check them (`dlq show`), then add --approve',
  'needs-message-id': 'their events came with two bodies: name the one that is meant with --message-id',
  'needs-identity': 'AWS must say who approves them: sign in, see `revoker doctor`',
  'no-target': 'they do not say who was meant: replay them without --approve, and approve what is held then',
  'replay-limit': 'they have failed often: find out why, then add --approve',
  redacted: 'what was received is not whole: ask the sender to send it again',
  truncated: 'what was received is not whole: ask the sender to send it again',
  'not-kept': 'what was received was not kept: ask the sender to send it again',
  'no-event': 'no event can be read in it, so none can be approved: ask the sender',
  'body-differs': 'the ledger knows another event of that id: approve its `held-conflict`, or send it under a new id',
  'no-parent': 'the event that it follows up is not settled: replay that first',
  busy: 'the function is at work on them: wait a minute and run it again',
  'ledger-failed': 'run `revoker doctor`, then run it again',
  'not-recorded': 'the function cannot write its audit records: see its log, then run it again',
  'not-sent': 'run `revoker doctor`, then run it again',
  'not-removed': 'they were sent, and are still in the queue: run it again, which is harmless',
};

/** Columns of a terminal below which the table of results has no room for reasons. */
const NARROW = 80;

/** A preview, or what `runReplay` returns. */
type Reported = ReplayReport &
  Partial<Pick<ReplayOutcome, 'unreached' | 'waiting'> & Pick<Preview, 'withheld' | 'inHand'>>;

/** The table of results by reason, and their sums. */
export function formatReplay(
  { dryRun, reasons, results, ended, unreached = 0, inHand = 0 }: Reported,
  width: number,
): readonly Line[] {
  const rows = Object.entries(reasons).map(([reason, codes]) => {
    const counts = Object.entries(codes ?? {});
    const sum = (wanted: ReplayResult): number =>
      counts.reduce((total, [code, count]) => (resultOf(code) === wanted ? total + count : total), 0);
    const why = counts
      .filter(([code]) => code !== 'sent' && code !== 'not-matched')
      .map(([code, count]) => `${count} ${code}`);
    return [reason, ...RESULTS.map((result) => String(sum(result))), why.join(', ')];
  });
  const titles = dryRun ? ['to send', 'skipped', 'refused', 'failed'] : ['sent', 'skipped', 'refused', 'failed'];
  // The next steps say why, so that a narrow terminal does without the last column.
  const columns = width < NARROW ? 5 : 6;
  const table = {
    header: ['reason', ...titles, 'why'].slice(0, columns),
    rows: rows.map((row) => row.slice(0, columns)),
    width,
    right: [1, 2, 3, 4],
  };
  return [
    ...(rows.length === 0
      ? [[ended === 'complete' && unreached + inHand === 0 ? 'no dead letters' : 'no dead letter was read']]
      : formatTable(table)),
    ...(rows.length < 2
      ? []
      : [[dim(RESULTS.map((result, index) => `${results[result]} ${titles[index]}`).join(', '))]]),
    ...(ENDS[ended] === '' ? [] : [[{ text: ENDS[ended], color: 'yellow' as const }]]),
    ...(ended === 'complete' && inHand > 0
      ? [[{ text: `without ${inHandText(inHand)}`, color: 'yellow' as const }]]
      : []),
  ];
}

const resultOf = (code: string): ReplayResult | undefined => (isReplayCode(code) ? REPLAY_CODES[code] : undefined);

interface ReplaySummary extends Report {
  readonly json: { readonly [field: string]: Json };
}

/** `functionName`: of --function. */
export type Given = ReplayRequest & { readonly functionName?: string | undefined };

export function toReplayReport(
  report: Reported,
  request: Given,
  context: Pick<Context, 'terminal' | 'optionWords'>,
): ReplaySummary {
  const { operator, filter } = request;
  const { results, ended, reasons, operationId, dryRun, unreached = 0, withheld = [], inHand = 0 } = report;
  const codes = new Set(Object.values(reasons).flatMap((each) => Object.keys(each ?? {})));
  const nextSteps = Object.entries(NEXT_STEPS_BY_CODE).filter(([code]) => codes.has(code));
  const noneMatched =
    ended === 'complete' && unreached === 0 && results.replayed + results.refused + results.failed === 0;
  const failed =
    results.failed > 0 ||
    // A filter by an id is expected to match; a filter by reason may well match nothing.
    (noneMatched && (filter.eventId ?? filter.messageIds) !== undefined) ||
    unreached > 0 ||
    ended === 'time' ||
    ended === 'stopped' ||
    ended === 'unavailable' ||
    (results.refused > 0 && results.replayed === 0);
  const who = operator.arn ?? `${operator.name} (unverified)`;
  const json = {
    operationId,
    operator: { ...operator },
    dryRun,
    ended,
    unreached,
    inHand,
    results: { ...results },
    reasons: Object.fromEntries(Object.entries(reasons).map(([reason, each]) => [reason, { ...each }])),
  };
  return {
    json,
    lines: [
      ...formatReplay(report, context.terminal.columns),
      ...(noneMatched ? [...new Set(withheld)].map(withheldLine) : []),
      ...(noneMatched && results.skipped > 0 && withheld.length === 0
        ? [['next: no dead letter matches; it may be replayed already: see `dlq list --detail`'] satisfies Line]
        : []),
      ...(unreached > 0 && ended === 'complete' ? unreachedLines(unreached) : []),
      ...nextSteps.map(([code, next]): Line => [`next: ${code}: ${next}`]),
      ...(codes.has('needs-second-approval') ? secondApproval(context, request, report) : []),
      ...(dryRun ? [] : [[dim(`operation ${operationId} by ${who}; records in the log of the function`)]]),
    ],
    exitCode: isWaiting(report) ? 3 : failed ? 1 : 0,
  };
}

const withheldLine = (reason: Reason): Line => [
  `next: a replay does not help: ${reason}; add --reason ${reason} to send it again all the same`,
];

/** Messages that another consumer has received are hidden for a while. */
const unreachedLines = (count: number): readonly Line[] => [
  [
    {
      text: `${pluralize(count, 'dead letter')} not reached: gone, or hidden while another consumer has them`,
      color: 'yellow',
    },
  ],
  ['next: run it again in a few minutes'],
];

/** All that was meant is approved by one of two persons. */
function isWaiting({ reasons, results, ended }: ReplayReport): boolean {
  const waiting = waitingIn(reasons);
  const isWhole = ended === 'complete' || ended === 'max';
  return waiting > 0 && waiting === results.refused && results.failed === 0 && isWhole;
}

/**
 * What the second person types, who must be another user of AWS. It names the dead letters: a filter, an age above all,
 * could select others by then.
 */
function secondApproval(
  context: Pick<Context, 'optionWords'>,
  { operator, ratePerSecond, functionName }: Given,
  { dryRun, waiting = [] }: Pick<Reported, 'dryRun' | 'waiting'>,
): readonly Line[] {
  if (dryRun) return [['next: two persons must approve: without --dry-run this stores the first approval']];
  const words = [
    ...waiting.map((id) => `--message-id=${id}`),
    ...(ratePerSecond === undefined ? [] : [`--rate=${ratePerSecond}`]),
    ...(functionName === undefined ? [] : [`--function=${toShellWord(functionName)}`]),
    `--approve --approved-by=${operator.userId ?? ''}`,
  ];
  return [
    ['1 of 2 approvals. Within 24 hours a second person types:'],
    [`  ${commandLine(context, `dlq replay ${words.join(' ')}`)}`],
  ];
}
