/** The ledger as version 0.1 left it: no row names a sender, there are no statements, a principal has one schedule. */
import type { Table } from '../../lib/ports.ts';
import { sha256 } from './fakes.ts';
import { eventKeyOf, type World } from './memory-world.ts';

/** Rewrites all rows about an event of one principal, whose authority it is, into the form of 0.1. */
export async function asWrittenBy01(
  { table, schedules }: Pick<World, 'table' | 'schedules'>,
  event: Readonly<Record<string, unknown>>,
  authority: string,
): Promise<void> {
  const principal = String(Object(event.data).principalName);
  const [name] = schedules.names();
  await rewrite(table, eventKeyOf(event), ({ sender: _, authority: __, ...data }) => data);
  await rewrite(table, `reinstated#${principal}`, ({ by: _, ...data }) => data);
  for (const pk of [`schedule#${sha256(principal)}#${sha256(authority)}`, `offboarded#${sha256(principal)}`]) {
    await table.remove(pk, (await table.get(pk))?.version ?? 0);
  }
  if (name === undefined) return;
  const stored = JSON.parse(JSON.stringify(event));
  await table.put({ pk: `schedule#${principal}`, version: 1, data: { name, event: stored } }, undefined);
}

type Data = Parameters<Table['put']>[0]['data'];

async function rewrite(table: Table, pk: string, change: (data: Data) => Data): Promise<void> {
  const row = await table.get(pk);
  if (row !== undefined) await table.put({ ...row, version: row.version + 1, data: change(row.data) }, row.version);
}
