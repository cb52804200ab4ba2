/** Entries of reports as the scanners write them. What looks like a secret is put together at run time. */
import type { Summary } from '../../../events/reports/report.ts';
import type { ReportFormat } from '../../../events/reports/scanners.ts';

/** Unlike that of the event factory, with a digit: an id without any is taken for a word. */
export const KEY_ID = 'CWABCDEFGH1JKLMN';
export const OTHER_KEY_ID = `CW${'Z9'.repeat(9)}`;
export const SECRET = `cwo${'aB3xYz9Q'.repeat(5)}`;
export const OTHER_SECRET = `cwo${'Q9zYx3Ba'.repeat(5)}`;
export const TOKEN = `CW-SECRET-${'aB3xYz9Q'.repeat(4)}`;

/** The summary of reports that hold nothing. */
export const NONE: Summary = {
  found: 0,
  usable: 0,
  duplicates: 0,
  withoutId: 0,
  ignored: 0,
  dismissed: 0,
  redacted: 0,
  skipped: 0,
  unreadable: 0,
};

export interface At {
  readonly file?: string;
  readonly line?: number;
  readonly link?: string;
}

/** An entry of a gitleaks report. */
export const gitleaksEntry = (matched: string, { file = 'train/.env', line = 4, link }: At = {}): object => ({
  RuleID: 'coreweave-access-key-id',
  Description: 'Id of a CoreWeave AI Object Storage access key',
  StartLine: line,
  EndLine: line,
  StartColumn: 19,
  EndColumn: 35,
  Match: `KEY=${matched}`,
  Secret: matched,
  File: file,
  SymlinkFile: '',
  Commit: 'ab'.repeat(20),
  ...(link === undefined ? {} : { Link: link }),
  Entropy: 3.9,
  Author: 'Jane Doe',
  Email: 'jane.doe@example.com',
  Date: '10-19-2003',
  Message: 'add env',
  Tags: [],
  Fingerprint: `${'ab'.repeat(20)}:${file}:coreweave-access-key-id:${line}`,
});

/** The same of trufflehog. */
export const trufflehogEntry = (matched: string, { file = 'train/.env', line = 4, link }: At = {}): object => ({
  SourceMetadata: {
    Data: {
      Git: {
        commit: 'ab'.repeat(20),
        file,
        email: 'Jane Doe <jane.doe@example.com>',
        timestamp: '2026-11-01 10:17:40 +0000',
        line,
        ...(link === undefined ? {} : { link }),
      },
    },
  },
  SourceName: 'trufflehog - git',
  DetectorName: 'CustomRegex',
  DecoderName: 'PLAIN',
  Verified: false,
  Raw: matched,
  RawV2: '',
  Redacted: '',
  ExtraData: { name: 'coreweave-access-key-id' },
  StructuredData: null,
  SecretParts: null,
});

export const ENTRIES: Readonly<Record<ReportFormat, (matched: string, at?: At) => object>> = {
  gitleaks: gitleaksEntry,
  trufflehog: trufflehogEntry,
};

/** An entry of one of the tools' own rules. */
export const STRANGER = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
