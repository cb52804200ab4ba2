/** What a token may do, tried at the API by calls that change nothing. */
import type { Api, ApiResponse } from '../../lib/coreweave/api.ts';
import { parseProbe, permissionProbes } from '../../lib/coreweave/probes.ts';
import type { Context } from '../context.ts';

export interface Permissions {
  readonly tried: number;
  /** As in "the token may not list keys". */
  readonly denied: readonly string[];
  /** A response that says nothing about a permission: the token is refused, or the API did not answer. */
  readonly failure: ApiResponse | undefined;
  readonly first: ApiResponse | undefined;
}

/** Revocations, of a key and a principal that cannot exist, are tried only in `enforce`. */
export async function tryPermissions(
  { env, chance }: Pick<Context, 'env' | 'chance'>,
  { api, timeoutMs }: { readonly api: Api; readonly timeoutMs: number },
): Promise<Permissions> {
  const probes = permissionProbes(chance, { dryRun: env.MODE === 'dry-run' });
  const tried = await Promise.all(
    probes.map(async ({ permission, request }) => ({ permission, response: await api.send(request, timeoutMs) })),
  );
  return {
    tried: tried.length,
    denied: tried.filter(({ response }) => parseProbe(response) === 'denied').map(({ permission }) => permission),
    failure: tried.find(({ response }) => parseProbe(response) === undefined)?.response,
    first: tried[0]?.response,
  };
}

export const PERMISSION_FIX =
  "give the token's owner Object Storage Admin, or an organization access policy with the actions in docs/deploy.md";
