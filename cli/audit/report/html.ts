/** HTML out of values: whatever is put into a template is text, unless it is HTML that a template has made. */
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

/** Takes any text; returns it for an element or a quoted attribute. What cannot be seen, or turns what is read around, is spelt out. */
const escapeHtml = (text: string): string =>
  sanitizeForTerminal(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const render = (value: Value): string => {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'html' in value ? value.html : value.map(({ html: text }) => text).join('');
};

/** The tag of templates: values are escaped, lists of HTML are joined, undefined is left out. Attributes must be quoted. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  html: parts.reduce((text, part, at) => text + part + (at < values.length ? render(values[at]) : ''), ''),
});

/** Our own words, such as the style sheet: never a value of a record. */
export const trusted = (text: string): Html => ({ html: text });

/** Takes a text of the sender's; returns it as a link if it is an https URL that hides nothing, else as text. */
export function claimedLink(text: string): Html {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '' && /^[!-~]+$/.test(text);
  if (!isPlain) return html`<span class="id">${text}</span>`;
  return html`<a class="id" href="${text}" rel="noopener noreferrer nofollow">${text}</a>`;
}
