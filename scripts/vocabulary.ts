/** Checks code and documents for the words that `vocabulary-words.ts` lists. `npm run check` runs it. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import ts from 'typescript';
import { CONTRACTS, type PrivateWord, WORDS, type Zone } from './vocabulary-words.ts';

/** Not written by this project, or the word list itself. */
const EXCLUDED = [
  '**/node_modules/**',
  'dist/**',
  '.*/**',
  'events/samples/**',
  'bench/results/**',
  'test/fixtures/**',
];
const WORD_LIST: ReadonlySet<string> = new Set(['scripts/vocabulary-words.ts', 'test/scripts/vocabulary.test.ts']);

/** Fewer files would mean that the check passes because it read nothing. */
export const FEWEST_FILES = 1_000;

export interface Hit {
  readonly line: number;
  readonly word: string;
  readonly use: string;
}

/** A text of one zone, and the line on which it starts. */
interface Passage {
  readonly zone: Zone;
  readonly text: string;
  readonly line: number;
}

// The words of a phrase may be on two lines.
const sourceOf = ({ pattern }: PrivateWord): string => String.raw`\b(?:${pattern.replaceAll(' ', String.raw`\s+`)})\b`;

const MATCHERS = WORDS.map((word) => ({ ...word, expression: new RegExp(sourceOf(word), 'gi') }));

/** One search for all words: few texts have any. */
const ANY_WORD = new RegExp(WORDS.map(sourceOf).join('|'), 'i');

/** In order of lines. */
export function findPrivateWords(path: string, text: string): readonly Hit[] {
  return passagesOf(path, text)
    .flatMap(hitsIn)
    .toSorted((a, b) => a.line - b.line);
}

function hitsIn({ zone, text, line }: Passage): readonly Hit[] {
  if (!ANY_WORD.test(apart(text))) return [];
  const contracts = CONTRACTS.filter(({ zones }) => zones.includes(zone));
  const words = apart(contracts.reduce((left, { pattern }) => left.replace(pattern, ' '), text));
  return MATCHERS.filter(({ zones }) => zones?.includes(zone) ?? true).flatMap(({ expression, use }) =>
    [...words.matchAll(expression)].map((match) => ({
      line: line + linesIn(words.slice(0, match.index)),
      word: match[0].replace(/\s+/g, ' '),
      use,
    })),
  );
}

/** The words of names: `deadLetterOf` and `DEAD_LETTER_OF` as `dead letter of`. */
const apart = (text: string): string =>
  text.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ').replaceAll('_', ' ');

const linesIn = (text: string): number => text.split('\n').length - 1;

function passagesOf(path: string, text: string): readonly Passage[] {
  if (path.endsWith('.md')) return markdownPassages(text);
  return /\.[cm]?[jt]s$/.test(path) ? codePassages(path, text) : yamlPassages(text);
}

/** Splits prose at backticks: what they enclose is code. */
function prosePassages(text: string, line: number): readonly Passage[] {
  return text.split('`').map((part, n, parts) => ({
    zone: n % 2 === 1 ? 'text' : 'prose',
    text: part,
    line: line + linesIn(parts.slice(0, n).join('')),
  }));
}

/** What `npm run figures` writes: the output of commands. Its words are checked in the code. */
const FIGURES = /<!-- figures: [\s\S]*?<!-- end of figures -->/g;

function markdownPassages(document: string): readonly Passage[] {
  const text = document.replace(FIGURES, (figures) => '\n'.repeat(linesIn(figures)));
  const blocks = text.split(/^(```.*\n[\s\S]*?^```.*)$/m);
  return blocks.flatMap((block, n) => {
    const line = 1 + linesIn(blocks.slice(0, n).join(''));
    return n % 2 === 1 ? [{ zone: 'text' as const, text: block, line }] : prosePassages(block, line);
  });
}

const yamlPassages = (text: string): readonly Passage[] =>
  text.split('\n').flatMap((each, n) => {
    const [, value = '', comment = ''] = /^(.*?)(?:(?:^|\s)#\s(.*))?$/.exec(each) ?? [];
    return [{ zone: 'text' as const, text: value, line: n + 1 }, ...prosePassages(comment, n + 1)];
  });

function codePassages(path: string, text: string): readonly Passage[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  const passages: Passage[] = [];
  let code = text;
  const visit = (node: ts.Node, parent: ts.Node): void => {
    const start = node.getStart(file);
    if (ts.isIdentifier(node)) passages.push({ zone: zoneOf(node, parent), text: node.text, line: lineAt(start) });
    if (isText(node)) passages.push({ zone: 'text', text: node.text, line: lineAt(start) });
    if (isText(node) || ts.isRegularExpressionLiteral(node))
      code = `${code.slice(0, start)}${' '.repeat(node.end - start)}${code.slice(node.end)}`;
    ts.forEachChild(node, (child) => visit(child, node));
  };
  visit(file, file);
  const comments = [...code.matchAll(COMMENTS)];
  return [
    ...passages,
    ...comments.flatMap(({ 0: comment, index }) => prosePassages(withoutMarkers(comment), lineAt(index))),
  ];
}

/** One or more comments with only white space between them, in code without literals. */
const COMMENTS = /(?:\/\*[\s\S]*?\*\/|\/\/.*)(?:\s*(?:\/\*[\s\S]*?\*\/|\/\/.*))*/g;

/** Declarations and uses of a property; a shorthand also declares or reads a variable, so it is a name. */
function zoneOf(node: ts.Identifier, parent: ts.Node): Zone {
  const isAccess = ts.isPropertyAccessExpression(parent) && parent.name === node;
  const isDeclaration = (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node;
  return isAccess || isDeclaration || (ts.isBindingElement(parent) && parent.propertyName === node) ? 'key' : 'name';
}

const withoutMarkers = (comments: string): string => comments.replace(/^[ \t]*(\/\*\*?|\*\/?|\/\/)|\*\/$/gm, '');

const isText = (node: ts.Node): node is ts.LiteralLikeNode =>
  ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node);

const SUFFIXES = 'ts,mjs,cjs,md,yml,yaml';

/** Paths below `root`, without the word list itself. */
const pathsBelow = (root: string): readonly string[] =>
  globSync(`**/*.{${SUFFIXES}}`, { cwd: root, exclude: EXCLUDED })
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => !WORD_LIST.has(path))
    .toSorted();

export interface VocabularyCheck {
  /** One line per hit: path, line, word, standard term. */
  readonly hits: readonly string[];
  /** Files that were read. */
  readonly files: readonly string[];
}

export function checkVocabulary(root: string): VocabularyCheck {
  const files = pathsBelow(root);
  const hits = files.flatMap((path) =>
    findPrivateWords(path, readFileSync(join(root, path), 'utf8')).map(
      ({ line, word, use }) => `${path}:${line}: "${word}" (use: ${use})`,
    ),
  );
  return { hits, files };
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  const { hits, files } = checkVocabulary(root);
  for (const hit of hits) process.stdout.write(`${hit}\n`);
  const tooFew = files.length < FEWEST_FILES;
  if (tooFew) process.stdout.write(`error: ${files.length} files were read, expected at least ${FEWEST_FILES}\n`);
  process.stdout.write(`vocabulary: ${files.length} files, ${hits.length} private words\n`);
  process.exitCode = hits.length > 0 || tooFew ? 1 : 0;
}
