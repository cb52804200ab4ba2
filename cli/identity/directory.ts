/**
 * The identity directory in the ledger: entries are validated, compared, and written only over the version that was
 * read.
 */
import { targetIdentity } from '../../events/fields.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';
import type { Row, Table } from '../../lib/ports.ts';
import { eachWithin } from '../../lib/runtime/limit.ts';

export const IDENTITY_KINDS = ['email', 'login', 'externalId'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** A person, by the name that a directory uses, and the principals of that person. */
export interface IdentityEntry {
  readonly kind: IdentityKind;
  readonly value: string;
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
  if (!named.success) return { expected: `value: ${named.error.issues[0]?.message ?? 'expected a name'}` };
  if (principals.length === 0 || principals.length > MAX_PRINCIPALS) {
    return { expected: `principals: expected 1 to ${MAX_PRINCIPALS}` };
  }
  const parsed = principals.map((name) => principalName.safeParse(name));
  const wrong = parsed.find(({ success }) => !success);
  if (wrong?.error !== undefined)
    return { expected: `principals: ${wrong.error.issues[0]?.message ?? 'expected principals'}` };
  const names = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (new Set(names).size < names.length) return { expected: 'principals: expected each once' };
  return { kind: known, value: named.data, principals: names };
}

/** The key of the row in the ledger. */
export const identityKey = ({ kind, value }: Pick<IdentityEntry, 'kind' | 'value'>): string =>
  `identity#${kind}#${value}`;

export const compareEntries = (table: Table, entries: readonly IdentityEntry[]): Promise<readonly IdentityChange[]> =>
  eachWithin(CONCURRENCY, entries, async (entry) => {
    const row = await table.get(identityKey(entry));
    const before = row === undefined ? [] : readPrincipals(row);
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
  const lost = await eachWithin(CONCURRENCY, due, async (change) => {
    const { entry, version } = change;
    const row = { pk: identityKey(entry), version: (version ?? 0) + 1, data: { principals: entry.principals } };
    const written = await table.put(row, version);
    if (written) onWritten();
    return written ? [] : [change];
  });
  return lost.flat();
}

export function readPrincipals({ data: { principals } }: Row): readonly string[] {
  return Array.isArray(principals) ? principals.filter((name) => typeof name === 'string') : [];
}

/** Undefined where the key is none of the directory. */
export function parseIdentityKey({ pk }: Row): Pick<IdentityEntry, 'kind' | 'value'> | undefined {
  const [, kind, value] = /^identity#([^#]+)#([\s\S]+)$/.exec(pk) ?? [];
  const known = IDENTITY_KINDS.find((each) => each === kind);
  return known === undefined || value === undefined ? undefined : { kind: known, value };
}
