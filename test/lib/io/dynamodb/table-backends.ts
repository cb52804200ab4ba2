/**
 * The two tables that the cases of the `Table` port run against, so that the fake cannot be kinder than the adapter.
 */
import { afterAll, beforeAll } from 'vitest';
import { createTable } from '../../../../lib/io/dynamodb/table.ts';
import type { Row, Table } from '../../../../lib/ports.ts';
import { createLedgerTable, startTableServer, type TableServer } from '../../../../local/table-server.ts';
import { memoryTable } from '../../../support/memory-table.ts';

export const NOW_MS = Date.UTC(2026, 10, 23, 9, 30);
export const NOW_S = NOW_MS / 1_000;
export const PK = 'event#0a1b';
export const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export const row = (overrides: Partial<Row> = {}): Row => ({
  pk: PK,
  version: 1,
  data: { state: 'open' },
  ...overrides,
});
/** What a call resolves with or rejects with. */
export const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
export const count = <T>(values: readonly T[], wanted: T): number => values.filter((value) => value === wanted).length;

export interface Backend {
  readonly backend: string;
  readonly open: (now?: () => number) => Promise<Table>;
}

/** Starts a table server for the tests of a file. */
export const useTableServer = () => {
  let server: TableServer | undefined;
  let tables = 0;
  beforeAll(async () => {
    server = await startTableServer();
  });
  afterAll(() => server?.close());

  const overrides = () => ({ ...LOCAL, endpoint: server?.endpoint ?? '' });
  /** The name of a new, empty table. */
  const freshName = async (): Promise<string> => {
    tables += 1;
    await createLedgerTable(overrides().endpoint, `ledger-${tables}`);
    return `ledger-${tables}`;
  };
  const backends: readonly Backend[] = [
    { backend: 'memory', open: async (now = () => NOW_MS) => memoryTable({ now }) },
    {
      backend: 'DynamoDB',
      open: async (now = () => NOW_MS) =>
        createTable({ name: await freshName(), dryRun: false, now, overrides: overrides() }),
    },
  ];
  return { backends, freshName, overrides };
};
