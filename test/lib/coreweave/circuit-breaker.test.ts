import { describe, expect, it } from 'vitest';
import { type Breaker, CLOSED, OPEN_MS, observe, permit } from '../../../lib/coreweave/circuit-breaker.ts';

const NOW = 1_000_000;
const fail = (breaker: Breaker, ...targets: readonly string[]): Breaker =>
  targets.reduce((state, target) => observe(state, { target, systemic: true }, NOW), breaker);
const OPEN: Breaker = { state: 'open', until: NOW + OPEN_MS };

describe('the breaker', () => {
  it('opens after five systemic observations in a row, each for another target', () => {
    expect(fail(CLOSED, 'a', 'b', 'c', 'd')).toEqual({ state: 'closed', failing: new Set(['a', 'b', 'c', 'd']) });
    expect(fail(CLOSED, 'a', 'b', 'c', 'd', 'e')).toEqual(OPEN);
  });

  it('never opens because of one target', () => {
    expect(fail(CLOSED, ...Array.from({ length: 50 }, () => 'a')).state).toBe('closed');
  });

  it('forgets failures with the first answer that is not systemic', () => {
    const recovered = observe(fail(CLOSED, 'a', 'b', 'c', 'd'), { target: 'x', systemic: false }, NOW);
    expect(fail(recovered, 'e').state).toBe('closed');
  });

  it('lets nothing through while it is open, then one probe', () => {
    expect(permit(OPEN, NOW + OPEN_MS - 1)).toEqual({ go: false, breaker: OPEN });
    const first = permit(OPEN, NOW + OPEN_MS);
    expect(first).toEqual({ go: true, breaker: { state: 'probing', until: NOW + 2 * OPEN_MS } });
    expect(permit(first.breaker, NOW + OPEN_MS).go).toBe(false);
  });

  it('lets another probe through when the first never came back', () => {
    const probing = permit(OPEN, NOW + OPEN_MS).breaker;
    expect(permit(probing, NOW + 2 * OPEN_MS).go).toBe(true);
  });

  it('closes after a good probe and opens again after a bad one', () => {
    const probing = permit(OPEN, NOW + OPEN_MS).breaker;
    expect(observe(probing, { target: 'a', systemic: false }, NOW)).toEqual(CLOSED);
    expect(observe(probing, { target: 'a', systemic: true }, NOW)).toEqual(OPEN);
  });

  it('changes no value that was handed out', () => {
    const before = fail(CLOSED, 'a');
    fail(before, 'b');
    expect(before).toEqual({ state: 'closed', failing: new Set(['a']) });
    expect(CLOSED).toEqual({ state: 'closed', failing: new Set() });
  });
});
