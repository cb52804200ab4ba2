import { describe, expect, it } from 'vitest';
import { fits, valueOfPath } from '../../../events/webhooks/condition.ts';
import type { Condition } from '../../../events/webhooks/schema.ts';

const SCOPE = {
  item: {
    status: ' Inactive',
    tags: ['Offboarding', 7],
    empty: '',
    none: null,
    count: 0,
    no: false,
    long: `Inactive${' '.repeat(600)}`,
  },
  root: { event: 'changed' },
  headers: { 'x-event': 'Termination' },
  known: new Map<Condition, boolean>(),
};

const YES: readonly Condition[] = [
  { at: '/status', in: ['active', 'INACTIVE '] },
  { at: '/count', in: ['0'] },
  { at: '/no', in: ['false'] },
  { root: '/event', in: ['changed'] },
  { header: 'x-event', in: ['termination'] },
  { at: '/tags', has: 'offboarding' },
  { at: '/tags', has: '7' },
  { at: '/status', exists: true },
  { at: '/count', exists: true },
  { at: '/missing', exists: false },
  { at: '/none', exists: false },
  { at: '/empty', exists: false },
  {
    all: [
      { root: '/event', exists: true },
      { at: '/status', exists: true },
    ],
  },
  {
    any: [
      { root: '/x', exists: true },
      { at: '/status', exists: true },
    ],
  },
  { not: { at: '/status', in: ['active'] } },
];
const NO: readonly Condition[] = [
  { at: '/status', in: ['active', 'in'] },
  { at: '/event', in: ['changed'] },
  { at: '/long', in: ['inactive'] },
  { root: '/status', exists: true },
  { header: 'x-other', exists: true },
  { header: 'constructor', exists: true },
  { at: '/status', has: 'inactive' },
  { at: '/tags', has: 'Leave' },
  { at: '/tags', in: ['Offboarding'] },
  { at: '/missing', in: ['undefined', ''] },
  { at: '/none', in: ['null', ''] },
  { at: '/constructor/name', exists: true },
  {
    all: [
      { at: '/status', exists: true },
      { at: '/missing', exists: true },
    ],
  },
  {
    any: [
      { at: '/none', exists: true },
      { at: '/missing', exists: true },
    ],
  },
  { not: { at: '/status', exists: true } },
];

describe('fits', () => {
  it.each(YES)('is true of %j', (condition) => expect(fits(condition, SCOPE)).toBe(true));
  it.each(NO)('is false of %j', (condition) => expect(fits(condition, SCOPE)).toBe(false));
});

it('fits looks at the whole payload once, and at each person', () => {
  let looks = 0;
  const root = {
    get tags(): readonly string[] {
      looks++;
      return ['leave'];
    },
  };
  const condition: Condition = {
    all: [
      { root: '/tags', has: 'leave' },
      { at: '/status', in: ['left'] },
    ],
  };
  const known = new Map<Condition, boolean>();
  const statuses = ['left', 'active', 'left'];
  expect(statuses.map((status) => fits(condition, { item: { status }, root, headers: {}, known }))).toEqual([
    true,
    false,
    true,
  ]);
  expect(looks).toBe(1);
});

it('valueOfPath reads from the person, or from the whole payload', () => {
  expect([valueOfPath('/count', SCOPE), valueOfPath({ root: '/event' }, SCOPE)]).toEqual([0, 'changed']);
});
