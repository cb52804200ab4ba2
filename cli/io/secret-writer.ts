/** Secrets Manager for operators: stores a new value of a secret. */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import type { Token } from '../../lib/io/secrets/token.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

/**
 * Stores the token as the current version of the secret (PutSecretValue); the version before it stays as AWSPREVIOUS.
 * Rejects with AdapterError `token-unavailable`, whose detail is the name of the error. The SDK is loaded at the call.
 */
export async function storeToken(secretId: string, token: Token, overrides: SdkOverrides = {}): Promise<void> {
  const { PutSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ ...SDK_SETTINGS, ...overrides });
  try {
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: token.reveal() }));
  } catch (error) {
    throw new AdapterError('token-unavailable', sdkErrorName(error));
  } finally {
    client.destroy();
  }
}
