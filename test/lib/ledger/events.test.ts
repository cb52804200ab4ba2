/** Claims and leases as they are stored, and which row a dead letter closes. */
import { describe, expect, it } from 'vitest';
import {
  bodyHash,
  type Claim,
  claimEvent,
  closeEvent,
  eventKey,
  expiryOf,
  hasRow,
  ignoreLostLease,
  LeaseLost,
  leaseOf,
  openRow,
  readEvent,
  updateClaim,
} from '../../../lib/ledger/events.ts';
import { CHECK_EVENT, eventOf, KEY_EVENT, PERSON_EVENT, PRINCIPAL_EVENT } from '../../support/audit-facts.ts';
import { EVENT_MS, EVENT_TIME, offboarded } from '../../support/event-factory.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

const EVENT = eventOf(offboarded({ id: 'offboarding-7' }));

/** A ledger in which EVENT is claimed. */
async function claimed() {
  const ports = memoryPorts(openOutside(EVENT_MS));
  const pk = eventKey(ports, EVENT);
  const lease = { bodyHash: bodyHash(ports, EVENT), time: EVENT_TIME, holder: 'one', leaseUntil: EVENT_MS + 30_000 };
  const row = { ...lease, state: 'open', principals: [], late: false, checked: {} } as const;
  const claim = await claimEvent(ports, pk, { row, reopens: false, replaces: false }, EVENT_MS);
  if ('kind' in claim) throw new Error(claim.kind);
  const stored = async (): Promise<Claim | undefined> => readEvent(ports, pk);
  return { ports, claim, stored };
}

const LOST = { name: 'LeaseLost', code: 'lease-lost', message: 'lease-lost' };

it('expiryOf is 400 days after the last time, in whole seconds', () => {
  expect(expiryOf(1_000, 5_001, 2_000)).toBe(6 + 34_560_000);
});

describe('a lease', () => {
  it('writes each change under the next version', async () => {
    const { ports, claim, stored } = await claimed();
    const lease = leaseOf(ports, claim);
    await lease.update({ late: true });
    await lease.update({ fence: ['CWA'] });
    expect([claim.version, lease.row().fence]).toEqual([1, ['CWA']]);
    expect(await stored()).toMatchObject({ version: 3, row: { late: true, fence: ['CWA'] } });
  });

  it('is lost when the row was written since', async () => {
    const { ports, claim } = await claimed();
    await updateClaim(ports, claim, { late: true });
    await expect(leaseOf(ports, claim).update({ late: false })).rejects.toMatchObject(LOST);
  });

  it('is given back while its event is open, and not once it is closed', async () => {
    const { ports, claim, stored } = await claimed();
    const lease = leaseOf(ports, claim);
    await lease.release();
    expect((await stored())?.row.leaseUntil).toBe(0);
    await lease.update({ state: 'done', leaseUntil: 7 });
    await lease.release();
    expect((await stored())?.row.leaseUntil).toBe(7);
  });

  it('that was lost is not given back, and the row stays', async () => {
    const { ports, claim, stored } = await claimed();
    await updateClaim(ports, claim, { leaseUntil: 9 });
    await leaseOf(ports, claim).release();
    expect(await stored()).toMatchObject({ version: 2, row: { leaseUntil: 9 } });
  });
});

it('ignoreLostLease ignores a lost lease and nothing else', () => {
  expect(ignoreLostLease(new LeaseLost('lease-lost'))).toBeUndefined();
  expect(() => ignoreLostLease(new TypeError('x'))).toThrow(TypeError);
});

describe('openRow', () => {
  it.each([
    ['open', true],
    ['scheduled', true],
    ['held', false],
    ['dead', false],
    ['done', false],
  ] as const)('of an event that is %s: %s', async (state, isOpen) => {
    const { ports, claim, stored } = await claimed();
    await updateClaim(ports, claim, { state, dueAt: EVENT_MS });
    expect(await openRow(ports, EVENT)).toEqual(isOpen ? await stored() : undefined);
  });

  it('is none for another body of the event, without a row, or for an event that has none', async () => {
    const { ports } = await claimed();
    const other = eventOf(offboarded({ id: 'offboarding-7', data: { principalName: 'saml/rival@example.com' } }));
    for (const event of [other, eventOf(offboarded({ id: 'x' }))]) expect(await openRow(ports, event)).toBeUndefined();
    const table = { ...ports.table, get: () => Promise.reject(new Error('not to be read')) };
    expect(await openRow({ ...ports, table }, KEY_EVENT)).toBeUndefined();
  });
});

it('closeEvent ends the lease, unless the row was written since', async () => {
  const { ports, claim, stored } = await claimed();
  await closeEvent(ports, claim, 'held');
  expect((await stored())?.row).toMatchObject({ state: 'held', leaseUntil: 0 });
  await closeEvent(ports, claim, 'dead');
  expect((await stored())?.row.state).toBe('held');
});

it.each([
  ['an offboarding', EVENT, true],
  ['an offboarding of a person', PERSON_EVENT, true],
  ['a compromised principal', PRINCIPAL_EVENT, true],
  ['a leaked key', KEY_EVENT, false],
  ['a follow-up check', CHECK_EVENT, false],
])('hasRow: %s', (_, event, expected) => expect(hasRow(event)).toBe(expected));
