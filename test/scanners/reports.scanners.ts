/** Reports of the real scanners, read by the real reader: each pair that a scanner sees is found and paired. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reports, readReports } from '../../events/reports/report.ts';
import { EVENT_MS } from '../support/event-factory.ts';
import { LONE_ID, PLANTED, REMOVED, SECRETS } from './planted.ts';
import { createRepository, type Repository, reportOf, type Scan } from './repository.ts';

interface Expected {
  /** Formats whose pair the scanner does not see. */
  readonly unseen?: readonly string[];
  /** Findings that are not CoreWeave's: other providers, and names of variables. */
  readonly others: number;
}

/** gitleaks 8.16 decodes nothing. It finds the other secret of Kubernetes by the names of its keys. */
const UNDECODED = ['Kubernetes secret of a file'];

const ROWS: readonly (readonly [Scan, Expected])[] = [
  [
    { scanner: 'gitleaks 8.16', of: 'files', form: 'json' },
    { unseen: UNDECODED, others: 5 },
  ],
  [
    { scanner: 'gitleaks 8.16', of: 'files', form: 'csv' },
    { unseen: UNDECODED, others: 5 },
  ],
  [
    { scanner: 'gitleaks 8.16', of: 'files', form: 'sarif' },
    { unseen: UNDECODED, others: 6 },
  ],
  [
    { scanner: 'gitleaks 8.16', of: 'history', form: 'json' },
    { unseen: UNDECODED, others: 5 },
  ],
  [
    { scanner: 'gitleaks 8.16', of: 'history', form: 'csv' },
    { unseen: UNDECODED, others: 5 },
  ],
  [
    { scanner: 'gitleaks 8.16', of: 'history', form: 'sarif' },
    { unseen: UNDECODED, others: 6 },
  ],
  [{ scanner: 'gitleaks 8.26', of: 'files', form: 'json' }, { others: 5 }],
  [{ scanner: 'gitleaks 8.26', of: 'files', form: 'csv' }, { others: 5 }],
  [{ scanner: 'gitleaks 8.26', of: 'files', form: 'sarif' }, { others: 6 }],
  [{ scanner: 'gitleaks 8.26', of: 'history', form: 'json' }, { others: 5 }],
  [{ scanner: 'gitleaks 8.26', of: 'history', form: 'csv' }, { others: 5 }],
  [{ scanner: 'gitleaks 8.26', of: 'history', form: 'sarif' }, { others: 6 }],
  [{ scanner: 'trufflehog 3.60', of: 'files', form: 'json' }, { others: 4 }],
  [{ scanner: 'trufflehog 3.60', of: 'history', form: 'json' }, { others: 4 }],
];

const keysOf = ({ events }: Reports, confidence: string): readonly string[] =>
  events.flatMap(({ data }) =>
    'accessKeyId' in data && 'confidence' in data && data.confidence === confidence ? [data.accessKeyId] : [],
  );
const referencesOf = ({ events }: Reports): readonly string[] =>
  events.flatMap(({ data }) => {
    if (!('reference' in data)) return [];
    const { provider, ref } = data.reference;
    return [`${provider} in ${/[^/:]+\/[^/:]+(?=(?::\d+)?$)/.exec(ref)?.[0]}`];
  });

/** By format, so that a failure names what is missing. */
const formatsOf = (ids: readonly string[]): readonly string[] =>
  ids.map((id) => [...PLANTED, REMOVED].find((each) => each.id === id)?.format ?? id).toSorted();

describe('a report of', () => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await createRepository();
  });
  afterAll(() => repository.close());

  const rows = ROWS.map(([scan, expected]) => ({ ...scan, scan, expected }));
  it.each(rows)('$scanner about $of in $form', async ({ scan, expected: { unseen = [], others } }) => {
    const report = await reportOf(scan, repository);
    const read = readReports('auto', [report], EVENT_MS);
    const planted = scan.of === 'history' ? [...PLANTED, REMOVED] : PLANTED;
    const seen = planted.map(({ format }) => format).filter((format) => !unseen.includes(format));
    expect({
      pairs: formatsOf(keysOf(read, 'pair')),
      held: keysOf(read, 'key-id-only'),
      references: referencesOf(read).toSorted(),
      counts: read.counts,
      faults: read.faults,
      refused: read.refused,
    }).toEqual({
      pairs: seen.toSorted(),
      held: [LONE_ID],
      references: ['coreweave-api-token in lone/token.txt', 'coreweave-secret in lone/secret.txt'],
      counts: { sure: seen.length, held: 1, withoutId: 2, others },
      faults: [],
      refused: [],
    });
    expect(report.toString()).toContain(PLANTED[0]?.secret);
    expect(SECRETS.filter((secret) => JSON.stringify(read).includes(secret))).toEqual([]);
  });
});

it('at least 22 formats are planted, each with a pair of its own', () => {
  expect(PLANTED.length).toBeGreaterThanOrEqual(22);
  expect(new Set([...PLANTED, REMOVED].flatMap(({ id, secret }) => [id, secret])).size).toBe(2 * PLANTED.length + 2);
  expect(new Set(PLANTED.map(({ path }) => path)).size).toBe(PLANTED.length);
});
