/**
 * One listing of all keys beside what the ledger says of their owners: who is offboarded and has live keys. It writes
 * nothing.
 */
import { principalName } from '../../events/ids.ts';
import { latestReinstatement, reinstatementKey } from '../ledger/reinstatements.ts';
import {
  isOffboarded,
  readStatementsRow,
  type Statement,
  type Statements,
  statementsKey,
} from '../ledger/statements.ts';
import type { KeyListing } from '../model/key.ts';
import type { Row, RowReader } from '../ports.ts';
import { findingsOf } from './findings.ts';
import type { KnownOwner, Survey, SurveyServices } from './found.ts';
import { identitiesOf, isTakenBack } from './still-offboarded.ts';

/** Undefined: the keys could not be listed before `endsAt` (epoch ms). Rejects if the ledger cannot be read. */
export async function surveyKeys(services: SurveyServices, endsAt: number): Promise<Survey | undefined> {
  const { ports, credentials } = services;
  const listing = await credentials.listKeys(endsAt);
  if (listing === undefined) return undefined;
  const ended = ports.clock.now();
  const reader = countedReader(ports.rows);
  const owners = listing.owners();
  const known = await knownOwners({ ...ports, rows: reader }, listing, owners);
  const offboarded = await stillOffboarded(reader, known);
  const live = offboarded.filter(({ keys }) => keys > 0);
  const others = known.filter((owner) => owner.keys > 0 && !offboarded.includes(owner));
  const findings = await findingsOf({ ...services, ports: { ...ports, rows: reader } }, { offboarded: live, others });
  const excluded = new Set(findings.map((finding) => finding.principalName));
  return {
    begun: listing.begun,
    ended,
    pages: listing.pages,
    keys: owners.reduce((sum, owner) => sum + listing.liveKeys(owner).length, 0),
    owners: owners.length,
    offboarded: offboarded.length,
    unowned: listing.liveKeys('').length + listing.unreadable,
    reads: reader.reads(),
    standing: live
      .filter((owner) => !excluded.has(owner.principalName))
      .map(({ statements: _, ...standing }) => standing)
      .toSorted((one, other) => (one.principalName < other.principalName ? -1 : 1)),
    findings,
  };
}

function countedReader(rows: RowReader): RowReader & { reads(): number } {
  let reads = 0;
  return {
    reads: () => reads,
    getAll(pks) {
      reads += new Set(pks).size;
      return rows.getAll(pks);
    },
  };
}

/** The ledger cannot know a name that no event can have. */
async function knownOwners(
  { rows, sha256 }: Pick<SurveyServices['ports'], 'rows' | 'sha256'>,
  listing: KeyListing,
  owners: readonly string[],
): Promise<readonly KnownOwner[]> {
  const named = owners.flatMap((owner) => {
    const parsed = principalName.safeParse(owner);
    return parsed.success ? [{ name: parsed.data, pk: statementsKey({ sha256 }, parsed.data) }] : [];
  });
  const found = await rows.getAll(named.map(({ pk }) => pk));
  return named.flatMap(({ name, pk }) => {
    const row = found.get(pk);
    const { statements, version }: Statements = readStatementsRow(row);
    const keys = listing.liveKeys(name).length;
    return statements.length === 0 ? [] : [{ principalName: name, version, keys, statements }];
  });
}

/** Reinstatements that only 0.1 has written count too. */
async function stillOffboarded(rows: RowReader, known: readonly KnownOwner[]): Promise<readonly KnownOwner[]> {
  const offboarded = known.filter(isOffboarded);
  const reinstated = await rows.getAll(offboarded.flatMap(reinstatementKeys));
  return offboarded.filter((owner) => owner.statements.some((each) => stands(owner, each, reinstated)));
}

const namesOf = (owner: KnownOwner, statement: Statement) => [owner.principalName, ...identitiesOf(statement)];

const reinstatementKeys = (owner: KnownOwner): readonly string[] =>
  owner.statements.flatMap((statement) => namesOf(owner, statement).map(reinstatementKey));

function stands(owner: KnownOwner, statement: Statement, reinstated: ReadonlyMap<string, Row>): boolean {
  const rows = namesOf(owner, statement).map((name) => reinstated.get(reinstatementKey(name)));
  return statement.state === 'offboarded' && !isTakenBack(statement, latestReinstatement(rows, [statement.authority]));
}
