/** The report of a run: lines for the terminal, or one line of JSON. */

import { FOLLOW_UP_TIMES } from '../../lib/model/follow-up.ts';
import { formatSeconds, pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { formatTable, type TableOptions } from '../../terminal/table.ts';
import { colorOfCode } from './entry-line.ts';
import { lastOutcome } from './expectation.ts';
import type { DemoReport, EventResult } from './run.ts';

/** Returns the lines of the report, its tables no wider than `width`. */
export function formatReport(report: DemoReport, width: number): readonly Line[] {
  const ruledTable = (table: Pick<TableOptions, 'header' | 'rows' | 'flexible' | 'right'>): readonly Line[] => [
    [],
    ...formatTable({ ...table, width, rule: true }),
  ];
  return [
    ...ruledTable(eventTable(report)),
    [],
    [checksLine(report)],
    ...ruledTable(queueTable(report)),
    ...ruledTable(deadLetterTable(report)),
    ...ruledTable(keyTable(report)),
    [],
    ...report.mismatches.map((sentence): Line => [{ text: 'not as expected', color: 'red' }, `  ${sentence}`]),
    [verdict(report)],
  ];
}

/** The events, and the check that revokes the late key. The titles are short, so that 80 columns have whole key IDs. */
const eventTable = ({ events, checks }: DemoReport) => ({
  header: ['event', 'target', 'outcome', 'calls', 'revoked in'],
  rows: [...events, ...checks.filter(({ attempts }) => attempts > 0)].map(eventRow),
  flexible: 1,
  right: [3, 4],
});

const eventRow = ({ name, target, history, asExpected, revokedInMs }: EventResult): readonly Span[] => {
  const outcome = lastOutcome(history);
  const color = asExpected ? colorOfCode(outcome) : 'red';
  return [
    name,
    target || '-',
    color === undefined ? outcome : { text: outcome, color },
    String(history.attempts),
    revokedInMs === undefined ? '-' : formatSeconds(revokedInMs, 2),
  ];
};

const checksLine = ({ checks }: DemoReport): string => {
  const ran = checks.filter(({ history }) => history.trail.length > 0).length;
  const found = checks.filter(({ history }) => history.revokedAt !== undefined).length;
  const delays = `within seconds instead of after ${FOLLOW_UP_TIMES}`;
  return `Follow-up checks: ${ran} of ${checks.length} ran, ${delays}; ${found} found a newly created key.`;
};

const queueTable = ({ depths }: DemoReport) => ({
  header: ['queue', 'messages'],
  rows: [
    ['urgent', String(depths.urgent)],
    ['bulk', String(depths.bulk)],
    ['dry run', String(depths.dryRun)],
    ['dead letters', String(depths.deadLetters)],
  ],
});

const deadLetterTable = ({ deadLetters }: DemoReport) => ({
  header: ['dead letter', 'event', 'why'],
  rows: deadLetters.map(({ reason, name, detail }): readonly Span[] => [
    { text: reason, color: 'yellow' },
    name,
    detail,
  ]),
});

const keyTable = ({ keys }: DemoReport) => ({
  header: ['key still active', 'owner', 'why'],
  rows: keys
    .filter(({ live }) => live)
    .map(({ accessKeyId, owner, survives }): readonly Span[] => [
      accessKeyId,
      owner,
      survives ?? { text: 'must be revoked', color: 'red' },
    ]),
});

const verdict = ({ events, checks, mismatches, tookMs }: DemoReport): Span => {
  const took = formatSeconds(tookMs, 2);
  const all = `All ${pluralize(events.length, 'event')} and ${pluralize(checks.length, 'follow-up check')}`;
  return mismatches.length === 0
    ? { text: `${all} ended as expected, in ${took}.`, color: 'green' }
    : { text: `Not as expected: ${mismatches.length}. See above; it took ${took}.`, color: 'red' };
};

const toJson = ({ name, target, history, asExpected, trail, attempts, revokedInMs }: EventResult) => ({
  event: name,
  target: target || null,
  outcome: lastOutcome(history),
  trail: history.trail,
  attempts: history.attempts,
  revokedInMs: revokedInMs ?? null,
  asExpected,
  ...(asExpected ? {} : { expected: { trail, attempts } }),
});

/** Returns one line of JSON without its line feed. Times in ms. */
export function formatReportJson(report: DemoReport): string {
  const { events, checks, deadLetters, depths, keys, mismatches, tookMs } = report;
  return JSON.stringify({
    ok: mismatches.length === 0,
    tookMs,
    events: events.map(toJson),
    followUpChecks: checks.map(toJson),
    queues: depths,
    deadLetters: deadLetters.map(({ reason, name, detail }) => ({ reason, event: name, detail })),
    activeKeys: keys.filter(({ live }) => live).map(({ accessKeyId, owner }) => ({ accessKeyId, owner })),
    mismatches,
  });
}
