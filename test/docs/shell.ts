/**
 * The shell commands of our documents: fenced `sh` blocks line by line, and what stands in backquotes; no more of the
 * shell than they use.
 */
import { quotedIn } from './markdown.ts';

/** One line of a block, without its comment. */
export interface ShellLine {
  readonly text: string;
  /** Each command of the line (`&&`, `|`), as words without their quotes; a place to fill is a word. */
  readonly commands: readonly (readonly string[])[];
  /** What the line needs that no test has; undefined: a test runs it. */
  readonly needs: string | undefined;
}

/** How a document says so: a comment at the line's end that begins with one of these. */
export const NEEDS = ['an account', 'the network', 'gitleaks', 'trufflehog'] as const;

const BLOCK = /^```sh\n([\s\S]*?)^```$/gm;
/** A place to fill, `<message id>`; never a redirection, which stands before a space. */
const PLACE = '<[^<>\\s][^<>]*>';
const WORD = new RegExp(`(?:"(?:\\\\.|[^"])*"|'[^']*'|${PLACE}|[^\\s"'|&<])+|&&|\\|`, 'g');
const COMMENT = /(?:^|\s)#\s*(.*)$/;

/** Takes a document; returns the lines of its `sh` blocks. Lines that end in a backslash go on in the next. */
export const shellLinesIn = (document: string): readonly ShellLine[] =>
  [...document.matchAll(BLOCK)]
    .flatMap(([, block = '']) => block.replace(/\\\n\s*/g, '').split('\n'))
    .filter((line) => line.trim() !== '')
    .map(lineOf)
    .filter(({ text }) => text !== '');

function lineOf(line: string): ShellLine {
  const text = line.replace(COMMENT, '').trim();
  const comment = COMMENT.exec(line)?.[1] ?? '';
  const needs = NEEDS.find((need) => new RegExp(`^needs ${need}(?![\\w-])`).test(comment));
  return { text, commands: commandsOf(text), needs };
}

/** Takes a line without a comment; returns its commands as words. */
export function commandsOf(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [word] of text.matchAll(WORD)) {
    if (word === '&&' || word === '|') commands.push([]);
    else commands.at(-1)?.push(word.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  return commands;
}

/** `npm run -s revoker -- dlq list` and `revoker dlq list` are the same. */
const REVOKER = /^(?:npm run -s revoker -- |revoker )/;

/** Takes words of a command; returns the arguments of `revoker`, or undefined when it is another program. */
export const revokerArguments = (words: readonly string[]): readonly string[] | undefined => {
  const joined = words.slice(0, 5).join(' ');
  if (joined === 'npm run -s revoker --') return words.slice(5);
  return words[0] === 'revoker' ? words.slice(1) : undefined;
};

/** Takes a document; returns the arguments of each `revoker` command that stands in backquotes. */
export const quotedRevokerCommands = (document: string): readonly (readonly string[])[] =>
  quotedIn(document)
    .filter((quoted) => REVOKER.test(quoted))
    .flatMap(commandsOf)
    .map(revokerArguments)
    .filter((args) => args !== undefined);
