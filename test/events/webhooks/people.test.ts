/** Whom a payload names: the right person, or none. */
import { describe, expect, it } from 'vitest';
import { EVENT_MS } from '../../support/event-factory.ts';
import { gist, request } from '../sources/requests.ts';
import { fromVendor, isProvenBy, readyText, sourceOf, VENDOR_SECRET, vendorOf } from './vendors.ts';

const read = (vendor: string, body: unknown) =>
  sourceOf(readyText(vendor)).read(fromVendor(vendorOf(vendor), body), EVENT_MS);
/** A text of JSON: numbers keep their digits. */
const readText = (vendor: string, body: string) => sourceOf(readyText(vendor)).read(request({ body }), EVENT_MS);

const NO_LIST = 'expected a list of people at the path of each';

describe('a list of people', () => {
  const worker = { id: 'W1', email: 'user@example.com', active: '0' };

  it('of one that is written as an object is a list of one', () => {
    expect(read('workday', { id: 'run-7', event: 'termination', workers: worker })).toMatchObject({
      events: [{ data: { identity: { email: 'user@example.com' } } }],
    });
    expect(
      read('bamboohr', {
        employees: { id: '5', fields: { Status: { value: 'Inactive' }, 'Work Email': { value: 'user@example.com' } } },
      }),
    ).toMatchObject({ events: [{ data: { identity: { email: 'user@example.com' } } }] });
  });

  it.each([[[]], [null], ['W1'], [7]])('that is %j is refused, and the id of the run names no person', (workers) => {
    expect(read('workday', { id: 'run-7', event: 'termination', workers })).toMatchObject({
      kind: 'refused',
      why: NO_LIST,
      unusable: [
        {
          reason: 'unreadable',
          detail: NO_LIST,
          about: '',
          text: JSON.stringify({
            sender: 'webhook/workday',
            id: 'run-7',
            person: {},
            ids: { '/id': 'run-7' },
            seen: { '/event': 'termination' },
          }),
        },
      ],
    });
  });
});

describe('a person with a long number', () => {
  it('is named by the digits that stand there', () => {
    const body =
      '{"type":"employee.left","triggeredAt":"2026-11-23T09:00:00","data":{"employeeId":3332883884017713938}}';
    expect(readText('hibob', body)).toMatchObject({
      events: [{ data: { identity: { externalId: '3332883884017713938' } } }],
    });
  });

  it('is named by its digits in a dead letter too', () => {
    const body = '{"type":"employee.moved","companyId":9007199254740993,"data":{"employeeId":3332883884017713938}}';
    const text = JSON.stringify(readText('hibob', body));
    expect(text).toContain('3332883884017713938');
    expect(readText('hibob', '{"type":"employee.left","companyId":9007199254740993,"data":{}}')).toMatchObject({
      unusable: [{ text: expect.stringContaining('"ids":{"/companyId":"9007199254740993"}') }],
    });
  });

  it('that is written in another way is left out', () => {
    const body =
      '{"type":"employee.left","triggeredAt":"2026-11-23T09:00:00","data":{"employeeId":3.332883884017713938e18}}';
    expect(readText('hibob', body)).toMatchObject({
      unusable: [
        {
          detail: 'expected a person where the webhook looks for one',
          text: JSON.stringify({ sender: 'webhook/hibob', person: {}, ids: {}, seen: { '/type': 'employee.left' } }),
        },
      ],
    });
  });
});

describe('Deel', () => {
  const deel = (resource: unknown) => ({
    data: { meta: { event_type: 'contract.terminated', tracking_id: 't1' }, resource },
    timestamp: '2026-11-23T09:00:00.000Z',
  });

  it('names a contract and its end in one object, since its API of 2026', () => {
    expect(read('deel', deel({ id: 'm3kx9', completion_date: '2026-12-31' }))).toMatchObject({
      events: [
        {
          id: 'offboarded/t1/2026-11-23T09:00:00.000Z/m3kx9',
          data: { identity: { externalId: 'm3kx9' }, effectiveAt: '2027-01-01T00:00:00.000Z' },
        },
      ],
    });
  });

  it('names a worker by the address before the contract', () => {
    expect(gist(read('deel', deel([{ id: 'm3kx9', worker_email: 'user@example.com' }])))).toEqual([
      'user.offboarded.v1 offboarded/t1/2026-11-23T09:00:00.000Z/user@example.com of webhook://deel',
    ]);
  });
});

describe('Merge', () => {
  const merge = (data: object) => ({
    hook: { event: 'Employee.changed' },
    data: { employment_status: 'ACTIVE', work_email: 'user@example.com', modified_at: '2026-11-23T09:00:00Z', ...data },
  });

  it('an active person whose record was deleted is told, not ignored', () => {
    expect(read('merge', merge({ remote_was_deleted: true }))).toMatchObject({
      kind: 'refused',
      unusable: [
        {
          detail: 'expected one of the conditions of the webhook to fit',
          text: expect.stringMatching(/user@example\.com.*"\/data\/remote_was_deleted":true/),
        },
      ],
    });
    expect(read('merge', merge({ remote_was_deleted: false }))).toMatchObject({ kind: 'ignored' });
    expect(read('merge', merge({ remote_was_deleted: true, employment_status: 'INACTIVE' }))).toMatchObject({
      events: [{ data: { identity: { email: 'user@example.com' } } }],
    });
  });
});

it('BambooHR: each of five retries within 155 minutes is genuine, if it is not signed anew', () => {
  const vendor = vendorOf('bamboohr');
  const source = sourceOf(readyText('bamboohr'));
  const from = fromVendor(vendor, vendor.offboarding(VENDOR_SECRET));
  const pauses = [5, 10, 20, 40, 80];
  const retries = pauses.map((_, at) => pauses.slice(0, at + 1).reduce((sum, minutes) => sum + minutes, 0));
  expect(retries.at(-1)).toBe(155);
  const isGenuine = (minutes: number) => isProvenBy(source, from, [VENDOR_SECRET], EVENT_MS + minutes * 60_000);
  expect(retries.map(isGenuine)).toEqual(pauses.map(() => true));
  expect(isGenuine(181)).toBe(false);
});
