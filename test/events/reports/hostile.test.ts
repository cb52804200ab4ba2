/**
 * Whatever is in a report: it is never too much, its secrets come out nowhere, and its entries are all accounted for.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { MAX_REPORT_LENGTH } from '../../../events/reports/report-text.ts';
import type { ReportFormat } from '../../../events/reports/scanners.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import { SECRETS } from '../planted-secrets.ts';
import { isClean, pieces, planted } from '../planting.ts';
import { ENTRIES, KEY_ID, OTHER_KEY_ID, OTHER_SECRET, SECRET, STRANGER, TOKEN } from './findings.ts';

const FORMATS: readonly ReportFormat[] = ['gitleaks', 'trufflehog'];
const COMMIT = 'ab'.repeat(20);

describe.each(FORMATS)('a report of %s', (format) => {
  const entry = ENTRIES[format];

  it.each(Object.entries(SECRETS))('never gives a %s away', (_kind, secret) => {
    const traces = pieces(secret);
    let copies = 0;
    for (const copy of planted(entry(KEY_ID), secret)) {
      const report = readReport(format, JSON.stringify([copy, entry(OTHER_KEY_ID)]), EVENT_MS);
      if (!isClean(report, traces)) expect.fail(`a secret came out of ${JSON.stringify(copy)}`);
      copies++;
    }
    expect(copies).toBeGreaterThan(20);
  });

  it('never repeats what it could not read', () => {
    for (const text of [`${SECRET}`, `[{"Secret": ${SECRET}}]`, `{"Raw":"${SECRET}"`, `[{"${SECRET}":1}]`]) {
      const report = readReport(format, text, EVENT_MS);
      expect(report.kind).toBe('refused');
      expect(isClean(report, pieces(SECRET))).toBe(true);
    }
  });

  const matched = fc.constantFrom(KEY_ID, OTHER_KEY_ID, SECRET, TOKEN, STRANGER, 'REDACTED', '', `${KEY_ID}${SECRET}`);
  const place = fc.record({ file: fc.constantFrom('', 'a', 'b', '\u202e', 'x'.repeat(600)), line: fc.integer() });
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(JSON.parse('{"__proto__":{"Secret":"x","RuleID":"x","Raw":"x"}}')),
  );
  const entries = fc.array(
    fc.oneof({ weight: 5, arbitrary: fc.tuple(matched, place).map(([text, at]) => entry(text, at)) }, odd),
    { maxLength: 12 },
  );

  it('accounts for every entry, names each key once, and gives only events that stand', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const report = readReport(format, JSON.stringify(all), EVENT_MS);
        if (report.kind === 'refused') return;
        const { found, ...rest } = report.summary;
        expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(found);
        // An array in an array is a report of its own, as `jq -s` writes it.
        expect(found).toBe(all.flat().length);
        expect(report.faults).toEqual([]);
        const keys = report.events.flatMap(({ data }) => ('accessKeyId' in data ? [data.accessKeyId] : []));
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Set(report.events.map(({ id }) => id)).size).toBe(report.events.length);
        expect(report.events.map((event) => parseEvent(event, EVENT_MS))).toEqual(
          report.events.map((event) => ({ kind: 'event', event })),
        );
      }),
      { numRuns: 300 },
    );
  });

  const somewhere = fc.record({
    document: fc.nat(1),
    file: fc.constantFrom('a', 'b', `${'x'.repeat(600)}a`, `${'x'.repeat(600)}b`),
    commit: fc.constantFrom('ab'.repeat(20), 'cd'.repeat(20)),
    line: fc.integer({ min: 1, max: 4 }),
    matched: fc.constantFrom(KEY_ID, OTHER_KEY_ID, SECRET, OTHER_SECRET),
  });

  it('never pairs an id with a secret of another document, commit or file', () => {
    fc.assert(
      fc.property(fc.array(somewhere, { maxLength: 10 }), (all) => {
        const documents = [0, 1].map((number) =>
          all
            .filter(({ document }) => document === number)
            .map(({ matched, file, line, commit }) =>
              JSON.stringify(entry(matched, { file, line })).replaceAll(COMMIT, commit),
            ),
        );
        const text = documents.map((lines) => `[${lines.join(',')}]`).join('\n');
        const report = readReport(format, text, EVENT_MS);
        if (report.kind === 'refused') throw new Error(report.why);
        const pairs = report.events.flatMap(({ data }) =>
          'accessKeyId' in data && 'confidence' in data && data.confidence === 'pair' ? [data.accessKeyId] : [],
        );
        const placeOf = ({ document, file, commit }: (typeof all)[number]) => [document, file, commit].join();
        for (const id of pairs) {
          const homes = new Set(all.filter(({ matched }) => matched === id).map(placeOf));
          const secrets = all.filter(({ matched }) => matched === SECRET || matched === OTHER_SECRET).map(placeOf);
          expect(secrets.some((place) => homes.has(place))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(['report', 'refused']).toContain(readReport(format, text, EVENT_MS).kind);
      }),
      { numRuns: 500 },
    );
  });

  it('over the limit is refused', () => {
    expect(readReport(format, ' '.repeat(MAX_REPORT_LENGTH + 1), EVENT_MS)).toEqual({
      kind: 'refused',
      why: 'expected at most 64 MiB: scan in parts',
    });
  });

  it('with a key in 5,000 files is one event', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => entry(KEY_ID, { file: `f${at}` }));
    const report = readReport(format, JSON.stringify(many), EVENT_MS);
    expect(report).toMatchObject({
      events: [{ data: { accessKeyId: KEY_ID } }],
      summary: { usable: 1, duplicates: 4_999 },
    });
  });
});
