/** Ids, secrets and API tokens in plain and encoded text. */
import { describe, expect, it } from 'vitest';
import { type Candidates, candidatesIn, isName } from '../../../events/sources/candidates.ts';

const ID = 'CW1GK5MZG572P7H2';
const LONG_ID = `CW${'A1'.repeat(15)}`;
const WORD = 'CWABCDEFGHIJKLMN';
const SECRET = `cwo${'aB3xYz9QmN7kLp2R'.repeat(3).slice(0, 40)}`;
const OTHER_SECRET = `cwo${'Q9zYx3BaR2pLk7Nm'.repeat(3).slice(0, 40)}`;
const TOKEN = `CW-SECRET-${'aB3x'.repeat(8)}`;

const NOTHING = { ids: [], words: [], secrets: [], doubtful: [], apiTokens: [] };
const listed = ({ ids, words, secrets, doubtful, apiTokens }: Candidates) => ({
  ids: [...ids],
  words: [...words],
  secrets: [...secrets],
  doubtful: [...doubtful],
  apiTokens: [...apiTokens],
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('candidatesIn', () => {
  it.each<[string, string, object]>([
    ['an empty text', '', {}],
    ['an id', ID, { ids: [ID] }],
    ['an id twice', `${ID} ${ID}`, { ids: [ID] }],
    ['ids of any length', `${LONG_ID}/${ID}`, { ids: [LONG_ID, ID] }],
    ['what is too long for an id', `${LONG_ID}A`, {}],
    ['what is too short for an id', 'CWABCDEF1', {}],
    ['an id in lower case', ID.toLowerCase(), {}],
    ['an id directly after a character', `x${ID}`, {}],
    ['an id before an underscore', `${ID}_x`, {}],
    ['a candidate without a digit', WORD, { words: [WORD] }],
    ['a secret', SECRET, { secrets: [SECRET] }],
    ['an id and its secret', `"${ID}","${SECRET}"`, { ids: [ID], secrets: [SECRET] }],
    ['an id right before its secret', `${ID}${SECRET}`, { ids: [ID], secrets: [SECRET] }],
    ['an id right behind its secret', `${SECRET}${ID}`, { ids: [ID], secrets: [SECRET] }],
    ['a secret directly after a character', `x${SECRET}`, {}],
    ['a secret behind half an id', `CWABCD1${SECRET}`, {}],
    ['a secret of another length', `${SECRET}x`, { doubtful: [`${SECRET}x`] }],
    ['a secret that is cut off', SECRET.slice(0, 30), { doubtful: [SECRET.slice(0, 30)] }],
    ['a few characters of a secret', SECRET.slice(0, 20), {}],
    ['two secrets in one word', SECRET + OTHER_SECRET, { doubtful: [SECRET + OTHER_SECRET] }],
    ['an API token', TOKEN, { apiTokens: [TOKEN] }],
    ['an API token with a secret in it', `CW-SECRET-${SECRET}`, { apiTokens: [`CW-SECRET-${SECRET}`] }],
    ['an API token behind an id', `${ID}${TOKEN}`, { ids: [ID], apiTokens: [TOKEN] }],
    ['a short API token', 'CW-SECRET-aB3xYz9Q', { apiTokens: ['CW-SECRET-aB3xYz9Q'] }],
    ['a name that begins like an API token', 'acme/CW-SECRET-STORE-sync_operator2/blob/0a1b2c3d4e5f', {}],
    ['a placeholder of an API token', 'CW-SECRET-<token>', {}],
    ['what only the cut would join', `CWABCDE1${SECRET}/CWFGHIJK`, {}],
  ])('%s', (_name, text, found) => {
    expect(listed(candidatesIn(text))).toStrictEqual({ ...NOTHING, ...found });
  });

  it.each([
    ['one character', 'x'.repeat(40)],
    ['a few characters', 'aB3x'.repeat(10)],
    ['no digit', 'aBxYzQmNkLpRsTuVwDeFgHiJoCqWbGtMhKnErPyU'],
    ['the alphabet', '1234567890abcdefghijklmnopqrstuvwxyz1234'],
  ])('doubts a secret of %s', (_name, rest) => {
    const secret = `cwo${rest}`;
    expect(listed(candidatesIn(secret))).toStrictEqual({ ...NOTHING, doubtful: [secret] });
  });

  it('doubts no secret that could be generated', () => {
    const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    let state = 1;
    const next = () => {
      state = Math.imul(state, 48_271) % 0x7fffffff;
      return alphanumeric[Math.abs(state) % alphanumeric.length] ?? '';
    };
    const all = Array.from({ length: 2_000 }, () => `cwo7${Array.from({ length: 39 }, next).join('')}`);
    expect(all.filter((secret) => !candidatesIn(secret).secrets.has(secret))).toEqual([]);
  });

  it.each<[string, (text: string) => string]>([
    ['a line end in JSON', (text) => `first\\n${text}\\r\\nlast`],
    ['a tab in JSON in JSON', (text) => `first\\\\t${text}\\\\tlast`],
    ['a character escaped in JSON', (text) => text.replace('3', '\\u0033').replace('1', '\\u0031')],
    ['percent-encoding', (text) => `key%3D${text}%26x`],
    ['percent-encoding, twice', (text) => `key%253D${text}%2526x`],
    ['quoted-printable', (text) => `key=3D${text}=0A`],
    ['the color of a terminal', (text) => `\u001b[1;32m${text}\u001b[0m`],
    ['the color of a terminal in JSON', (text) => `\\u001b[32m${text}\\u001b[0m`],
    ['base64', base64],
    ['base64 in a line', (text) => `data: ${base64(text)}`],
    ['base64 of a line', (text) => base64(`key = ${text}\n`)],
    ['base64 of base64', (text) => base64(base64(text))],
    ['base64 of escapes', (text) => base64(`first\\n${text}\\n`)],
    ['base64url without its padding', (text) => Buffer.from(text).toString('base64url')],
    ['base64 of UTF-16', (text) => Buffer.from(text, 'utf16le').toString('base64')],
    ['base64 beside non-ASCII text', (text) => base64(`\u00fc: ${text}`)],
    ['hex', (text) => Buffer.from(text).toString('hex')],
  ])('finds behind %s', (_name, encode) => {
    expect([...candidatesIn(encode(ID)).ids]).toContain(ID);
    expect([...candidatesIn(encode(SECRET)).secrets]).toStrictEqual([SECRET]);
  });

  it('takes time in proportion to a text made to hold it up', () => {
    const started = process.cpuUsage().user;
    for (const piece of ['CW', 'cwo', 'CW-SECRET-a', 'CWA', 'cwoA', ID, SECRET, ID + SECRET, '\\n', '%41', 'a']) {
      candidatesIn(piece.repeat(20_000));
    }
    expect(process.cpuUsage().user - started).toBeLessThan(8_000_000);
  });
});

describe('isName', () => {
  it.each(['CWACCESSKEYID', 'CWSECRETACCESSKEY', 'CWAPITOKENVALUE', 'CWBUCKETLISTING', 'CWOBJECTSTORAGE'])(
    '%s is the name of a variable',
    (word) => expect(isName(word)).toBe(true),
  );
  it.each([WORD, 'CWQWRTZPSDFGHJLX'])('%s may be an id', (word) => expect(isName(word)).toBe(false));
});
