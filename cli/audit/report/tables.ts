/** The tables of the report: by source, outcome and reason, and what was held, with who released it. */

import { formatDuration, formatInteger } from '../../../terminal/format.ts';
import { type Hold, holdsOf, type Story } from '../incidents.ts';
import { groupsOf, reasonsOf, standingAt, timesOf } from './figures.ts';
import { formatInstant, STANDINGS, TYPES } from './format.ts';
import { claimedLink, type Html, html } from './html.ts';

const MOST_ROWS = 100;

/** Takes the rows of a table; returns those that are shown, and a last one that says how many are not. */
function shownRows(rows: readonly Html[], columns: number): Html {
  const left = rows.length - MOST_ROWS;
  return html`${rows.slice(0, MOST_ROWS)}${left > 0 ? html`<tr><td colspan="${columns}" class="soft">and ${formatInteger(left)} more</td></tr>` : undefined}`;
}

/** Takes stories; returns the section with the counts. */
export function counts(stories: readonly Story[]): Html {
  return html`<section aria-labelledby="counts"><h2 id="counts">Counts</h2>
${bySource(stories)}
<div class="columns">${byOutcome(stories)}${byReason(stories)}</div></section>`;
}

function bySource(stories: readonly Story[]): Html {
  const rows = groupsOf(stories, ({ source }) => source).map(([source, those]) => {
    const median = timesOf(those).sinceDetected?.median;
    return html`<tr><td class="wide">${source === '' ? html`<span class="soft">no event</span>` : claimedLink(source)}</td><td class="number" data-name="Events">${formatInteger(those.length)}</td><td class="number" data-name="Revoked">${formatInteger(standingAt(those, 'revoked'))}</td><td class="number" data-name="Waiting">${formatInteger(standingAt(those, 'waiting'))}</td><td class="number" data-name="Median time">${median === undefined ? '–' : formatDuration(median)}</td></tr>`;
  });
  return html`<div class="card"><table class="stack"><thead><tr><th>Source, claimed by the sender</th><th class="number">Events</th><th class="number">Revoked</th><th class="number">Waiting</th><th class="number">Median time</th></tr></thead><tbody>${shownRows(rows, 5)}</tbody></table></div>`;
}

function byOutcome(stories: readonly Story[]): Html {
  const rows = groupsOf(stories, ({ standing, code }) => JSON.stringify([standing, code])).map(([, those]) => {
    const [{ standing, code } = { standing: 'noted', code: '' } as const] = those;
    const [words, tone] = STANDINGS[standing];
    return html`<tr><td><span class="pill ${tone}">${words}</span> <span class="id">${code}</span></td><td class="number">${formatInteger(those.length)}</td></tr>`;
  });
  return html`<div class="card"><table><thead><tr><th>How it stands, and the last word on it</th><th class="number">Events</th></tr></thead><tbody>${shownRows(rows, 2)}</tbody></table></div>`;
}

function byReason(stories: readonly Story[]): Html {
  const rows = reasonsOf(stories).map(
    ([reason, times, waiting]) =>
      html`<tr><td class="id">${reason}</td><td class="number">${formatInteger(times)}</td><td class="number">${formatInteger(waiting)}</td></tr>`,
  );
  const body =
    rows.length === 0
      ? html`<tr><td colspan="3" class="soft">Nothing waited for a person.</td></tr>`
      : shownRows(rows, 3);
  return html`<div class="card"><table><thead><tr><th>Why it waited for a person</th><th class="number">Times</th><th class="number">Still</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Takes stories; returns the section with what guards stopped. */
export function holds(stories: readonly Story[]): Html {
  const rows = holdsOf(stories).map(holdRow);
  if (rows.length === 0)
    return html`<section aria-labelledby="holds"><h2 id="holds">Holds</h2><p class="soft">No guard stopped anything.</p></section>`;
  return html`<section aria-labelledby="holds"><h2 id="holds">Holds</h2><div class="card"><table class="stack holds"><thead><tr><th>Held</th><th>What and why</th><th>Released</th><th>Then</th></tr></thead><tbody>${shownRows(rows, 4)}</tbody></table></div></section>`;
}

function holdRow({ story, hold, released }: Hold): Html {
  const [words, tone] = STANDINGS[story.standing];
  const whom = hold.target || story.targets[0] || story.id;
  return html`<tr><td class="number" data-name="Held">${formatInstant(hold.time)}</td><td><b>${hold.code}</b>, ${TYPES[story.type] ?? story.type} <span class="id">${whom}</span><br><span class="soft">${hold.detail}</span></td><td>${releaseHtml(hold.time, released)}</td><td><span class="pill ${tone}">${words}</span></td></tr>`;
}

function releaseHtml(heldAt: number, released: Hold['released']): Html {
  if (released?.replay === undefined) return html`<span class="soft">not released</span>`;
  const { operator, claimed, operationId } = released.replay;
  return html`by <span class="id">${operator}</span>${claimed ? ' (their own word)' : ''}<br><span class="soft">${formatInstant(released.time)}, after ${formatDuration(released.time - heldAt)}, operation <span class="id">${operationId}</span></span>`;
}
