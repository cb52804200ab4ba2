/** A small reader of our documents: tables, links, headings, and what stands in backquotes. */
import { posix } from 'node:path';

/** Text by path from the root, with `/`. */
export type Documents = ReadonlyMap<string, string>;

const FENCED = /^```[\s\S]*?^```$/gm;

/** Takes a document; returns the text under the heading, up to the next one of its level. Throws when there is none. */
export const sectionOf = (text: string, heading: string): string => {
  const [, section] = text.split(`\n${heading}\n`);
  if (section === undefined) throw new Error(`no heading ${heading}`);
  const level = heading.split(' ')[0];
  return section.split(`\n${level} `)[0] ?? '';
};

/** Takes a text with one table; returns its rows as cells, without the head. */
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

/** Takes a text; returns what stands in backquotes outside of fenced blocks, in order. */
export const quotedIn = (text: string): readonly string[] =>
  [...text.replace(FENCED, '').matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);

/** As GitHub makes anchors: lower case, without punctuation, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): readonly string[] =>
  [...text.replace(FENCED, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/**
 * Takes the documents and whether a path is there; returns a sentence for each link that leads nowhere: a path, or an
 * anchor of a document. Links to other hosts are not followed.
 */
export const brokenLinks = (documents: Documents, exists: (path: string) => boolean): readonly string[] =>
  [...documents].flatMap(([path, text]) =>
    linksIn(text)
      .filter((link) => !leadsSomewhere({ path, link }, documents, exists))
      .map((link) => `${path}: ${link}`),
  );

/** Takes a document; returns the targets of its links, those to other hosts left out. */
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
