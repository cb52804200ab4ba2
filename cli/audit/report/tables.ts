/** The tables of the report: counts by source, outcome and reason, and the holds with their approvals. */
import { formatDuration, formatInteger } from '../../../terminal/format.ts';
import { describeApprover } from '../approval-uses.ts';
import { type EventHistory, type HoldAndRelease, listHolds } from '../incidents.ts';
import { countByStatus, countReasons, groupEvents, revocationTimes } from './figures.ts';
import { formatInstant, STATUS_LABELS, TYPE_NAMES } from './format.ts';
import { claimedLink, type Html, html, numberCell, section, statusPill, table } from './html.ts';
import { anchorOf } from './timeline.ts';

const MAX_ROWS = 100;

/** The first rows, and one that counts the others. */
function limitRows(rows: readonly Html[], columns: number): readonly Html[] {
  const left = rows.length - MAX_ROWS;
  const more = html`<tr><td colspan="${columns}" class="soft">and ${formatInteger(left)} more</td></tr>`;
  return [...rows.slice(0, MAX_ROWS), ...(left > 0 ? [more] : [])];
}

/** `all`: follow-up checks too, which can be held. */
export const countsSection = (events: readonly EventHistory[], all: readonly EventHistory[]): Html =>
  section(
    'counts',
    'Counts',
    html`
${sourceTable(events)}
<div class="columns">${outcomeTable(events)}${reasonTable(all)}</div>`,
  );

function sourceTable(events: readonly EventHistory[]): Html {
  const rows = groupEvents(events, ({ source }) => source).map(([source, those]) => {
    const median = revocationTimes(those).sinceDetected?.median;
    const name = source === '' ? html`<span class="soft">no event</span>` : claimedLink(source);
    return html`<tr><td class="wide">${name}</td>
${numberCell(formatInteger(those.length), 'Events')}
${numberCell(formatInteger(countByStatus(those, 'revoked')), 'Revoked (verified)')}
${numberCell(formatInteger(countByStatus(those, 'waiting')), 'Needs action')}
${numberCell(median === undefined ? '–' : formatDuration(median), 'Median time')}</tr>`;
  });
  const header = ['Source, claimed by the sender', '#Events', '#Revoked (verified)', '#Needs action', '#Median time'];
  return html`<div class="card">${table('stack', header, limitRows(rows, 5))}</div>`;
}

function outcomeTable(events: readonly EventHistory[]): Html {
  const rows = groupEvents(events, ({ status, code }) => JSON.stringify([status, code])).map(([, those]) => {
    const [{ status, code } = { status: 'noted', code: '' } as const] = those;
    const label = statusPill(STATUS_LABELS[status]);
    return html`<tr><td>${label} <span class="id">${code}</span></td>${numberCell(formatInteger(those.length))}</tr>`;
  });
  const header = ['Status and last code', '#Events'];
  return html`<div class="card">${table('', header, limitRows(rows, 2))}</div>`;
}

function reasonTable(events: readonly EventHistory[]): Html {
  const rows = countReasons(events).map(
    ([reason, times, waiting]) => html`<tr><td class="id">${reason}</td>
${numberCell(formatInteger(times))}${numberCell(formatInteger(waiting))}</tr>`,
  );
  const none = html`<tr><td colspan="3" class="soft">Nothing needed action.</td></tr>`;
  const header = ['Reason code', '#Times', '#Needs action'];
  return html`<div class="card">${table('', header, rows.length === 0 ? [none] : limitRows(rows, 3))}</div>`;
}

/** `all`: every event of the timeline, to which the holds link. */
export function holdsSection(events: readonly EventHistory[], all: readonly EventHistory[]): Html {
  const rows = listHolds(events).map((each) => holdRow(each, anchorOf(all, each.event)));
  if (rows.length === 0) return section('holds', 'Holds', html`<p class="soft">No safety check held an event.</p>`);
  const header = ['Held at', 'Event and reason', 'Approved', 'Status'];
  return section('holds', 'Holds', html`<div class="card">${table('stack holds', header, limitRows(rows, 4))}</div>`);
}

function holdRow({ event, hold, released, approvers }: HoldAndRelease, anchor: string | undefined): Html {
  const target = hold.target || event.targets[0] || event.id;
  const type = TYPE_NAMES[event.type] ?? event.type;
  return html`<tr>${numberCell(formatInstant(hold.time), 'Held')}
<td><b>${hold.code}</b>, ${anchor === undefined ? type : html`<a href="#${anchor}">${type}</a>`}
<span class="id">${target}</span><br><span class="soft">${hold.detail}</span></td>
<td>${releaseHtml(hold.time, released, approvers)}</td><td>${statusPill(STATUS_LABELS[event.status])}</td></tr>`;
}

function releaseHtml(
  heldAt: number,
  released: HoldAndRelease['released'],
  approvers: HoldAndRelease['approvers'],
): Html {
  if (approvers.length === 0) return html`<span class="soft">not approved</span>`;
  const lines = approvers.map((each) => {
    const isReleased = released?.replay?.operationId === each.operationId;
    const after = isReleased
      ? `${formatInstant(released.time)}, after ${formatDuration(released.time - heldAt)}, `
      : '';
    return html`<br>by <span class="id">${nameOf(each)}</span><br>
<span class="soft">${after}operation <span class="id">${each.operationId}</span></span>`;
  });
  const missing = released === undefined ? 'its replay is not in this log' : '';
  return html`approved <span class="soft">${missing}</span>${lines}`;
}

const nameOf = (each: HoldAndRelease['approvers'][number]): string =>
  'userId' in each ? describeApprover(each) : `${each.operator}${each.claimed ? ' (unverified)' : ''}`;
