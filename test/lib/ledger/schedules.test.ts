import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { isNewerThan, readOldSchedule, readSchedule, writeSchedule } from '../../../lib/ledger/schedules.ts';
import { eventOf } from '../../support/audit-facts.ts';
import { EVENT_MS, EVENT_TIME, offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';
import { UNBOUND } from '../../support/senders.ts';

const principal = principalName.parse(SAML_PRINCIPAL);
const SOURCE = '//hr.example/acme';
const event = eventOf(offboarded({ source: SOURCE }));
const OWNER = { principal, authority: SOURCE };
const NONE = { row: undefined, scheduled: undefined };

/** A ledger with the row of 0.1, if it has data. */
async function open(old?: Parameters<ReturnType<typeof memoryPorts>['table']['put']>[0]['data']) {
  const ports = memoryPorts(openOutside(EVENT_MS));
  if (old !== undefined) await ports.table.put({ pk: `schedule#${principal}`, version: 4, data: old }, undefined);
  const read = (owner = OWNER) => readSchedule(ports, owner, UNBOUND);
  const write = async (name: string) =>
    writeSchedule(ports, OWNER, { name, event, dueAt: EVENT_MS, seen: (await read()).row });
  return { ports, read, write };
}

describe('a schedule', () => {
  it('is written for one principal and authority, and replaced under the next version', async () => {
    const { read, write } = await open();
    expect(await read()).toEqual(NONE);
    await write('schedule-1');
    expect(await read()).toMatchObject({ row: { version: 1 }, scheduled: { name: 'schedule-1', event } });
    await write('schedule-2');
    expect(await read()).toMatchObject({ row: { version: 2 }, scheduled: { name: 'schedule-2', event } });
    expect(await read({ ...OWNER, authority: 'other' })).toEqual(NONE);
  });

  it('of 0.1 belongs to the authority of its source, until that writes its own', async () => {
    const { ports, read, write } = await open({ name: 'schedule-0', event: { ...event } });
    expect(await read()).toMatchObject({ row: { version: 4 }, scheduled: { name: 'schedule-0', event } });
    expect(await read({ ...OWNER, authority: 'other' })).toEqual(NONE);
    expect(await readOldSchedule(ports, principal)).toEqual({ name: 'schedule-0', event });
    await write('schedule-1');
    expect(await read()).toMatchObject({ row: { version: 1 }, scheduled: { name: 'schedule-1' } });
    expect(await readOldSchedule(ports, principal)).toBeUndefined();
  });

  it.each([
    ['a name that is no text', { name: 7, event: { ...event } }],
    ['an event that is none', { name: 'schedule-0', event: 'x' }],
  ])('of 0.1 with %s is none', async (_, data) => {
    const { ports, read } = await open(data);
    expect([await read(), await readOldSchedule(ports, principal)]).toEqual([NONE, undefined]);
  });

  it('is newer than an event of an earlier time alone', () => {
    const scheduled = { name: 'schedule-0', event };
    const times = ['2026-11-23T09:29:59Z', EVENT_TIME, '2026-11-23T09:30:01Z'];
    expect(times.map((time) => isNewerThan(scheduled, time))).toEqual([true, false, false]);
    expect(isNewerThan(undefined, '1970-01-01T00:00:00Z')).toBe(false);
  });
});
