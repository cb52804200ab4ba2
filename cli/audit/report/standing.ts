/** The section on standing keys: what each day's listings show of offboarded principals. */
import type { ReconciliationRecord } from '../../../lib/audit/read-reconciliation.ts';
import { formatInteger } from '../../../terminal/format.ts';
import { formatInstant, type Tone } from './format.ts';
import { type Html, html, numberCell, section, statusPill, table } from './html.ts';

const MAX_ROWS = 100;

const LABELS: Readonly<Record<string, readonly [words: string, tone: Tone]>> = {
  'none-standing': ['None', 'good'],
  ok: ['None', 'good'],
  standing: ['Live keys', 'bad'],
  findings: ['Needs action', 'bad'],
  'listing-failed': ['Not listed', 'bad'],
  unproven: ['Not proven', 'warn'],
};

/** The latest first. Nothing if the log has no such records. */
export function standingSection(records: readonly ReconciliationRecord[]): Html {
  if (records.length === 0) return html``;
  const latest = records.toSorted((one, other) => other.time - one.time);
  const left = latest.length - MAX_ROWS;
  const more = left > 0 ? html`<p class="soft">and ${formatInteger(left)} more</p>` : undefined;
  const rows = latest.slice(0, MAX_ROWS).map(recordRow);
  const body = html`<div class="card">${table('stack holds', ['At', 'What', 'Standing'], rows)}${more}</div>`;
  return section('standing', 'Standing keys', body);
}

function recordRow({ time, name, code, detail, remaining }: ReconciliationRecord): Html {
  const left = remaining.map(
    ({ principalName, why }) => html`<br><span class="id">${principalName}</span> <span class="soft">${why}</span>`,
  );
  return html`<tr>${numberCell(formatInstant(time), 'At')}<td><b>${name}</b>: ${detail}${left}</td>
<td>${statusPill(LABELS[code] ?? [code, 'calm'])}</td></tr>`;
}
