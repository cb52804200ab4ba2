/** Reads of many rows, against the table server and a client that leaves rows unprocessed. */
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRowReader } from '../../../../lib/io/dynamodb/rows.ts';
import { createTable } from '../../../../lib/io/dynamodb/table.ts';
import { listenOnLoopback } from '../../../../local/listen.ts';
import { LOCAL, NOW_MS, NOW_S, row, useTableServer } from './table-backends.ts';

const { freshName, overrides } = useTableServer();
const clock = { now: () => NOW_MS, sleep: async () => {} };

describe('createRowReader', () => {
  it.each([false, true])('reads what is there, in batches of 100 (dry run: %s)', async (dryRun) => {
    const name = await freshName();
    const table = createTable({ name, dryRun, now: clock.now, overrides: overrides() });
    const written = Array.from({ length: 130 }, (_, n) => row({ pk: `offboarded#${n}`, data: { n } }));
    for (const each of written) await table.put(each, undefined);
    await table.put(row({ pk: 'expired', expiresAt: NOW_S }), undefined);
    const reader = createRowReader({ name, dryRun, clock, overrides: overrides() });
    const pks = [...written.map(({ pk }) => pk), 'offboarded#0', 'expired', 'absent'];
    const rows = await reader.getAll(pks);
    expect([...rows.values()].toSorted((a, b) => Number(a.data.n) - Number(b.data.n))).toEqual(written);
    expect(await reader.getAll([])).toEqual(new Map());
  });

  it('asks again for what was not processed, and gives up after a bound', async () => {
    const asked: { readonly keys: number; readonly consistent: boolean }[] = [];
    let answers = 2;
    const server = await listenOnLoopback(
      createServer(async (request, response) => {
        let text = '';
        for await (const chunk of request) text += chunk;
        const {
          RequestItems: { ledger },
        } = JSON.parse(text);
        asked.push({ keys: ledger.Keys.length, consistent: ledger.ConsistentRead });
        answers -= 1;
        const [first, ...rest] = ledger.Keys;
        const done = answers === 0 ? ledger.Keys : [first];
        const items = done.map(({ pk }: { pk: object }) => ({ pk, version: { N: '1' } }));
        const left = answers === 0 ? {} : { ledger: { Keys: rest, ConsistentRead: true } };
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify({ Responses: { ledger: items }, UnprocessedKeys: left }));
      }),
    );
    const reader = createRowReader({
      name: 'ledger',
      dryRun: false,
      clock,
      overrides: { ...LOCAL, endpoint: server.endpoint },
    });
    expect([...(await reader.getAll(['a', 'b', 'c'])).keys()].toSorted()).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([
      { keys: 3, consistent: true },
      { keys: 2, consistent: true },
    ]);
    answers = -1;
    const many = Array.from({ length: 60 }, (_, n) => `row-${n}`);
    await expect(reader.getAll(many)).rejects.toThrow('ledger-unavailable: UnprocessedKeys');
    expect(asked).toHaveLength(10);
    await server.close();
  });
});
