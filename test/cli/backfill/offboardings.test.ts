/** `revoker backfill offboardings` on a ledger as 0.1 and 0.2 leave it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { principalName } from '../../../events/ids.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { writeStatement } from '../../../lib/ledger/statements.ts';
import type { Table } from '../../../lib/ports.ts';
import { TABLE } from '../../../local/variables.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { sha256 } from '../../support/fakes.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const TIME = '2026-10-01T08:00:00Z';
const [ANN, BOB, CEM] = ['coreweave/uAnn', 'coreweave/uBob', 'coreweave/uCem'];

let stand: Stand;
let table: Table;
beforeEach(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
  table = createTable({ name: TABLE, dryRun: false, now: Date.now });
});
afterEach(() => stand.close());

/** The row of an event, as 0.1 writes it. */
const rowOf = (principals: readonly string[], more: object = {}) => ({
  state: 'done',
  bodyHash: 'b',
  time: TIME,
  holder: '',
  leaseUntil: 0,
  principals,
  late: true,
  checked: {},
  ...more,
});
let made = 0;
async function add(data: object, pk = `event#${sha256(String(made))}`): Promise<void> {
  made += 1;
  await table.put({ pk, version: 1, data: JSON.parse(JSON.stringify(data)) }, undefined);
}

async function backfill(...args: readonly string[]) {
  const terminal = fakeTerminal({ input: '' });
  const code = await run(['backfill', 'offboardings', ...args], { terminal, env: { ...stand.env } });
  return { code, out: terminal.out, err: terminal.err };
}

describe('revoker backfill offboardings', () => {
  it('finds nothing in an empty ledger', async () => {
    const { code, out } = await backfill('--json');
    expect([code, JSON.parse(out)]).toEqual([0, { rows: 0, unreadable: 0, written: 0, missing: [], findings: [] }]);
  });

  it('says what to do if the keys cannot be listed', async () => {
    stand.api.faults.plan('list-keys', { effect: 'skipped', answer: { status: 400, headers: {}, body: '' } });
    const { code, err } = await backfill();
    expect([code, err]).toEqual([1, expect.stringContaining('[listing-failed]')]);
  });

  it('lists, without files, who has live keys and no later statement, and writes and sends nothing', async () => {
    const others = ['uOpen', 'uLeak', 'uBack', 'uTold', 'uLater'].map((name) => `coreweave/${name}`);
    const [open = '', leak = '', back = '', told = '', later = ''] = others;
    for (const name of [ANN, BOB, ...others]) stand.api.store.createKeys(name);
    await add(rowOf([BOB]));
    await add(rowOf([ANN, CEM]));
    await add(rowOf([ANN], { time: '2026-10-05T08:00:00Z' }));
    await add(rowOf([open], { state: 'open' }));
    await add(rowOf([leak], { late: false }));
    await add(rowOf([back]));
    await add({ time: '2026-10-02T08:00:00Z' }, `reinstated#${back}`);
    await add(rowOf([told]));
    await add(rowOf([later]));
    const ports = { table, sha256, clock: { now: Date.now, sleep: async () => {} } };
    const said = { authority: 'hr', state: 'offboarded', source: 'hr', id: '1' } as const;
    await writeStatement(ports, principalName.parse(told), { ...said, time: TIME });
    await writeStatement(ports, principalName.parse(later), { ...said, time: '2026-09-01T08:00:00Z' });
    const { code, out } = await backfill('--json');
    expect([code, JSON.parse(out)]).toEqual([
      3,
      {
        rows: 8,
        unreadable: 0,
        written: 0,
        missing: [],
        findings: [
          { principalName: ANN, keys: 1, time: '2026-10-05T08:00:00Z' },
          { principalName: BOB, keys: 1, time: TIME },
          { principalName: later, keys: 1, time: TIME },
        ],
      },
    ]);
    expect((await backfill()).out).toContain(`revoker revoke --principal ${ANN}`);
    const revocations = stand.api.requests.filter(({ call }) => call.startsWith('revoke'));
    expect([revocations, await stand.take('bulk'), await stand.take('urgent')]).toEqual([[], [], []]);
  });

  it('counts rows that it cannot read, and asks an operator to look', async () => {
    await add({ state: 'unheard-of' });
    const { code, out } = await backfill();
    expect([code, out]).toEqual([3, expect.stringContaining('1 row that this product did not write')]);
  });
});
