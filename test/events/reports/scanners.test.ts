/** What an entry of a report says, field by field. */
import { describe, expect, it } from 'vitest';
import { SCANNERS } from '../../../events/reports/scanners.ts';
import { gitleaksEntry, trufflehogEntry } from './findings.ts';

const COMMIT = 'ab'.repeat(20);

const reading = (name: keyof typeof SCANNERS) => (entry: unknown) => {
  const { recognizes, reads } = SCANNERS[name];
  return recognizes(entry) ? reads([entry])[0]?.[0] : undefined;
};
const part = (text: string, line = 4) => ({ text, line });
const unlinedPart = (text: string) => ({ text, line: undefined });

describe('an entry of gitleaks', () => {
  const read = reading('gitleaks');
  const found = {
    parts: [part('KEY=text')],
    detector: 'coreweave-access-key-id',
    fingerprint: `${COMMIT}:train/.env:coreweave-access-key-id:4`,
    place: [COMMIT, 'train/.env'],
    url: `${COMMIT}:train/.env:4`,
  };
  const component = (StartLine: unknown, Secret: unknown, Match: unknown = Secret) => ({ StartLine, Secret, Match });

  it.each([
    ['all that there may be', {}, {}],
    ['a link', { Link: 'https://git.example/4' }, { url: 'https://git.example/4' }],
    ['no commit', { Commit: undefined }, { place: ['', 'train/.env'], url: 'train/.env:4' }],
    ['a file of no name, as standard input has', { Commit: '', File: '' }, { place: ['', ''], url: '' }],
    [
      'a name of any length',
      { File: 'a'.repeat(600) },
      { place: [COMMIT, 'a'.repeat(600)], url: `${COMMIT}:${'a'.repeat(600)}:4` },
    ],
    ['no file', { File: 5 }, { place: undefined, url: `${COMMIT}:4` }],
    ['a line in text, as CSV has it', { StartLine: '4' }, {}],
    ['no line', { StartLine: null }, { parts: [unlinedPart('KEY=text')], url: `${COMMIT}:train/.env` }],
    ['the line 0', { StartLine: 0 }, { parts: [unlinedPart('KEY=text')], url: `${COMMIT}:train/.env` }],
    ['no match', { Match: ['text'] }, { parts: [part('text')] }],
    ['a match that does not hold the secret', { Match: 'KEY' }, { parts: [part('text'), part('KEY')] }],
    ['no fingerprint', { Fingerprint: '' }, { fingerprint: undefined }],
    [
      'what a rule of several parts needs besides',
      { RequiredSets: [{ components: [component(2, 'a', 'x=a'), component('3', 'b')] }, { components: null }, 5] },
      { parts: [part('KEY=text'), part('x=a', 2), part('b', 3)] },
    ],
    [
      'parts that are masked or missing',
      { RequiredSets: [{ components: [component(2, 'REDACTED'), component(3, null), null] }] },
      {},
    ],
    [
      'the repository in its attributes',
      {
        Attributes: {
          path: 'train/.env',
          'git.remote_url': 'r',
          'git.date': 'd',
          resource: 'g',
          'github.repo': 'o',
          n: 5,
        },
      },
      { place: ['r', 'o', 'g', COMMIT, 'train/.env'], url: `r:o:g:${COMMIT}:train/.env:4` },
    ],
  ])('with %s', (_name, fields, expected) => {
    expect(read({ ...gitleaksEntry('text'), ...fields })).toStrictEqual({ ...found, ...expected });
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
  ])('is none in %j', (entry) => expect(read(entry)).toBeUndefined());

  it('without its secret is skipped', () => {
    expect(read({ ...gitleaksEntry('text'), Secret: null })).toMatchObject({ kind: 'skipped' });
  });

  it('that is masked is redacted', () => {
    expect(read(gitleaksEntry('CWAB****WXYZ'))).toStrictEqual({
      kind: 'redacted',
      advice: 'run gitleaks without --redact, and keep the report private',
    });
  });

  it('of version 7 is read', () => {
    const entry = {
      line: 'KEY=text',
      lineNumber: 3,
      offender: 'text',
      commit: 'c',
      repo: 'r',
      rule: 'CoreWeave',
      file: 'f',
      leakURL: '',
    };
    const expected = {
      parts: [part('KEY=text', 3)],
      detector: 'CoreWeave',
      fingerprint: undefined,
      place: ['r', 'c', 'f'],
      url: 'r:c:f:3',
    };
    expect(read(entry)).toStrictEqual(expected);
    expect(read({ ...entry, leakURL: 'https://git.example/3' })).toStrictEqual({
      ...expected,
      url: 'https://git.example/3',
    });
    expect(read({ ...entry, offender: 'REDACTED' })).toMatchObject({ kind: 'redacted' });
    expect(read({ ...entry, rule: undefined })).toBeUndefined();
  });
});

