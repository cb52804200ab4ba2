/** Reads the source files of the repository, and their code without comments and texts. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** Text by path from the root, with `/`. */
export type Files = ReadonlyMap<string, string>;

export const ROOT = resolve(import.meta.dirname, '../..');

export const readFiles = (): Files =>
  new Map(
    globSync('**/*.ts', { cwd: ROOT, exclude: ['**/node_modules/**', 'dist/**', '.*/**'] })
      .map((path) => path.replaceAll(sep, '/'))
      .toSorted()
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  );

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`;
const TEXT = ["'(?:\\\\.|[^'\\\\\\n])*'", '"(?:\\\\.|[^"\\\\\\n])*"', '`(?:\\\\[\\s\\S]|[^`\\\\])*`'].join('|');
/** A slash begins a regular expression after an operator, a bracket or `return`, else it divides. */
const REGEX = String.raw`(?<=[(,=:[!&|?{};>]\s*|return\s)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/[a-z]*`;
const TOKEN = new RegExp([COMMENT, TEXT, REGEX].join('|'), 'g');

/** The code alone: a text is `''`, a template that is filled in is an empty pair of backquotes. */
export const codeOf = (text: string): string =>
  text.replace(TOKEN, (token) => {
    if (token.startsWith('//') || token.startsWith('/*')) return ' ';
    return token.startsWith('`') && token.includes('${') ? '``' : "''";
  });
