/**
 * One chain as its records are read back: what each place in it says. Fingerprints are made up: who checks them is
 * elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { type ChainState, checkRecord, createChainState } from '../../../cli/audit/chain-check.ts';
import type { FindingKind } from '../../../cli/audit/findings.ts';

const print = (sequence: number, variant = 0): string =>
  (sequence * 16 + variant).toString(16).padStart(12, '0').padEnd(64, '0');

interface Given {
  /** Another record in this place. */
  readonly variant?: number;
  /** Undefined: none. */
  readonly before?: string | undefined;
  readonly checkpoint?: { readonly sequence: number; readonly head: string; readonly count: number };
}
const place = (line: number) => ({ file: 'log', line });

function start() {
  const state: ChainState = createChainState('chain-1', place(1));
  const read = (sequence: number, given: Given = {}): readonly FindingKind[] => {
    const before = 'before' in given ? given.before : sequence === 1 ? undefined : print(sequence - 1);
    return checkRecord(state, {
      line: {
        record: {},
        uid: `r-${sequence}`,
        time: sequence,
        ...(given.checkpoint === undefined ? {} : { checkpoint: given.checkpoint }),
      },
      attestation: {
        chain: 'chain-1',
        sequence,
        fingerprint: print(sequence, given.variant),
        ...(before === undefined ? {} : { previous: before }),
      },
      place: place(sequence),
    });
  };
  const readAll = (...sequences: readonly number[]) => sequences.map((sequence) => read(sequence));
  return { state, read, readAll };
}
const closes = (sequence: number, count: number, head = print(sequence - 1)): Given => ({
  checkpoint: { sequence: sequence - 1, head, count },
});

describe('a record that is next', () => {
  it('follows from the one before it, or one of the two was replaced', () => {
    const { read } = start();
    expect([read(1), read(2), read(3, { before: print(2, 1) }), read(4)]).toEqual([[], [], ['unlinked'], []]);
  });

  it('is the first and follows from none', () => {
    expect(start().read(1, { before: print(9) })).toEqual(['unlinked']);
  });

  it('leaves a gap where some are missing, and cannot then follow from none', () => {
    const { state, read } = start();
    expect([read(3), read(7, { before: undefined })]).toEqual([[], ['unlinked']]);
    expect(state).toMatchObject({
      sequence: 7,
      last: print(7),
      place: place(7),
      gaps: [
        { from: 1, to: 2, after: print(2), place: place(3) },
        { from: 4, to: 6, before: print(3), after: undefined, place: place(7) },
      ],
    });
  });
});

describe('a record that comes late', () => {
  it('fills its place, at either end or within, and what is still missing is told', () => {
    const { state, readAll } = start();
    expect(readAll(1, 9, 5, 2, 8, 7)).toEqual([[], [], ['swapped'], ['swapped'], ['swapped'], ['swapped']]);
    expect(state.gaps.map(({ from, to }) => [from, to])).toEqual([
      [3, 4],
      [6, 6],
    ]);
    expect(readAll(6, 4, 3)).toEqual([['swapped'], ['swapped'], ['swapped']]);
    expect([state.gaps, state.sequence, state.last]).toEqual([[], 9, print(9)]);
  });

  it('follows from the one below and leads to the one above, or one of them was replaced', () => {
    const below = start();
    below.readAll(1, 5);
    expect(below.read(2, { before: print(1, 1) })).toEqual(['swapped', 'unlinked']);
    const above = start();
    above.readAll(1, 5);
    expect(above.read(4, { variant: 1 })).toEqual(['swapped', 'unlinked']);
    const split = start();
    split.readAll(1, 7);
    expect([split.read(4), split.read(3, { variant: 1 }), split.read(5, { before: print(4, 1) })]).toEqual([
      ['swapped'],
      ['swapped', 'unlinked'],
      ['swapped', 'unlinked'],
    ]);
  });

  it('is a copy of what was there, or another in its place', () => {
    const { read, readAll } = start();
    readAll(1, 2, 5, 4);
    expect([read(1), read(5), read(4), read(4, { variant: 1 }), read(2, { variant: 1 })]).toEqual([
      ['duplicated'],
      ['duplicated'],
      ['duplicated'],
      ['inserted'],
      ['inserted'],
    ]);
  });

  it('is known as a copy, or as another in its place, however long ago and wherever the log begins', () => {
    const { read } = start();
    const [first, last] = [2 ** 33, 2 ** 33 + 5_000];
    for (let sequence = first; sequence <= last; sequence += 1) read(sequence);
    expect([read(4), read(4), read(4, { variant: 1 })]).toEqual([['swapped'], ['duplicated'], ['inserted']]);
    expect([read(first), read(first, { variant: 1 }), read(last)]).toEqual([
      ['duplicated'],
      ['inserted'],
      ['duplicated'],
    ]);
  });
});

describe('a checkpoint', () => {
  it('names the record before it, and counts all since the one before', () => {
    const { read, readAll } = start();
    readAll(1, 2);
    expect([read(3, closes(3, 2)), read(4), read(5, closes(5, 1))]).toEqual([[], [], []]);
  });

  it.each<[string, Given]>([
    ['counts fewer', closes(3, 1)],
    ['names another record', closes(3, 2, print(2, 1))],
    ['names another place', { checkpoint: { sequence: 1, head: print(2), count: 2 } }],
  ])('is miscounted when it %s', (_, given) => {
    const { read, readAll } = start();
    readAll(1, 2);
    expect(read(3, given)).toEqual(['miscounted']);
    expect([read(4), read(5, closes(5, 1))]).toEqual([[], []]);
  });

  it('is not held to its count while not all came in order', () => {
    const { read, readAll } = start();
    readAll(1, 3, 2);
    expect([read(4, closes(4, 9)), read(5), read(6, closes(6, 9))]).toEqual([[], [], ['miscounted']]);
  });

  it('is held to the rest when it comes late itself', () => {
    const { read, readAll } = start();
    readAll(1, 4);
    expect([read(2, closes(2, 1)), read(3, closes(3, 1, print(1)))]).toEqual([['swapped'], ['swapped', 'miscounted']]);
  });

  it('closes the chain until another record comes', () => {
    const { state, read, readAll } = start();
    const closed = [state.closed];
    readAll(1);
    closed.push(state.closed);
    read(2, closes(2, 1));
    closed.push(state.closed);
    readAll(3);
    closed.push(state.closed);
    expect(closed).toEqual([false, false, true, false]);
  });
});
