/**
 * One chain as its records are read back: what is next, what is missing, and what the last ones were. Bounded: a place for
 * each gap, and a short memory of fingerprints, however long the chain. Pure, but for the state that it is handed.
 */

import type { Attestation, AuditLine, Checkpoint } from '../../lib/audit/read-line.ts';
import type { FindingKind, Place } from './findings.ts';

/** Sequences that were not seen, with the fingerprints on both sides of them. */
interface Gap {
  from: number;
  to: number;
  /** Of record `from` - 1; undefined: the chain begins here. */
  before: string | undefined;
  /** Of record `to`, by the record after it. */
  after: string | undefined;
  /** Of the record after it. */
  place: Place;
}

export interface ChainState {
  readonly uid: string;
  /** The highest sequence so far, its fingerprint, where it stands, and whether it is a checkpoint. */
  sequence: number;
  last?: string;
  place: Place;
  closed: boolean;
  /** Records since the last checkpoint; undefined: not known, since not all of them came in order. */
  unclosed: number | undefined;
  readonly gaps: Gap[];
  /** The last fingerprints, as numbers, by sequence. */
  readonly recent: number[];
}

/** Sequences of which the fingerprint is remembered, to tell a copy from another record in its place. */
const MEMORY = 4_096;
/** The first 53 bits of a fingerprint: what a number holds. */
const cut = (fingerprint: string): number => Number.parseInt(fingerprint, 16);

/** Takes where a chain's first record was met; returns the state of a chain of which nothing was read. */
export const newChain = (uid: string, place: Place): ChainState => ({
  uid,
  sequence: 0,
  place,
  closed: false,
  unclosed: 0,
  gaps: [],
  // Stryker disable next-line ArrayDeclaration: a text is no number of a fingerprint
  recent: [],
});

export interface Step {
  readonly line: AuditLine;
  readonly attested: Attestation;
  readonly place: Place;
}

/** Takes the state and the next record of the chain; changes the state, and returns what is wrong with the record's place. */
export function follow(state: ChainState, step: Step): readonly FindingKind[] {
  const { sequence } = step.attested;
  const expected = state.sequence + 1;
  if (sequence < expected) return comeLate(state, step);
  const wrong = sequence > expected ? leap(state, step) : unlinked(step.attested.previous !== state.last);
  const kinds = [...wrong, ...closing(state, step)];
  state.sequence = sequence;
  state.last = step.attested.fingerprint;
  state.place = step.place;
  state.closed = step.line.checkpoint !== undefined;
  state.recent[sequence % MEMORY] = cut(step.attested.fingerprint);
  return kinds;
}

/** Missing records are told in the end, since they may yet come. */
function leap(state: ChainState, { attested, place }: Step): readonly FindingKind[] {
  const { sequence, previous: before } = attested;
  state.gaps.push({
    from: state.sequence + 1,
    to: sequence - 1,
    before: state.last,
    after: before,
    place,
  });
  state.unclosed = undefined;
  return unlinked(before === undefined);
}

/** Of a sequence that was passed already: a missing record, a copy, or another one in its place. */
function comeLate(state: ChainState, { line, attested }: Step): readonly FindingKind[] {
  const { sequence, previous: before, fingerprint } = attested;
  const index = state.gaps.findLastIndex(({ from, to }) => from <= sequence && sequence <= to);
  const gap = state.gaps[index];
  if (gap === undefined) {
    // What is older than that is no copy of what now has its place in the memory.
    return [state.recent[sequence % MEMORY] === cut(fingerprint) ? 'duplicated' : 'inserted'];
  }
  const low = { ...gap, to: sequence - 1, after: before };
  const high = { ...gap, from: sequence + 1, before: fingerprint };
  state.gaps.splice(index, 1, ...[low, high].filter(({ from, to }) => from <= to));
  if (state.sequence - sequence < MEMORY) state.recent[sequence % MEMORY] = cut(fingerprint);
  const fits = (sequence > gap.from || before === gap.before) && (sequence < gap.to || fingerprint === gap.after);
  return [
    'swapped',
    ...unlinked(!fits),
    ...(line.checkpoint === undefined ? [] : contradiction(line.checkpoint, attested)),
  ];
}

const unlinked = (is: boolean): readonly FindingKind[] => (is ? ['unlinked'] : []);

/** A checkpoint counts the records that it closes. */
function closing(state: ChainState, { line, attested }: Step): readonly FindingKind[] {
  const { unclosed } = state;
  if (line.checkpoint === undefined) {
    if (unclosed !== undefined) state.unclosed = unclosed + 1;
    return [];
  }
  state.unclosed = 0;
  if (unclosed !== undefined && unclosed !== line.checkpoint.count) return ['miscounted'];
  return contradiction(line.checkpoint, attested);
}

const contradiction = (closed: Checkpoint, { sequence, previous: before }: Attestation): readonly FindingKind[] =>
  closed.sequence === sequence - 1 && closed.head === before ? [] : ['miscounted'];
