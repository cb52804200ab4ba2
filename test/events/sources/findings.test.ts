import { describe, expect, it } from 'vitest';
import { confidenceOf, findingsIn } from '../../../events/sources/findings.ts';
import { KEY_ID } from '../../support/event-factory.ts';

const KEY_SECRET = `cwo${'aB3x'.repeat(10)}`;
const CAPITALS = `cwo${'CW'.repeat(20)}`;
const API_TOKEN = `CW-SECRET-${'aB3x'.repeat(8)}`;
const LONG_ID = `CW${'A1'.repeat(15)}`;

describe('what is in a matched text', () => {
  it.each([
    ['', [], 0, 0],
    [KEY_ID, [KEY_ID], 0, 0],
    [`${KEY_ID} ${KEY_ID}`, [KEY_ID], 0, 0],
    [`${LONG_ID}/${KEY_ID}`, [LONG_ID, KEY_ID], 0, 0],
    [`"${KEY_ID}","${KEY_SECRET}"`, [KEY_ID], 1, 0],
    [`${KEY_ID}${KEY_SECRET}`, [KEY_ID], 1, 0],
    [`${KEY_SECRET}${KEY_ID}`, [KEY_ID], 1, 0],
    [`${KEY_SECRET}\n${KEY_SECRET}`, [], 1, 0],
    [CAPITALS, [], 1, 0],
    [API_TOKEN, [], 0, 1],
    [`${API_TOKEN} ${API_TOKEN}1`, [], 0, 2],
    [`CW-SECRET-${KEY_ID}${KEY_ID}`, [], 0, 1],
    [`CW-SECRET-${KEY_SECRET}`, [], 0, 1],
    [`${LONG_ID}A`, [], 0, 0],
    [`x${KEY_ID}`, [], 0, 0],
    [`${KEY_ID}_x`, [], 0, 0],
    [`${KEY_ID}${API_TOKEN}`, [KEY_ID], 0, 1],
    [`CWABCDEF${KEY_SECRET}/CWGHIJKL`, [], 1, 0],
    [`CWABCDEF${KEY_SECRET}GHIJKLMN`, [], 1, 0],
    ['CW-SECRET-aB3x', [], 0, 0],
    [`cwo${'aB3x'.repeat(4)}`, [], 0, 0],
    ['CWABCDEFG', [], 0, 0],
    [KEY_ID.toLowerCase(), [], 0, 0],
    ['CW-SECRET-<token> and cwo followed by 40 characters', [], 0, 0],
  ])('%j', (text, accessKeyIds, secrets, apiTokens) => {
    expect(findingsIn(text)).toStrictEqual({ accessKeyIds, secrets, apiTokens });
  });

  it('takes time in proportion to a text made to hold it up', () => {
    const started = process.cpuUsage().user;
    for (const piece of ['CW', 'cwo', 'CW-SECRET-a', 'CWA', 'cwoA']) findingsIn(piece.repeat(50_000));
    expect(process.cpuUsage().user - started).toBeLessThan(1_000_000);
  });
});

describe('the confidence', () => {
  it.each([
    ['', 'key-id-only'],
    [KEY_ID, 'key-id-only'],
    [`${KEY_ID}${KEY_SECRET}`, 'pair'],
    [`${KEY_ID} ${LONG_ID} ${KEY_SECRET}`, 'key-id-only'],
    [`${KEY_ID} ${LONG_ID} ${KEY_SECRET} ${CAPITALS}`, 'pair'],
    [`${KEY_ID} ${API_TOKEN}`, 'key-id-only'],
  ])('of %j is %s', (text, expected) => expect(confidenceOf(findingsIn(text))).toBe(expected));
});
