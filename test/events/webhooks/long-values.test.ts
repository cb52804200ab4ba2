/** Long values in a payload: what they cost does not grow with the number of people. */
import { describe, expect, it } from 'vitest';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fromVendor, readyText, sourceOf, vendorOf } from './vendors.ts';

const WORKDAY = vendorOf('workday');
const read = (body: object) => sourceOf(readyText('workday')).read(fromVendor(WORKDAY, body), EVENT_MS);
const FAULT = { reason: 'invalid', detail: 'expected names and ids of at most 512 characters' };

const workers = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `W${at}`, email: `user-${at}@example.com`, active: '0' }));

describe('a name or an id', () => {
  it('of 513 characters is a fault of each person without its text', () => {
    const reading = read({ id: 'x'.repeat(513), event: 'termination', workers: workers(2) });
    expect(reading).toMatchObject({
      kind: 'refused',
      reply: { status: 202 },
      unusable: [
        { ...FAULT, text: expect.stringContaining('"person":{"email":"user-0@example.com","externalId":"W0"}') },
        { ...FAULT, text: expect.stringContaining('user-1@example.com') },
      ],
    });
    expect(JSON.stringify(reading)).not.toContain('xxx');
  });

  it('of 0.9 MB is not copied for each of 1,000 people', () => {
    const reading = read({ id: 'x'.repeat(900_000), event: 'termination', workers: workers(1_000) });
    const faults = reading.kind === 'refused' ? (reading.unusable ?? []) : [];
    expect(faults).toHaveLength(1_000);
    expect(JSON.stringify(faults).length).toBeLessThan(1_000_000);
  });

  it('of one person that is too long does not fall back to another name, and the others still act', () => {
    const [first, second] = workers(2);
    const long = { ...first, email: `${'x'.repeat(512)}@example.com` };
    expect(read({ id: 'run-7', event: 'termination', workers: [long, second] })).toMatchObject({
      kind: 'events',
      events: [{ data: { identity: { email: 'user-1@example.com' } } }],
      unusable: [{ ...FAULT, text: expect.stringContaining('"person":{"externalId":"W0"}') }],
    });
  });

  it('that is too long does not turn an ignored change into a fault', () => {
    const [first] = workers(1);
    const active = { id: 'x'.repeat(513), event: 'termination', workers: [{ ...first, active: '1' }] };
    expect(read(active)).toMatchObject({ kind: 'ignored' });
  });
});

it('long values that conditions, times and faults look at fit nothing and are not shown', () => {
  const [first] = workers(1);
  const long = 'x'.repeat(100_000);
  const strange = read({ id: 'run-7', event: long, workers: [{ ...first, active: long, terminationDate: long }] });
  expect(strange).toMatchObject({ unusable: [{ detail: 'expected one of the conditions of the webhook to fit' }] });
  expect(JSON.stringify(strange).length).toBeLessThan(1_000);
  const undated = read({ id: 'run-7', event: 'termination', workers: [{ ...first, terminationDate: long }] });
  expect(undated).toMatchObject({
    unusable: [{ detail: 'expected a readable date where the webhook looks for effectiveAt' }],
  });
});
