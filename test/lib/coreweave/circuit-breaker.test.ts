import { describe, expect, it } from 'vitest';
import {
  allowCall,
  type CircuitBreaker,
  CLOSED,
  OPEN_MS,
  recordResult,
} from '../../../lib/coreweave/circuit-breaker.ts';

const NOW = 1_000_000;
const fail = (breaker: CircuitBreaker, ...targets: readonly string[]): CircuitBreaker =>
  targets.reduce((state, target) => recordResult(state, { target, systemic: true }, NOW), breaker);
const OPEN: CircuitBreaker = { state: 'open', until: NOW + OPEN_MS };

describe('the breaker', () => {
  it('opens after five systemic observations in a row, each for another target', () => {
    expect(fail(CLOSED, 'a', 'b', 'c', 'd')).toEqual({ state: 'closed', failing: new Set(['a', 'b', 'c', 'd']) });
    expect(fail(CLOSED, 'a', 'b', 'c', 'd', 'e')).toEqual(OPEN);
  });

  it('never opens because of one target', () => {
    expect(fail(CLOSED, ...Array.from({ length: 50 }, () => 'a')).state).toBe('closed');
  });

  it('forgets failures with the first answer that is not systemic', () => {
    const recovered = recordResult(fail(CLOSED, 'a', 'b', 'c', 'd'), { target: 'x', systemic: false }, NOW);
    expect(fail(recovered, 'e').state).toBe('closed');
  });

  it('lets nothing through while it is open, then one probe', () => {
    expect(allowCall(OPEN, NOW + OPEN_MS - 1)).toEqual({ allowed: false, breaker: OPEN });
    const first = allowCall(OPEN, NOW + OPEN_MS);
    expect(first).toEqual({ allowed: true, breaker: { state: 'half-open', until: NOW + 2 * OPEN_MS } });
    expect(allowCall(first.breaker, NOW + OPEN_MS).allowed).toBe(false);
  });

  it('lets another probe through when the first never came back', () => {
    const halfOpen = allowCall(OPEN, NOW + OPEN_MS).breaker;
    expect(allowCall(halfOpen, NOW + 2 * OPEN_MS).allowed).toBe(true);
  });

  it('closes after a good probe and opens again after a bad one', () => {
    const halfOpen = allowCall(OPEN, NOW + OPEN_MS).breaker;
    expect(recordResult(halfOpen, { target: 'a', systemic: false }, NOW)).toEqual(CLOSED);
    expect(recordResult(halfOpen, { target: 'a', systemic: true }, NOW)).toEqual(OPEN);
  });

  it('changes no value that was handed out', () => {
    const before = fail(CLOSED, 'a');
    fail(before, 'b');
    expect(before).toEqual({ state: 'closed', failing: new Set(['a']) });
    expect(CLOSED).toEqual({ state: 'closed', failing: new Set() });
  });
});
