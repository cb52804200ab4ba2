/** The incident report as one HTML page. It has no script, loads nothing, and is the same for the same files. */
import type { ReconciliationRecord } from '../../../lib/audit/read-reconciliation.ts';
import { formatDuration, formatInteger, pluralize } from '../../../terminal/format.ts';
import { type CheckedLogs, formatPlace } from '../check.ts';
import { type AuditFinding, describeFinding } from '../findings.ts';
import { type EventHistory, type EventStatus, isCheck, senderEvents } from '../incidents.ts';
import { BUCKETS, type Distribution, type RevocationTimes, revocationTimes } from './figures.ts';
import { formatInstant, NOT_FOUND_STEP, type Tone } from './format.ts';
import { originHtml, type ReportOrigin } from './header.ts';
import { type Html, html, section, table, trusted } from './html.ts';
import { standingSection } from './standing.ts';
import { STYLE } from './style.ts';
import { countsSection, holdsSection } from './tables.ts';
import { timelineSection } from './timeline.ts';

export interface ReportInput extends ReportOrigin {
  readonly events: readonly EventHistory[];
  readonly reconciliations: readonly ReconciliationRecord[];
  readonly checked: CheckedLogs;
}

const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const HEAD = html`<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(CONTENT_SECURITY_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>Revocation incident report</title><style>${trusted(STYLE)}</style>`;

export function reportPage(input: ReportInput): string {
  const { events, reconciliations, checked } = input;
  const sent = senderEvents(events);
  const withChecks = [...sent, ...events.filter(isCheck)];
  const times = revocationTimes(sent);
  const body = html`${timesSection(times)}
${standingSection(reconciliations)}
${holdsSection(withChecks, events)}
${countsSection(sent, withChecks)}
${timelineSection(events)}
${findingsSection(checked)}`;
  const period = html`<p class="soft">${formatPeriod(checked)}</p>`;
  const { html: text } = html`<!doctype html>
<html lang="en"><head>${HEAD}</head><body><main>
<header><div class="over">CoreWeave revocation handler</div>
<h1>Revocation incident report</h1>${period}${originHtml(input)}</header>
${banner(checked)}
${tilesRow(sent, times)}
${indexHtml(body)}
${body}
${FOOTER}
</main></body></html>
`;
  return text;
}

/** Links to the sections: a text of a record cannot hold a heading. */
function indexHtml({ html: body }: Html): Html {
  const sections = [...body.matchAll(/<h2 id="([\w-]+)">([^<]+)<\/h2>/g)];
  const links = sections.map(([, id = '', title = '']) => html`<a href="#${id}">${title}</a> `);
  return html`<nav class="index small">${links}</nav>`;
}

const FOOTER = html`<footer>All times are UTC. Sources and detection times are claims of the senders; everything else
was recorded by the handler. This page has no scripts and loads nothing.</footer>`;

const formatPeriod = ({ from, to, records }: CheckedLogs): string =>
  from === undefined || to === undefined
    ? 'No complete record'
    : `${formatInstant(from)} to ${formatInstant(to)} UTC, ${pluralize(records, 'audit record', formatInteger)}`;

const VERDICTS: Readonly<Record<CheckedLogs['verdict'], readonly [tone: Tone, mark: string, text: string]>> = {
  intact: ['good', '✓', 'The log is intact.'],
  open: ['warn', '!', 'The log has open chains or intents.'],
  broken: ['bad', '×', 'The log was changed, or is incomplete.'],
};

const WITH_HEADS = ' It was compared with records that are kept elsewhere.';
const WITHOUT_HEADS =
  ' It was not compared with records kept elsewhere, so a log that was rewritten to its end, or cut after a ' +
  'checkpoint, is not detected.';

function banner({ verdict, chains, closed, copies, cutEnds, findings, headsFrom }: CheckedLogs): Html {
  const [tone, mark, text] = VERDICTS[verdict];
  const details = [
    `${pluralize(chains, 'chain', formatInteger)}, ${formatInteger(closed)} closed by a checkpoint`,
    copies > 0 ? `${formatInteger(copies)} delivered twice` : '',
    cutEnds > 0 ? `${formatInteger(cutEnds)} cut by the time range` : '',
  ].filter(Boolean);
  const summary =
    findings.length > 0
      ? html`<a href="#findings">${pluralize(findings.length, 'finding', formatInteger)}</a>, see below. `
      : html`Every record matches its hash and the record before it. `;
  const heads = headsFrom.length > 0 ? WITH_HEADS : WITHOUT_HEADS;
  return html`<div class="banner ${tone}"><span class="mark" aria-hidden="true">${mark}</span>
<div><strong>${text}</strong> ${summary}<div class="soft small">${details.join(', ')}.${heads}</div></div></div>`;
}

interface TileTerms {
  readonly label: string;
  readonly tone: Tone | '';
  readonly more: string;
}

