import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { fixedToken, parseApiToken } from '../../../../lib/io/secrets/token.ts';

const SECRET = `CW-SECRET-${'s'.repeat(32)}`;

test('a token shows its text only when it is asked to reveal it', () => {
  const token = parseApiToken(SECRET);
  expect(token.reveal()).toBe(SECRET);
  const shown = [
    `${token}`,
    String(token),
    JSON.stringify({ token }),
    inspect({ token }),
    inspect(token, { showHidden: true, depth: 9 }),
    inspect(token, { customInspect: false, showHidden: true, depth: 9 }),
    JSON.stringify(Object.entries(token)),
  ];
  expect(shown.join('\n')).not.toContain(SECRET);
  expect(shown.slice(0, 4)).toEqual(['[redacted]', '[redacted]', '{"token":"[redacted]"}', '{ token: [redacted] }']);
});

test('white space around the secret is trimmed', () => {
  expect(parseApiToken(` ${SECRET}\r\n`).reveal()).toBe(SECRET);
});

test.for([
  ['empty', ' \n', 'the secret is empty'],
  ['a JSON object', `{"token":"${SECRET}"}`, 'the secret must be the token as a plain string, not JSON'],
  ['a JSON string', `"${SECRET}"`, 'the secret must be the token as a plain string, not JSON'],
  ['broken by a line feed', `${SECRET}\nx`, 'the secret must be printable ASCII without spaces'],
  ['with a control character', `${SECRET}\x00`, 'the secret must be printable ASCII without spaces'],
  ['with a zero-width space at its end', `${SECRET}\u200b`, 'the secret must be printable ASCII without spaces'],
] as const)('a secret that is %s is refused with an error that does not quote it', ([, text, detail]) => {
  const error = thrownBy(() => parseApiToken(text));
  expect(error).toMatchObject({ code: 'token-malformed', detail });
  expect(inspect(error)).not.toContain(SECRET);
});

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test('a fixed token has no other to renew it with', async () => {
  const token = parseApiToken(SECRET);
  const source = fixedToken(token);
  expect([source.held(), await source.current(), await source.renew(token)]).toEqual([token, token, token]);
});
