import { describe, expect, it } from 'vitest';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';
import { memorySchedules } from '../../../support/memory-schedules.ts';
import { BODY, DUE, outcome, useSchedulers } from './schedule-backends.ts';

const { backends } = useSchedulers();

describe.each(backends)('schedules in $backend', ({ open }) => {
  it('delivers the body once, when due, and then is gone', async () => {
    const { schedules, fireDue, names, delivered } = await open();
    expect(await schedules.create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
    expect([await fireDue(DUE - 1), names(), delivered]).toEqual([0, ['offboarding-7'], []]);
    expect([await fireDue(DUE), names(), delivered]).toEqual([1, [], [JSON.parse(BODY)]]);
    expect([await fireDue(DUE + 86_400_000), delivered.length]).toEqual([0, 1]);
    expect(await schedules.remove('offboarding-7')).toBe('absent');
  });

  it.each([
    { at: DUE, fires: DUE },
    { at: DUE + 1, fires: DUE + 60_000 },
    { at: DUE + 59_999, fires: DUE + 60_000 },
    { at: Date.UTC(2026, 11, 31, 23, 59, 30), fires: Date.UTC(2027, 0, 1) },
  ])('is never early: $at fires at $fires', async ({ at, fires }) => {
    const { schedules, fireDue } = await open();
    await schedules.create({ name: 'offboarding-7', at, body: BODY });
    expect([await fireDue(fires - 1), await fireDue(fires)]).toEqual([0, 1]);
  });

  it('leaves the schedule that already has the name', async () => {
    const { schedules, fireDue, delivered } = await open();
    await schedules.create({ name: 'offboarding-7', at: DUE, body: BODY });
    expect(await schedules.create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('exists');
    expect(await schedules.create({ name: 'offboarding-7', at: DUE + 60_000, body: '{"other":1}' })).toBe('exists');
    expect([await fireDue(DUE), delivered]).toEqual([1, [JSON.parse(BODY)]]);
  });

  it('lets one of ten racing creations of a name win', async () => {
    const { schedules, names } = await open();
    const racing = Array.from({ length: 10 }, (_, racer) =>
      schedules.create({ name: 'offboarding-7', at: DUE, body: JSON.stringify({ racer }) }),
    );
    expect((await Promise.all(racing)).toSorted()).toEqual(['created', ...Array<string>(9).fill('exists')]);
    expect(names()).toEqual(['offboarding-7']);
  });

  it('does not fire what was removed, and says whether there was anything', async () => {
    const { schedules, fireDue, delivered } = await open();
    await schedules.create({ name: 'stays', at: DUE, body: BODY });
    await schedules.create({ name: 'goes', at: DUE, body: '{"goes":1}' });
    expect([await schedules.remove('goes'), await schedules.remove('goes')]).toEqual(['removed', 'absent']);
    expect([await fireDue(DUE), delivered]).toEqual([1, [JSON.parse(BODY)]]);
  });

  it('takes a name again after its removal', async () => {
    const { schedules, fireDue, delivered } = await open();
    await schedules.create({ name: 'offboarding-7', at: DUE, body: '{"old":1}' });
    await schedules.remove('offboarding-7');
    expect(await schedules.create({ name: 'offboarding-7', at: DUE + 60_000, body: BODY })).toBe('created');
    expect([await fireDue(DUE), await fireDue(DUE + 60_000), delivered]).toEqual([0, 1, [JSON.parse(BODY)]]);
  });

  it('tries a full queue again at the next firing', async () => {
    const target = { isFull: true };
    const { schedules, fireDue, names, delivered } = await open(target);
    await schedules.create({ name: 'offboarding-7', at: DUE, body: BODY });
    expect([await fireDue(DUE), names()]).toEqual([0, ['offboarding-7']]);
    target.isFull = false;
    expect([await fireDue(DUE + 60_000), names(), delivered]).toEqual([1, [], [JSON.parse(BODY)]]);
  });

  it('delivers text that looks like a keyword of the service as it is', async () => {
    const { schedules, fireDue, delivered } = await open();
    const body = { id: 'x<aws.scheduler.execution-id>', source: '<aws.scheduler.attempt-number>', '<': '\\<é' };
    await schedules.create({ name: 'offboarding-7', at: DUE, body: JSON.stringify(body) });
    expect([await fireDue(DUE), delivered]).toEqual([1, [body]]);
  });

  it.each(['', 'x'.repeat(65), 'a/b', 'a b', 'a#b', 'é', 'a\n'])('refuses the name %j', async (name) => {
    const { schedules, names } = await open();
    const refused = new AdapterError('schedules-refused', 'the name is not 1 to 64 of 0-9 a-z A-Z - _ .');
    const created = outcome(schedules.create({ name, at: DUE, body: BODY }));
    expect(await created).toEqual(refused);
    expect(await outcome(schedules.remove(name))).toEqual(refused);
    expect(names()).toEqual([]);
  });

  it.each(['a', 'x'.repeat(64), '-_.09azAZ'])('takes the name %s', async (name) => {
    const { schedules } = await open();
    expect(await schedules.create({ name, at: DUE, body: BODY })).toBe('created');
    expect(await schedules.remove(name)).toBe('removed');
  });

  it.each([
    { body: '', is: 'empty' },
    { body: JSON.stringify('é'.repeat(131_072)), is: 'over 256 KB in UTF-8' },
    { body: JSON.stringify('<'.repeat(60_000)), is: 'over 256 KB once escaped' },
  ])('refuses a body that is $is', async ({ body }) => {
    const { schedules, names } = await open();
    const refused = await outcome(schedules.create({ name: 'offboarding-7', at: DUE, body }));
    expect([refused, names()]).toEqual([new AdapterError('schedules-refused', 'size of body'), []]);
  });

  it('takes a body of 256 KB', async () => {
    const { schedules } = await open();
    const body = JSON.stringify('x'.repeat(262_142));
    expect(await schedules.create({ name: 'offboarding-7', at: DUE, body })).toBe('created');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -60_000, Date.UTC(10_000, 0, 1)])(
    'refuses the time %d',
    async (at) => {
      const { schedules } = await open();
      const refused = await outcome(schedules.create({ name: 'offboarding-7', at, body: BODY }));
      expect(refused).toEqual(new AdapterError('schedules-refused', 'time out of range'));
    },
  );
});

it('rejects each call on memory schedules that are down', async () => {
  const schedules = memorySchedules({ deliver: async () => {}, isDown: () => true });
  const failed = [schedules.create({ name: 'offboarding-7', at: DUE, body: BODY }), schedules.remove('offboarding-7')];
  expect(await Promise.all(failed.map(outcome))).toEqual([
    new AdapterError('schedules-unavailable', 'TimeoutError'),
    new AdapterError('schedules-unavailable', 'TimeoutError'),
  ]);
  expect(schedules.names()).toEqual([]);
});
