/**
 * Offboardings that the reconciliation does not know: 0.1 kept no statement about a principal. Its rows do not name the
 * authority, so that no reinstatement could take back a statement that was made of them: they are findings alone.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import { type EventRow, RowError, readRow } from '../ledger/event-row.ts';
import { reinstatementKey, reinstatementTimes } from '../ledger/reinstatements.ts';
import { readStatementsRow, statementsKey } from '../ledger/statements.ts';
import type { Row } from '../ports.ts';
import type { SurveyServices } from './found.ts';

export interface Unmarked {
  readonly principalName: PrincipalName;
  /** Live ones. */
  readonly keys: number;
  /** RFC 3339, of the latest offboarding. */
  readonly time: string;
}

export interface UnmarkedReport {
  /** By name. */
  readonly findings: readonly Unmarked[];
  /** Rows of events. */
  readonly rows: number;
  /** Rows that this product did not write. */
  readonly unreadable: number;
}

/**
 * `rows`: all rows of events. Principals with live keys whom a finished offboarding names, and of whom neither a later
 * statement nor a later reinstatement speaks. Undefined: the keys could not be listed before `endsAt` (epoch ms).
 * Rejects if the ledger cannot be read. It writes nothing.
 */
export async function unmarkedOffboardings(
  { ports, credentials }: Pick<SurveyServices, 'ports' | 'credentials'>,
  rows: AsyncIterable<Row>,
  endsAt: number,
): Promise<UnmarkedReport | undefined> {
  const listing = await credentials.listKeys(endsAt);
  if (listing === undefined) return undefined;
  const times = new Map<PrincipalName, string>();
  let [count, unreadable] = [0, 0];
  for await (const row of rows) {
    count += 1;
    const event = readEventRow(row);
    if (event === undefined) unreadable += 1;
    if (event?.state !== 'done' || !event.late) continue;
    for (const name of event.principals) {
      if (listing.liveKeys(name).length > 0) times.set(name, later(event.time, times.get(name)));
    }
  }
  const names = [...times.keys()].toSorted();
  const keyOf = (name: PrincipalName) => statementsKey(ports, name);
  const known = await ports.rows.getAll(names.flatMap((name) => [keyOf(name), reinstatementKey(name)]));
  const findings = names.flatMap((principalName) => {
    const time = times.get(principalName) ?? '';
    const { statements } = readStatementsRow(known.get(keyOf(principalName)));
    const others = [
      ...statements.map((each) => each.time),
      ...reinstatementTimes(known.get(reinstatementKey(principalName))),
    ];
    const isKnown = others.some((other) => msOf(other) >= msOf(time));
    return isKnown ? [] : [{ principalName, keys: listing.liveKeys(principalName).length, time }];
  });
  return { findings, rows: count, unreadable };
}

function readEventRow({ data }: Row): EventRow | undefined {
  try {
    return readRow(data);
  } catch (error) {
    if (error instanceof RowError) return undefined;
    throw error;
  }
}

const msOf = (time: string): number => instantMs(time) ?? 0;
const later = (one: string, other: string | undefined): string =>
  other !== undefined && msOf(other) > msOf(one) ? other : one;
