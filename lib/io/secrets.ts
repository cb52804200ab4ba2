/** Reads a secret's text from AWS Secrets Manager. The SDK is loaded with the first secret, not with the module. */
import { AdapterError } from './adapter-error.ts';
import type { TokenOrigin } from './config/read.ts';
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from './aws/sdk.ts';
import { cachedToken, fixedToken, type TokenSource } from './secrets/token.ts';

/** The current version of a secret. */
export interface SecretVersion {
  readonly text: string;
  /** Epoch ms; undefined: the service did not say. */
  readonly storedAt: number | undefined;
}

/**
 * Takes where the token comes from, `now` in epoch ms, and who is told with each load when the secret was stored (epoch
 * ms); returns its source. Nothing is fetched before the first use.
 */
export const tokenSource = (
  origin: TokenOrigin,
  now: () => number,
  tell: (storedAt: number) => void = () => undefined,
): TokenSource => {
  if (origin.kind === 'plain') return fixedToken(origin.value);
  const read = secretReader(origin.id);
  const load = async (): Promise<string> => {
    const { text, storedAt } = await read();
    if (storedAt !== undefined) tell(storedAt);
    return text;
  };
  return cachedToken(load, now);
};

/** As `secretReader`, for the text alone. */
export const secretLoader = (secretId: string, overrides: SdkOverrides = {}): (() => Promise<string>) => {
  const read = secretReader(secretId, overrides);
  return async () => (await read()).text;
};

/**
 * Takes the name or ARN of a secret; returns a function that fetches its current version (`SecretString` and
 * `CreatedDate` of AWSCURRENT). Rejects with AdapterError `token-unavailable` (naming the service's or transport's error) or `token-malformed` when
 * the secret is binary.
 */
export const secretReader = (secretId: string, overrides: SdkOverrides = {}): (() => Promise<SecretVersion>) => {
  const fetchVersion = async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ ...SDK_SETTINGS, ...overrides });
    try {
      return await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    } catch (error) {
      throw new AdapterError('token-unavailable', sdkErrorName(error));
    } finally {
      client.destroy();
    }
  };

  return async () => {
    const { SecretString: text, CreatedDate: stored } = await fetchVersion();
    if (text === undefined) throw new AdapterError('token-malformed', 'the secret is binary, not a string');
    return { text, storedAt: stored?.getTime() };
  };
};
