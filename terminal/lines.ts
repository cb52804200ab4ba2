/** Output as values: lines of spans, which are sanitized and colored in one place, when they are printed. */
import { sanitizeForTerminal } from './text.ts';

export type Color = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** Any text, untrusted text too: it is sanitized when it is rendered. */
export type Span = string | { readonly text: string; readonly color: Color };

export type Line = readonly Span[];

/** Parameters of SGR, the control sequence for colors (ECMA-48, 8.3.117). */
const CODES: Readonly<Record<Color, number>> = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 };

export const textOfSpan = (span: Span | undefined): string => (typeof span === 'object' ? span.text : (span ?? ''));

/** Returns the line as text, every span sanitized, without a line feed. */
export const renderLine = (line: Line, colors: boolean): string =>
  line
    .map((span) => {
      const text = sanitizeForTerminal(textOfSpan(span));
      return colors && typeof span === 'object' && text !== '' ? `\u001b[${CODES[span.color]}m${text}\u001b[0m` : text;
    })
    .join('')
    .trimEnd();

/** Returns the lines as text, each with a line feed. */
export const renderLines = (lines: readonly Line[], colors: boolean): string =>
  lines.map((line) => `${renderLine(line, colors)}\n`).join('');

export const dim = (text: string): Span => ({ text, color: 'dim' });
export const bold = (text: string): Span => ({ text, color: 'bold' });

/** A label and its value, one field a line, the values aligned. */
export function formatFields(fields: readonly (readonly [label: string, ...Line])[], indent = ''): readonly Line[] {
  const width = Math.max(0, ...fields.map(([label]) => label.length));
  return fields.map(([label, ...value]) => [indent, dim(label.padEnd(width)), '  ', ...value]);
}
