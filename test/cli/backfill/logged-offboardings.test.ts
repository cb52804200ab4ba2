/** `revoker backfill offboardings` with audit logs, which name the events of the rows that 0.1 has left. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { type PrincipalName, principalName } from '../../../events/ids.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { eventKey } from '../../../lib/ledger/events.ts';
import { readStatements, type Statement, writeStatement } from '../../../lib/ledger/statements.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { RECONCILE_SOURCE } from '../../../lib/model/reconcile.ts';
import type { Table } from '../../../lib/ports.ts';
import { TABLE } from '../../../local/variables.ts';
import { eventOf, factsOf } from '../../support/audit-facts.ts';
import { offboarded } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { sha256 } from '../../support/fakes.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const HR = '//hr.example/acme';
const SENDERS = [
  { name: 'hr', senderId: 'AIDAEXAMPLE', sources: [HR], authority: 'people' },
  { name: 'ops', senderId: 'AIDAOPERATOR', sources: ['//revoker.cli/'], authority: 'operator' },
];
const [BEFORE, TIME, AFTER] = ['2026-09-01T08:00:00Z', '2026-10-01T08:00:00Z', '2026-10-09T08:00:00Z'];
const [ANN, BOB] = [principalName.parse('coreweave/uAnn'), principalName.parse('coreweave/uBob')];
const STATEMENT: Statement = { authority: 'people', state: 'offboarded', time: TIME, source: HR, id: 'left' };
const { state: _, ...TOLD } = STATEMENT;

let stand: Stand;
let table: Table;
beforeEach(async () => {
  stand = await startStand();
  stand.env.SENDERS = JSON.stringify(SENDERS);
  enterEnvironment(stand.env);
  table = createTable({ name: TABLE, dryRun: false, now: Date.now });
});
afterEach(() => stand.close());

interface Named {
  readonly id?: string;
  readonly source?: string;
}

/** Adds the row of an event, as 0.1 writes it once it was carried out. */
const add = ({ id = 'left', source = HR }: Named, principals: readonly string[], more: object = {}) => {
  const row = {
    state: 'done',
    bodyHash: 'b',
    time: TIME,
    holder: '',
    leaseUntil: 0,
    principals,
    fence: [],
    late: true,
  };
  const data = JSON.parse(JSON.stringify({ ...row, checked: {}, ...more }));
  return table.put({ pk: eventKey({ sha256 }, { source, id }), version: 1, data }, undefined);
};
const reinstate = (name: string, time: string) =>
  table.put({ pk: `reinstated#${name}`, version: 1, data: { time } }, undefined);
const say = (name: PrincipalName, statement: Partial<Statement>) => {
  const ports = { table, sha256, clock: { now: Date.now, sleep: async () => {} } };
  return writeStatement(ports, name, { ...STATEMENT, id: 'said', ...statement });
};
const statementsOf = (name: PrincipalName) => readStatements({ table, sha256 }, name);

/** The log of these events, as the functions write it. */
const logOf = (...events: readonly Named[]): string =>
  events
    .map(({ id = 'left', source = HR }) => {
      const note = { phase: 'note', name: 'Note', detail: 'x' } as const;
      return asciiJson(auditRecord(factsOf(note, eventOf(offboarded({ source, id })))));
    })
    .join('\n');

async function revoker(args: readonly string[], input = '', answers?: readonly string[]) {
  const terminal = fakeTerminal({ input, ...(answers === undefined ? {} : { isTTY: true, colors: false, answers }) });
  const code = await run(args, { terminal, env: { ...stand.env } });
  return { code, out: terminal.out, err: terminal.err, questions: terminal.questions };
}
const backfill = (input: string, ...flags: readonly string[]) =>
  revoker(['backfill', 'offboardings', '-', ...flags], input);
async function written(input: string): Promise<unknown> {
  return JSON.parse((await backfill(input, '--yes', '--json')).out).written;
}

it('--dry-run shows the statements that are missing, with live keys or without, and writes nothing', async () => {
  for (const name of [BOB, 'coreweave/uCem']) stand.api.store.createKeys(name);
  await add({}, [ANN, BOB]);
  await add({ id: 'not-in-the-log' }, ['coreweave/uCem']);
  const log = logOf({}, { id: 'unheard-of' }, { id: 'not-in-the-log', source: '//forged.example' });
  const { code, out } = await backfill(log, '--dry-run', '--json');
  expect([code, JSON.parse(out)]).toEqual([
    3,
    {
      rows: 2,
      unreadable: 0,
      written: 0,
      missing: [
        { principalName: ANN, keys: 0, ...TOLD },
        { principalName: BOB, keys: 1, ...TOLD },
      ],
      findings: [{ principalName: 'coreweave/uCem', keys: 1, time: TIME }],
    },
  ]);
  const shown = await backfill(log, '--dry-run');
  expect(shown.out).toContain('would write 2 statements (1 principal with live keys)');
  expect([await statementsOf(ANN), await statementsOf(BOB)]).toEqual([[], []]);
});

