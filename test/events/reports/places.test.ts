/** What stands in one file belongs together, and what has no file stands alone. */
import { describe, expect, it } from 'vitest';
import { candidatesOf, placesOf } from '../../../events/reports/places.ts';
import type { Finding } from '../../../events/reports/scanners.ts';
import { KEY_ID } from '../../support/event-factory.ts';
import { OTHER_KEY_ID, SECRET, TOKEN } from './findings.ts';

const HOUR = '2026-11-23T09:00:00Z';
const SENDER = { source: 'gitleaks://report', time: '2026-11-23T09:30:00.000Z', hour: HOUR };
const NOTHING = { accessKeyIds: [], secrets: 0, apiTokens: 0 };
const ID = { ...NOTHING, accessKeyIds: [KEY_ID] };
const ONE_SECRET = { ...NOTHING, secrets: 1 };

const finding = (of: Partial<Finding>): Finding => ({
  texts: [],
  isRedacted: false,
  detector: 'rule',
  fingerprint: 'print',
  file: ['commit', 'file'],
  url: 'commit:file:4',
  ...of,
});
const place = (of: object) => ({
  name: 'commit:file:4',
  url: 'commit:file:4',
  detector: 'rule',
  fingerprint: 'print',
  found: NOTHING,
  each: [NOTHING],
  ...of,
});
const leak = (what: string, data: object) => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id: `${HOUR}/${what}`,
  source: SENDER.source,
  time: SENDER.time,
  data: { ...data, evidence: { detector: 'rule', url: 'u', fingerprint: 'print', receivedVia: 'scan-report' } },
});

describe('placesOf', () => {
  it('puts together what is in one file, and tells of its first finding', () => {
    const second = { texts: [SECRET], url: 'commit:file:9', detector: undefined, fingerprint: undefined };
    expect(placesOf([finding({ texts: [KEY_ID] }), finding(second)])).toStrictEqual([
      place({ found: { ...ID, secrets: 1 }, each: [ID, ONE_SECRET] }),
    ]);
  });

  it('keeps apart what is in the same file of another commit', () => {
    const other = finding({ texts: [SECRET], file: ['other', 'file'], url: 'other:file:4' });
    expect(placesOf([finding({ texts: [KEY_ID] }), other])).toStrictEqual([
      place({ found: ID, each: [ID] }),
      place({ name: 'other:file:4', url: 'other:file:4', found: ONE_SECRET, each: [ONE_SECRET] }),
    ]);
  });

  it('keeps apart what has no file', () => {
    const nowhere = { file: [], url: '' };
    const name = (at: number) => ({ name: `finding ${at}`, url: undefined });
    expect(
      placesOf([finding({ ...nowhere, texts: [KEY_ID] }), finding({ ...nowhere, texts: [SECRET] })]),
    ).toStrictEqual([
      place({ ...name(1), found: ID, each: [ID] }),
      place({ ...name(2), found: ONE_SECRET, each: [ONE_SECRET] }),
    ]);
  });

  it('gives no two places the same name', () => {
    const all = ['a', 'b', 'c'].map((file) => finding({ file: [file], url: 'same' }));
    expect(placesOf(all).map(({ name, url }) => [name, url])).toStrictEqual([
      ['same', 'same'],
      ['finding 2', 'same'],
      ['finding 3', 'same'],
    ]);
  });

  it('does not read over the end of a text into the next', () => {
    const half = Math.floor(KEY_ID.length / 2);
    const halves = [KEY_ID.slice(0, half), KEY_ID.slice(half)];
    expect(placesOf([finding({ texts: halves })])).toStrictEqual([place({})]);
    expect(placesOf(halves.map((text) => finding({ texts: [text] })))).toStrictEqual([
      place({ each: [NOTHING, NOTHING] }),
    ]);
  });
});

describe('candidatesOf', () => {
  const pair = (url: string) => finding({ file: [url], url, texts: [KEY_ID, SECRET] });
  const alone = (url: string) => finding({ file: [url], url, texts: [KEY_ID] });

  it.each([
    ['the first pair', [pair('u'), pair('v')], 'pair'],
    ['the pair before an id', [pair('u'), alone('v')], 'pair'],
    ['the pair behind an id', [alone('v'), pair('u'), pair('w')], 'pair'],
    ['the first id', [alone('u'), alone('v')], 'key-id-only'],
  ])('of a key in many places has %s', (_name, findings, confidence) => {
    expect(candidatesOf(placesOf(findings), SENDER)).toStrictEqual([
      leak(`${KEY_ID}/${confidence}`, { accessKeyId: KEY_ID, confidence }),
    ]);
  });

  it('has keys first, then what names none: more secrets than ids, and tokens', () => {
    const here = (texts: readonly string[]) => finding({ file: ['u'], url: 'u', texts });
    const reference = (provider: string) => leak(`${provider}/u`, { reference: { provider, ref: 'u' } });
    expect(candidatesOf(placesOf([here([TOKEN, SECRET])]), SENDER)).toStrictEqual([
      reference('coreweave-secret'),
      reference('coreweave-api-token'),
    ]);
    expect(candidatesOf(placesOf([here([TOKEN]), here([SECRET]), here([OTHER_KEY_ID])]), SENDER)).toStrictEqual([
      leak(`${OTHER_KEY_ID}/pair`, { accessKeyId: OTHER_KEY_ID, confidence: 'pair' }),
      reference('coreweave-api-token'),
    ]);
  });

  it('leaves out of the evidence what there is not', () => {
    const bare = finding({ url: '', detector: undefined, fingerprint: undefined, texts: [KEY_ID] });
    expect(candidatesOf(placesOf([bare]), SENDER)).toStrictEqual([
      {
        ...leak(`${KEY_ID}/key-id-only`, {}),
        data: { accessKeyId: KEY_ID, confidence: 'key-id-only', evidence: { receivedVia: 'scan-report' } },
      },
    ]);
  });
});
