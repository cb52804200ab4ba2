/** The report as one page: it holds no script, loads nothing, and says the same of the same files. */

import { formatDuration, formatInteger, pluralize } from '../../../terminal/format.ts';
import { type CheckedLogs, formatPlace } from '../check.ts';
import { describeFinding } from '../findings.ts';
import type { EventHistory } from '../incidents.ts';
import { BUCKETS, countByStatus, type Distribution, type RevocationTimes, revocationTimes } from './figures.ts';
import { formatInstant, type Tone } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import { STYLE } from './style.ts';
import { countsSection, holdsSection } from './tables.ts';
import { senderEvents, timelineSection } from './timeline.ts';

export interface ReportInput {
  readonly events: readonly EventHistory[];
  readonly checked: CheckedLogs;
  readonly files: readonly string[];
}

/** Takes what was read and checked; returns the text of the page. */
export function reportPage({ events, checked, files }: ReportInput): string {
  const sent = senderEvents(events);
  const times = revocationTimes(sent);
  const { html: text } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>Revocation report</title><style>${trusted(STYLE)}</style></head><body><main>
<header><div class="over">Revocation report</div><h1>What happened</h1><p class="soft">${formatPeriod(checked)}</p></header>
${banner(checked)}
${tilesRow(sent, times)}
${timesSection(times)}
${holdsSection(sent)}
${countsSection(sent)}
${timelineSection(events)}
${findingsSection(checked)}
<footer>Made from ${pluralize(files.length, 'file', formatInteger)}: <span class="id">${files.join(', ')}</span>. All times are UTC. Sources and the times of detection are what senders claim; all else is what the handler recorded. This page holds no script and loads nothing.</footer>
</main></body></html>
`;
  return text;
}

const formatPeriod = ({ from, to, records }: CheckedLogs): string =>
  from === undefined || to === undefined
    ? 'No whole record'
    : `${formatInstant(from)} to ${formatInstant(to)} UTC, ${pluralize(records, 'audit record', formatInteger)}`;

const VERDICTS: Readonly<Record<CheckedLogs['verdict'], readonly [tone: Tone, mark: string, words: string]>> = {
  intact: ['good', '✓', 'The log is intact.'],
  open: ['warn', '!', 'The log has open ends.'],
  broken: ['bad', '×', 'The log was changed, or is not whole.'],
};

function banner({ verdict, chains, closed, copies, cutEnds, findings: found, headsFrom }: CheckedLogs): Html {
  const [tone, mark, words] = VERDICTS[verdict];
  const beside =
    headsFrom.length > 0
      ? ' It was checked beside checkpoints that were kept elsewhere.'
      : ' It was not checked beside checkpoints kept elsewhere, which alone show a log that was rewritten to its end.';
  const seen = [
    `${pluralize(chains, 'chain', formatInteger)}, ${formatInteger(closed)} closed by a checkpoint`,
    copies > 0 ? `${formatInteger(copies)} delivered twice` : '',
    cutEnds > 0 ? `${formatInteger(cutEnds)} cut by the window of time` : '',
  ].filter(Boolean);
  return html`<div class="banner ${tone}"><span class="mark" aria-hidden="true">${mark}</span><div><strong>${words}</strong> ${
    found.length > 0
      ? html`<a href="#findings">${pluralize(found.length, 'finding', formatInteger)}</a>, told below. `
      : 'Every record fits its fingerprint, and follows from the one before. '
  }<div class="soft small">${seen.join(', ')}.${beside}</div></div></div>`;
}

function tilesRow(events: readonly EventHistory[], { sinceDetected }: RevocationTimes): Html {
  const waiting = countByStatus(events, 'waiting');
  const unsure = countByStatus(events, 'unproven', 'trying', 'open');
  const tile = (
    words: string,
    figure: string,
    { more, tone = '' }: { readonly more: string; readonly tone?: Tone | '' },
  ): Html =>
    html`<div class="card tile ${tone}"><span class="soft small">${words}</span><b>${figure}</b><span class="soft small">${more}</span></div>`;
  return html`<div class="tiles">${[
    tile('Events', formatInteger(events.length), {
      more: `${formatInteger(countByStatus(events, 'nothing'))} with nothing to revoke`,
    }),
    tile('Revoked, seen gone', formatInteger(countByStatus(events, 'revoked')), {
      more: unsure === 0 ? 'none is unproven' : `${formatInteger(unsure)} not proven yet`,
      tone: 'good',
    }),
    tile('Wait for a person', formatInteger(waiting), {
      more: waiting === 0 ? 'nothing is parked' : 'held or dead letters',
      tone: waiting === 0 ? '' : 'bad',
    }),
    tile('Time to revoke', sinceDetected === undefined ? '–' : formatDuration(sinceDetected.median), {
      more: sinceDetected === undefined ? 'nothing was proven gone' : describeMedian(sinceDetected),
    }),
  ]}</div>`;
}

/** Of a few, the 95th hundredth is but the longest. */
const describeMedian = ({ count, p95, longest }: Distribution): string =>
  count < 20 ? `median; longest ${formatDuration(longest)}` : `median; 95 % within ${formatDuration(p95)}`;

function timesSection({ sinceDetected, sinceAccepted }: RevocationTimes): Html {
  if (sinceAccepted === undefined) return html``;
  const most = Math.max(1, ...sinceAccepted.buckets, ...(sinceDetected?.buckets ?? []));
  const last = BUCKETS.findLastIndex(
    (_, at) => (sinceAccepted.buckets[at] ?? 0) + (sinceDetected?.buckets[at] ?? 0) > 0,
  );
  const bar = (each: Distribution | undefined, at: number, second: string): Html => {
    const count = each?.buckets[at] ?? 0;
    return count === 0
      ? html`<div class="bar none ${second}"></div>`
      : html`<div class="bar ${second}" style="width: ${((100 * count) / most).toFixed(1)}%"></div>`;
  };
  const rows = BUCKETS.slice(0, last + 1).map(
    ([, name], at) =>
      html`<span class="label">${name}</span><span class="pairs">${[bar(sinceDetected, at, ''), bar(sinceAccepted, at, 'second')]}</span><span class="count">${formatInteger(sinceDetected?.buckets[at] ?? 0)} <span class="soft">/ ${formatInteger(sinceAccepted.buckets[at] ?? 0)}</span></span>`,
  );
  const said = (name: string, each: Distribution | undefined): string =>
    each === undefined
      ? name
      : `${name}: median ${formatDuration(each.median)}, longest ${formatDuration(each.longest)}`;
  return html`<section aria-labelledby="times"><h2 id="times">Time to revoke</h2><div class="card"><p class="legend"><span><i></i>${said("since detected, by the sender's clock", sinceDetected)}</span><span><i class="second"></i>${said('since accepted', sinceAccepted)}</span></p><div class="bars">${rows}</div></div></section>`;
}

const MAX_FINDINGS = 100;

function findingsSection({ findings: found }: CheckedLogs): Html {
  if (found.length === 0) return html``;
  const rows = found
    .slice(0, MAX_FINDINGS)
    .map(
      (finding) =>
        html`<tr><td class="id">${finding.place === undefined ? 'in no file' : formatPlace(finding.place)}</td><td><b>${finding.kind}</b>: ${describeFinding(finding)}<br><span class="soft id">${[finding.uid === undefined ? '' : `record ${finding.uid}`, finding.chain === undefined ? '' : `chain ${finding.chain}`].filter(Boolean).join(', ')}</span></td></tr>`,
    );
  const left = found.length - MAX_FINDINGS;
  return html`<section aria-labelledby="findings"><h2 id="findings">What is wrong with the log</h2><div class="card"><table class="findings stack"><thead><tr><th>Where</th><th>What</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="soft">and ${formatInteger(left)} more: <span class="id">revoker audit verify --json</span> lists them</p>` : undefined}</div></section>`;
}
