import { describe, expect, it } from 'vitest';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readPublished } from '../../support/published-samples.ts';
import { gist, request } from '../sources/requests.ts';
import { fromVendor, isProvenBy, READY, readyText, sourceOf, VENDOR_SECRET, VENDORS, vendorOf } from './vendors.ts';

const EVENT_HOUR = '2026-11-23T09:00:00Z';
const IGNORED = 'ignored: a change that the configuration of the webhook ignores';

const NOTHING = 'refused: invalid: expected one of the conditions of the webhook to fit';

const NO_PERSON = 'refused: invalid: expected a person where the webhook looks for one';

const nameOf = ({ name }: { readonly name: string }): string => name;

it('a ready configuration exists for each vendor with a signed request, and for no other', () => {
  expect(VENDORS.map(nameOf).toSorted()).toEqual(READY.toSorted());
});

/** Whose keys are revoked, and when. */
const EXPECTED: Readonly<Record<string, object>> = {
  bamboohr: {
    id: `offboarded/2026-11-23T09:30:00.000Z/user@example.com`,
    data: { identity: { email: 'user@example.com' } },
  },
  hibob: { time: '2026-11-23T09:00:00.123Z', data: { identity: { externalId: '3332883884017713938' } } },
  gusto: {
    time: '2026-11-23T09:29:00.000Z',
    data: { identity: { externalId: 'bcfc9744-0ab3-4ef3-ab0d-e728255d659c' } },
  },
  rippling: {
    id: 'offboarded/2026-11-23T09:30:00.000Z/user@example.com',
    data: { identity: { email: 'user@example.com' } },
  },
  workday: { data: { identity: { email: 'user@example.com' }, effectiveAt: '2027-01-01T00:00:00.000Z' } },
  workos: { time: '2026-11-23T09:00:31.093Z', data: { identity: { email: 'user@example.com' } } },
  merge: { data: { identity: { email: 'user@example.com' }, effectiveAt: '2027-01-01T00:00:00.000Z' } },
  deel: {
    id: 'offboarded/b0a1/2026-11-23T09:00:00.000Z/user@example.com',
    data: { identity: { email: 'user@example.com' } },
  },
  paylocity: { data: { identity: { externalId: '12345' } } },
};

describe.each(VENDORS)('a request of $name', (vendor) => {
  const source = sourceOf(readyText(vendor.name));
  const offboarding = fromVendor(vendor, vendor.offboarding(VENDOR_SECRET));

  it('is genuine under either of two active secrets, and under no other', () => {
    expect(isProvenBy(source, offboarding, [VENDOR_SECRET])).toBe(true);
    expect(isProvenBy(source, offboarding, ['another secret of some length', VENDOR_SECRET])).toBe(true);
    expect(isProvenBy(source, offboarding, ['another secret of some length'])).toBe(false);
  });

  it('offboards the right person at the right time, and carries no secret on', () => {
    const reading = source.read(offboarding, EVENT_MS);
    expect(reading).toMatchObject({
      kind: 'events',
      events: [{ type: 'user.offboarded.v1', source: `webhook://${vendor.name}`, ...EXPECTED[vendor.name] }],
    });
    expect(JSON.stringify(reading)).not.toContain(VENDOR_SECRET);
    expect(reading.kind === 'events' && reading.events).toHaveLength(1);
  });

  it('that is sent again later is the same event with the same time, or another event', () => {
    const [first, second] = [EVENT_MS, EVENT_MS + 120_000].map((now) => {
      const reading = source.read(fromVendor(vendor, vendor.offboarding(VENDOR_SECRET), { now }), now);
      return reading.kind === 'events' ? reading.events[0] : undefined;
    });
    expect(first?.id === second?.id).toBe(first?.time === second?.time);
    expect([first?.id, second?.id]).not.toContain(undefined);
  });

  it('of another kind is refused and never ignored', () => {
    const strange = { ...Object(vendor.offboarding(VENDOR_SECRET)), type: 'x', event_type: 'x', event: 'x', hook: {} };
    const unknown = { ...strange, email: null, employeeId: null, employees: [], data: { resource: [{}] } };
    expect(source.read(fromVendor(vendor, unknown), EVENT_MS)).toMatchObject({
      kind: 'refused',
      unusable: [{ detail: expect.stringMatching(/^expected /) }],
    });
  });
});

