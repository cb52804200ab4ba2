/** IAM for operators: the unique ID of a role. The SDK is loaded at the call. */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

/** A role of the caller's own account. */
export interface Role {
  readonly arn: string;
  /** What SQS says of its messages, before the name of the session. (IAM user guide, unique identifiers) */
  readonly id: string;
}

/** IAM's name for a missing role (GetRole, errors). */
const NO_ROLE = 'NoSuchEntityException';

/**
 * The role of this name in the caller's account (IAM API reference, GetRole). Undefined: there is none. Rejects with
 * AdapterError `role-unavailable`, whose detail is the name of the error (`AccessDenied`).
 */
export async function getRole(name: string, overrides: SdkOverrides = {}): Promise<Role | undefined> {
  const { GetRoleCommand, IAMClient } = await import('@aws-sdk/client-iam');
  const client = new IAMClient({ ...SDK_SETTINGS, ...overrides });
  try {
    const { Role: role } = await client.send(new GetRoleCommand({ RoleName: name }));
    const { Arn: arn = '', RoleId: id = '' } = role ?? {};
    return arn !== '' && /^[A-Z0-9]{16,128}$/.test(id) ? { arn, id } : undefined;
  } catch (error) {
    if (sdkErrorName(error) === NO_ROLE) return undefined;
    throw new AdapterError('role-unavailable', sdkErrorName(error));
  } finally {
    client.destroy();
  }
}
