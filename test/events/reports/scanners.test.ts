/** What an entry of a report says, field by field. */
import { describe, expect, it } from 'vitest';
import { SCANNERS } from '../../../events/reports/scanners.ts';
import { gitleaksEntry, trufflehogEntry } from './findings.ts';

const COMMIT = 'ab'.repeat(20);

describe('an entry of gitleaks', () => {
  const { findingOf } = SCANNERS.gitleaks;
  const found = {
    texts: ['text', 'KEY=text'],
    isRedacted: false,
    detector: 'coreweave-access-key-id',
    fingerprint: `${COMMIT}:train/.env:coreweave-access-key-id:4`,
    file: [COMMIT, 'train/.env'],
    url: `${COMMIT}:train/.env:4`,
  };

  it.each([
    ['all that there may be', {}, {}],
    ['a link', { Link: 'https://git.example/4' }, { url: 'https://git.example/4' }],
    ['no commit', { Commit: undefined }, { file: ['', 'train/.env'], url: 'train/.env:4' }],
    ['no file', { File: 5 }, { file: [], url: `${COMMIT}:4` }],
    ['no line', { StartLine: '4' }, { url: `${COMMIT}:train/.env` }],
    ['no place', { Commit: '', File: '' }, { file: [], url: '' }],
    ['no match', { Match: ['text'] }, { texts: ['text'] }],
    ['no fingerprint', { Fingerprint: '' }, { fingerprint: undefined }],
  ])('with %s', (_name, fields, expected) => {
    expect(findingOf({ ...gitleaksEntry('text'), ...fields })).toStrictEqual({ ...found, ...expected });
  });

  it.each([
    null,
    'text',
    [],
    {},
    { RuleID: 'x' },
    { Secret: 'x' },
    { RuleID: 5, Secret: 'x' },
    { RuleID: 'x', Secret: 5 },
  ])('is none in %j', (entry) => {
    expect(findingOf(entry)).toBeUndefined();
  });
});

describe('an entry of trufflehog', () => {
  const { findingOf } = SCANNERS.trufflehog;
  const found = {
    texts: ['text', ''],
    isRedacted: false,
    detector: 'coreweave-access-key-id',
    fingerprint: undefined,
    file: ['', COMMIT, 'train/.env'],
    url: `${COMMIT}:train/.env:4`,
  };
  const at = (kind: string, place: unknown) => ({ SourceMetadata: { Data: { [kind]: place } } });
  const nowhere = { file: [], url: '' };
  const link = 'https://git.example/4';

  it.each([
    ['all that there may be', {}, {}],
    ['a link and a file', at('Github', { link, file: 'f' }), { file: ['', '', 'f'], url: link }],
    ['a link alone', at('Github', { link, repository: 'r' }), { file: ['r', '', link], url: link }],
    ['a repository alone', at('Github', { repository: 'r', line: 4 }), { file: [], url: 'r:4' }],
    ['a name of GCS', at('GCS', { bucket: 'b', filename: 'f' }), { file: ['b', '', 'f'], url: 'b:f' }],
    ['a layer', at('Docker', { image: 'i', layer: 'l', file: 'f' }), { file: ['i', 'l', 'f'], url: 'i:l:f' }],
    ['a repository', at('Git', { repository: 'r', file: 'f', line: 5 }), { file: ['r', '', 'f'], url: 'r:f:5' }],
    ['a bucket', at('S3', { bucket: 'b', file: 'f' }), { file: ['b', '', 'f'], url: 'b:f' }],
    ['a line of nothing', at('Stdin', { line: 4 }), nowhere],
    ['an empty place', at('Stdin', {}), nowhere],
    ['a place that is none', at('Stdin', null), nowhere],
    ['no place', { SourceMetadata: { Data: {} } }, nowhere],
    ['no data', { SourceMetadata: { Data: null } }, nowhere],
    ['no metadata', { SourceMetadata: null }, nowhere],
    ['a detector of its own', { ExtraData: null }, { detector: 'CustomRegex' }],
    ['no detector', { ExtraData: {}, DetectorName: 5 }, { detector: undefined }],
    ['parts', { SecretParts: { id: 'a', n: 5, secret: 'b' }, RawV2: null }, { texts: ['text', 'a', 'b'] }],
    ['parts that are none', { SecretParts: 'ab' }, {}],
  ])('with %s', (_name, fields, expected) => {
    expect(findingOf({ ...trufflehogEntry('text'), ...fields })).toStrictEqual({ ...found, ...expected });
  });

  it.each([null, 'text', [], {}, { Raw: 5 }, { Raw: null }])('is none in %j', (entry) => {
    expect(findingOf(entry)).toBeUndefined();
  });
});

describe('a mask', () => {
  const isMask = (text: string) => [
    SCANNERS.gitleaks.findingOf(gitleaksEntry(text))?.isRedacted,
    SCANNERS.trufflehog.findingOf(trufflehogEntry(text))?.isRedacted,
  ];

  it.each(['REDACTED', 'redacted', '[REDACTED]', 'CWAB...', 'cwo…', '***', 'CW***MN'])('is seen in %s', (text) => {
    expect(isMask(text)).toStrictEqual([true, true]);
  });

  it.each(['unredacted', 'redacted text', '[[redacted', 'a**', 'CWAB..', 'CWAB.', '...CWAB', '…CWAB', ''])(
    'is not seen in %s',
    (text) => {
      expect(isMask(text)).toStrictEqual([false, false]);
    },
  );
});
