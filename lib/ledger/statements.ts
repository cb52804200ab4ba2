/**
 * What each authority last said about a principal: one row per principal, without expiry. It tells whose offboarding
 * stands when another authority reinstates the principal, and whose keys the reconciliation revokes.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Identity } from '../../events/data.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { msOrOldest } from '../../events/instant.ts';
import { fieldsOf } from '../../events/shapes.ts';
import type { Json } from '../model/json.ts';
import type { Row } from '../ports.ts';
import { LeaseLost, type LedgerPorts } from './events.ts';

export interface Statement {
  readonly authority: string;
  readonly state: 'scheduled' | 'offboarded' | 'reinstated';
  /** RFC 3339: the event's own time. */
  readonly time: string;
  /** The event. */
  readonly source: string;
  readonly id: string;
  /** The person, if the event names one and no principal. */
  readonly identity?: Identity;
  /** Owners of keys for whom the event's name stands in another case: a reinstatement does not name them. */
  readonly owners?: readonly PrincipalName[];
}

/** The row of a principal. */
export interface Statements {
  readonly statements: readonly Statement[];
  /** Of the row; 0: there is none. */
  readonly version: number;
}

/** Senders can invent authorities. A limited statement beyond this number is not stored. */
const MAX_AUTHORITIES = 50;
const MAX_WRITE_ATTEMPTS = 5;
const STATES: ReadonlySet<unknown> = new Set(['scheduled', 'offboarded', 'reinstated']);

/** A principal may hold `#`: it is hashed, so that no name reaches another row. */
export const statementsKey = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, principal: PrincipalName): string =>
  `offboarded#${sha256(principal)}`;

export const statementOf = (
  { time, source, id, data }: Pick<CanonicalEvent, 'time' | 'source' | 'id' | 'data'>,
  { authority, state, owners = [] }: Pick<Statement, 'authority' | 'state' | 'owners'>,
): Statement => ({
  authority,
  state,
  time,
  source,
  id,
  ...('identity' in data ? { identity: data.identity } : {}),
  ...(owners.length === 0 ? {} : { owners }),
});

/** The principal is offboarded as long as the statement of any authority says so. */
export const isOffboarded = ({ statements }: Pick<Statements, 'statements'>): boolean =>
  statements.some(({ state }) => state === 'offboarded');

export async function readStatements(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  principal: PrincipalName,
): Promise<readonly Statement[]> {
  return statementsIn(await ports.table.get(statementsKey(ports, principal)));
}

/** `full`: a limited statement, and there are those of too many authorities already. */
export type Written = 'written' | 'superseded' | 'full';

/**
 * The statement replaces an older one of its authority, whose owners it keeps, and no newer one. Rejects if the row
 * cannot be written.
 */
export async function writeStatement(
  ports: LedgerPorts,
  principal: PrincipalName,
  statement: Statement,
  { limited = false }: { readonly limited?: boolean } = {},
): Promise<Written> {
  const pk = statementsKey(ports, principal);
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const stored = await ports.table.get(pk);
    const statements = statementsIn(stored);
    const others = statements.filter(({ authority }) => authority !== statement.authority);
    const [own] = statements.filter(({ authority }) => authority === statement.authority);
    if (own !== undefined && msOrOldest(own.time) > msOrOldest(statement.time)) return 'superseded';
    if (limited && own === undefined && others.length >= MAX_AUTHORITIES) return 'full';
    const kept = { ...statement, owners: [...new Set([...(own?.owners ?? []), ...(statement.owners ?? [])])] };
    const data: Row['data'] = { principal, statements: [...others, kept].map(toJson) };
    if (await ports.table.put({ pk, version: (stored?.version ?? 0) + 1, data }, stored?.version)) return 'written';
  }
  throw new LeaseLost('lease-lost');
}

const toJson = ({ identity, owners = [], ...statement }: Statement): Json => ({
  ...statement,
  ...(identity === undefined ? {} : { identity: { ...identity } }),
  ...(owners.length === 0 ? {} : { owners }),
});

/** Whether the statement still offboards at `time` (RFC 3339) or did before. */
export const standsAt = ({ state, time }: Statement, at: string): boolean =>
  state !== 'reinstated' && msOrOldest(time) <= msOrOldest(at);

export const readStatementsRow = (row: Row | undefined): Statements => ({
  statements: statementsIn(row),
  version: row?.version ?? 0,
});

/** What this product did not write is no statement. */
function statementsIn(row: Row | undefined): readonly Statement[] {
  const statements: unknown = row?.data.statements;
  return Array.isArray(statements) ? statements.filter(isStatement) : [];
}

function isStatement(value: unknown): value is Statement {
  const { authority, state, time, source, id } = fieldsOf(value);
  return STATES.has(state) && [authority, time, source, id].every((text) => typeof text === 'string');
}
