/** Reads the documents: tables, links, headings, and texts in backquotes. */
import { posix } from 'node:path';

/** Text by path from the root, with `/`. */
export type Documents = ReadonlyMap<string, string>;

const FENCED = /^```[\s\S]*?^```$/gm;

/** The text under a heading, up to the next one of its level. Throws if there is no such heading. */
export const sectionOf = (text: string, heading: string): string => {
  const [, section] = text.split(`\n${heading}\n`);
  if (section === undefined) throw new Error(`no heading ${heading}`);
  const level = heading.split(' ')[0];
  return section.split(`\n${level} `)[0] ?? '';
};

/** The rows of a text with one table, as cells, without its header. */
export const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
    .slice(1);

/** The texts in backquotes outside of fenced blocks, in order. */
export const quotedIn = (text: string): readonly string[] =>
  [...text.replace(FENCED, '').matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);

/** As on GitHub: lower case, without punctuation, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): readonly string[] =>
  [...text.replace(FENCED, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** One sentence per link to a path or anchor that does not exist. Links to other hosts are not followed. */
export const brokenLinks = (documents: Documents, exists: (path: string) => boolean): readonly string[] =>
  [...documents].flatMap(([path, text]) =>
    linksIn(text)
      .filter((link) => !leadsSomewhere({ path, link }, documents, exists))
      .map((link) => `${path}: ${link}`),
  );

/** The targets of the links of a document, without other hosts. */
export const linksIn = (text: string): readonly string[] =>
  [...text.replace(FENCED, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

const leadsSomewhere = (
  { path, link }: { readonly path: string; readonly link: string },
  documents: Documents,
  exists: (path: string) => boolean,
): boolean => {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  if (!exists(target)) return false;
  return anchor === undefined || anchorsOf(documents.get(target) ?? '').includes(anchor);
};

/** The npm scripts that a document names, fenced blocks included: `npm start`, `npm test`, `npm run x`. */
export const scriptsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short ?? '');
