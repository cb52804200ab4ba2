/** HTML templates: every value is escaped, unless it is HTML that a template has created. */
import { sanitizeForTerminal } from '../../../terminal/text.ts';

export interface Html {
  readonly html: string;
}
export type Value = string | number | Html | readonly Html[] | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * For an element or a quoted attribute. Invisible characters and those that reverse the text direction become
 * escapes.
 */
const escapeHtml = (text: string): string =>
  sanitizeForTerminal(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const render = (value: Value): string => {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'html' in value ? value.html : value.map(({ html: text }) => text).join('');
};

/** Tag of templates. Lists of HTML are joined, undefined is left out. Attributes must be quoted. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  html: parts.reduce((text, part, at) => text + part + (at < values.length ? render(values[at]) : ''), ''),
});

/** For constants such as the style sheet: never for a value of a record. */
export const trusted = (text: string): Html => ({ html: text });

/** A link for an https URL without credentials and with printable ASCII alone, else the text: the sender chooses it. */
export function claimedLink(text: string): Html {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '' && /^[!-~]+$/.test(text);
  if (!isPlain) return html`<span class="id">${text}</span>`;
  return html`<a class="id" href="${text}" rel="noopener noreferrer nofollow">${text}</a>`;
}

export const section = (id: string, title: string, body: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;

/** A `#` in front of a title marks a column of numbers. */
export function table(className: string, header: readonly string[], rows: readonly Html[]): Html {
  const cells = header.map((title) =>
    title.startsWith('#') ? html`<th class="number">${title.slice(1)}</th>` : html`<th>${title}</th>`,
  );
  const open = className === '' ? html`<table>` : html`<table class="${className}">`;
  return html`${open}<thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** `name`: the column title, which a narrow page shows beside the number. */
export const numberCell = (text: string, name?: string): Html =>
  name === undefined
    ? html`<td class="number">${text}</td>`
    : html`<td class="number" data-name="${name}">${text}</td>`;

export const statusPill = ([label, tone]: readonly [label: string, tone: string]): Html =>
  html`<span class="pill ${tone}">${label}</span>`;
