/** How an event stands by its records. */
import { describe, expect, it } from 'vitest';
import {
  createIncidentReader,
  type EventHistory,
  isCheck,
  isRefusal,
  listHolds,
} from '../../../cli/audit/incidents.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { CANARY_SOURCE } from '../../../lib/model/sender.ts';
import { CONFIRMED, INTENT, startEnvironment, tickingClock } from '../../support/audit-chains.ts';
import { KEY_EVENT, KEY_TARGET, PRINCIPAL_TARGET } from '../../support/audit-facts.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';

function historiesOf(lines: readonly string[]): readonly EventHistory[] {
  const incident = createIncidentReader();
  for (const line of lines) {
    const read = readAuditLine(line);
    if (read.kind === 'record') incident.take(read.line);
  }
  return incident.end().events;
}
/** Each list is an invocation of its own. */
function statusOf(...invocations: readonly (readonly AuditEntry[])[]) {
  const environment = startEnvironment(seededChance(1));
  for (const entries of invocations) {
    for (const entry of entries) environment.write(entry, 'a');
    environment.checkpoint();
  }
  const [history] = historiesOf(environment.lines);
  return [history?.status, history?.code, history?.confirmed];
}

const outcome = (
  name: 'already-revoked' | 'accepted' | 'not-found' | 'unavailable' | 'duplicate' | 'would-revoke',
) => ({
  ...CONFIRMED,
  outcome: name,
});
const HOLD = { phase: 'hold', reason: 'held-stale', detail: 'older than P7D' } as const satisfies AuditEntry;
const ALL: AuditEntry = { ...INTENT, target: PRINCIPAL_TARGET, call: { call: 'revoke-principal', attempt: 1 } };
const OPERATOR = { name: 'ann', claimed: true };
const RELEASE = {
  phase: 'replay',
  code: 'intent',
  reason: 'held-stale',
  operationId: 'op',
  operator: OPERATOR,
  releases: 'held-stale',
  origin: 'm',
} as const satisfies AuditEntry;
const { releases: _, ...RESENT } = { ...RELEASE, reason: 'crashed' } as const;
const RELEASED = ['replay', { operator: 'ann', claimed: true, operationId: 'op', releases: 'held-stale' }];
const DISCARD = {
  phase: 'discard',
  code: 'discarded',
  reason: 'held-stale',
  operationId: 'op',
  operator: OPERATOR,
  why: 'a drill',
  origin: 'm',
} as const satisfies AuditEntry;
const REFUSAL: AuditEntry = { phase: 'refusal', detail: 'expected JSON' };

