import { describe, expect, test } from 'vitest';
import { fault, planFaults } from '../../../local/coreweave/faults.ts';

describe('a plan', () => {
  const one = fault.status(500);
  const two = fault.status(503);

  test('meets only its call', () => {
    const faults = planFaults();
    faults.plan('revoke-key', one);
    expect([faults.take('read-key', 'a'), faults.take('revoke-key', 'a'), faults.take('revoke-key', 'a')]).toEqual([
      undefined,
      one,
      undefined,
    ]);
  });
  test('for any call meets whichever comes', () => {
    const faults = planFaults();
    faults.plan('any', one);
    expect(faults.take('list-keys', undefined)).toBe(one);
  });
  test('meets only its target', () => {
    const faults = planFaults();
    faults.plan('revoke-key', one, { target: 'b' });
    expect([faults.take('revoke-key', 'a'), faults.take('revoke-key', 'b')]).toEqual([undefined, one]);
  });
  test('lets as many pass as it is told, and then meets as many', () => {
    const faults = planFaults();
    faults.plan('revoke-key', one, { skip: 2, times: 2 });
    const taken = Array.from({ length: 5 }, () => faults.take('revoke-key', 'a'));
    expect(taken).toEqual([undefined, undefined, one, one, undefined]);
  });
  test('made earlier comes first', () => {
    const faults = planFaults();
    faults.plan('revoke-key', one);
    faults.plan('revoke-key', two);
    expect([faults.take('revoke-key', 'a'), faults.take('revoke-key', 'a')]).toEqual([one, two]);
  });
  test('can be forgotten', () => {
    const faults = planFaults();
    faults.plan('any', one, { times: Number.POSITIVE_INFINITY });
    faults.clear();
    expect(faults.take('revoke-key', 'a')).toBeUndefined();
  });
});
