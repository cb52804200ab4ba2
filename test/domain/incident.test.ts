/** How an event stands by its records. */
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/domain/audit-entry.ts';
import { readAuditLine } from '../../lib/domain/audit-line.ts';
import { holdsOf, type Story, startIncident } from '../../lib/domain/incident.ts';
import { CONFIRMED, INTENT, startEnvironment, tickingClock } from '../support/audit-chains.ts';
import { EVENT_MS } from '../support/event-factory.ts';
import { seededChance } from '../support/seeded-chance.ts';
import { PRINCIPAL_TARGET } from './audit/facts.ts';

function storiesOf(lines: readonly string[]): readonly Story[] {
  const incident = startIncident();
  for (const line of lines) {
    const read = readAuditLine(line);
    if (read.kind === 'record') incident.take(read.line);
  }
  return incident.end().stories;
}
/** Each list is an invocation of its own. */
function standing(...invocations: readonly (readonly AuditEntry[])[]) {
  const environment = startEnvironment(seededChance(1));
  for (const entries of invocations) {
    for (const entry of entries) environment.write(entry, 'a');
    environment.checkpoint();
  }
  const [story] = storiesOf(environment.lines);
  return [story?.standing, story?.code, story?.confirmed];
}

const outcome = (name: 'accepted' | 'not-found' | 'unavailable' | 'duplicate' | 'would-revoke'): AuditEntry => ({
  ...CONFIRMED,
  outcome: name,
});
const HOLD: AuditEntry = { phase: 'hold', reason: 'held-stale', detail: 'older than P7D' };
const ALL: AuditEntry = { ...INTENT, target: PRINCIPAL_TARGET, call: { call: 'revoke-principal', attempt: 1 } };
const OPERATOR = { name: 'ann', claimed: true };
const RELEASE: AuditEntry = {
  phase: 'replay',
  code: 'intent',
  reason: 'held-stale',
  operationId: 'op',
  operator: OPERATOR,
  releases: 'held-stale',
  origin: 'm',
};

describe('an event', () => {
  it.each<[string, readonly (readonly AuditEntry[])[], readonly unknown[]]>([
    ['revoked when its key was seen gone', [[INTENT, CONFIRMED]], ['revoked', 'confirmed', EVENT_MS + 2_000]],
    ['unproven when it was not', [[INTENT, outcome('accepted')]], ['unproven', 'accepted', undefined]],
    ['coming round when the call failed', [[INTENT, outcome('unavailable')]], ['trying', 'unavailable', undefined]],
    [
      'revoked when a later try succeeds',
      [
        [INTENT, outcome('unavailable')],
        [INTENT, CONFIRMED],
      ],
      ['revoked', 'confirmed', EVENT_MS + 5_000],
    ],
    ['nothing when there was none', [[INTENT, outcome('not-found')]], ['nothing', 'not-found', undefined]],
    [
      'still revoked when it comes twice',
      [[INTENT, CONFIRMED], [outcome('duplicate')]],
      ['revoked', 'confirmed', EVENT_MS + 2_000],
    ],
    [
      'nothing when it comes twice and the log holds only that',
      [[outcome('duplicate')]],
      ['nothing', 'duplicate', undefined],
    ],
    ['a dry run', [[outcome('would-revoke')]], ['would-revoke', 'would-revoke', undefined]],
    ['waiting when it was held', [[HOLD]], ['waiting', 'held-stale', undefined]],
    [
      'waiting when it failed for good',
      [[INTENT, outcome('unavailable'), { phase: 'dead-letter', reason: 'retries-exhausted', detail: 'x' }]],
      ['waiting', 'retries-exhausted', undefined],
    ],
    ['waiting when its replay was sent and has not come', [[HOLD], [RELEASE]], ['waiting', 'held-stale', undefined]],
    ['revoked after its release', [[HOLD], [RELEASE], [INTENT, CONFIRMED]], ['revoked', 'confirmed', EVENT_MS + 6_000]],
    ['open when a call has no outcome', [[INTENT]], ['open', 'intent', undefined]],
    ['open when one of two has none', [[INTENT, CONFIRMED, ALL]], ['open', 'intent', undefined]],
    [
      'not open when a later delivery went another way',
      [[ALL], [INTENT, CONFIRMED]],
      ['revoked', 'confirmed', EVENT_MS + 4_000],
    ],
    [
      'on record when nothing else is said',
      [[{ phase: 'note', name: 'Scheduled', detail: 'due: 2026-12-01' }]],
      ['noted', 'due: 2026-12-01', undefined],
    ],
  ])('stands as %s', (_, invocations, expected) => {
    expect(standing(...invocations)).toEqual(expected);
  });

  it('has its claims, its times, and its records in the order of time, whichever file came first', () => {
    const clock = tickingClock();
    const [one, other] = [startEnvironment(seededChance(1), { clock }), startEnvironment(seededChance(2), { clock })];
    one.write(INTENT, 'a');
    other.write(INTENT, 'b');
    other.write(CONFIRMED, 'a');
    const [a, b] = storiesOf([...other.lines, ...one.lines]);
    expect(a).toMatchObject({
      id: 'a',
      source: '//scanner.example/acme/app',
      type: 'credential.compromised.v1',
      sender: 'AIDAEXAMPLE',
      targets: ['CWABCDEFGHIJKLMN'],
      detected: EVENT_MS,
      accepted: EVENT_MS + 1_000,
      confirmed: EVENT_MS + 3_000,
    });
    expect(a?.steps.map(({ phase }) => phase)).toEqual(['intent', 'outcome']);
    expect(b).toMatchObject({ id: 'b', standing: 'open' });
  });

  it('tells who released each hold', () => {
    const environment = startEnvironment(seededChance(1));
    for (const entry of [HOLD, RELEASE, HOLD]) environment.write(entry, 'a');
    const told = holdsOf(storiesOf(environment.lines)).map(({ hold, released }) => [hold.code, released?.replay]);
    expect(told).toEqual([
      ['held-stale', { operator: 'ann', claimed: true, operationId: 'op', releases: 'held-stale' }],
      ['held-stale', undefined],
    ]);
  });
});
