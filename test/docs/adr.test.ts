/** Every decision record has the same form, and the index lists them all. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenLinks, type Documents, quotedIn, rowsOf } from './markdown.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const exists = (path: string): boolean => existsSync(join(ROOT, path));
const paths = globSync(['docs/adr/*.md', '*.md', 'docs/*.md'], { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'));
const documents: Documents = new Map(paths.toSorted().map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
const INDEX = 'docs/adr/README.md';
const IN_FOLDER: Documents = new Map([...documents].filter(([path]) => path.startsWith('docs/adr/')));
const RECORDS = [...IN_FOLDER].filter(([path]) => path !== INDEX);

const FORM = new RegExp(
  [
    String.raw`^# (?<number>\d{4})\. (?<title>[^\n]+)`,
    String.raw`Status: (?<status>[^\n]+)`,
    String.raw`Date: (?<date>\d{4}-\d{2}-\d{2})(?:, amended [^\n]+)?`,
    String.raw`## Context\n[\s\S]+\n## Decision\n[\s\S]+\n## Consequences\n[\s\S]+$`,
  ].join('\n\n'),
);

const partsOf = (text: string): Readonly<Record<string, string>> => FORM.exec(text)?.groups ?? {};

describe('docs/adr', () => {
  it.each(RECORDS)('%s has number, title, status, date and the three sections', (path, text) => {
    expect(text).toMatch(FORM);
    expect(basename(path).startsWith(`${partsOf(text).number}-`)).toBe(true);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('numbers the records without a gap', () => {
    expect(RECORDS.map(([, text]) => Number(partsOf(text).number))).toEqual(RECORDS.map((_, index) => index + 1));
  });

  it('has an index of all records with their titles, dates and status', () => {
    const expected = RECORDS.map(([path, text]) => {
      const { number, title, date, status } = partsOf(text);
      return [`[${number}](${basename(path)})`, title, date, status];
    });
    expect(rowsOf(documents.get(INDEX) ?? '')).toEqual(expected);
  });

  it('links to existing documents and names existing files', () => {
    const broken = brokenLinks(documents, exists).filter((link) => link.startsWith('docs/adr/'));
    expect(broken).toEqual([]);
    const named = [...IN_FOLDER.values()]
      .flatMap(quotedIn)
      .filter((text) => /^(?!dist\/)[\w.-]+\/[\w./-]*$/.test(text));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });
});
