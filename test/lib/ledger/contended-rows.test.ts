/** Rows that others change between each read and write, and rows that this product did not write. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { identityIn, principalsIn } from '../../../lib/ledger/directory.ts';
import { claimEvent, LeaseLost } from '../../../lib/ledger/events.ts';
import { reinstatedAt, reinstatementTimes, writeReinstatement } from '../../../lib/ledger/reinstatements.ts';
import { writeSchedule } from '../../../lib/ledger/schedules.ts';
import { openScimDirectory } from '../../../lib/ledger/scim-directory.ts';
import { readStatements, statementsKey, writeStatement } from '../../../lib/ledger/statements.ts';
import type { Row } from '../../../lib/ports.ts';
import { PRINCIPAL_EVENT } from '../../support/audit-facts.ts';
import { EVENT_MS, EVENT_TIME, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

const PRINCIPAL = principalName.parse(SAML_PRINCIPAL);
const STATEMENT = {
  authority: 'hr',
  state: 'offboarded',
  time: EVENT_TIME,
  source: '//hr.example',
  id: 'offboarding-7',
} as const;

/** A ledger in which no write succeeds, and how often one was tried. */
function contended() {
  const { clock, table, sha256 } = memoryPorts(openOutside(EVENT_MS));
  const tried = { puts: 0 };
  const put = async () => {
    tried.puts += 1;
    return false;
  };
  return { tried, ports: { clock, sha256, table: { ...table, put } } };
}

type Ports = ReturnType<typeof contended>['ports'];

describe('a row that others change each time', () => {
  it.each<[string, number, (ports: Ports) => Promise<unknown>]>([
    ['writeReinstatement', 3, (ports) => writeReinstatement(ports, PRINCIPAL, { ...STATEMENT, limited: false })],
    ['writeStatement', 5, (ports) => writeStatement(ports, PRINCIPAL, STATEMENT)],
    [
      'writeSchedule',
      1,
      (ports) =>
        writeSchedule(
          ports,
          { principal: PRINCIPAL, authority: 'hr' },
          { name: 'schedule-1', event: PRINCIPAL_EVENT, dueAt: EVENT_MS, seen: undefined },
        ),
    ],
  ])('is lost to another delivery by %s after %i tries', async (_, tries, write) => {
    const { ports, tried } = contended();
    const failure = await write(ports).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LeaseLost);
    expect(failure).toMatchObject({ code: 'lease-lost', message: 'lease-lost' });
    expect(tried.puts).toBe(tries);
  });

  it('leaves the event to the other delivery after two tries to claim it', async () => {
    const { ports, tried } = contended();
    const lease = { bodyHash: 'b', time: EVENT_TIME, holder: 'one', leaseUntil: 0 };
    const row = { ...lease, state: 'open', principals: [], late: false, checked: {} } as const;
    expect(await claimEvent(ports, 'event#1', { row, reopens: false, replaces: false }, EVENT_MS)).toEqual({
      kind: 'busy',
    });
    expect(tried.puts).toBe(2);
  });

  it('fails a write of the SCIM directory after three tries', async () => {
    const { ports, tried } = contended();
    const user = { id: 'u-1', userName: 'a@x.example', names: ['a@x.example'], active: true, deleted: false };
    await expect(openScimDirectory(ports).save(user)).rejects.toThrow('ledger-unavailable: contended');
    expect(tried.puts).toBe(3);
  });
});

const rowOf = (data: Row['data'], pk = 'row#1'): Row => ({ pk, version: 1, data });

describe('a row that this product did not write', () => {
  it('holds only the reinstatements that can be read', () => {
    const by = [
      null,
      7,
      'x',
      { authority: 'hr' },
      { authority: 7, time: EVENT_TIME },
      { authority: 'hr', time: 'then' },
    ];
    expect(reinstatementTimes(rowOf({ by }))).toEqual(['then']);
    expect(reinstatementTimes(rowOf({ time: EVENT_TIME }))).toEqual([EVENT_TIME]);
    expect(reinstatementTimes(rowOf({ time: 7 }))).toEqual([]);
    expect(reinstatementTimes(undefined)).toEqual([]);
  });

  it('holds only the statements that can be read', async () => {
    const ports = memoryPorts(openOutside(EVENT_MS));
    const pk = statementsKey(ports, PRINCIPAL);
    const statements = [null, 7, 'x', { ...STATEMENT, state: 'paused' }, { ...STATEMENT, id: 7 }, { ...STATEMENT }];
    await ports.table.put(rowOf({ statements }, pk), undefined);
    expect(await readStatements(ports, PRINCIPAL)).toEqual([STATEMENT]);
    await ports.table.put({ ...rowOf({ statements: 'x' }, pk), version: 2 }, 1);
    expect(await readStatements(ports, PRINCIPAL)).toEqual([]);
  });

  it('holds only the principals that are texts', () => {
    expect(principalsIn(rowOf({ principals: ['coreweave/a', 7, null] }))).toEqual(['coreweave/a']);
    expect(principalsIn(rowOf({ principals: 'coreweave/a' }))).toEqual([]);
  });

  it.each([
    ['identity#email#user@example.com', { kind: 'email', value: 'user@example.com' }],
    ['identity#login#a#b\nc', { kind: 'login', value: 'a#b\nc' }],
    ['identity#externalId#x', { kind: 'externalId', value: 'x' }],
    ['identity#phone#1', undefined],
    ['identity#email#', undefined],
    ['identity##a', undefined],
    ['xidentity#email#a', undefined],
    ['event#1', undefined],
  ])('%j names an identity, or none', (pk, expected) => expect(identityIn(rowOf({}, pk))).toEqual(expected));
});

it('writeReinstatement keeps one time per authority, the newest, and the newest of all for 0.1', async () => {
  const ports = memoryPorts(openOutside(EVENT_MS));
  const [older, later] = ['2026-11-23T09:29:00Z', '2026-11-23T09:31:00Z'];
  for (const [authority, time] of [
    ['hr', EVENT_TIME],
    ['it', older],
    ['hr', later],
    ['hr', EVENT_TIME],
    ['hr', later],
  ] as const)
    expect(await writeReinstatement(ports, PRINCIPAL, { authority, time, limited: false })).toBe(true);
  const by = [
    { authority: 'it', time: older },
    { authority: 'hr', time: later },
  ];
  expect(await ports.table.get(`reinstated#${PRINCIPAL}`)).toMatchObject({ version: 3, data: { time: later, by } });
});

it('reinstatedAt is the latest time of one of the authorities, or of a row of 0.1', async () => {
  const ports = memoryPorts(openOutside(EVENT_MS));
  const later = '2026-11-23T09:31:00Z';
  const other = { email: 'user@example.com' };
  await writeReinstatement(ports, PRINCIPAL, { authority: 'hr', time: EVENT_TIME, limited: false });
  await writeReinstatement(ports, other, { authority: 'it', time: later, limited: false });
  const at = (...authorities: readonly string[]) => reinstatedAt(ports, [PRINCIPAL, other], authorities);
  expect([await at('hr'), await at('it'), await at('it', 'hr'), await at('ops')]).toEqual([
    EVENT_TIME,
    later,
    later,
    undefined,
  ]);
  const old = rowOf({ time: later }, 'reinstated#login:jane');
  await ports.table.put(old, undefined);
  expect(await reinstatedAt(ports, [{ login: 'jane' }], ['ops'])).toBe(later);
});
