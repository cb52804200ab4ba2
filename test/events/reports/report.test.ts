/** What becomes of the entries of a scanner's report. */
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { readReports, type ScannerReport } from '../../../events/reports/report.ts';
import type { ReportFormat } from '../../../events/reports/scanners.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import {
  ENTRIES,
  gitleaksEntry,
  KEY_ID,
  NONE,
  OTHER_KEY_ID,
  OTHER_SECRET,
  SECRET,
  STRANGER,
  TOKEN,
  trufflehogEntry,
} from './findings.ts';

const FORMATS: readonly ReportFormat[] = ['gitleaks', 'trufflehog'];
const HOUR = '2026-11-23T09:00:00Z';
const COMMIT = 'ab'.repeat(20);
const NO_LEAK = { sure: 0, held: 0, withoutId: 0, others: 0 };
const EMPTY: ScannerReport = { kind: 'report', events: [], faults: [], summary: NONE, counts: NO_LEAK };

function read(format: ReportFormat, entries: readonly unknown[]): ScannerReport {
  const report = readReport(format, JSON.stringify(entries), EVENT_MS);
  if (report.kind === 'refused') throw new Error(report.why);
  return report;
}
const dataOf = ({ events }: ScannerReport): readonly unknown[] =>
  events.map(({ data }) => {
    const { evidence: _, ...rest } = { evidence: undefined, ...data };
    return rest;
  });