describe('an event', () => {
  it.each<[string, readonly (readonly AuditEntry[])[], readonly unknown[]]>([
    ['revoked when the revocation was verified', [[INTENT, CONFIRMED]], ['revoked', 'confirmed', EVENT_MS + 2_000]],
    ['unproven when it was not', [[INTENT, outcome('accepted')]], ['unproven', 'accepted', undefined]],
    ['retried when the call failed', [[INTENT, outcome('unavailable')]], ['trying', 'unavailable', undefined]],
    [
      'revoked when a later try succeeds',
      [
        [INTENT, outcome('unavailable')],
        [INTENT, CONFIRMED],
      ],
      ['revoked', 'confirmed', EVENT_MS + 5_000],
    ],
    [
      'already revoked when another party did it',
      [[INTENT, outcome('already-revoked')]],
      ['already-revoked', 'already-revoked', undefined],
    ],
    [
      'not found when the API does not know the key: it may be live in another organization',
      [[INTENT, outcome('not-found')], [outcome('duplicate')]],
      ['not-found', 'not-found', undefined],
    ],
    [
      'not found when another of its keys was revoked',
      [[INTENT, outcome('not-found'), ALL, { ...CONFIRMED, target: PRINCIPAL_TARGET }]],
      ['not-found', 'not-found', undefined],
    ],
    ['nothing when it had no keys', [[{ ...CONFIRMED, outcome: 'no-keys' }]], ['nothing', 'no-keys', undefined]],
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
    ['discarded when an operator did so', [[HOLD], [DISCARD]], ['discarded', 'held-stale', undefined]],
    [
      'waiting when the dead letter could not be deleted',
      [[HOLD], [{ ...DISCARD, code: 'not-removed' }]],
      ['waiting', 'held-stale', undefined],
    ],
    ['waiting when it was held anew', [[HOLD], [DISCARD], [HOLD]], ['waiting', 'held-stale', undefined]],
    ['revoked after its release', [[HOLD], [RELEASE], [INTENT, CONFIRMED]], ['revoked', 'confirmed', EVENT_MS + 6_000]],
    ['open when a call has no outcome', [[INTENT]], ['open', 'intent', undefined]],
    ['open when one of two has none', [[INTENT, CONFIRMED, ALL]], ['open', 'intent', undefined]],
    ['open when the other has an outcome after it', [[ALL, INTENT, CONFIRMED]], ['open', 'intent', undefined]],
    [
      'retried when a later delivery did something else',
      [
        [ALL, { ...outcome('unavailable'), target: PRINCIPAL_TARGET }],
        [INTENT, CONFIRMED],
      ],
      ['trying', 'unavailable', undefined],
    ],
    [
      'revoked by its proof and no later word',
      [[INTENT, CONFIRMED, { phase: 'note', name: 'Told', detail: 'confirmed' }]],
      ['revoked', 'confirmed', EVENT_MS + 2_000],
    ],
    [
      'revoked by the last proof of several',
      [[INTENT, CONFIRMED, { ...CONFIRMED, target: PRINCIPAL_TARGET }]],
      ['revoked', 'confirmed', EVENT_MS + 3_000],
    ],
    [
      'held by the last of its holds',
      [[{ ...HOLD, reason: 'held-protected' }, HOLD]],
      ['waiting', 'held-stale', undefined],
    ],
    [
      'not open when a later delivery went another way',
      [[ALL], [INTENT, CONFIRMED]],
      ['revoked', 'confirmed', EVENT_MS + 4_000],
    ],
    [
      'recorded when there is no other step',
      [
        [
          { phase: 'note', name: 'Already Parked' },
          { phase: 'note', name: 'Scheduled', detail: 'due: 2026-12-01' },
        ],
      ],
      ['noted', 'due: 2026-12-01', undefined],
    ],
  ])('stands as %s', (_, invocations, expected) => {
    expect(statusOf(...invocations)).toEqual(expected);
  });

  it('has its claims, its times, and its records in the order of time, whichever file came first', () => {
    const clock = tickingClock();
    const [one, other] = [startEnvironment(seededChance(1), { clock }), startEnvironment(seededChance(2), { clock })];
    one.write(INTENT, 'a');
    other.write(INTENT, 'b');
    other.write(CONFIRMED, 'a');
    const [a, b] = historiesOf([...other.lines, ...one.lines]);
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
    expect(b).toMatchObject({ id: 'b', status: 'open' });
  });

  it('has nothing to revoke if it is a canary, whose key the API forgets over time', () => {
    const environment = startEnvironment(seededChance(1));
    for (const entry of [INTENT, outcome('not-found')]) environment.write(entry);
    const lines = environment.lines.map((line) => line.replaceAll(KEY_EVENT.source, CANARY_SOURCE));
    expect(historiesOf(lines)[0]).toMatchObject({ source: CANARY_SOURCE, status: 'nothing', code: 'not-found' });
  });

  it('names each of its targets once', () => {
    const environment = startEnvironment(seededChance(1));
    for (const entry of [{ phase: 'note', name: 'Told' } as const, INTENT, CONFIRMED, ALL])
      environment.write(entry, 'a');
    expect(historiesOf(environment.lines)[0]?.targets).toEqual([
      KEY_TARGET.accessKeyId,
      PRINCIPAL_TARGET.principalName,
    ]);
  });

  it('has no time of its own when its sender names none that is one', () => {
    const environment = startEnvironment(seededChance(1));
    environment.write({ phase: 'refusal', detail: 'expected JSON' }, null);
    const [history] = historiesOf(environment.lines);
    expect(Object.keys(history ?? {})).not.toContain('detected');
    expect(Object.keys(history ?? {})).not.toContain('confirmed');
  });

  it.each<[string, readonly AuditEntry[], readonly unknown[]]>([
    ['each its own', [HOLD, RELEASE, HOLD], [RELEASED, undefined]],
    ['the last', [HOLD, HOLD, RELEASE], [undefined, RELEASED]],
    ['the operator after a call', [HOLD, INTENT, RELEASE], [RELEASED]],
    [
      'the first that did',
      [HOLD, { phase: 'note', name: 'Told' }, { ...RELEASE, operationId: 'op' }, { ...RELEASE, operationId: 'op-2' }],
      [RELEASED],
    ],
    ['no operator for a replayed dead letter that was not a hold', [HOLD, RESENT], [undefined]],
    ['no operator at the end of a replay', [HOLD, { ...RELEASE, code: 'sent' }], [undefined]],
  ])('tells who released its holds: %s', (_, entries, released) => {
    const environment = startEnvironment(seededChance(1));
    for (const entry of entries) environment.write(entry, 'a');
    const histories = historiesOf(environment.lines);
    expect(listHolds(histories)).toMatchObject(
      released.map(() => ({ event: { id: 'a' }, hold: { code: 'held-stale' } })),
    );
    expect(listHolds(histories).map((hold) => hold.released && [hold.released.phase, hold.released.replay])).toEqual(
      released,
    );
  });
});

describe('a story', () => {
  it('is of what did not get in when no record says anything else', () => {
    const refused = (...entries: readonly AuditEntry[]) => {
      const environment = startEnvironment(seededChance(1));
      for (const entry of entries) environment.write(entry, null);
      return historiesOf(environment.lines).map(isRefusal);
    };
    expect([refused(REFUSAL, REFUSAL), refused(REFUSAL, HOLD)]).toEqual([[true], [false]]);
  });

  it('is a follow-up check by the type of its event', () => {
    expect([isCheck({ type: 'revocation.check.v1' }), isCheck({ type: 'user.offboarded.v1' })]).toEqual([true, false]);
  });
});
