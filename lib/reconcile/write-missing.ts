/** Writes the statements that a ledger of 0.1 lacks. */
import type { LedgerPorts } from '../ledger/events.ts';
import { reinstatedAt } from '../ledger/reinstatements.ts';
import { writeStatement } from '../ledger/statements.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { identitiesOf, isTakenBack } from './still-offboarded.ts';
import type { MissingStatement } from './unmarked.ts';

/** Principals that are written at once. */
const CONCURRENT_PRINCIPALS = 8;

/**
 * How many statements were written: none replaces a newer one. A reinstatement that came meanwhile found no statement
 * to take back, and its own row expires: it becomes a statement too. Rejects if the ledger cannot be reached.
 */
export async function writeMissing(ports: LedgerPorts, missing: readonly MissingStatement[]): Promise<number> {
  const groups = [...Map.groupBy(missing, ({ principalName }) => principalName).values()];
  // Statements of one principal share a row.
  const counts = await mapWithConcurrency(CONCURRENT_PRINCIPALS, groups, async (group) => {
    let written = 0;
    for (const each of group) written += (await writeOne(ports, each)) ? 1 : 0;
    return written;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

async function writeOne(ports: LedgerPorts, { principalName, statement }: MissingStatement): Promise<boolean> {
  if ((await writeStatement(ports, principalName, statement, { limited: true })) !== 'written') return false;
  const time = await reinstatedAt(ports, [principalName, ...identitiesOf(statement)], [statement.authority]);
  if (time !== undefined && isTakenBack(statement, time)) {
    await writeStatement(ports, principalName, { ...statement, state: 'reinstated', time });
  }
  return true;
}
