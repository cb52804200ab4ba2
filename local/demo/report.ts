/** The report of a run: as text for a person, as one line of JSON for a program. */
import { outcomeOf } from './expectation.ts';
import { CHECK_AFTER_S } from './haste.ts';
import { colourOf } from './line.ts';
import type { Ended, Report } from './run.ts';
import { type Cell, type Layout, table } from './table.ts';

const duration = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const eventRow = ({ name, target, story, asExpected, revokedInMs }: Ended): readonly Cell[] => {
  const outcome = outcomeOf(story);
  const colour = asExpected ? colourOf(outcome) : 'red';
  return [
    name,
    target || '-',
    colour === undefined ? outcome : { text: outcome, colour },
    String(story.attempts).padStart('attempts'.length),
    (revokedInMs === undefined ? '-' : duration(revokedInMs)).padStart('time to revoke'.length),
  ];
};

const checksLine = ({ events, checks }: Report): string => {
  const all = [...checks, ...events].filter(({ trail }) => trail.at(-1)?.startsWith('late-keys: '));
  const ran = all.filter(({ story }) => story.trail.length > 0).length;
  const found = all.filter(({ story }) => story.revokedAt !== undefined).length;
  return `Follow-up checks: ${ran} of ${all.length} ran, ${CHECK_AFTER_S} s apart instead of after 1, 6 and 21 minutes; ${found} found a late key.`;
};

/** Takes a report and how to print; returns its lines. */
export function reportLines(report: Report, layout: Layout): readonly string[] {
  const { events, letters, depths, keys, mismatches, tookMs } = report;
  const { paint } = layout;
  const live = keys.filter(({ live }) => live);
  return [
    '',
    ...table(['event', 'target', 'outcome', 'attempts', 'time to revoke'], events.map(eventRow), {
      ...layout,
      flexible: 1,
    }),
    '',
    checksLine(report),
    '',
    ...table(
      ['queue', 'messages'],
      [
        ['urgent', String(depths.urgent)],
        ['bulk', String(depths.bulk)],
        ['dry run', String(depths.dryRun)],
        ['dead letters', String(depths.deadLetters)],
      ],
      layout,
    ),
    '',
    ...table(
      ['dead letter', 'event', 'why'],
      letters.map(({ reason, name, detail }) => [{ text: reason, colour: 'yellow' }, name, detail]),
      layout,
    ),
    '',
    ...table(
      ['key still active', 'owner', 'why'],
      live.map(({ accessKeyId, owner, survives }) => [
        accessKeyId,
        owner,
        survives ?? { text: 'it must be gone', colour: 'red' },
      ]),
      layout,
    ),
    '',
    ...mismatches.map((sentence) => `${paint('not as expected', 'red')}  ${sentence}`),
    mismatches.length === 0
      ? paint(`All ${events.length} events ended as expected, in ${duration(tookMs)}.`, 'green')
      : paint(`Not as expected: ${mismatches.length}. See above; it took ${duration(tookMs)}.`, 'red'),
  ];
}

const summaryOf = ({ name, target, story, asExpected, trail, attempts, revokedInMs }: Ended) => ({
  event: name,
  target: target || null,
  outcome: outcomeOf(story),
  trail: story.trail,
  attempts: story.attempts,
  revokedInMs: revokedInMs ?? null,
  asExpected,
  ...(asExpected ? {} : { expected: { trail, attempts } }),
});

/** Takes a report; returns one line of JSON without its line feed. Times in ms. */
export function reportJson({ events, checks, letters, depths, keys, mismatches, tookMs }: Report): string {
  return JSON.stringify({
    ok: mismatches.length === 0,
    tookMs,
    events: events.map(summaryOf),
    followUpChecks: checks.map(summaryOf),
    queues: depths,
    deadLetters: letters.map(({ reason, name, detail }) => ({ reason, event: name, detail })),
    activeKeys: keys.filter(({ live }) => live).map(({ accessKeyId, owner }) => ({ accessKeyId, owner })),
    mismatches,
  });
}
