/** The tables of the report: by source, outcome and reason, and what was held, with who released it. */

import { formatDuration, formatInteger } from '../../../terminal/format.ts';
import { type EventHistory, type HoldAndRelease, listHolds } from '../incidents.ts';
import { countByStatus, countReasons, groupEvents, revocationTimes } from './figures.ts';
import { formatInstant, STATUS_LABELS, TYPE_NAMES } from './format.ts';
import { claimedLink, type Html, html } from './html.ts';

const MAX_ROWS = 100;

/** Takes the rows of a table; returns those that are shown, and a last one that says how many are not. */
function limitRows(rows: readonly Html[], columns: number): Html {
  const left = rows.length - MAX_ROWS;
  return html`${rows.slice(0, MAX_ROWS)}${left > 0 ? html`<tr><td colspan="${columns}" class="soft">and ${formatInteger(left)} more</td></tr>` : undefined}`;
}

/** Takes events; returns the section with the counts. */
export function countsSection(events: readonly EventHistory[]): Html {
  return html`<section aria-labelledby="counts"><h2 id="counts">Counts</h2>
${sourceTable(events)}
<div class="columns">${outcomeTable(events)}${reasonTable(events)}</div></section>`;
}

function sourceTable(events: readonly EventHistory[]): Html {
  const rows = groupEvents(events, ({ source }) => source).map(([source, those]) => {
    const median = revocationTimes(those).sinceDetected?.median;
    return html`<tr><td class="wide">${source === '' ? html`<span class="soft">no event</span>` : claimedLink(source)}</td><td class="number" data-name="Events">${formatInteger(those.length)}</td><td class="number" data-name="Revoked">${formatInteger(countByStatus(those, 'revoked'))}</td><td class="number" data-name="Waiting">${formatInteger(countByStatus(those, 'waiting'))}</td><td class="number" data-name="Median time">${median === undefined ? '–' : formatDuration(median)}</td></tr>`;
  });
  return html`<div class="card"><table class="stack"><thead><tr><th>Source, claimed by the sender</th><th class="number">Events</th><th class="number">Revoked</th><th class="number">Waiting</th><th class="number">Median time</th></tr></thead><tbody>${limitRows(rows, 5)}</tbody></table></div>`;
}

function outcomeTable(events: readonly EventHistory[]): Html {
  const rows = groupEvents(events, ({ status, code }) => JSON.stringify([status, code])).map(([, those]) => {
    const [{ status, code } = { status: 'noted', code: '' } as const] = those;
    const [words, tone] = STATUS_LABELS[status];
    return html`<tr><td><span class="pill ${tone}">${words}</span> <span class="id">${code}</span></td><td class="number">${formatInteger(those.length)}</td></tr>`;
  });
  return html`<div class="card"><table><thead><tr><th>How it stands, and the last word on it</th><th class="number">Events</th></tr></thead><tbody>${limitRows(rows, 2)}</tbody></table></div>`;
}

function reasonTable(events: readonly EventHistory[]): Html {
  const rows = countReasons(events).map(
    ([reason, times, waiting]) =>
      html`<tr><td class="id">${reason}</td><td class="number">${formatInteger(times)}</td><td class="number">${formatInteger(waiting)}</td></tr>`,
  );
  const body =
    rows.length === 0
      ? html`<tr><td colspan="3" class="soft">Nothing waited for a person.</td></tr>`
      : limitRows(rows, 3);
  return html`<div class="card"><table><thead><tr><th>Why it waited for a person</th><th class="number">Times</th><th class="number">Still</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Takes events; returns the section with what guards stopped. */
export function holdsSection(events: readonly EventHistory[]): Html {
  const rows = listHolds(events).map(holdRow);
  if (rows.length === 0)
    return html`<section aria-labelledby="holds"><h2 id="holds">Holds</h2><p class="soft">No guard stopped anything.</p></section>`;
  return html`<section aria-labelledby="holds"><h2 id="holds">Holds</h2><div class="card"><table class="stack holds"><thead><tr><th>Held</th><th>What and why</th><th>Released</th><th>Then</th></tr></thead><tbody>${limitRows(rows, 4)}</tbody></table></div></section>`;
}

function holdRow({ event, hold, released }: HoldAndRelease): Html {
  const [words, tone] = STATUS_LABELS[event.status];
  const whom = hold.target || event.targets[0] || event.id;
  return html`<tr><td class="number" data-name="Held">${formatInstant(hold.time)}</td><td><b>${hold.code}</b>, ${TYPE_NAMES[event.type] ?? event.type} <span class="id">${whom}</span><br><span class="soft">${hold.detail}</span></td><td>${releaseHtml(hold.time, released)}</td><td><span class="pill ${tone}">${words}</span></td></tr>`;
}

function releaseHtml(heldAt: number, released: HoldAndRelease['released']): Html {
  if (released?.replay === undefined) return html`<span class="soft">not released</span>`;
  const { operator, claimed, operationId } = released.replay;
  return html`by <span class="id">${operator}</span>${claimed ? ' (their own word)' : ''}<br><span class="soft">${formatInstant(released.time)}, after ${formatDuration(released.time - heldAt)}, operation <span class="id">${operationId}</span></span>`;
}