it('shows the statements, and asks before it writes', async () => {
  await add({}, [ANN]);
  const refused = await backfill(logOf({}));
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('[confirmation-needed]')]);
  expect(refused.err).toContain(`${ANN}     0  ${TIME}  people`);
  expect(await statementsOf(ANN)).toEqual([]);
  const agreed = await revoker(['backfill', 'offboardings', '-'], logOf({}), ['y']);
  expect([agreed.code, agreed.questions]).toEqual([0, ['Write 1 statement (0 principals with live keys)? [y/N] ']]);
  expect(agreed.out).toContain('1 statement written');
  expect(await statementsOf(ANN)).toEqual([STATEMENT]);
});

it('writes each statement once, and the reconciliation knows the principals from then on', async () => {
  await add({}, [ANN, BOB]);
  expect(await written(logOf({}))).toBe(2);
  const again = await backfill(logOf({}), '--json');
  expect([again.code, JSON.parse(again.out)]).toEqual([
    0,
    { rows: 1, unreadable: 0, written: 0, missing: [], findings: [] },
  ]);
  expect([await statementsOf(ANN), await statementsOf(BOB)]).toEqual([[STATEMENT], [STATEMENT]]);
  stand.api.store.createKeys(ANN);
  const { out } = await revoker(['reconcile', '--dry-run', '--json']);
  expect(JSON.parse(out).standing).toEqual([{ principalName: ANN, keys: 1, action: 'would be revoked' }]);
});

it.each([
  ['was replaced before its date', {}, { fence: undefined, dueAt: 1 }],
  ['was held', {}, { state: 'held' }],
  ['was a leak', {}, { late: false }],
  ['was of our own reconciliation', {}, { sender: 'own:reconcile', authority: RECONCILE_SOURCE }],
  ['0.2 has carried out, which writes its own statements', {}, { sender: 'AIDAEXAMPLE', authority: 'people' }],
  ['has the source of our own reconciliation', { source: RECONCILE_SOURCE }, {}],
])('writes nothing of an event that %s', async (_why, event, row) => {
  await add(event, [ANN], row);
  expect(await written(logOf(event))).toBe(0);
  expect(await statementsOf(ANN)).toEqual([]);
});

it.each([
  ['older', { state: 'reinstated', time: BEFORE }, 1],
  ['a schedule of 0.2, which 0.1 carried out', { state: 'scheduled' }, 1],
  ['as late', { state: 'reinstated' }, 0],
  ['newer', { state: 'reinstated', time: AFTER }, 0],
] as const)('writes a statement where that of the same authority is %s: %j', async (_what, said, count) => {
  await say(ANN, said);
  await add({}, [ANN]);
  expect(await written(logOf({}))).toBe(count);
  expect(await statementsOf(ANN)).toEqual([count === 1 ? STATEMENT : { ...STATEMENT, id: 'said', ...said }]);
});

it('keeps the person whom the schedule of the event names', async () => {
  const identity = { email: 'ann@example.com' };
  await say(ANN, { state: 'scheduled', id: 'left', identity });
  await add({}, [ANN]);
  expect(await written(logOf({}))).toBe(1);
  expect(await statementsOf(ANN)).toEqual([{ ...STATEMENT, identity }]);
});

it('writes the latest of each authority, beside what others have said', async () => {
  await say(ANN, { authority: 'payroll', state: 'reinstated', time: AFTER });
  await add({ id: 'first' }, [ANN], { time: BEFORE });
  await add({}, [ANN]);
  await add({ id: 'other', source: '//other' }, [ANN]);
  expect(await written(logOf({ id: 'first' }, {}, { id: 'other', source: '//other' }))).toBe(2);
  const payroll = { ...STATEMENT, authority: 'payroll', state: 'reinstated', time: AFTER, id: 'said' };
  const other = { ...STATEMENT, authority: '//other', source: '//other', id: 'other' };
  expect(new Set(await statementsOf(ANN))).toEqual(new Set([payroll, STATEMENT, other]));
});

it('leaves whom 0.1 has reinstated alone, also after the row of the reinstatement has expired', async () => {
  await add({}, [ANN, BOB]);
  await reinstate(ANN, TIME);
  await reinstate(BOB, BEFORE);
  expect(await written(logOf({}))).toBe(1);
  expect([await statementsOf(ANN), await statementsOf(BOB)]).toEqual([[], [STATEMENT]]);
});

it('says that a file holds no audit record', async () => {
  const { code, err } = await backfill('another log', '--yes');
  expect([code, err]).toEqual([1, expect.stringContaining('[no-records]')]);
});
