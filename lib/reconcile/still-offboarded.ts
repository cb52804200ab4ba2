/** Whether the ledger says, at this moment, that a principal is offboarded. */
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { LedgerPorts } from '../ledger/events.ts';
import { reinstatedAt } from '../ledger/reinstatements.ts';
import { readStatements, type Statement } from '../ledger/statements.ts';

/**
 * Consistent reads: the statements, then the reinstatements of each authority that offboards. (0.1 writes only those,
 * so that after a roll-back the statements may be outdated.) Rejects if the table cannot be reached.
 */
export async function isStillOffboarded(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  principal: PrincipalName,
): Promise<boolean> {
  const statements = await readStatements(ports, principal);
  for (const statement of statements.filter(({ state }) => state === 'offboarded')) {
    const reinstated = await reinstatedAt(ports, [principal, ...identitiesOf(statement)], [statement.authority]);
    if (!isTakenBack(statement, reinstated)) return true;
  }
  return false;
}

export const identitiesOf = ({ identity }: Statement) => (identity === undefined ? [] : [identity]);

/** `reinstated`: RFC 3339; undefined: never. */
export const isTakenBack = ({ time }: Statement, reinstated: string | undefined): boolean =>
  reinstated !== undefined && (instantMs(reinstated) ?? Number.POSITIVE_INFINITY) >= (instantMs(time) ?? 0);
