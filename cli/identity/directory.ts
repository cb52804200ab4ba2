/** The identity directory as people keep it: entries checked, compared with what the ledger has, and written under the version that was seen. */
import { targetIdentity } from '../../events/fields.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';
import type { Row, Table } from '../../lib/ports.ts';
import { eachWithin } from '../../lib/runtime/limit.ts';

export const IDENTITY_KINDS = ['email', 'login', 'externalId'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Whom a directory calls so, and the principals that are theirs. */
export interface IdentityEntry {
  readonly kind: IdentityKind;
  readonly value: string;
  readonly principals: readonly PrincipalName[];
}

/** `changed` entries had other principals, `before`. `version`: of the row that was seen, if there was one. */
export interface Change {
  readonly entry: IdentityEntry;
  readonly what: 'new' | 'changed' | 'same';
  readonly before: readonly string[];
  readonly version?: number;
}

const MOST_PRINCIPALS = 100;
/** Rows read or written at once. */
const AT_ONCE = 8;

/** Takes any kind, value and principals; returns the entry, or what was expected. Nothing is repaired. */
export function identityEntry(
  kind: unknown,
  value: unknown,
  principals: readonly unknown[],
): IdentityEntry | { readonly expected: string } {
  const known = IDENTITY_KINDS.find((each) => each === kind);
  if (known === undefined) return { expected: `kind: expected ${IDENTITY_KINDS.join(', ')}` };
  const named = targetIdentity.safeParse(value);
  if (!named.success) return { expected: `value: ${named.error.issues[0]?.message ?? 'expected a name'}` };
  if (principals.length === 0 || principals.length > MOST_PRINCIPALS) {
    return { expected: `principals: expected 1 to ${MOST_PRINCIPALS}` };
  }
  const parsed = principals.map((name) => principalName.safeParse(name));
  const wrong = parsed.find(({ success }) => !success);
  if (wrong?.error !== undefined)
    return { expected: `principals: ${wrong.error.issues[0]?.message ?? 'expected principals'}` };
  const names = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (new Set(names).size < names.length) return { expected: 'principals: expected each once' };
  return { kind: known, value: named.data, principals: names };
}

/** Takes an identity; returns the key of its row. */
export const identityKey = ({ kind, value }: Pick<IdentityEntry, 'kind' | 'value'>): string =>
  `identity#${kind}#${value}`;

/** Takes the table and checked entries; resolves with what each would change, in order. */
export const compareEntries = (table: Table, entries: readonly IdentityEntry[]): Promise<readonly Change[]> =>
  eachWithin(AT_ONCE, entries, async (entry) => {
    const row = await table.get(identityKey(entry));
    const before = row === undefined ? [] : principalsIn(row);
    const same = row !== undefined && before.toSorted().join(' ') === entry.principals.toSorted().join(' ');
    const seen = row === undefined ? {} : { version: row.version };
    return { entry, what: row === undefined ? 'new' : same ? 'same' : 'changed', before, ...seen };
  });

/** Takes what is to be changed; writes each that is not the same. Resolves with those that someone else had written meanwhile. */
export async function writeChanges(
  table: Table,
  changes: readonly Change[],
  onWritten: () => void = () => {},
): Promise<readonly Change[]> {
  const due = changes.filter(({ what }) => what !== 'same');
  const lost = await eachWithin(AT_ONCE, due, async (change) => {
    const { entry, version } = change;
    const row = { pk: identityKey(entry), version: (version ?? 0) + 1, data: { principals: entry.principals } };
    const written = await table.put(row, version);
    if (written) onWritten();
    return written ? [] : [change];
  });
  return lost.flat();
}

/** Takes a row of the directory; returns its principals, as they stand. */
export function principalsIn({ data: { principals } }: Row): readonly string[] {
  return Array.isArray(principals) ? principals.filter((name) => typeof name === 'string') : [];
}

/** Takes a row of the directory; returns who it is about, or undefined when its key is not one of ours. */
export function identityIn({ pk }: Row): Pick<IdentityEntry, 'kind' | 'value'> | undefined {
  const [, kind, value] = /^identity#([^#]+)#([\s\S]+)$/.exec(pk) ?? [];
  const known = IDENTITY_KINDS.find((each) => each === kind);
  return known === undefined || value === undefined ? undefined : { kind: known, value };
}