describe.each(FORMATS)('a report of %s', (format) => {
  const entry = ENTRIES[format];

  it('with a key id becomes one event of the time at which it is read, with the hour in its id', () => {
    expect(read(format, [entry(KEY_ID)])).toStrictEqual({
      kind: 'report',
      events: [
        {
          specversion: '1.0',
          type: 'credential.compromised.v1',
          id: `${HOUR}/${KEY_ID}/key-id-only`,
          source: `${format}://report`,
          time: '2026-11-23T09:30:00.000Z',
          data: {
            accessKeyId: KEY_ID,
            confidence: 'key-id-only',
            evidence: {
              detector: 'coreweave-access-key-id',
              url: `${COMMIT}:train/.env:4`,
              receivedVia: 'scan-report',
              ...(format === 'gitleaks' ? { fingerprint: `${COMMIT}:train/.env:coreweave-access-key-id:4` } : {}),
            },
          },
        },
      ],
      faults: [],
      summary: { ...NONE, found: 1, usable: 1 },
      counts: { ...NO_LEAK, held: 1 },
    });
  });

  it('gives events of the same ids again within the hour, and of others in the next', () => {
    const text = JSON.stringify([entry(KEY_ID), entry(TOKEN)]);
    const at = (now: number) => {
      const report = readReport(format, text, now);
      return report.kind === 'report' ? report.events.map(({ id }) => id) : [];
    };
    expect(at(EVENT_MS + 29 * 60_000)).toEqual(at(EVENT_MS));
    expect(at(EVENT_MS + 30 * 60_000)).not.toEqual(at(EVENT_MS));
  });

  it('with a key in many places has one event for it, the surest', () => {
    const report = read(format, [
      entry(KEY_ID, { file: 'a' }),
      entry(KEY_ID, { file: 'a', line: 9 }),
      entry(KEY_ID, { file: 'b' }),
      entry(SECRET, { file: 'b' }),
      entry(KEY_ID, { file: 'c' }),
    ]);
    expect(dataOf(report)).toEqual([{ accessKeyId: KEY_ID, confidence: 'pair' }]);
    expect(report.events[0]?.data).toMatchObject({ evidence: { url: `${COMMIT}:b:4` } });
    expect(report.summary).toEqual({ ...NONE, found: 5, usable: 2, duplicates: 3 });
  });

  it('takes an id and a secret of other files, or far apart, for no pair', () => {
    const apart = read(format, [entry(KEY_ID, { line: 3 }), entry(SECRET, { line: 900 })]);
    expect(apart.counts).toEqual({ ...NO_LEAK, held: 1, withoutId: 1 });
    const report = read(format, [entry(KEY_ID, { file: 'a' }), entry(SECRET, { file: 'b', line: 7 })]);
    expect(dataOf(report)).toEqual([
      { accessKeyId: KEY_ID, confidence: 'key-id-only' },
      { reference: { provider: 'coreweave-secret', ref: `${COMMIT}:b:7` } },
    ]);
    expect(report.summary).toEqual({ ...NONE, found: 2, usable: 1, withoutId: 1 });
  });

  it('never guesses whose a secret is: two ids with one secret are no pairs', () => {
    const report = read(format, [entry(KEY_ID), entry(OTHER_KEY_ID), entry(SECRET)]);
    expect(dataOf(report)).toEqual([
      { accessKeyId: KEY_ID, confidence: 'key-id-only' },
      { accessKeyId: OTHER_KEY_ID, confidence: 'key-id-only' },
    ]);
    expect(report.counts).toEqual({ ...NO_LEAK, held: 2 });
  });

  it('names a word beside a secret as what it is, and never as an id', () => {
    const report = read(format, [entry('CWSECRETACCESSKEY'), entry(SECRET)]);
    expect(dataOf(report)).toEqual([
      { reference: { provider: 'coreweave-secret', ref: `${COMMIT}:train/.env:4; beside CWSECRETACCESSKEY` } },
    ]);
    expect(report.counts).toEqual({ ...NO_LEAK, withoutId: 1, others: 1 });
  });

  it('takes a placeholder for no secret of a pair', () => {
    expect(read(format, [entry(`${KEY_ID}:cwo${'A'.repeat(40)}`)]).counts).toEqual({
      ...NO_LEAK,
      held: 1,
      withoutId: 1,
    });
  });

  it('with one id and two secrets has the pair and something for a person', () => {
    const report = read(format, [entry(KEY_ID), entry(SECRET), entry(OTHER_SECRET, { line: 8 })]);
    expect(dataOf(report)).toEqual([
      { accessKeyId: KEY_ID, confidence: 'pair' },
      { reference: { provider: 'coreweave-secret', ref: `${COMMIT}:train/.env:8` } },
    ]);
    expect(report.summary).toEqual({ ...NONE, found: 3, usable: 2, withoutId: 1 });
    expect(report.counts).toEqual({ ...NO_LEAK, sure: 1, withoutId: 1 });
  });

  it('with an API token has something for a person, once per file', () => {
    const report = read(format, [entry(TOKEN), entry(TOKEN, { line: 9 }), entry(TOKEN, { file: 'b' })]);
    expect(dataOf(report)).toEqual([
      { reference: { provider: 'coreweave-api-token', ref: `${COMMIT}:train/.env:4` } },
      { reference: { provider: 'coreweave-api-token', ref: `${COMMIT}:b:4` } },
    ]);
    expect(report.summary).toEqual({ ...NONE, found: 3, withoutId: 3 });
  });

  it('with nothing of CoreWeave has no event', () => {
    expect(read(format, [entry(STRANGER), entry('')])).toStrictEqual({
      ...EMPTY,
      summary: { ...NONE, found: 2, ignored: 2 },
      counts: { ...NO_LEAK, others: 2 },
    });
  });

  it.each(['[]', 'null', '\uFEFF[]\r\n', '[]\n[]'])('%j is that of a scan which found nothing', (text) => {
    expect(readReport(format, text, EVENT_MS)).toStrictEqual(EMPTY);
  });

  it.each(['', '\n'])('%j does not show that the scan ran', (text) => {
    expect(readReport(format, text, EVENT_MS)).toEqual({ kind: 'refused', why: expect.stringContaining('pipefail') });
  });

  it.each([
    'REDACTED',
    'redacted',
    '[REDACTED]',
    `${KEY_ID.slice(0, 13)}...`,
    `${SECRET.slice(0, 9)}…`,
    '****',
    'CW************MN',
  ])('that is redacted as %# is refused, since nothing is left to revoke by', (mask) => {
    const report = readReport(format, JSON.stringify([entry(mask), entry(STRANGER)]), EVENT_MS);
    expect(report).toEqual({
      kind: 'refused',
      why: expect.stringMatching(
        new RegExp(
          `^the report is redacted, and nothing is left in it to revoke by: run ${format} .*, and keep the ` +
            'report private$',
        ),
      ),
    });
  });

  it('that is redacted in part acts on the rest, and counts what is lost', () => {
    const report = read(format, [entry('REDACTED'), entry(KEY_ID)]);
    expect(dataOf(report)).toEqual([{ accessKeyId: KEY_ID, confidence: 'key-id-only' }]);
    expect(report.summary).toEqual({ ...NONE, found: 2, usable: 1, redacted: 1 });
  });

  it('reads an array, an object, and a value per line', () => {
    const two = [entry(KEY_ID), entry(OTHER_KEY_ID)];
    const expected = read(format, two);
    const lines = two.map((each) => JSON.stringify(each));
    for (const text of [
      lines.join('\n'),
      `\uFEFF${lines.join('\r\n')}\r\n`,
      `\n\n${lines.join('\n\n')}\n`,
      JSON.stringify(two, null, 2),
    ]) {
      expect(readReport(format, text, EVENT_MS)).toEqual(expected);
    }
    expect(readReport(format, lines[0] ?? '', EVENT_MS)).toEqual(read(format, two.slice(0, 1)));
  });

  it('leaves out what the scanner logs', () => {
    const log = JSON.stringify({ level: 'info-0', ts: '2026-11-23T09:30:00Z', logger: 'scanner', msg: 'finished' });
    const report = readReport(format, `${log}\n${JSON.stringify(entry(KEY_ID))}\n${log}`, EVENT_MS);
    expect(report).toEqual(read(format, [entry(KEY_ID)]));
  });

  it('with nothing but what the scanner logs is an empty report', () => {
    expect(readReport(format, '{"level":"info-0","msg":"finished"}', EVENT_MS)).toStrictEqual(EMPTY);
  });

  it('of a scan that logged an error says so', () => {
    const text = `{"level":"error","msg":"x"}\n${JSON.stringify(entry(KEY_ID))}`;
    expect(readReport(format, text, EVENT_MS)).toMatchObject({
      faults: ['the scanner logged an error: see whether its scan was complete'],
      counts: { held: 1 },
    });
  });

  it('counts an entry with one new key as usable, whatever else is in it', () => {
    const report = read(format, [entry(KEY_ID), entry(`${KEY_ID} ${OTHER_KEY_ID}`, { file: 'b' })]);
    expect(report.summary).toEqual({ ...NONE, found: 2, usable: 2 });
  });

  it('names a place by its number if its name with our prefix would look like a secret', () => {
    const file = Buffer.from('://u:pw@').toString('base64').replaceAll('=', '');
    const placed = {
      ...entry(SECRET, { file }),
      Commit: '',
      StartLine: '',
      SourceMetadata: { Data: { S3: { file } } },
    };
    const report = read(format, [placed]);
    expect(report.faults).toEqual([]);
    expect(report.events).toMatchObject([
      { id: `${HOUR}/coreweave-secret/finding 1`, data: { reference: { provider: 'coreweave-secret', ref: file } } },
    ]);
  });

  it('that is cut off acts on the rest, and counts what is lost', () => {
    const line = JSON.stringify(entry(KEY_ID));
    const report = readReport(format, `${line}\n${line.slice(0, 40)}`, EVENT_MS);
    expect(report).toMatchObject({ kind: 'report', summary: { ...NONE, found: 2, usable: 1, unreadable: 1 } });
  });

  it.each(['{', '[null]', '[1,"x"]', '{}', '[{}]', '[[[]]]', '<html>', `[${'['.repeat(100_000)}`])(
    'that is none (%#) is refused',
    (text) => expect(readReport(format, text, EVENT_MS).kind).toBe('refused'),
  );

  it('of the other scanner is refused with its name, and read where no name is given', () => {
    const [other, name] =
      format === 'gitleaks' ? [trufflehogEntry(KEY_ID), 'trufflehog'] : [gitleaksEntry(KEY_ID), 'gitleaks'];
    expect(readReport(format, JSON.stringify([other]), EVENT_MS)).toEqual({
      kind: 'refused',
      why: expect.stringMatching(new RegExp(`^this is a report of .*: use --format ${name}$`)),
    });
    expect(readReport('auto', JSON.stringify([other]), EVENT_MS)).toMatchObject({ counts: { held: 1 } });
  });

  it('shows the link to the line where there is one', () => {
    const link = 'https://github.com/example/repo/blob/ab/train/.env#L4';
    expect(read(format, [entry(KEY_ID, { link })]).events[0]?.data).toMatchObject({ evidence: { url: link } });
    expect(dataOf(read(format, [entry(SECRET, { link })]))).toEqual([
      { reference: { provider: 'coreweave-secret', ref: link } },
    ]);
  });

  it('names a place that no text can show by its number', () => {
    const files = [SECRET, '', `a/${TOKEN}`, '\ud800', 'ä'.repeat(500)];
    const report = read(
      format,
      files.map((file) => entry(OTHER_SECRET, { file })),
    );
    expect(report.faults).toEqual([]);
    expect(report.events).toHaveLength(files.length);
    expect(new Set(report.events.map(({ id }) => id)).size).toBe(files.length);
    expect(report.events.every((event) => parseEvent(event, EVENT_MS).kind === 'event')).toBe(true);
  });
});

