/** Who AWS says that the caller is. The SDK is loaded with the call. */
import { SDK_SETTINGS, type SdkOverrides } from '../../lib/io/aws/sdk.ts';

/** A person waits for it, and goes on without it. */
const QUICK = {
  ...SDK_SETTINGS,
  maxAttempts: 1,
  requestHandler: {
    ...SDK_SETTINGS.requestHandler,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    socketTimeout: 2_000,
  },
};

/** Returns the caller's ARN (STS API reference, GetCallerIdentity), or undefined when STS gives none in about two seconds. */
export const callerArn = async (overrides: SdkOverrides = {}): Promise<string | undefined> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ ...QUICK, ...overrides });
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    return arn !== undefined && /^arn:[\x21-\x7e]{1,1024}$/.test(arn) ? arn : undefined;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
};
