/** Reinstatements: an offboarding of that time or earlier no longer applies. */
import type { Identity } from '../../events/data.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Row } from '../ports.ts';
import { identityName } from './directory.ts';
import { expiryOf, LeaseLost, type LedgerPorts } from './events.ts';

/** Whom a reinstatement can name. */
export type ReinstatedName = PrincipalName | Identity;

const MAX_WRITE_ATTEMPTS = 3;

const reinstatementKey = (name: ReinstatedName): string => {
  if (typeof name === 'string') return `reinstated#${name}`;
  const { kind, value } = identityName(name);
  return `reinstated#${kind}:${value}`;
};

const msOf = (time: string | undefined): number => instantMs(time ?? '') ?? 0;

/** An older reinstatement does not replace a newer one. */
export async function writeReinstatement(ports: LedgerPorts, name: ReinstatedName, time: string): Promise<void> {
  const pk = reinstatementKey(name);
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const stored = await ports.table.get(pk);
    if (stored !== undefined && msOf(timeOf(stored)) >= msOf(time)) return;
    const row = { pk, version: (stored?.version ?? 0) + 1, expiresAt: expiryOf(ports.clock.now()), data: { time } };
    if (await ports.table.put(row, stored?.version)) return;
  }
  throw new LeaseLost('lease-lost');
}

/** The time of the latest reinstatement of any of the names (RFC 3339), if there is one. */
export async function reinstatedAt(
  { table }: Pick<LedgerPorts, 'table'>,
  names: readonly ReinstatedName[],
): Promise<string | undefined> {
  const rows = await Promise.all(names.map((name) => table.get(reinstatementKey(name))));
  const times = rows.map((row) => row && timeOf(row)).filter((time) => time !== undefined);
  return times.toSorted((a, b) => msOf(b) - msOf(a))[0];
}

const timeOf = ({ data }: Row): string | undefined => (typeof data.time === 'string' ? data.time : undefined);
