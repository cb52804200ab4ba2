/** Every small report, by its file: what it comes to. */
import { describe, expect, it } from 'vitest';
import { readReports } from '../../../events/reports/report.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import { CASE_SECRETS, CASES, caseBytes, caseSecret } from './cases.ts';

/** Keys that are revoked, keys that are held, places of secrets without a key, and the other counts. */
interface Outcome {
  readonly sure?: readonly string[];
  readonly held?: readonly string[];
  readonly withoutId?: readonly string[];
  readonly others?: number;
  readonly skipped?: number;
  readonly unreadable?: number;
}
const pair = (...sure: readonly string[]): Outcome => ({ sure });
const CLEAN: Outcome = {};

const UNREDACTED = /^the report is redacted, .*: run gitleaks without --redact/;
const EMPTY = /^the report is empty, which does not show that the scan ran/;

const ROWS: Readonly<Record<string, Outcome | RegExp>> = {
  '02-gitleaks-v7.json': { held: ['CW1GK5MZG572P7H25PFF'] },
  '03-th37-base64.json': pair('CW1GDKRUXTOCHAEM2P1D'),
  '04-th-v2.json': pair('CWTSEPR0ZEG10W7OJTEU'),
  '05-utf16le-gitleaks.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '06-utf8bom-crlf.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '07-ansi-log-first.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '07-banner.txt': pair('CWATNJM8ZJIB7QB3HAKL'),
  '08-mixed.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '09-jq-pretty.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '10-jq-slurp.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '11-cat-two-compact.json': pair('CWFCOOWW9UIERVR8M0EH', 'CWHC2ZJTKAKV4SAVW2QG'),
  '11-cat-two-reports.json': pair('CWFCOOWW9UIERVR8M0EH', 'CWHC2ZJTKAKV4SAVW2QG'),
  '16-mask-bullets.json': UNREDACTED,
  '16-mask-kingfisher.json': UNREDACTED,
  '16-mask-stars.json': UNREDACTED,
  '16-mask-twostars.json': UNREDACTED,
  '20-th-issue.json': pair('CW5KNYJR6O8Y0MFEK68Y'),
  '21-th-docker-history.json': pair('CW4SYDNUT30XCWNSBC4G'),
  '23-th-artifactory.json': pair('CWA4YO5GYBLEO3FXIBI4'),
  '23-th-circleci.json': pair('CW89VDVDTIZP0SDH1KYR'),
  '23-th-jira.json': pair('CWZH6TEEIY7CDX4UDUU7'),
  '23-th-postman.json': pair('CWPMKAWL5UDG4IED3CPM'),
  '23-th-s3.json': pair('CWRWT0JR3PKRBHUBA7UO'),
  '23-th-slack.json': pair('CWDTPO1HX7VY9MJ692K8'),
  '23-th-stdin.json': pair('CWTN7JNS7TDJ4BAOMJVT'),
  '23-th-verificationerror.json': pair('CW1CG957C4ER23PACY9X'),
  '25-secret-beside-word.json': { withoutId: ['a/.env:1; beside CWSECRETACCESSKEY'], others: 1 },
  '25-variable-names.json': { sure: ['CW2ADDSVGK3AC90DKA80'], others: 2 },
  // One report, one path, one line: nothing tells that it was two. Reports that are given as two files never pair.
  '26-two-repos-merged.json': pair('CWBR17LSNJ4PP67S7T63'),
  '40-k8s-base64.json': pair('CWOH1KJEG38MQMXVFZ9M'),
  '50-strangers.json': { sure: ['CW69RN94S5KAXE4PIAHE'], others: 3 },
  '60-malformed-lines.json': { withoutId: ['finding 1'], unreadable: 1 },
  '60-malformed.json': /^the report is damaged or cut off/,
  '60-th-creds-in-url.json': pair('CW7AE53E9C38AGB6BOQA'),
  '70-checkov.sarif': /: Checkov masks every secret/,
  '70-detect-secrets.json': /: detect-secrets keeps only hashes/,
  '70-ggshield.json': /: ggshield masks what it finds: .*--show-secrets/,
  '70-github-alerts.json': { held: ['CWCQ1JGZJTQE3ZR48U8H'] },
  '70-gl-secret-detection.json': pair('CWXXCKVEOTL8ISG2GQ64'),
  '70-kingfisher.jsonl': { held: ['CWEPFM6Y68BZP102R8AZ'] },
  '70-semgrep.json': /: Semgrep shows lines of source only after/,
  '70-trivy.json': /: Trivy masks every secret/,
  '71-gitleaks-as-trufflehog.json': pair('CW13QBBKO3ZJOIOFV3PT'),
  '71-trufflehog-as-gitleaks.json': pair('CWATNJM8ZJIB7QB3HAKL'),
  '80-betterleaks-requiredsets.json': pair('CWKZ9J92JZ1XP67M76JM'),
  '80-entries-with-null-secret.json': { held: ['CWDU81UB9AQUFZ9R09F1'], skipped: 1 },
  '90-array.json': CLEAN,
  '90-empty-object.json': /^expected a report of gitleaks or Betterleaks, trufflehog, /,
  '90-empty.json': EMPTY,
  '90-gitleaks-not-found.txt': /^expected a report in JSON, SARIF or CSV, .*did the scanner start/,
  '90-html.txt': /but this is HTML/,
  '90-null.json': CLEAN,
  '90-spaces.json': EMPTY,
};

