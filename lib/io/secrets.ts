/** Reads a secret's text from AWS Secrets Manager. The SDK is loaded with the first secret, not with the module. */
import { AdapterError } from './adapter-error.ts';
import type { TokenOrigin } from './config.ts';
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from './sdk.ts';
import { cachedToken, fixedToken, type TokenSource } from './token.ts';

/** Takes where the token comes from and `now` in epoch ms; returns its source. Nothing is fetched before the first use. */
export const tokenSource = (origin: TokenOrigin, now: () => number): TokenSource =>
  origin.kind === 'plain' ? fixedToken(origin.value) : cachedToken(secretLoader(origin.id), now);

/**
 * Takes the name or ARN of a secret; returns a function that fetches its current text (`SecretString` of AWSCURRENT).
 * Rejects with AdapterError `token-unavailable` (naming the service's or transport's error) or `token-malformed` when
 * the secret is binary.
 */
export const secretLoader = (secretId: string, overrides: SdkOverrides = {}): (() => Promise<string>) => {
  const fetchText = async (): Promise<string | undefined> => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ ...SDK_SETTINGS, ...overrides });
    try {
      const found = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      return found.SecretString;
    } catch (error) {
      throw new AdapterError('token-unavailable', sdkErrorName(error));
    } finally {
      client.destroy();
    }
  };

  return async () => {
    const text = await fetchText();
    if (text === undefined) throw new AdapterError('token-malformed', 'the secret is binary, not a string');
    return text;
  };
};
