/** docs/sources.md says what becomes of each finding in a report: each row of its table is read. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReports } from '../../events/reports/report.ts';
import { API_TOKEN, SECRET_WITHOUT_ID } from '../../events/sources/findings.ts';
import { gitleaksEntry, KEY_ID, SECRET, TOKEN } from '../events/reports/findings.ts';
import { EVENT_MS } from '../support/event-factory.ts';
import { readReport } from '../support/read-report.ts';
import { rowsOf, sectionOf } from './markdown.ts';

const SECTION = sectionOf(
  readFileSync(resolve(import.meta.dirname, '../../docs/sources.md'), 'utf8'),
  '## Scanner reports',
);
const list = (...matched: readonly string[]): string => JSON.stringify(matched.map((each) => gitleaksEntry(each)));
const pair = list(KEY_ID, SECRET, KEY_ID);
/** As if another scan found the secret in a file of the same name. */
const merged = list(KEY_ID, SECRET);

const alert = (resolution: string): string =>
  JSON.stringify([
    {
      number: 7,
      state: 'resolved',
      resolution,
      secret_type: 'coreweave_key',
      secret: `${KEY_ID}:${SECRET}`,
      html_url: 'https://github.com/acme/app/security/secret-scanning/7',
      created_at: '2026-11-20T08:00:00Z',
    },
  ]);

/** By the first cell of a row, a report with such a finding. */
const REPORTS: Readonly<Record<string, string>> = {
  'a key id with its secret, in one file and commit': pair,
  'the same, of two scans that were merged into one list': merged,
  'a key id alone, or fewer secrets than ids in the file': list(KEY_ID, KEY_ID),
  'a secret without an id in its file': list(SECRET),
  'an API token': list(TOKEN),
  'an alert of GitHub closed as `used_in_tests`, `false_positive` or `wont_fix`': alert('wont_fix'),
  masked: list('REDACTED'),
  "nothing of CoreWeave's": list(['AKIA', 'IOSFODNN7EXAMPLE'].join('')),
  'an alert of GitHub closed as `revoked`': alert('revoked'),
  'no JSON, no finding, cut off': `${JSON.parse(pair)
    .map((each: object) => JSON.stringify(each))
    .join('\n')}\n{"RuleID":`,
};

/** By the provider of a reference. The function holds an alert of GitHub that it finds dismissed. */
const REASONS: Readonly<Record<string, string>> = {
  [SECRET_WITHOUT_ID]: 'unmappable',
  [API_TOKEN]: 'console-only',
  github: 'held-low-confidence',
};

/** What becomes of it, in a word of the second cell, and what it counts as, in words of the third. */
function read(report: string): { readonly becomes: string; readonly counted: readonly string[] } {
  const outcome = readReport('auto', report, EVENT_MS);
  if (outcome.kind === 'refused') return { becomes: 'refused', counted: ['redacted'] };
  const [data] = outcome.events.map((event) => event.data);
  const sure = data !== undefined && 'confidence' in data && data.confidence === 'pair';
  const becomes =
    data === undefined
      ? 'ignored'
      : 'reference' in data
        ? (REASONS[data.reference.provider] ?? 'unknown')
        : sure
          ? 'acts'
          : 'held-low-confidence';
  const counts = Object.entries(outcome.summary).filter(([name, count]) => name !== 'found' && count > 0);
  return { becomes, counted: counts.map(([name]) => (name === 'withoutId' ? 'without id' : name)) };
}

const COUNTS = ['usable', 'duplicates', 'without id', 'dismissed', 'redacted', 'ignored', 'unreadable'];

describe('docs/sources.md: reports of scanners', () => {
  const rows = rowsOf(SECTION);

  it('has a report for each row', () => {
    expect(rows.map(([finding]) => finding)).toEqual(Object.keys(REPORTS));
  });

  it.each(rows.map(([finding = '', becomes = '', counted = '']) => ({ finding, becomes, counted })))(
    'says what becomes of $finding',
    ({ finding, becomes, counted }) => {
      const done = read(REPORTS[finding] ?? '');
      const named = COUNTS.filter((name) => counted.includes(name));
      expect(becomes).toContain(done.becomes);
      expect(named).not.toEqual([]);
      expect(done.counted).toEqual(expect.arrayContaining(named));
    },
  );

  it('says truly that nothing pairs across reports', () => {
    const scans = [list(KEY_ID), list(SECRET)];
    expect(SECTION).toContain('nothing pairs across reports');
    expect(readReports('auto', scans, EVENT_MS).counts).toEqual({ sure: 0, held: 1, withoutId: 1, others: 0 });
  });
});
