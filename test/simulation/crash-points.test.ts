import { describe, expect, it } from 'vitest';
import { CRASH_CASES, crashEverywhere } from './crash-points.ts';
import { DEPLOYED } from './plan.ts';
import { liveAndCheck } from './seeds.ts';

describe('a process that ends after any one step, and a replay later', () => {
  it.each(CRASH_CASES.map((each) => [each.name, each] as const))(
    'breaks no promise: %s',
    { timeout: 120_000 },
    async (_name, each) => {
      const { steps, violations } = await crashEverywhere(each, ['after']);
      expect(violations).toEqual([]);
      expect(steps).toBeGreaterThan(10);
    },
  );

  it.each([
    ['a leaked key', 'intent', 'unrecorded'],
    ['an offboarding', 'dedupe', 'harm'],
    ['a leaked key that only seems to die', 'verify', 'lost'],
  ] as const)('would break one: %s without %s', { timeout: 120_000 }, async (name, without, promise) => {
    const [each] = CRASH_CASES.filter((one) => one.name === name);
    const found = each === undefined ? [] : (await crashEverywhere(each, ['after'], without)).violations;
    expect(found.map(({ violation }) => violation.promise)).toContain(promise);
  });

  it('does end, and what it did not do is done by another', async () => {
    const [leak] = CRASH_CASES;
    const actions = leak?.actions ?? [];
    const { history } = await liveAndCheck({
      seed: 1,
      terms: DEPLOYED,
      actions,
      faults: [],
      deaths: [{ step: 3, moment: 'after' }],
    });
    expect([...history.died.keys()]).toEqual(['urgent-1']);
    expect(history.invoked.map(({ process, end }) => `${process} ${end?.how}`)).toEqual([
      'urgent-1 died',
      'urgent-2 answered',
    ]);
    expect(history.audit.map(({ view }) => view.code)).toEqual(['intent', 'intent', 'confirmed', 'checkpoint']);
  });
});