/** Copies of a JSON value, each with `secret` instead of one of its texts. */
function* planted(value: unknown, secret: string): Generator<unknown> {
  if (typeof value === 'string') yield secret;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    for (const copy of planted(field, secret)) {
      yield Array.isArray(value) ? value.with(Number(key), copy) : { ...value, [key]: copy };
    }
  }
}

it.each(VENDORS)('a secret anywhere in a payload of $name goes no further', (vendor) => {
  const secret = `cwo${'Z9yX8wV7'.repeat(5)}`;
  const source = sourceOf(readyText(vendor.name));
  for (const body of planted(vendor.offboarding(VENDOR_SECRET), secret)) {
    expect(JSON.stringify(source.read(fromVendor(vendor, body), EVENT_MS))).not.toContain(secret);
  }
});

describe('what a vendor sends besides', () => {
  it.each<[vendor: string, what: string, body: unknown, expected: readonly string[]]>([
    ['bamboohr', 'an active person', employees({ Status: 'Active' }), [IGNORED]],
    ['bamboohr', 'an offboarding without an address', employees({ Status: 'Inactive' }), [NO_PERSON]],
    ['bamboohr', 'a status of another name', employees({ State: 'Inactive' }), [NOTHING]],
    ['hibob', 'a leave', { type: 'employee.inactivated', data: { employeeId: '3' } }, [IGNORED]],
    ['hibob', 'an offboarding without a person', { type: 'employee.left', data: {} }, [NO_PERSON]],
    [
      'hibob',
      'an unreadable time',
      { type: 'employee.left', triggeredAt: 'soon', data: { employeeId: '3' } },
      ['refused: invalid: expected a readable time where the webhook looks for one'],
    ],
    ...[
      'employee.created',
      'employee.updated',
      'employee.onboarded',
      'employee.marked_for_self_onboarding',
      'employee.self_onboarding_completed',
      'employee.terminated',
      'employee.termination_cancelled',
      'employee.rehired',
      'employee.rehire_cancelled',
      'employee.payment_method_type_updated',
      'employee.payment_method.deleted',
      'employee.invited_to_partner_portal',
    ].map((type): [string, string, unknown, readonly string[]] => ['gusto', type, gusto(type), [IGNORED]]),
    ['gusto', 'a deleted employee', gusto('employee.deleted'), [NOTHING]],
    [
      'gusto',
      'a return that took effect',
      { uuid: '1', event_type: 'employee.rehire_effective', entity_uuid: 'u', timestamp: 1_671_058_841 },
      ['user.reinstated.v1 reinstated/1/2022-12-14T23:00:41.000Z/u of webhook://gusto'],
    ],
    [
      'workos',
      'a deleted user',
      { event: 'dsync.user.deleted', id: 'e', data: { email: 'a@b.c' } },
      ['user.offboarded.v1 offboarded/e/2026-11-23T09:30:00.000Z/a@b.c of webhook://workos'],
    ],
    ['workos', 'a deleted directory', { event: 'dsync.deleted', id: 'e', data: { state: 'inactive' } }, [NOTHING]],
    [
      'merge',
      'an unreadable date',
      merged({ termination_date: '31.12.2026' }),
      ['refused: invalid: expected a readable date where the webhook looks for effectiveAt'],
    ],
    [
      'merge',
      'no date',
      merged({ termination_date: null }),
      ['user.offboarded.v1 offboarded/2026-11-23T09:00:00.000Z/a@b.c of webhook://merge'],
    ],
    [
      'merge',
      'no time, without which an old request could act again',
      merged({ modified_at: null }),
      ['refused: invalid: expected a readable time where the webhook looks for one'],
    ],
    ['merge', 'an active person', merged({ employment_status: 'ACTIVE' }), [IGNORED]],
    ['workday', 'an active worker', { event: 'termination', workers: [{ id: 'W', active: 1 }] }, [IGNORED]],
  ])('%s: %s', (name, _what, body, expected) => {
    const vendor = vendorOf(name);
    expect(gist(sourceOf(readyText(name)).read(fromVendor(vendor, body), EVENT_MS))).toEqual(expected);
  });

  it.each([
    ['gusto/employee.created.json', IGNORED],
    ['gusto/employee.termination_cancelled.json', IGNORED],
    ['workos/dsync.activated.json', IGNORED],
    ['workos/dsync.user.updated.json', IGNORED],
    ['bamboohr/field-based.json', NOTHING],
    ['bamboohr/event-based.employee.updated.json', 'refused: expected a list of people at the path of each'],
  ])('the published sample %s', (file, expected) => {
    const vendor = vendorOf(file.split('/')[0] ?? '');
    const from = fromVendor(vendor, readPublished(file));
    expect(gist(sourceOf(readyText(vendor.name)).read(from, EVENT_MS))).toEqual([expected]);
  });

  it('Rippling: the published sample, whose secret goes no further', () => {
    const reading = sourceOf(readyText('rippling')).read(
      request({ body: readPublished('rippling/workflow-studio.custom.json') }),
      EVENT_MS,
    );
    expect(reading).toMatchObject({
      kind: 'events',
      events: [{ data: { identity: { email: expect.stringMatching(/@/) } } }],
    });
    expect(JSON.stringify(reading)).not.toMatch(/secureKey|abc123/);
  });

  it('several people of one delivery: each by itself', () => {
    const two = {
      employees: [
        ...Object(employees({ Status: 'Inactive', 'Work Email': 'a@b.c' })).employees,
        ...Object(employees({ Status: 'Active' })).employees,
        ...Object(employees({})).employees,
      ],
    };
    expect(sourceOf(readyText('bamboohr')).read(fromVendor(vendorOf('bamboohr'), two), EVENT_MS)).toMatchObject({
      kind: 'events',
      events: [{ data: { identity: { email: 'a@b.c' } } }],
      ignoredReasons: ['a change that the configuration of the webhook ignores'],
      unusable: [
        {
          reason: 'invalid',
          detail: 'expected one of the conditions of the webhook to fit',
          text: JSON.stringify({ sender: 'webhook/bamboohr', person: {}, ids: { '/id': '5' }, seen: {} }),
          redacted: false,
        },
      ],
    });
  });

  it.each([
    ['hibob', 'Ping test'],
    ['hibob', '"Ping test"'],
    ['hibob', '{"text":"Ping test"}'],
    ['gusto', '{"verification_token":"t","webhook_subscription_uuid":"u"}'],
  ])('%s: the test of the connection %s is answered without a proof', (name, body) => {
    const source = sourceOf(readyText(name));
    expect(source.handshake?.(request({ body }))).toEqual({ status: 200 });
  });

  it.each([
    ['hibob', '{"type":"employee.left","data":{"employeeId":"3"}}'],
    ['hibob', 'Ping test!'],
    ['gusto', '{"verification_token":"t","event_type":"employee.termination_effective","entity_uuid":"u"}'],
    ['gusto', '{"webhook_subscription_uuid":"u"}'],
    ['gusto', '[]'],
    ['deel', '{}'],
  ])('%s: %s is no test of the connection', (name, body) => {
    expect(sourceOf(readyText(name)).handshake?.(request({ body }))).toBeUndefined();
  });
});

function employees(fields: Readonly<Record<string, string>>): unknown {
  const boxed = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }]));
  return { employees: [{ id: '5', changedFields: Object.keys(fields), fields: boxed }] };
}

/** Of the types that Gusto lists. (docs.gusto.com, Employee Events) */
function gusto(type: string): unknown {
  return { uuid: '1', event_type: type, entity_type: 'Employee', entity_uuid: 'u', timestamp: 1_671_058_841 };
}

function merged(data: object): unknown {
  return {
    hook: { event: 'Employee.changed' },
    data: { employment_status: 'INACTIVE', work_email: 'a@b.c', modified_at: EVENT_HOUR, ...data },
  };
}