describe('several reports', () => {
  const text = (...entries: readonly unknown[]) => JSON.stringify(entries);

  it('name each key once, pair nothing across them, and name no two places alike', () => {
    const files = [text(gitleaksEntry(KEY_ID)), text(gitleaksEntry(SECRET)), text(gitleaksEntry(OTHER_SECRET))];
    const { events, counts, summary } = readReports('auto', [...files, ...files.slice(0, 1)], EVENT_MS);
    expect(counts).toEqual({ ...NO_LEAK, held: 1, withoutId: 2 });
    expect(summary).toEqual({ ...NONE, found: 4, usable: 1, duplicates: 1, withoutId: 2 });
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  });

  it('have the surest of what each says of a key', () => {
    const files = [text(gitleaksEntry(KEY_ID)), text(trufflehogEntry(`${KEY_ID}${SECRET}`))];
    expect(readReports('auto', files, EVENT_MS).events).toMatchObject([
      { source: 'trufflehog://report', data: { accessKeyId: KEY_ID, confidence: 'pair' } },
    ]);
  });

  it('are used as far as they can be: the others are refused one by one', () => {
    const files = ['', text(gitleaksEntry(KEY_ID)), text(gitleaksEntry('REDACTED'))];
    expect(readReports('auto', files, EVENT_MS)).toMatchObject({
      counts: { held: 1 },
      refused: [
        { file: 0, why: expect.stringContaining('is empty') },
        { file: 2, why: expect.stringContaining('is redacted') },
      ],
    });
  });
});

