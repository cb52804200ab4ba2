/** The AWS identity of the caller. The SDK is loaded at the call. */

import { SDK_SETTINGS, type SdkOverrides } from '../../lib/io/aws/sdk.ts';
import { isUserId, UNIDENTIFIED } from '../../lib/ledger/approval.ts';
import { principalIdOf } from '../../lib/model/sender.ts';

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

export interface Caller {
  readonly arn: string;
  /** What policies know as `aws:userid`. Absent: it is none that an approval could name. */
  readonly userId?: string;
  /** What SQS says of messages that the caller sends, before the session's name. Absent: STS gave none. */
  readonly senderId?: string;
}

/** STS API reference, GetCallerIdentity. Undefined where STS does not answer within two seconds. */
export const getCaller = async (overrides: SdkOverrides = {}): Promise<Caller | undefined> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ ...SHORT_TIMEOUTS, ...overrides });
  try {
    const { Arn: arn, UserId: userId = '' } = await client.send(new GetCallerIdentityCommand({}));
    if (arn === undefined || !/^arn:[\x21-\x7e]{1,1024}$/.test(arn)) return undefined;
    const senderId = principalIdOf(userId);
    return {
      arn,
      ...(isUserId(userId) && userId !== UNIDENTIFIED ? { userId } : {}),
      ...(/^[A-Z0-9]{1,128}$/.test(senderId) ? { senderId } : {}),
    };
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
};
