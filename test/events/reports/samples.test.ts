/** What becomes of every published payload as a report of either scanner. */
import { describe, expect, it } from 'vitest';
import { readReport } from '../../../events/reports/report.ts';
import { EVENT_MS, KEY_ID } from '../../support/event-factory.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';

const key = (confidence: string): readonly unknown[] => [{ accessKeyId: KEY_ID, confidence }];
const REDACTED = expect.stringContaining('the report is redacted');

type Answer = readonly [file: string, events: readonly unknown[], rest: unknown];
const ANSWERS: readonly Answer[] = [
  ['gitleaks/baseline.redacted.json', [], REDACTED],
  ['gitleaks/betterleaks.redact100.json', [], REDACTED],
  ['gitleaks/baseline.sarif.json', [], expect.stringContaining('SARIF')],
  ['gitleaks/sarif_simple.json', [], expect.stringContaining('SARIF')],
  ['gitleaks/coreweave-rule.COMPOSED.json', key('key-id-only'), { found: 1, usable: 1 }],
  ['gitleaks/empty.json', [], { found: 0 }],
  ['gitleaks/json_simple.json', [], { found: 1, ignored: 1 }],
  ['gitleaks/template_jsonextra.json', [], { found: 1, ignored: 1 }],
  ['trufflehog/custom-detector.keyid-only.COMPOSED.json', key('key-id-only'), { found: 1, usable: 1 }],
  ['trufflehog/custom-detector.two-regex.COMPOSED.json', key('pair'), { found: 1, usable: 1 }],
  ['trufflehog/readme.git.aws.verified.json', [], { found: 1, ignored: 1 }],
];

const read = (format: 'gitleaks' | 'trufflehog', file: string) => readReport(format, readPublished(file), EVENT_MS);

describe('the published reports', () => {
  it('are all in the table', () => {
    const named = ANSWERS.map(([file]) => file);
    expect(PUBLISHED.filter((file) => /^(?:gitleaks|trufflehog)\//.test(file)).toSorted()).toEqual(named.toSorted());
  });

  it.each(ANSWERS)('%s', (file, events, rest) => {
    const report = read(file.startsWith('gitleaks') ? 'gitleaks' : 'trufflehog', file);
    if (report.kind === 'refused') expect([events, report.why]).toEqual([[], rest]);
    else {
      expect(report.events.map(({ data }) => data)).toEqual(events.map((data) => expect.objectContaining(data)));
      expect(report.summary).toMatchObject(Object(rest));
    }
  });

  it.each(PUBLISHED)('%s acts for no other scanner', (file) => {
    for (const format of ['gitleaks', 'trufflehog'] as const) {
      if (file.startsWith(`${format}/`)) continue;
      const report = read(format, file);
      expect(report.kind === 'report' ? report.events : []).toEqual([]);
    }
  });
});