it('CSV of gitleaks is read like its JSON', () => {
  const [one, other] = [KEY_ID, SECRET].map((matched) => Object(gitleaksEntry(matched)));
  const columns = Object.keys(one).filter((key) => !['Description', 'Entropy', 'Tags'].includes(key));
  const order = ['RuleID', 'Commit', ...columns.filter((key) => !['RuleID', 'Commit'].includes(key))];
  const rows = [one, other].map((entry) =>
    order.map((key) => `"${String(entry[key]).replaceAll('"', '""')}"`).join(','),
  );
  const csv = [order.join(','), ...rows].join('\n');
  expect(readReport('auto', csv, EVENT_MS)).toEqual(read('gitleaks', [one, other]));
});

it('a detector of trufflehog with two patterns names the pair in one text', () => {
  for (const raw of [`${KEY_ID}${SECRET}`, `${SECRET}${KEY_ID}`]) {
    expect(dataOf(read('trufflehog', [trufflehogEntry(raw)]))).toEqual([{ accessKeyId: KEY_ID, confidence: 'pair' }]);
  }
});

it('what else trufflehog has of the secret is read too', () => {
  const entry = { ...trufflehogEntry(''), RawV2: KEY_ID, SecretParts: { secret: SECRET, other: 5 } };
  expect(dataOf(read('trufflehog', [entry]))).toEqual([{ accessKeyId: KEY_ID, confidence: 'pair' }]);
});

it('a line around a match shows which id a secret belongs to', () => {
  const entry = { ...gitleaksEntry(SECRET), Match: `${KEY_ID}:${SECRET}` };
  expect(dataOf(read('gitleaks', [entry]))).toEqual([{ accessKeyId: KEY_ID, confidence: 'pair' }]);
});