describe('an entry of trufflehog', () => {
  const read = reading('trufflehog');
  const found = {
    parts: [part('text')],
    detector: 'coreweave-access-key-id',
    fingerprint: undefined,
    place: [
      'Git',
      `commit="${COMMIT}"`,
      'email="Jane Doe <jane.doe@example.com>"',
      'timestamp="2026-11-01 10:17:40 +0000"',
      'train/.env',
    ],
    url: `${COMMIT}:train/.env:4`,
  };
  const at = (kind: string, place: unknown) => ({ SourceMetadata: { Data: { [kind]: place } } });
  const unlined = { parts: [unlinedPart('text')] };
  const nowhere = { ...unlined, place: undefined, url: '' };
  const link = 'https://git.example/4';

  it.each([
    ['all that there may be', {}, {}],
    [
      'a link and a file with lines',
      at('Github', { link: `${link}#L4`, file: 'f', line: 4, repository: 'r' }),
      { place: ['Github', 'repository="r"', 'f'], url: `${link}#L4` },
    ],
    [
      'a link and a file without lines',
      at('S3', { link, file: 'f', bucket: 'b' }),
      { ...unlined, place: ['S3', 'bucket="b"', link, 'f'], url: link },
    ],
    ['a link alone', at('Jira', { link, issue: 'OPS-1' }), { ...unlined, place: ['Jira', link], url: link }],
    ['a link to a line', at('Github', { link: `${link}#L4` }), { place: ['Github', link], url: `${link}#L4` }],
    [
      'a link to lines',
      at('Github', { link: `${link}#L4-L9`, username: 'u' }),
      { place: ['Github', link], url: `${link}#L4-L9` },
    ],
    [
      'a link to a line of Bitbucket',
      at('Bitbucket', { link: `${link}#lines-4` }),
      { place: ['Bitbucket', link], url: `${link}#lines-4` },
    ],
    [
      'a link to a comment',
      at('Github', { link: `${link}#c-1` }),
      { ...unlined, place: ['Github', `${link}#c-1`], url: `${link}#c-1` },
    ],
    [
      'a name of GCS',
      at('GCS', { bucket: 'b', filename: 'f' }),
      { ...unlined, place: ['GCS', 'bucket="b"', 'f'], url: 'b:f' },
    ],
    [
      'a path of Artifactory',
      at('Artifactory', { repo: 'r', path: 'p' }),
      { ...unlined, place: ['Artifactory', 'repo="r"', 'p'], url: 'p' },
    ],
    [
      'a layer',
      at('Docker', { image: 'i', tag: '1', layer: 'l', file: 'f' }),
      { ...unlined, place: ['Docker', 'image="i"', 'layer="l"', 'tag="1"', 'f'], url: 'i:l:f' },
    ],
    [
      'the history of an image',
      at('Docker', { image: 'i', tag: '1', layer: '', file: 'image-metadata:history:4:created-by' }),
      {
        place: ['Docker', 'image="i"', 'tag="1"', 'image-metadata:history'],
        url: 'i:image-metadata:history:4:created-by:4',
      },
    ],
    [
      'a document by all its fields',
      at('Elasticsearch', { index: 'i', document_id: 'd', timestamp: 't' }),
      { ...unlined, place: ['Elasticsearch', 'document_id="d"', 'index="i"', 'timestamp="t"'], url: '' },
    ],
    [
      'a message',
      at('Syslog', { hostname: 'h', procid: '1', timestamp: 't' }),
      { ...unlined, place: ['Syslog', 'hostname="h"', 'procid="1"', 'timestamp="t"'], url: '' },
    ],
    ['standard input', at('Stdin', {}), { ...unlined, place: ['Stdin'], url: '' }],
    [
      'what is wrapped once more',
      at('Webhook', { Data: { Vector: { host: 'h', link } } }),
      { ...unlined, place: ['Vector', link], url: link },
    ],
    [
      'a password in the address of the repository',
      at('Git', { repository: `https://u:${'p'.repeat(12)}@git.example/r`, file: 'f', line: 4 }),
      {
        place: ['Git', `repository="https://u:${'p'.repeat(12)}@git.example/r"`, 'f'],
        url: 'https://git.example/r:f:4',
      },
    ],
    ['a place that is none', at('Stdin', null), nowhere],
    ['two places', { SourceMetadata: { Data: { Git: { file: 'f' }, S3: { file: 'f' } } } }, nowhere],
    ['no place', { SourceMetadata: { Data: {} } }, nowhere],
    ['no data', { SourceMetadata: { Data: null } }, nowhere],
    ['no metadata', { SourceMetadata: null }, nowhere],
    ['a detector of its own', { ExtraData: null }, { detector: 'CustomRegex' }],
    ['no detector', { ExtraData: {}, DetectorName: 5 }, { detector: undefined }],
    [
      'parts',
      { SecretParts: { id: 'a', n: 5, secret: 'b' }, RawV2: null },
      { parts: [part('text'), part('a'), part('b')] },
    ],
    ['parts that are none', { SecretParts: 'ab' }, {}],
  ])('with %s', (_name, fields, expected) => {
    expect(read({ ...trufflehogEntry('text'), ...fields })).toStrictEqual({ ...found, ...expected });
  });

  it('without a line stands on the first, where others of its kind have lines', () => {
    const filesystem = (line: number | undefined) => ({
      ...trufflehogEntry('text'),
      ...at('Filesystem', { file: 'f', ...(line === undefined ? {} : { line }) }),
    });
    const lines = (...entries: readonly unknown[]) =>
      SCANNERS.trufflehog
        .reads(entries)
        .flat()
        .map((outcome) => ('parts' in outcome ? outcome.parts[0]?.line : 'none'));
    expect(lines(filesystem(undefined), filesystem(3))).toEqual([0, 3]);
    expect(lines(filesystem(undefined), trufflehogEntry('text'))).toEqual([undefined, 4]);
    expect(lines(filesystem(undefined), filesystem(undefined))).toEqual([undefined, undefined]);
  });

  it.each([null, 'text', [], {}, { Raw: 5 }, { Raw: null }])('is none in %j', (entry) => {
    expect(read(entry)).toBeUndefined();
  });

  it('that is masked is redacted', () => {
    expect(read(trufflehogEntry('***'))).toMatchObject({ kind: 'redacted' });
  });

  it('of version 2 is read', () => {
    const entry = { commitHash: 'c', path: 'p', reason: 'CoreWeave', diff: 'text', stringsFound: ['a', 'b', 5] };
    expect(read(entry)).toStrictEqual({
      parts: [unlinedPart('a'), unlinedPart('b')],
      detector: 'CoreWeave',
      fingerprint: undefined,
      place: ['c', 'p'],
      url: 'c:p',
    });
    expect(read({ ...entry, stringsFound: ['a', '****'] })).toMatchObject({ kind: 'redacted' });
    expect(read({ ...entry, commitHash: null })).toBeUndefined();
  });
});
