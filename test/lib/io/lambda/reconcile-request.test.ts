import { describe, expect, it } from 'vitest';
import { readReconcileRequest } from '../../../../lib/io/lambda/reconcile-request.ts';
import { EVENT_MS, EVENT_TIME } from '../../../support/event-factory.ts';

const read = (value: unknown) => readReconcileRequest(value, EVENT_MS);

describe('readReconcileRequest', () => {
  it.each<[object]>([
    [{ action: 'reconcile', time: EVENT_TIME }],
    [{ action: 'reconcile', dryRun: true }],
    [{ action: 'attest' }],
    [{ action: 'self-check' }],
  ])('returns %j as it is', (value) => expect(read(value)).toEqual(value));

  it.each([
    [undefined, 'request-invalid: expected an object with action, time and dryRun'],
    [{}, 'request-invalid: action: expected reconcile, attest or self-check'],
    [{ action: 'reconcile', time: '2026-11-23' }, 'request-invalid: time: expected an RFC 3339 time'],
    [{ action: 'reconcile', dryRun: 1 }, 'request-invalid: dryRun: expected true or false'],
    [{ action: 'reconcile', limit: 9 }, 'request-invalid: expected an object with action, time and dryRun'],
  ])('refuses %j', (value, message) => expect(() => read(value)).toThrow(message));

  const DAY_MS = 86_400_000;
  const at = (ms: number) => ({ action: 'reconcile', time: new Date(EVENT_MS + ms).toISOString() });

  it.each([-DAY_MS, -1, 0, 300_000])('takes the time of a run %d ms from now', (ms) =>
    expect(read(at(ms))).toEqual(at(ms)),
  );

  it.each([-DAY_MS - 1, 300_001, -2_500 * DAY_MS])(
    'refuses a time %d ms from now: each day has a limit of its own',
    (ms) => expect(() => read(at(ms))).toThrow(/^request-invalid: time: expected a time of the last 24 hours/),
  );

  it('refuses a time if the time of the request is unknown', () =>
    expect(() => readReconcileRequest(at(0), Number.NaN)).toThrow('request-invalid: time: '));
});
