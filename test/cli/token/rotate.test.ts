import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { type SecretsServer, startSecretsServer } from '../../../local/secrets-server.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf';
let stand: Stand;
let secrets: SecretsServer;
beforeAll(async () => {
  [stand, secrets] = await Promise.all([startStand(), startSecretsServer()]);
});
beforeEach(() => void secrets.secrets.set(SECRET, 'the-old-one'));
afterAll(() => Promise.all([stand.close(), secrets.close()]));

async function rotate(input: string, more: NodeJS.ProcessEnv = {}, isTTY = false) {
  const { COREWEAVE_API_TOKEN: _, ...rest } = stand.env;
  const own = {
    ...rest,
    COREWEAVE_API_TOKEN_SECRET_ID: SECRET,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    ...more,
  };
  enterEnvironment(own);
  const terminal = fakeTerminal({ input, isTTY });
  const code = await run(['token', 'rotate'], { terminal, env: own });
  return { code, text: `${terminal.out}${terminal.err}`, stored: secrets.secrets.get(SECRET) };
}

describe('revoker token rotate', () => {
  it('stores a token that the API accepts, and never prints it', async () => {
    const token = stand.api.token;
    const { code, text, stored } = await rotate(`${token}\n`);
    expect({ code, stored }).toEqual({ code: 0, stored: token });
    expect(text).toContain('The API accepts the token');
    expect(text).not.toContain(token);
  });

  it.each([
    ['the API refuses', 'not-a-token-of-this-api', 'api-unauthenticated', 1],
    ['is empty', '\n', 'token-malformed', 1],
    ['is JSON', '{"token":"x"}', 'token-malformed', 1],
  ])('stores nothing that %s', async (_, input, error, code) => {
    expect(await rotate(input)).toEqual({
      code,
      text: expect.stringContaining(`[${error}]`),
      stored: 'the-old-one',
    });
  });

  it('stores no token that lacks a permission', async () => {
    stand.api.switches.forbidden = new Set(['cwobject:RevokeAccessKeyByAccessKey']);
    const { code, text, stored } = await rotate(stand.api.token);
    stand.api.switches.forbidden = new Set();
    expect({ code, stored }).toEqual({ code: 1, stored: 'the-old-one' });
    expect(text).toContain('[token-lacks-permission] the token may not revoke a key');
  });

  it('says that the secret has the token already', async () => {
    secrets.secrets.set(SECRET, stand.api.token);
    expect(await rotate(stand.api.token)).toMatchObject({
      code: 2,
      text: expect.stringContaining('[token-unchanged]'),
    });
  });

  it('reads no token from a terminal, which would show it', async () => {
    expect(await rotate('', {}, true)).toMatchObject({
      code: 2,
      text: expect.stringContaining('[token-on-terminal]'),
    });
  });

  it('does not replace a token that is a variable, and names the variable that is missing', async () => {
    expect(
      await rotate(stand.api.token, { COREWEAVE_API_TOKEN: 'x', COREWEAVE_API_TOKEN_SECRET_ID: undefined }),
    ).toMatchObject({
      code: 2,
      text: expect.stringMatching(
        /\[token-not-in-secret\] COREWEAVE_API_TOKEN_SECRET_ID is not set.+\n {2}next: .*--stack.+ localhost stack /,
      ),
    });
  });
});