/** The tiles whose counts add up to the events. */
export const STATUS_TILES = {
  revoked: { label: 'Revoked (verified)', tone: 'good', more: 'no longer live' },
  nothing: { label: 'Nothing to revoke', tone: '', more: 'already revoked, no keys or a duplicate' },
  notFound: { label: 'Not found', tone: 'warn', more: NOT_FOUND_STEP },
  unverified: { label: 'Not verified yet', tone: 'warn', more: 'accepted, retried or without an outcome' },
  waiting: { label: 'Needs action', tone: 'bad', more: 'held or dead letters' },
  other: { label: 'Other', tone: '', more: 'dry run, discarded, scheduled or ignored' },
} as const satisfies Readonly<Record<string, TileTerms>>;

const TILE_BY_STATUS: Readonly<Record<EventStatus, keyof typeof STATUS_TILES>> = {
  revoked: 'revoked',
  'already-revoked': 'nothing',
  nothing: 'nothing',
  'not-found': 'notFound',
  unproven: 'unverified',
  trying: 'unverified',
  open: 'unverified',
  waiting: 'waiting',
  'would-revoke': 'other',
  discarded: 'other',
  noted: 'other',
};

function tilesRow(events: readonly EventHistory[], { sinceDetected }: RevocationTimes): Html {
  const tiles = Object.entries(STATUS_TILES).map(([name, { label, tone, more }]) => {
    const count = events.filter(({ status }) => TILE_BY_STATUS[status] === name).length;
    return tile(label, formatInteger(count), { more, tone: count === 0 ? '' : tone });
  });
  return html`<div class="tiles">${[
    tile('Events', formatInteger(events.length), { more: 'from senders, without follow-up checks' }),
    ...tiles,
    tile('Time to revoke', sinceDetected === undefined ? '–' : formatDuration(sinceDetected.median), {
      more: sinceDetected === undefined ? 'no revocation was verified' : describeMedian(sinceDetected),
    }),
  ]}</div>`;
}

const tile = (
  label: string,
  figure: string,
  { more, tone = '' }: { readonly more: string; readonly tone?: Tone | '' },
): Html => html`<div class="card tile ${tone}">
<span class="soft small">${label}</span><b>${figure}</b><span class="soft small">${more}</span></div>`;

/** With fewer than 20 values the 95th percentile is the longest one. */
const describeMedian = ({ count, p95, longest }: Distribution): string =>
  count < 20 ? `median; longest ${formatDuration(longest)}` : `median; 95 % within ${formatDuration(p95)}`;

function timesSection({ sinceDetected, sinceAccepted }: RevocationTimes): Html {
  if (sinceAccepted === undefined) return html``;
  const detected = sinceDetected?.buckets ?? [];
  const accepted = sinceAccepted.buckets;
  const most = Math.max(1, ...accepted, ...detected);
  const last = BUCKETS.findLastIndex((_, at) => (accepted[at] ?? 0) + (detected[at] ?? 0) > 0);
  const rows = BUCKETS.slice(0, last + 1).map(([, name], at) => {
    const counts = [detected[at] ?? 0, accepted[at] ?? 0] as const;
    const bars = [bar(counts[0] / most, ''), bar(counts[1] / most, 'second')];
    return html`<span class="label">${name}</span><span class="pairs">${bars}</span>
<span class="count">${formatInteger(counts[0])} <span class="soft">/ ${formatInteger(counts[1])}</span></span>`;
  });
  const legend = html`<p class="legend">
<span><i></i>${describeDistribution("since detection, by the sender's clock", sinceDetected)}</span>
<span><i class="second"></i>${describeDistribution('since receipt', sinceAccepted)}</span></p>`;
  return section('times', 'Time to revoke', html`<div class="card">${legend}<div class="bars">${rows}</div></div>`);
}

const bar = (share: number, kind: '' | 'second'): Html =>
  share === 0
    ? html`<div class="bar none ${kind}"></div>`
    : html`<div class="bar ${kind}" style="width: ${(100 * share).toFixed(1)}%"></div>`;

const describeDistribution = (name: string, each: Distribution | undefined): string =>
  each === undefined ? name : `${name}: median ${formatDuration(each.median)}, longest ${formatDuration(each.longest)}`;

const MAX_FINDINGS = 100;

function findingsSection({ findings }: CheckedLogs): Html {
  if (findings.length === 0) return html``;
  const rows = findings.slice(0, MAX_FINDINGS).map(findingRow);
  const left = findings.length - MAX_FINDINGS;
  const more =
    left > 0
      ? html`<p class="soft">and ${formatInteger(left)} more:
<span class="id">revoker audit verify --json</span> lists them</p>`
      : undefined;
  const body = html`<div class="card">${table('findings stack', ['Where', 'What'], rows)}${more}</div>`;
  return section('findings', 'Findings', body);
}

function findingRow(finding: AuditFinding): Html {
  const { place, kind, uid, chain } = finding;
  const ids = [uid === undefined ? '' : `record ${uid}`, chain === undefined ? '' : `chain ${chain}`].filter(Boolean);
  return html`<tr><td class="id">${place === undefined ? 'in no file' : formatPlace(place)}</td>
<td><b>${kind}</b>: ${describeFinding(finding)}<br><span class="soft id">${ids.join(', ')}</span></td></tr>`;
}
