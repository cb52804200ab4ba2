/**
 * Offboardings that the reconciliation does not know: 0.1 kept no statement about a principal, and its rows name
 * neither the event nor the authority. An event that an audit log names is found by the hash in the key of its row,
 * and becomes a statement that its authority can take back. The others are findings.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { msOrOldest } from '../../events/instant.ts';
import { type EventRow, RowError } from '../ledger/event-row.ts';
import { eventKey, readEventRow } from '../ledger/events.ts';
import { latestReinstatement, reinstatementKey, reinstatementTimes } from '../ledger/reinstatements.ts';
import { readStatementsRow, type Statement, statementsKey } from '../ledger/statements.ts';
import type { KeyListing } from '../model/key.ts';
import { RECONCILE_SOURCE } from '../model/reconcile.ts';
import { authorityOfSource, type SenderSettings } from '../model/sender.ts';
import type { Row, Sha256 } from '../ports.ts';
import type { SurveyServices } from './found.ts';
import { isTakenBack } from './still-offboarded.ts';

export interface Unmarked {
  readonly principalName: PrincipalName;
  /** Live ones. */
  readonly keys: number;
  /** RFC 3339, of the latest offboarding. */
  readonly time: string;
}

/** A statement that the ledger lacks. */
export interface MissingStatement {
  readonly principalName: PrincipalName;
  /** Live ones. */
  readonly keys: number;
  readonly statement: Statement;
}

export interface UnmarkedReport {
  /** By name. */
  readonly findings: readonly Unmarked[];
  /** By name; also of principals without live keys, who may get one. */
  readonly missing: readonly MissingStatement[];
  /** Rows of events. */
  readonly rows: number;
  /** Rows that this product did not write. */
  readonly unreadable: number;
}

export type EventName = Pick<Statement, 'source' | 'id'>;

/** Events by the key of their row. A forged name has another key. */
export type EventNames = ReadonlyMap<string, EventName>;

export interface UnmarkedRequest {
  /** All rows of events. */
  readonly rows: AsyncIterable<Row>;
  readonly names: EventNames;
  /** Epoch ms: the end of the listing. */
  readonly endsAt: number;
}

type Services = Pick<SurveyServices, 'ports' | 'credentials'> & {
  readonly settings: { readonly senders: SenderSettings };
};

export const eventNames = (ports: { readonly sha256: Sha256 }, events: Iterable<EventName>): EventNames =>
  new Map(Array.from(events, ({ source, id }) => [eventKey(ports, { source, id }), { source, id }]));

/**
 * Missing: finished offboardings whose event is in `names` and of which the ledger has no statement, unless a
 * reinstatement took them back. Findings: principals with live keys whom another finished offboarding names, and of
 * whom no later statement or reinstatement speaks. Undefined: the keys could not be listed before `endsAt`. Rejects if
 * the ledger cannot be read. It writes nothing.
 */
export async function unmarkedOffboardings(
  services: Services,
  { rows, names, endsAt }: UnmarkedRequest,
): Promise<UnmarkedReport | undefined> {
  const { ports, credentials, settings } = services;
  const listing = await credentials.listKeys(endsAt);
  if (listing === undefined) return undefined;
  const offboarded = new Map<PrincipalName, Offboarded>();
  let [count, unreadable] = [0, 0];
  for await (const row of rows) {
    count += 1;
    const event = readIfOurs(row);
    if (event === undefined) unreadable += 1;
    if (event === undefined || !isOffboarding(event)) continue;
    const statement = statementOfRow(event, names.get(row.pk), settings.senders);
    for (const name of event.principals) {
      if (statement === undefined && listing.liveKeys(name).length === 0) continue;
      offboarded.set(name, withOffboarding(offboarded.get(name), { time: event.time, statement }));
    }
  }
  return { ...(await compare(ports, listing, offboarded)), rows: count, unreadable };
}

