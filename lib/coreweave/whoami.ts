/** Whose token the API sees, from `GET /v1beta1/auth/whoami`. */
import { type PrincipalName, principalName } from '../../events/ids.ts';
import { fieldsOf } from '../../events/shapes.ts';
import type { ApiResponse } from './api.ts';

export interface TokenOwner {
  /** As SELF_PRINCIPAL names it. (API reference, key and principal formats) */
  readonly principalName: PrincipalName;
  /** The organization. */
  readonly orgUid: string;
}

/** Undefined: the response does not say. */
export function parseTokenOwner(response: ApiResponse): TokenOwner | undefined {
  // Stryker disable next-line ConditionalExpression,StringLiteral: the first question is for the type only
  if (response.kind === 'fault' || response.status !== 200) return undefined;
  const { uid, orgUid } = fieldsOf(fieldsOf(response.body).principal);
  const parsed = principalName.safeParse(typeof uid === 'string' ? `coreweave/${uid}` : undefined);
  return parsed.success && typeof orgUid === 'string' && orgUid !== ''
    ? { principalName: parsed.data, orgUid }
    : undefined;
}
