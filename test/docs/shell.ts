/** The shell commands of the documents: fenced `sh` blocks, and `revoker` commands in backquotes. */
import { quotedIn } from './markdown.ts';

/** One fenced block. */
export interface ShellBlock {
  readonly code: string;
  /** The text of the heading above it, as in Markdown. */
  readonly heading: string;
  /** What the block needs that no test has (`<!-- needs: aws -->` above the block). Undefined: a test runs it. */
  readonly needs: string | undefined;
}

const NEEDS = ['aws', 'network', 'gitleaks and trufflehog', 'github'] as const;

const HEADING = '^#+ (?<heading>.+)$';
const MARKER = '(?:<!-- needs: (?<needs>.*) -->\\n)?';
const FENCED = '^(?<indent> *)```(?<language>\\w*)\\n(?<code>[\\s\\S]*?)^\\k<indent>```$';
const MARKDOWN = new RegExp(`${HEADING}|${MARKER}${FENCED}`, 'gm');

/** In the order of the document. Throws for an unknown marker, which would take a block out of the tests. */
export function shellBlocksIn(document: string): readonly ShellBlock[] {
  let heading = '';
  const blocks: ShellBlock[] = [];
  for (const { groups = {} } of document.matchAll(MARKDOWN)) {
    heading = groups.heading ?? heading;
    const { needs, language, code = '', indent = '' } = groups;
    if (language !== 'sh') continue;
    if (needs !== undefined && !NEEDS.some((known) => known === needs)) throw new Error(`unknown marker: ${needs}`);
    blocks.push({ code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), heading, needs });
  }
  return blocks;
}

const HEREDOC = / <<(\w+)\n[\s\S]*?\n\1$/gm;
const COMMENT = /(?:^|\s)# .*$/;
/** A placeholder, `<message id>`. A redirection has a space after `<`. */
const PLACEHOLDER = '<[^<>\\s][^<>]*>';
/** Its file is no argument. */
const INPUT = / < [\w./-]+/g;
const WORD = new RegExp(`(?:"(?:\\\\.|[^"])*"|'[^']*'|${PLACEHOLDER}|[^\\s"'|&<])+|&&|\\|`, 'g');

/** The lines of a block without comments, continuations joined and here-documents left out. */
export const linesOf = ({ code }: ShellBlock): readonly string[] =>
  code
    .replace(HEREDOC, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(COMMENT, '').trim())
    .filter((line) => line !== '');

/** The commands of a line (separated by `&&` or `|`), each as words without their quotes. */
export function commandsOf(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [word] of text.replaceAll(INPUT, '').matchAll(WORD)) {
    if (word === '&&' || word === '|') commands.push([]);
    else commands.at(-1)?.push(word.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  return commands;
}

/** `npm run -s revoker -- dlq list` and `revoker dlq list` are the same. */
const REVOKER = /^(?:npm run -s revoker -- |revoker )/;

/** The arguments of `revoker`. Undefined for another program, and for the definition of the function `revoker`. */
export const revokerArguments = (words: readonly string[]): readonly string[] | undefined => {
  if (words.slice(0, 5).join(' ') === 'npm run -s revoker --') return words.slice(5);
  return words[0] === 'revoker' ? words.slice(1) : undefined;
};

/** The arguments of each `revoker` command in backquotes. */
export const quotedRevokerCommands = (document: string): readonly (readonly string[])[] =>
  quotedIn(document)
    .filter((quoted) => REVOKER.test(quoted))
    .flatMap(commandsOf)
    .map(revokerArguments)
    .filter((args) => args !== undefined);
