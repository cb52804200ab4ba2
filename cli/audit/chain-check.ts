/**
 * Checks the order of the records of one chain. Memory: a number per record, 10 to 40 MB for a million, and one
 * entry per gap. Pure, except for the state that is passed in.
 */
import type { AuditLine, ChainPosition, Checkpoint } from '../../lib/audit/read-line.ts';
import type { FindingKind, LogPosition } from './findings.ts';

/** Missing sequences, with the fingerprints on both sides. */
interface Gap {
  from: number;
  to: number;
  /** Of record `from` - 1; undefined where the chain begins with the gap. */
  before: string | undefined;
  /** Of record `to`, according to the record after it. */
  after: string | undefined;
  /** Of the record after the gap. */
  place: LogPosition;
}

export interface ChainState {
  readonly uid: string;
  /** The highest sequence so far. */
  sequence: number;
  /** Fingerprint of that record. */
  last?: string;
  /** Place of that record. */
  place: LogPosition;
  /** That record is a checkpoint. */
  closed: boolean;
  /** Records since the last checkpoint; undefined after a gap. */
  unclosed: number | undefined;
  readonly gaps: Gap[];
  /** Fingerprints as numbers, by sequence: a copy may come at any time, and only another record was inserted. */
  readonly fingerprints: number[];
}

/** As precise as a number allows: the first 53 bits. */
const truncateFingerprint = (fingerprint: string): number => Number.parseInt(fingerprint, 16);

export const createChainState = (uid: string, place: LogPosition): ChainState => ({
  uid,
  sequence: 0,
  place,
  closed: false,
  unclosed: 0,
  gaps: [],
  // Stryker disable next-line ArrayDeclaration: a text is no number of a fingerprint
  fingerprints: [],
});

export interface ChainStep {
  readonly line: AuditLine;
  readonly attestation: ChainPosition;
  readonly place: LogPosition;
}

/** Changes `state`; returns what is wrong with the position of the record. */
export function checkRecord(state: ChainState, step: ChainStep): readonly FindingKind[] {
  const { sequence } = step.attestation;
  const expected = state.sequence + 1;
  if (sequence < expected) return checkLateRecord(state, step);
  const wrong = sequence > expected ? recordGap(state, step) : unlinkedIf(step.attestation.previous !== state.last);
  const kinds = [...wrong, ...checkCheckpoint(state, step)];
  state.sequence = sequence;
  state.last = step.attestation.fingerprint;
  state.place = step.place;
  state.closed = step.line.checkpoint !== undefined;
  state.fingerprints[sequence] = truncateFingerprint(step.attestation.fingerprint);
  return kinds;
}

/** Missing records are reported at the end, because they may still come. */
function recordGap(state: ChainState, { attestation, place }: ChainStep): readonly FindingKind[] {
  const { sequence, previous: before } = attestation;
  state.gaps.push({
    from: state.sequence + 1,
    to: sequence - 1,
    before: state.last,
    after: before,
    place,
  });
  state.unclosed = undefined;
  return unlinkedIf(before === undefined);
}

/** A record with a lower sequence fills a gap, is a copy, or was inserted. */
function checkLateRecord(state: ChainState, { line, attestation }: ChainStep): readonly FindingKind[] {
  const { sequence, previous: before, fingerprint } = attestation;
  const index = state.gaps.findLastIndex(({ from, to }) => from <= sequence && sequence <= to);
  const gap = state.gaps[index];
  if (gap === undefined) {
    return [state.fingerprints[sequence] === truncateFingerprint(fingerprint) ? 'duplicated' : 'inserted'];
  }
  const low = { ...gap, to: sequence - 1, after: before };
  const high = { ...gap, from: sequence + 1, before: fingerprint };
  state.gaps.splice(index, 1, ...[low, high].filter(({ from, to }) => from <= to));
  state.fingerprints[sequence] = truncateFingerprint(fingerprint);
  const fits = (sequence > gap.from || before === gap.before) && (sequence < gap.to || fingerprint === gap.after);
  return [
    'swapped',
    ...unlinkedIf(!fits),
    ...(line.checkpoint === undefined ? [] : checkpointMismatch(line.checkpoint, attestation)),
  ];
}

const unlinkedIf = (is: boolean): readonly FindingKind[] => (is ? ['unlinked'] : []);

/** A checkpoint states how many records it closes. */
function checkCheckpoint(state: ChainState, { line, attestation }: ChainStep): readonly FindingKind[] {
  const { unclosed } = state;
  if (line.checkpoint === undefined) {
    if (unclosed !== undefined) state.unclosed = unclosed + 1;
    return [];
  }
  state.unclosed = 0;
  if (unclosed !== undefined && unclosed !== line.checkpoint.count) return ['miscounted'];
  return checkpointMismatch(line.checkpoint, attestation);
}

const checkpointMismatch = (closed: Checkpoint, { sequence, previous }: ChainPosition): readonly FindingKind[] =>
  closed.sequence === sequence - 1 && closed.head === previous ? [] : ['miscounted'];