/** All counts of a report in the form of an outcome. */
function outcomeOf(name: string, format = 'auto'): Outcome | { readonly why: string } {
  const report = readReport(format, caseBytes(name), EVENT_MS);
  for (const secret of CASE_SECRETS) expect(JSON.stringify(report)).not.toContain(secret.slice(0, 12));
  if (report.kind === 'refused') return { why: report.why };
  expect(report.faults).toEqual([]);
  const data = report.events.map((event) => event.data);
  const keys = (wanted: string) =>
    data.flatMap((each) =>
      'accessKeyId' in each && 'confidence' in each && each.confidence === wanted ? [each.accessKeyId] : [],
    );
  const refs = data.flatMap((each) => ('reference' in each ? [each.reference.ref] : []));
  const { counts, summary } = report;
  expect([counts.sure, counts.held, counts.withoutId]).toEqual([
    keys('pair').length,
    keys('key-id-only').length,
    refs.length,
  ]);
  const outcome = {
    sure: keys('pair'),
    held: keys('key-id-only'),
    withoutId: refs,
    others: counts.others,
    skipped: summary.skipped,
    unreadable: summary.unreadable,
  };
  return Object.fromEntries(
    Object.entries(outcome).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== 0)),
  );
}

describe('a small report', () => {
  it('has a row for each file', () => expect(Object.keys(ROWS).toSorted()).toEqual(CASES));

  it.each(Object.entries(ROWS))('%s', (name, expected) => {
    expect(outcomeOf(name)).toEqual(expected instanceof RegExp ? { why: expect.stringMatching(expected) } : expected);
  });

  it.each([
    [
      '71-gitleaks-as-trufflehog.json',
      'trufflehog',
      'this is a report of gitleaks or Betterleaks: use --format gitleaks',
    ],
    ['71-trufflehog-as-gitleaks.json', 'gitleaks', 'this is a report of trufflehog: use --format trufflehog'],
    ['70-checkov.sarif', 'gitleaks', 'this is a report of SARIF: use --format sarif'],
    ['70-trivy.json', 'trufflehog', 'this is a report of Trivy: use --format trivy'],
  ])('%s given as %s says what it is', (name, format, why) => {
    expect(outcomeOf(name, format)).toEqual({ why });
  });

  it.each(CASES)('%s is read alike under the name of its own format', (name) => {
    const read = readReport('auto', caseBytes(name), EVENT_MS);
    const [source] = read.kind === 'report' ? read.events.map((event) => event.source) : [];
    const format = source?.replace('://report', '') ?? 'auto';
    expect(readReport(format, caseBytes(name), EVENT_MS)).toEqual(read);
  });

  it('as two files pairs nothing across them', () => {
    const entries: readonly object[] = JSON.parse(caseBytes('26-two-repos-merged.json').toString());
    const files = entries.map((entry) => JSON.stringify([entry]));
    const { counts, refused } = readReports('auto', files, EVENT_MS);
    expect([counts, refused]).toEqual([{ sure: 0, held: 1, withoutId: 1, others: 0 }, []]);
    const behind = readReport('auto', files.join('\n'), EVENT_MS);
    expect(behind).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
    const slurped = readReport('auto', `[${files.join(',')}]`, EVENT_MS);
    expect(slurped).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
  });

  it('is put together with secrets that the scanner could have found', () => {
    expect(CASES.map((name) => caseBytes(name).toString('latin1')).join()).not.toMatch(/\{\{|\}\}(?!\s*[\]},])/);
    expect(caseSecret('1')).toMatch(/^cwo[A-Za-z0-9]{40}$/);
  });
});
