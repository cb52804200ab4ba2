import { describe, expect, it } from 'vitest';
import { type EventRow, rowData } from '../../../lib/ledger/event-row.ts';
import { claimEvent } from '../../../lib/ledger/events.ts';
import { EVENT_MS, EVENT_TIME } from '../../support/event-factory.ts';
import { movableClock, sha256 } from '../../support/fakes.ts';
import { memoryTable } from '../../support/memory-table.ts';

const row: EventRow = {
  state: 'open',
  bodyHash: 'a body',
  time: EVENT_TIME,
  holder: 'other',
  leaseUntil: EVENT_MS + 1,
  principals: [],
  late: true,
  checked: {},
};
const FREE = { ...row, leaseUntil: 0 };

describe('claimEvent', () => {
  it.each([
    ['is busy if another delivery claims the row first', [row], { kind: 'busy' }],
    ['claims a row that another delivery has written and released', [FREE], { version: 2, row: { holder: 'own' } }],
    ['is busy, and no duplicate, after two lost races', [FREE, FREE], { kind: 'busy' }],
  ])('%s', async (_, others, claim) => {
    const table = memoryTable({ now: () => EVENT_MS });
    let version = 0;
    // Each write of another delivery comes between a read and the write after it.
    const put: typeof table.put = async (...own) => {
      const data = others[version];
      if (data !== undefined) {
        await table.put(
          { pk: 'event#1', version: version + 1, data: rowData(data) },
          version === 0 ? undefined : version,
        );
        version += 1;
      }
      return table.put(...own);
    };
    const ports = { table: { ...table, put }, sha256, clock: movableClock({ now: EVENT_MS }) };
    const request = { row: { ...row, holder: 'own' }, reopens: false, replaces: false };
    expect(await claimEvent(ports, 'event#1', request, EVENT_MS)).toMatchObject(claim);
  });
});
