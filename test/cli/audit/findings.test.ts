/** What counts of what was found, and what it is called. */
import { expect, it } from 'vitest';
import {
  describeFinding,
  FINDINGS,
  type FindingKind,
  relevantFindings,
  toVerdict,
} from '../../../cli/audit/findings.ts';

const isKind = (kind: string): kind is FindingKind => Object.hasOwn(FINDINGS, kind);
const KINDS = Object.keys(FINDINGS).filter(isKind);
const all = KINDS.map((kind) => ({ kind }));

it('a window of time excuses what its ends look like, and nothing else', () => {
  const counted = new Set(relevantFindings(all, true).map(({ kind }) => kind));
  expect(KINDS.filter((kind) => !counted.has(kind))).toEqual([
    'tail-cut',
    'chain-missing',
    'head-cut',
    'open',
    'approval-unmatched',
  ]);
  expect(relevantFindings(all, false)).toEqual(all);
});

it('a log is intact without findings, open where only an end may be missing, and else broken', () => {
  const verdicts = KINDS.filter((kind) => toVerdict([{ kind }]) === 'open');
  expect(verdicts).toEqual(['open', 'approval-unmatched', 'open-intent']);
  expect([toVerdict([]), toVerdict([{ kind: 'open' }, { kind: 'open-intent' }])]).toEqual(['intact', 'open']);
  expect([toVerdict([{ kind: 'edited' }]), toVerdict([{ kind: 'open' }, { kind: 'deleted' }])]).toEqual([
    'broken',
    'broken',
  ]);
});

it('a finding says what it is, with more about it where there is more', () => {
  expect([describeFinding({ kind: 'deleted' }), describeFinding({ kind: 'deleted', detail: '2 missing' })]).toEqual([
    'records are missing before it',
    'records are missing before it (2 missing)',
  ]);
});

it.each([
  ['edited', 'hash mismatch: the record was changed'],
  ['open-intent', 'an intent without an outcome: no record says how the call ended'],
] as const)('%s has the terms of the documents', (kind, text) => {
  expect(describeFinding({ kind })).toBe(text);
});

it('each kind says something of its own', () => {
  const said = KINDS.map((kind) => describeFinding({ kind }));
  expect(said.filter((text) => text.trim() === '')).toEqual([]);
  expect(new Set(said).size).toBe(KINDS.length);
});
