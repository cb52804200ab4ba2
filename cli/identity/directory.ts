/**
 * The identity directory in the ledger: entries are validated, compared, and written only over the version that was
 * read.
 */

import { IDENTITY_KINDS } from '../../events/data.ts';
import { targetIdentity } from '../../events/fields.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';
import { type IdentityName, identityKey, principalsIn } from '../../lib/ledger/directory.ts';
import type { Table } from '../../lib/ports.ts';
import { mapWithConcurrency } from '../../lib/runtime/limit.ts';

/** A person, by the name that a directory uses, and the principals of that person. */
export interface IdentityEntry extends IdentityName {
  readonly principals: readonly PrincipalName[];
}

/** `before`: the principals so far. `version`: of the row that was read; absent where there is none. */
export interface IdentityChange {
  readonly entry: IdentityEntry;
  readonly what: 'new' | 'changed' | 'same';
  readonly before: readonly string[];
  readonly version?: number;
}

const MAX_PRINCIPALS = 100;
/** Rows that are read or written concurrently. */
const CONCURRENCY = 8;

/** Returns the entry, or what was expected. Nothing is normalized. */
export function parseIdentityEntry(
  kind: unknown,
  value: unknown,
  principals: readonly unknown[],
): IdentityEntry | { readonly expected: string } {
  const known = IDENTITY_KINDS.find((each) => each === kind);
  if (known === undefined) return { expected: `kind: expected ${IDENTITY_KINDS.join(', ')}` };
  const named = targetIdentity.safeParse(value);
  if (!named.success) return { expected: `value: ${named.issues[0]?.message ?? 'expected a name'}` };
  if (principals.length === 0 || principals.length > MAX_PRINCIPALS) {
    return { expected: `principals: expected 1 to ${MAX_PRINCIPALS}` };
  }
  const parsed = principals.map((name) => principalName.safeParse(name));
  const wrong = parsed.find(({ success }) => !success);
  if (wrong?.issues !== undefined)
    return { expected: `principals: ${wrong.issues[0]?.message ?? 'expected principals'}` };
  const names = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (new Set(names).size < names.length) return { expected: 'principals: expected each once' };
  return { kind: known, value: named.data, principals: names };
}

export const compareEntries = (table: Table, entries: readonly IdentityEntry[]): Promise<readonly IdentityChange[]> =>
  mapWithConcurrency(CONCURRENCY, entries, async (entry) => {
    const row = await table.get(identityKey(entry));
    const before = row === undefined ? [] : principalsIn(row);
    const same = row !== undefined && before.toSorted().join(' ') === entry.principals.toSorted().join(' ');
    const seen = row === undefined ? {} : { version: row.version };
    return { entry, what: row === undefined ? 'new' : same ? 'same' : 'changed', before, ...seen };
  });

/** Writes new and changed entries. Resolves with the changes that were lost, because another writer was faster. */
export async function writeChanges(
  table: Table,
  changes: readonly IdentityChange[],
  onWritten: () => void = () => {},
): Promise<readonly IdentityChange[]> {
  const due = changes.filter(({ what }) => what !== 'same');
  const lost = await mapWithConcurrency(CONCURRENCY, due, async (change) => {
    const { entry, version } = change;
    const row = { pk: identityKey(entry), version: (version ?? 0) + 1, data: { principals: entry.principals } };
    const written = await table.put(row, version);
    if (written) onWritten();
    return written ? [] : [change];
  });
  return lost.flat();
}