/** What the rows say of a principal. */
interface Offboarded {
  /** RFC 3339, of the latest offboarding. */
  readonly time: string;
  /** The latest of each authority, as far as the event is known. */
  readonly statements: readonly Statement[];
}

/**
 * Of 0.1, which names no authority in a row. This version writes the statement before it closes the row, and none of a
 * staged offboarding: its user may be there.
 */
const isOffboarding = ({ state, late, authority }: EventRow): boolean =>
  state === 'done' && late && authority === undefined;

/**
 * Undefined: the event is not known, or it may never have been carried out: a newer one has replaced the schedule of a
 * row with a date and no snapshot.
 */
function statementOfRow(
  { time, fence, dueAt }: EventRow,
  event: EventName | undefined,
  senders: SenderSettings,
): Statement | undefined {
  if (event === undefined || event.source === RECONCILE_SOURCE) return undefined;
  if (fence === undefined && dueAt !== undefined) return undefined;
  return { authority: authorityOfSource(event.source, senders), state: 'offboarded', time, ...event };
}

function withOffboarding(
  known: Offboarded = { time: '', statements: [] },
  { time, statement }: { readonly time: string; readonly statement: Statement | undefined },
): Offboarded {
  const latest = msOrOldest(known.time) > msOrOldest(time) ? known.time : time;
  if (statement === undefined) return { ...known, time: latest };
  const own = known.statements.find(({ authority }) => authority === statement.authority);
  if (own !== undefined && msOrOldest(own.time) >= msOrOldest(time)) return { ...known, time: latest };
  return { time: latest, statements: [...known.statements.filter((each) => each !== own), statement] };
}

/** The rows beside the statements and the reinstatements that the ledger has. */
async function compare(
  ports: SurveyServices['ports'],
  listing: KeyListing,
  offboarded: ReadonlyMap<PrincipalName, Offboarded>,
): Promise<Pick<UnmarkedReport, 'findings' | 'missing'>> {
  const names = [...offboarded].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const keyOf = (name: PrincipalName) => statementsKey(ports, name);
  const stored = await ports.rows.getAll(names.flatMap(([name]) => [keyOf(name), reinstatementKey(name)]));
  const found = names.map(([principalName, { time, statements }]) => {
    const keys = listing.liveKeys(principalName).length;
    const known = readStatementsRow(stored.get(keyOf(principalName))).statements;
    const reinstatements = stored.get(reinstatementKey(principalName));
    const missing = statements.filter(
      (each) => !isKnown(each, known) && !isTakenBack(each, latestReinstatement([reinstatements], [each.authority])),
    );
    const times = [...[...known, ...missing].map((each) => each.time), ...reinstatementTimes(reinstatements)];
    const isFinding = keys > 0 && times.every((other) => msOrOldest(other) < msOrOldest(time));
    return {
      findings: isFinding ? [{ principalName, keys, time }] : [],
      missing: missing.map((statement) => ({ principalName, keys, statement: withPerson(statement, known) })),
    };
  });
  return { findings: found.flatMap((each) => each.findings), missing: found.flatMap((each) => each.missing) };
}

/** The schedule of the same event says whom it named. */
const withPerson = (statement: Statement, known: readonly Statement[]): Statement => ({
  ...known.find(({ source, id }) => source === statement.source && id === statement.id),
  ...statement,
});

/** What its authority has said since. After a roll-back 0.1 carries out what 0.2 has scheduled, and does not say so. */
const isKnown = ({ authority, time }: Statement, known: readonly Statement[]): boolean =>
  known.some(
    (each) =>
      each.authority === authority &&
      (msOrOldest(each.time) > msOrOldest(time) ||
        (msOrOldest(each.time) === msOrOldest(time) && each.state !== 'scheduled')),
  );

/** Undefined: the row is not one of ours. */
function readIfOurs(row: Row): EventRow | undefined {
  try {
    return readEventRow(row);
  } catch (error) {
    if (error instanceof RowError) return undefined;
    throw error;
  }
}
