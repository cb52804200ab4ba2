/** The `RowReader` port over any table. */
import type { RowReader, Table } from '../../lib/ports.ts';

export const memoryRows = (table: Pick<Table, 'get'>): RowReader => ({
  async getAll(pks) {
    const rows = await Promise.all([...new Set(pks)].map((pk) => table.get(pk)));
    return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.pk, row] as const])));
  },
});
