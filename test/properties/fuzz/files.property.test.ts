/**
 * Whatever an operator hands in, as a file, as a variable or as a request: a value or our own error, and none that
 * repeats the input.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { addEnvFile } from '../../../cli/env-file.ts';
import { CliError } from '../../../cli/failure.ts';
import { parseCsv } from '../../../cli/identity/csv.ts';
import { parseIdentities } from '../../../cli/identity/file.ts';
import { readConfig } from '../../../lib/io/config/read.ts';
import { readIngestConfig } from '../../../lib/io/config/read-others.ts';
import { V } from '../../../lib/io/config/variables.ts';
import { readReplayRequest } from '../../../lib/io/lambda/replay-request.ts';
import { LEAST } from '../../lib/io/config/environment.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import { anyText, MARK, markedValue, SEED } from './texts.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs it; whatever it throws has one of the codes and does not repeat the mark. Returns whether it went well. */
function isRead(run: () => unknown, ...codes: readonly string[]): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    expect(codes).toContain(error instanceof CliError ? error.failure.code : 'code' in error && error.code);
    expect([error.message, error.stack, String(error.cause)].join()).not.toContain(MARK);
    return false;
  }
}

describe('a CSV file', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('', '"', 'a,b', 'a\nb', 'a"b', '\r\n', MARK));
  const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  it('of any text is read to its end, or refused at a line of it', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a') })), (text) => {
        const csv = parseCsv(text);
        if ('expected' in csv) {
          expect(csv.line >= 1 && csv.line <= text.split('\n').length).toBe(true);
          expect(csv.expected).not.toContain(MARK);
        } else expect(csv.rows.length).toBeLessThanOrEqual(text.split('\n').length);
      }),
      { ...SEED, numRuns: 1_000 },
    );
  });

  it('that was written cell by cell in quotes is read as it was, without its empty rows', () => {
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        const csv = parseCsv(rows.map((cells) => cells.map(quoted).join(',')).join(end));
        expect('rows' in csv && csv.rows.map(({ cells }) => cells)).toEqual(
          rows.filter((cells) => cells.length > 1 || cells[0] !== ''),
        );
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  it('of identities, or JSON of them, is read or refused, and a refusal quotes none of it', () => {
    const rows = fc.array(fc.array(fc.oneof(cell, fc.constantFrom('email', 'saml/a@b.c', 'a@b.c'))));
    const text = fc.oneof(
      anyText,
      markedValue.map((value) =>
        JSON.stringify({ identities: [value, { kind: value, value: MARK, principals: [value] }] }),
      ),
      rows.map((cells) => `kind,value,principals\n${cells.map((row) => row.map(quoted).join(',')).join('\n')}`),
    );
    fc.assert(
      fc.property(text, (file) => {
        isRead(() => parseIdentities(file), 'identities-invalid');
      }),
      { ...SEED, numRuns: 1_000 },
    );
  });
});

describe('a file of variables', () => {
  it('of any text sets variables or is refused, and a refusal quotes no value', () => {
    const path = join(folder, 'any.env');
    const line = fc.tuple(
      fc.constantFrom('MODE', 'A', ''),
      fc.constantFrom('=', ' = ', ''),
      fc.constantFrom(MARK, '"', ''),
    );
    const file = fc.oneof(
      anyText,
      fc.array(line).map((lines) => lines.map((parts) => parts.join('')).join('\n')),
    );
    fc.assert(
      fc.property(file, (text) => {
        writeFileSync(path, text);
        const env: NodeJS.ProcessEnv = { MODE: 'enforce' };
        isRead(() => addEnvFile(env, path), 'env-file-conflict');
        expect(env.MODE).toBe('enforce');
      }),
      { ...SEED, numRuns: 300 },
    );
  });
});

describe('an environment', () => {
  const variable = fc.constantFrom(...Object.values(V).map(({ name }) => name));
  const value = fc.oneof(
    { weight: 3, arbitrary: anyText.map((text) => text.slice(0, 5_000)) },
    { weight: 1, arbitrary: fc.constantFrom('', 'true', 'dry-run', '[]', '{}', 'PT1H', '@file', `https://${MARK}@x/`) },
    { weight: 1, arbitrary: markedValue.map((one) => JSON.stringify(one)) },
  );
  const readers = [
    [
      'revoke',
      (env: Record<string, string>, text: string) =>
        readConfig(
          { ...LEAST, ...env },
          () => 'hash',
          () => text,
        ),
    ],
    ['ingest', (env: Record<string, string>) => readIngestConfig({ ...LEAST, ...env }, () => 'hash', ['github'])],
  ] as const;

  it.each(readers)('of any values is a configuration of %s, or each problem names its variable', (_name, read) => {
    fc.assert(
      fc.property(fc.dictionary(variable, value, { maxKeys: 3 }), anyText, (env, text) => {
        isRead(() => read(env, text), 'config-invalid');
      }),
      { ...SEED, numRuns: 600 },
    );
  });
});

describe('a request for a replay', () => {
  const fields = [
    'reason',
    'source',
    'lane',
    'olderThan',
    'max',
    'ratePerSecond',
    'dryRun',
    'approve',
    'operator',
    MARK,
  ];
  it('of any value is read, or refused with an error that quotes only the names of our fields', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom(...fields),
        fc.oneof(markedValue, fc.anything(), fc.constantFrom<unknown>('PT1H', 1)),
      ),
    );
    fc.assert(
      fc.property(value, (one) => {
        isRead(() => readReplayRequest(one), 'request-invalid');
      }),
      { ...SEED, numRuns: 1_000 },
    );
  });
});

describe.each(['gitleaks', 'trufflehog'] as const)('a report of %s', (format) => {
  it('of any text is read or refused; its events and sentences hold no secret', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const report = readReport(format, text, EVENT_MS);
        expect(JSON.stringify(report)).not.toContain(MARK);
        if (report.kind === 'refused') return;
        const { found, ...counts } = report.summary;
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(found);
      }),
      { ...SEED, numRuns: 1_000 },
    );
  });
});
