/** The keys of one principal as the API lists them, for a person to look at: with status and expiry, as the API words them. */
import { isRecord } from '../../events/shapes.ts';
import { pageOf } from '../../lib/coreweave/access-key.ts';
import type { Api } from '../../lib/coreweave/api.ts';
import { type Observation, PAGE_SIZE } from '../../lib/coreweave/api.ts';

export interface OwnedKey {
  readonly id: string;
  /** As the API says it (an open set), or empty. */
  readonly status: string;
  readonly live: boolean;
  /** RFC 3339 as the API says it; empty for a key that does not expire. */
  readonly expires: string;
  /** Its attribute `name`, or empty. */
  readonly name: string;
}

/** Takes the API, an owner (byte-exact) and the ms per call; resolves with the owner's keys of any status, or with the answer that was no page. */
export async function ownedKeys(
  api: Api,
  owner: string,
  timeoutMs: number,
): Promise<{ readonly keys: readonly OwnedKey[] } | { readonly failed: Observation }> {
  const keys = new Map<string, OwnedKey>();
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const observed = await api.send({ call: 'list-keys', offset }, timeoutMs);
    const page = pageOf(observed);
    if (page === undefined) return { failed: observed };
    const infos = infosOf(observed);
    for (const { id, owner: of, live } of page.keys) {
      if (of === owner) keys.set(id, { id, live, ...wordsOf(infos.get(id)) });
    }
    if (page.rows < PAGE_SIZE) return { keys: [...keys.values()] };
  }
}

/** The rows of a page by key id, as they came. */
function infosOf(observed: Observation): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const body = observed.kind === 'answer' && isRecord(observed.body) ? observed.body.info : undefined;
  const rows: readonly unknown[] = Array.isArray(body) ? body : [];
  return new Map(rows.filter(isRecord).map((row) => [String(row.accessKeyId), row]));
}

/** A year of 1 or 1970 stands for none (API reference, AccessKeyInfo). */
const NEVER = /^(?:0001|1970)-/;

function wordsOf(info: Readonly<Record<string, unknown>> = {}): Pick<OwnedKey, 'status' | 'expires' | 'name'> {
  const { status, expiry, attributes } = info;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const expires = text(expiry);
  return {
    status: text(status),
    expires: NEVER.test(expires) ? '' : expires,
    name: isRecord(attributes) ? text(attributes.name) : '',
  };
}
