/**
 * Calls that show what a token may do and change nothing: an empty page of keys, and a key and a principal that cannot
 * exist. Names of permissions are not asked about, because the API reference does not list all of them.
 */
import { accessKeyId, principalName } from '../../events/ids.ts';
import type { Chance } from '../ports.ts';
import type { ApiRequest, ApiResponse } from './api.ts';
import { isNotFound } from './meaning.ts';

export interface Probe {
  /** What the token may do if the call is answered, as in "the token may not list keys". */
  readonly permission: string;
  readonly request: ApiRequest;
}

/** Behind every key. */
const FAR_OFFSET = 1_000_000;

/** In dry run only reads: then no call that revokes is made, not even of what does not exist. */
export function permissionProbes(
  chance: Pick<Chance, 'id'>,
  { dryRun }: { readonly dryRun: boolean },
): readonly Probe[] {
  const random = chance
    .id()
    .replace(/[^0-9a-f]/g, '')
    .toUpperCase();
  const id = accessKeyId.parse(`CW${random.slice(0, 30).padEnd(10, '0')}`);
  const unknown = principalName.parse(`coreweave/permission-check-${random}`);
  const reads: readonly Probe[] = [
    { permission: 'list keys', request: { call: 'list-keys', offset: FAR_OFFSET } },
    { permission: 'read a key', request: { call: 'read-key', accessKeyId: id } },
  ];
  if (dryRun) return reads;
  return [
    ...reads,
    { permission: 'revoke a key', request: { call: 'revoke-key', accessKeyId: id } },
    { permission: 'revoke a principal', request: { call: 'revoke-principal', principalName: unknown } },
  ];
}

/** Undefined: the response says neither. */
export function parseProbe(response: ApiResponse): 'allowed' | 'denied' | undefined {
  // Stryker disable next-line ConditionalExpression: for the type only, a fault has no status
  if (response.kind !== 'answer') return undefined;
  if (response.status === 200 || isNotFound(response)) return 'allowed';
  return response.status === 403 ? 'denied' : undefined;
}
