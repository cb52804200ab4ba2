/** Reinstatements: an offboarding of the same authority, of that time or earlier, no longer applies. */
import type { Identity } from '../../events/data.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { msOrOldest } from '../../events/instant.ts';
import { fieldsOf } from '../../events/shapes.ts';
import type { Row } from '../ports.ts';
import { identityName } from './directory.ts';
import { expiryOf, LeaseLost, type LedgerPorts } from './events.ts';

/** Whom a reinstatement can name. */
export type ReinstatedName = PrincipalName | Identity;

/** The time (RFC 3339) of an authority's latest reinstatement. */
interface Reinstatement {
  readonly authority: string;
  readonly time: string;
}

const MAX_WRITE_ATTEMPTS = 3;
/** Authorities of one name that are remembered: senders may invent any number. */
const MAX_AUTHORITIES = 100;

export const reinstatementKey = (name: ReinstatedName): string => {
  if (typeof name === 'string') return `reinstated#${name}`;
  const { kind, value } = identityName(name);
  return `reinstated#${kind}:${value}`;
};

/**
 * An older reinstatement does not replace a newer one of its authority. False: it is `limited`, and so many authorities
 * have reinstated this name that one more is not remembered. 0.1 reads only `time`, and holds every offboarding until
 * then.
 */
export async function writeReinstatement(
  ports: LedgerPorts,
  name: ReinstatedName,
  { authority, time, limited }: Reinstatement & { readonly limited: boolean },
): Promise<boolean> {
  const pk = reinstatementKey(name);
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const stored = await ports.table.get(pk);
    const by = stored === undefined ? [] : reinstatementsIn(stored);
    const others = by.filter((each) => each.authority !== authority);
    const known = by.find((each) => each.authority === authority);
    if (known !== undefined && msOrOldest(known.time) >= msOrOldest(time)) return true;
    if (limited && others.length >= MAX_AUTHORITIES) return false;
    const latest = latestOf([time, ...(stored === undefined ? [] : timesOf(stored))]) ?? time;
    const data = { time: latest, by: [...others, { authority, time }].map((each) => ({ ...each })) };
    const row = { pk, version: (stored?.version ?? 0) + 1, expiresAt: expiryOf(ports.clock.now()), data };
    if (await ports.table.put(row, stored?.version)) return true;
  }
  throw new LeaseLost('lease-lost');
}

/** The time of the latest reinstatement of any of the names by one of the authorities (RFC 3339), if there is one. */
export async function reinstatedAt(
  { table }: Pick<LedgerPorts, 'table'>,
  names: readonly ReinstatedName[],
  authorities: readonly string[],
): Promise<string | undefined> {
  return latestReinstatement(await Promise.all(names.map((name) => table.get(reinstatementKey(name)))), authorities);
}

/** The same of rows that were read already. */
export const latestReinstatement = (
  rows: readonly (Row | undefined)[],
  authorities: readonly string[],
): string | undefined => latestOf(rows.flatMap((row) => (row === undefined ? [] : timesFor(row, authorities))));

/** Times of all reinstatements in a row, of any authority (RFC 3339). */
export const reinstatementTimes = (row: Row | undefined): readonly string[] =>
  row === undefined ? [] : reinstatementsIn(row).map(({ time }) => time);

/** A row of 0.1 does not say who reinstated: it concerns every authority. */
const timesFor = (row: Row, authorities: readonly string[]): readonly string[] =>
  reinstatementsIn(row)
    .filter(({ authority }) => authority === EVERYONE || authorities.includes(authority))
    .map(({ time }) => time);

/** No authority: a source is never empty. */
const EVERYONE = '';

function reinstatementsIn(row: Row): readonly Reinstatement[] {
  const { by } = row.data;
  if (!Array.isArray(by)) return timesOf(row).map((time) => ({ authority: EVERYONE, time }));
  return by.filter(isReinstatement);
}

function isReinstatement(value: unknown): value is Reinstatement {
  const { authority, time } = fieldsOf(value);
  return typeof authority === 'string' && typeof time === 'string';
}

const timesOf = ({ data: { time } }: Row): readonly string[] => (typeof time === 'string' ? [time] : []);

const latestOf = (times: readonly string[]): string | undefined =>
  times.toSorted((a, b) => msOrOldest(b) - msOrOldest(a))[0];
