/** The statements that are made of rows of 0.1, and the reinstatements that 0.1 has written of the same people. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { readStatements } from '../../../lib/ledger/statements.ts';
import type { Table } from '../../../lib/ports.ts';
import { isStillOffboarded } from '../../../lib/reconcile/still-offboarded.ts';
import { writeMissing } from '../../../lib/reconcile/write-missing.ts';
import { memoryPorts, type Outside } from '../../support/memory-ports.ts';
import { HR, openOrganization, run, say } from './stage.ts';

const NAME = 'coreweave/uAnn';
const ANN = principalName.parse(NAME);
const TIME = '2025-03-01T00:00:00Z';
const LATER = '2025-04-01T00:00:00Z';
const STATEMENT = { authority: HR, state: 'offboarded', time: TIME, source: HR, id: 'left' } as const;
const MISSING = { principalName: ANN, keys: 0, statement: STATEMENT };

const portsOf = ({ table, clock }: Outside) => ({ ...memoryPorts(openOrganization()), table, clock });
const put = (table: Table, data: Parameters<Table['put']>[0]['data']) =>
  table.put({ pk: `reinstated#${NAME}`, version: 1, data }, undefined);

/** A reinstatement as 0.1 writes it, and as 0.2 does. */
const REINSTATEMENTS = [{ time: LATER }, { time: LATER, by: [{ authority: HR, time: LATER }] }];

describe('a statement that is made of a row of 0.1', () => {
  it('has a key that is created later revoked', async () => {
    const outside = openOrganization();
    expect(await writeMissing(portsOf(outside), [MISSING])).toBe(1);
    outside.store.createKeys(NAME);
    const report = await run(outside);
    expect(report.admitted).toEqual([ANN]);
  });

  it.each(REINSTATEMENTS)('is taken back by the reinstatement %j', async (data) => {
    const outside = openOrganization();
    outside.store.createKeys(NAME);
    await say(outside, NAME, 'offboarded', { time: TIME });
    expect(await isStillOffboarded(portsOf(outside), ANN)).toBe(true);
    await put(outside.table, data);
    expect(await isStillOffboarded(portsOf(outside), ANN)).toBe(false);
    expect((await run(outside)).standing).toEqual([]);
  });

  it('is not taken back by an older reinstatement of 0.1, or a later one of another authority', async () => {
    for (const data of [{ time: '2025-02-01T00:00:00Z' }, { time: LATER, by: [{ authority: 'other', time: LATER }] }]) {
      const outside = openOrganization();
      await put(outside.table, data);
      await writeMissing(portsOf(outside), [MISSING]);
      expect(await isStillOffboarded(portsOf(outside), ANN)).toBe(true);
    }
  });

  it.each(REINSTATEMENTS)('stays taken back once the row of %j, which came meanwhile, has expired', async (data) => {
    const outside = openOrganization();
    await put(outside.table, data);
    expect(await writeMissing(portsOf(outside), [MISSING])).toBe(1);
    expect(await readStatements(portsOf(outside), ANN)).toEqual([{ ...STATEMENT, state: 'reinstated', time: LATER }]);
  });

  it('is not counted where a newer one came meanwhile, or the row is full', async () => {
    const outside = openOrganization();
    await say(outside, NAME, 'reinstated', { time: LATER });
    const full = principalName.parse('coreweave/uFull');
    for (let n = 0; n < 50; n += 1) await say(outside, full, 'scheduled', { authority: `a${n}` });
    expect(await writeMissing(portsOf(outside), [MISSING, { ...MISSING, principalName: full }])).toBe(0);
  });

  it('shares the row with those of other authorities', async () => {
    const outside = openOrganization();
    const other = { ...STATEMENT, authority: 'payroll', id: 'other' };
    expect(await writeMissing(portsOf(outside), [MISSING, { ...MISSING, statement: other }])).toBe(2);
    expect(await readStatements(portsOf(outside), ANN)).toEqual([STATEMENT, other]);
  });
});
