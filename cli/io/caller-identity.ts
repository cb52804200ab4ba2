/** The AWS identity of the caller. The SDK is loaded at the call. */
import { SDK_SETTINGS, type SdkOverrides } from '../../lib/io/aws/sdk.ts';

/** The operator waits for the answer, and can do without it. */
const SHORT_TIMEOUTS = {
  ...SDK_SETTINGS,
  maxAttempts: 1,
  requestHandler: {
    ...SDK_SETTINGS.requestHandler,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    socketTimeout: 2_000,
  },
};

/** The caller's ARN (STS API reference, GetCallerIdentity). Undefined where STS does not answer within two seconds. */
export const getCallerArn = async (overrides: SdkOverrides = {}): Promise<string | undefined> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ ...SHORT_TIMEOUTS, ...overrides });
  try {
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    return arn !== undefined && /^arn:[\x21-\x7e]{1,1024}$/.test(arn) ? arn : undefined;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
};
