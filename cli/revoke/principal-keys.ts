/** Lists the keys of a principal with the status and the expiry that the API gives them. */
import { isRecord } from '../../events/shapes.ts';
import type { Api, ApiResponse } from '../../lib/coreweave/api.ts';
import { keyPages } from '../../lib/coreweave/key-listing.ts';

export interface PrincipalKey {
  readonly id: string;
  /** As the API gives it (an open set); may be empty. */
  readonly status: string;
  readonly live: boolean;
  /** RFC 3339; empty for a key that does not expire. */
  readonly expires: string;
  /** The attribute `name`; may be empty. */
  readonly name: string;
}

/** Resolves with keys of any status, or with the response that is no page. `timeoutMs` is for one call. */
export async function listPrincipalKeys(
  api: Api,
  owner: string,
  timeoutMs: number,
): Promise<{ readonly keys: readonly PrincipalKey[] } | { readonly failed: ApiResponse }> {
  const keys = new Map<string, PrincipalKey>();
  for await (const result of keyPages((request) => api.send(request, timeoutMs))) {
    if (result.kind === 'unreadable') return { failed: result.response };
    const infos = rowsByKeyId(result.response);
    for (const { id, owner: of, live } of result.page.keys) {
      if (of === owner) keys.set(id, { id, live, ...toKeyDetails(infos.get(id)) });
    }
  }
  return { keys: [...keys.values()] };
}

function rowsByKeyId(observed: ApiResponse): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const body = observed.kind === 'answer' && isRecord(observed.body) ? observed.body.info : undefined;
  const rows: readonly unknown[] = Array.isArray(body) ? body : [];
  return new Map(rows.filter(isRecord).map((row) => [String(row.accessKeyId), row]));
}

/** The API writes year 1 or 1970 for keys that do not expire (API reference, AccessKeyInfo). */
const NEVER = /^(?:0001|1970)-/;

function toKeyDetails(info: Readonly<Record<string, unknown>> = {}): Pick<PrincipalKey, 'status' | 'expires' | 'name'> {
  const { status, expiry, attributes } = info;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const expires = text(expiry);
  return {
    status: text(status),
    expires: NEVER.test(expires) ? '' : expires,
    name: isRecord(attributes) ? text(attributes.name) : '',
  };
}
