import { describe, expect, it } from 'vitest';
import type { AuditEntry, ReconcileCode } from '../../../lib/audit/entry.ts';
import type { AuditFacts } from '../../../lib/audit/record.ts';
import {
  AUDIT_FAILED,
  type Datum,
  METRICS,
  metricsOfAuditRecords,
  metricsOfCall,
  metricsOfMeasurement,
  metricsOfStep,
  metricsOfToken,
  SCHEDULE_FAILED,
} from '../../../lib/metrics/metrics.ts';
import { CANARY_SOURCE } from '../../../lib/model/sender.ts';
import { eventOf, factsOf, KEY_TARGET, PRINCIPAL_TARGET } from '../../support/audit-facts.ts';
import { EVENT_MS, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';

const CALL = { call: 'revoke-key', attempt: 1 } as const;
const FIRST = { receiveCount: 1, replays: 0 };

/** What an entry adds, 90 s after EVENT_MS. */
const added = (
  entry: AuditEntry,
  { event = eventOf(keyLeak()), delivery = {}, sources = [] as readonly string[], now = EVENT_MS + 90_000 } = {} as {
    event?: AuditFacts['event'];
    delivery?: Partial<AuditFacts['delivery']>;
    sources?: readonly string[];
    now?: number;
  },
): readonly Datum[] => {
  const facts = factsOf(entry, event);
  return metricsOfStep({ ...facts, now, delivery: { ...facts.delivery, ...FIRST, ...delivery } }, new Set(sources));
};
const named = (data: readonly Datum[], name: string) => data.filter((each) => each.name === name);
const outcome = (of: Extract<AuditEntry, { phase: 'outcome' }>['outcome'], more = {}): AuditEntry => ({
  phase: 'outcome',
  target: KEY_TARGET,
  outcome: of,
  call: CALL,
  ...more,
});
const check = (generation: 1 | 2 | 3) =>
  eventOf({
    ...keyLeak(),
    type: 'revocation.check.v1',
    data: { parent: { source: 's', id: 'i' }, accessKeyId: KEY_TARGET.accessKeyId, generation },
  });

describe('an outcome', () => {
  it('is counted by lane and outcome, and a proven one by its time since the event', () => {
    expect(added(outcome('confirmed'))).toEqual([
      { name: 'Outcomes', value: 1, labels: { Lane: 'urgent', Outcome: 'confirmed', Source: 'other' } },
      { name: 'TimeToRevoke', value: 90_000, labels: { Lane: 'urgent' } },
    ]);
  });

  it('that is no revocation of ours has no time', () => {
    expect(named(added(outcome('already-revoked')), 'TimeToRevoke')).toEqual([]);
  });

  it('has the label of its source only when the configuration names that', () => {
    const event = eventOf({ ...keyLeak(), source: '//scanner.example' });
    expect(added(outcome('confirmed'), { event, sources: ['//scanner.example'] })[0]?.labels.Source).toBe(
      '//scanner.example',
    );
    expect(added(outcome('confirmed'), { event, sources: ['//scanner'] })[0]?.labels.Source).toBe('other');
  });

  it('of a future-dated offboarding counts from that day', () => {
    const effectiveAt = new Date(EVENT_MS + 60_000).toISOString();
    const data = { principalName: PRINCIPAL_TARGET.principalName, effectiveAt };
    const event = eventOf(offboarded({ data }));
    const entry = outcome('confirmed', { target: PRINCIPAL_TARGET });
    expect(named(added(entry, { event, delivery: { lane: 'bulk' } }), 'TimeToRevoke')).toEqual([
      { name: 'TimeToRevoke', value: 30_000, labels: { Lane: 'bulk' } },
    ]);
  });

  it('is never younger than nothing: clocks differ', () => {
    expect(named(added(outcome('confirmed'), { now: EVENT_MS - 5_000 }), 'TimeToRevoke')).toMatchObject([{ value: 0 }]);
  });

  it('that is no proof is no time to revoke', () => {
    expect(added(outcome('accepted')).map(({ name }) => name)).toEqual(['Outcomes', 'OldestUnconfirmed']);
    expect(added(outcome('unknown')).map(({ name }) => name)).toEqual(['Outcomes']);
  });

  it('of no event that can be read is counted, and has no age', () => {
    expect(named(added(outcome('accepted'), { event: null }), 'OldestUnconfirmed')).toMatchObject([{ value: 0 }]);
    expect(added(outcome('not-found'), { event: null }).map(({ name }) => name)).toEqual(['Outcomes']);
  });

  it('of a check says nothing about the time to revoke, since it does not know when its parent fell due', () => {
    expect(named(added(outcome('confirmed'), { event: check(1) }), 'TimeToRevoke')).toEqual([]);
  });

  it.each([
    [1, 150_000],
    [2, 450_000],
    [3, 1_350_000],
  ] as const)('that is not proven is as old as it is, in check %i too', (generation, value) => {
    expect(named(added(outcome('accepted')), 'OldestUnconfirmed')).toMatchObject([{ value: 90_000 }]);
    expect(named(added(outcome('accepted'), { event: check(generation) }), 'OldestUnconfirmed')).toMatchObject([
      { value },
    ]);
  });

  it('of a key that was created late is a late key once it is gone, and no time to revoke', () => {
    const data = added(outcome('confirmed', { late: true }));
    expect(data.map(({ name }) => name)).toEqual(['Outcomes', 'LateKeys']);
    expect(named(added(outcome('unavailable', { late: true })), 'LateKeys')).toEqual([]);
  });
});

describe('a key that is not found', () => {
  const vouched = (entry: AuditEntry, more: Parameters<typeof added>[1] = {}) =>
    named(added(entry, more), 'NotFoundVouched').length;

  it('is remarkable when its sender vouched for the leak', () => {
    expect(vouched(outcome('not-found'))).toBe(1);
  });

  it.each([
    [
      'a leak of an id alone',
      outcome('not-found'),
      { event: eventOf(keyLeak({ data: { accessKeyId: KEY_TARGET.accessKeyId, confidence: 'key-id-only' } })) },
    ],
    ['a later delivery', outcome('not-found'), { delivery: { receiveCount: 2 } }],
    ['a replay', outcome('not-found'), { delivery: { replays: 1 } }],
    ['a second try', outcome('not-found', { call: { ...CALL, attempt: 2 } }), {}],
    ['one that no call is known of', { phase: 'outcome', target: KEY_TARGET, outcome: 'not-found' }, {}],
    ['one of a principal’s listed keys', outcome('not-found'), { event: eventOf(principalLeak()) }],
    ['a check', outcome('not-found'), { event: check(1) }],
    ['another outcome', outcome('confirmed'), {}],
  ] as const)('is not in %s', (_, entry, more) => {
    expect(vouched(entry, more)).toBe(0);
  });
});

describe('a canary', () => {
  const canary = eventOf({ ...keyLeak(), source: CANARY_SOURCE });
  const looked = eventOf({
    ...keyLeak(),
    type: 'revocation.check.v1',
    data: { parent: { source: CANARY_SOURCE, id: 'i' }, accessKeyId: KEY_TARGET.accessKeyId, generation: 1 },
  });
  const names = (...step: Parameters<typeof added>) => added(...step).map(({ name }) => name);

  it.each(['confirmed', 'not-found', 'would-revoke'] as const)(
    'is proven once it ends as %s, and tells nothing about leaks: neither a time to revoke nor a strange key',
    (end) => {
      expect(added(outcome(end), { event: canary })).toEqual([
        { name: 'Outcomes', value: 1, labels: { Lane: 'urgent', Outcome: end, Source: 'other' } },
        { name: 'CanaryProven', value: 1, labels: {} },
      ]);
    },
  );

  it.each(['unauthenticated', 'forbidden', 'throttled', 'unavailable', 'unknown', 'rejected'] as const)(
    'is not proven by %s',
    (end) => {
      expect(names(outcome(end), { event: canary })).toEqual(['Outcomes']);
    },
  );

  it('counts towards the oldest age until the next read-back verifies it', () => {
    expect(names(outcome('accepted'), { event: canary })).toEqual(['Outcomes', 'OldestUnconfirmed']);
    expect(names(outcome('accepted'), { event: looked })).toEqual(['Outcomes', 'OldestUnconfirmed']);
    expect(names(outcome('confirmed'), { event: looked })).toEqual(['Outcomes', 'CanaryProven']);
  });

  it('is recognized by its exact source', () => {
    for (const source of [`${CANARY_SOURCE}/x`, CANARY_SOURCE.toUpperCase(), 'canary.revocation']) {
      expect(names(outcome('not-found'), { event: eventOf({ ...keyLeak(), source }) })).toContain('NotFoundVouched');
    }
    expect(names(outcome('not-found'), { event: check(1) })).toEqual(['Outcomes']);
    expect(names(outcome('confirmed'), { event: null })).not.toContain('CanaryProven');
  });
});

describe('other steps', () => {
  it.each<[AuditEntry, readonly Datum[]]>([
    [{ phase: 'intent', target: KEY_TARGET, call: CALL }, []],
    [
      { phase: 'dead-letter', reason: 'invalid', detail: 'x' },
      [{ name: 'DeadLetters', value: 1, labels: { Reason: 'invalid' } }],
    ],
    [
      { phase: 'hold', reason: 'held-limit', detail: 'x' },
      [{ name: 'Holds', value: 1, labels: { Reason: 'held-limit' } }],
    ],
    [{ phase: 'refusal', detail: 'x' }, [{ name: 'Refusals', value: 1, labels: { Sender: 'other' } }]],
    [
      { phase: 'refusal', detail: 'x (3 times)', counted: { sender: 'okta', why: 'x', times: 3 } },
      [
        { name: 'Refusals', value: 3, labels: { Sender: 'okta' } },
        { name: 'GenuineRefusals', value: 3, labels: {} },
      ],
    ],
    [
      { phase: 'dead-letter', reason: 'invalid', detail: 'x', counted: { sender: 'scim', why: 'invalid', times: 1 } },
      [
        { name: 'DeadLetters', value: 1, labels: { Reason: 'invalid' } },
        { name: 'ReportsHeld', value: 1, labels: { Sender: 'scim' } },
      ],
    ],
    [
      { phase: 'note', name: 'Request Ignored', detail: 'ignored: x', counted: { sender: 'okta', why: 'x', times: 2 } },
      [{ name: 'RequestsIgnored', value: 2, labels: { Sender: 'okta', Reason: 'x' } }],
    ],
    [{ phase: 'note', name: 'Scheduled', detail: 'x' }, []],
    [
      { phase: 'note', name: 'Event Accepted', detail: 'accepted' },
      [{ name: 'EventsAccepted', value: 1, labels: { Source: 'other' } }],
    ],
  ])('%#: add what the table says', (entry, data) => {
    expect(added(entry)).toEqual(data);
  });

  it('of a replay are counted by how they ended, not when they begin', () => {
    const replay = {
      phase: 'replay',
      reason: 'invalid',
      operationId: 'o',
      operator: { name: 'me', claimed: true },
      origin: 'm',
    } as const;
    expect(added({ ...replay, code: 'intent' })).toEqual([]);
    expect(added({ ...replay, code: 'busy' })).toEqual([{ name: 'Replays', value: 1, labels: { Result: 'failed' } }]);
  });
});

describe('a call', () => {
  const request = { call: 'list-keys', offset: 0 } as const;
  const answered = (status: number) => metricsOfCall(request, { kind: 'answer', status, body: {}, latencyMs: 12.4 });

  it('is counted by class of status, and timed', () => {
    expect(answered(204)).toEqual([
      { name: 'ApiAnswers', value: 1, labels: { Status: '2xx' } },
      { name: 'ApiLatency', value: 12, labels: { Call: 'list-keys' } },
    ]);
    expect(answered(503)[0]?.labels).toEqual({ Status: '5xx' });
  });

  it('without a token that is taken is told apart', () => {
    expect(metricsOfCall(request, { kind: 'fault', fault: 'timeout', latencyMs: 3 })[0]?.labels).toEqual({
      Status: 'timeout',
    });
    expect(named(answered(401), 'TokenRefused')).toHaveLength(1);
    expect(named(answered(403), 'TokenRefused')).toHaveLength(0);
    expect(metricsOfCall(request, { kind: 'fault', fault: 'token', latencyMs: 3 }).map(({ name }) => name)).toContain(
      'TokenRefused',
    );
    expect(named(metricsOfCall(request, { kind: 'fault', fault: 'timeout', latencyMs: 3 }), 'TokenRefused')).toEqual(
      [],
    );
  });
});

describe('a record that is about no outcome', () => {
  const figures = { standingKeys: 3, findings: 2, more: {} };
  const standing = { name: 'StandingKeys', value: 3, labels: {} };
  const attested = { name: 'Attestations', value: 1, labels: {} };
  const found = { name: 'SelfCheckFindings', value: 2, labels: {} };

  it.each<['Reconciliation' | 'Attestation' | 'Self-check', ReconcileCode, readonly object[]]>([
    ['Attestation', 'listing-failed', []],
    ['Reconciliation', 'standing', []],
    ['Reconciliation', 'listing-failed', []],
    ['Self-check', 'findings', [found]],
  ])('%s, %s', (name, code, expected) => {
    const entry = { phase: 'reconcile' as const, name, code, detail: 'a sentence', figures };
    expect(added(entry, { event: null })).toEqual(expected);
  });

  it.each<[string, boolean | undefined, readonly object[]]>([
    ['two listings', true, [standing, attested]],
    ['nothing', false, [standing]],
    ['nothing, as far as it says', undefined, [standing]],
  ])('an attestation that compared %s', (_name, compared, expected) => {
    const shown = compared === undefined ? figures : { ...figures, compared };
    const entry = { phase: 'reconcile', name: 'Attestation', code: 'standing', detail: 'x', figures: shown } as const;
    expect(added(entry, { event: null })).toEqual(expected);
  });

  it('does not count a discarded dead letter', () => {
    const operator = { name: 'ann', claimed: true };
    const entry = { phase: 'discard', code: 'discarded', reason: 'invalid', operationId: 'op', why: 'a test' } as const;
    expect(added({ ...entry, operator, origin: 'm-1' })).toEqual([]);
  });
});

describe('metricsOfMeasurement', () => {
  it('counts a verified token by its issuer', () => {
    expect(metricsOfMeasurement({ kind: 'token-verified', sender: 'ssf/idp' })).toEqual([
      { name: 'TokensVerified', value: 1, labels: { Sender: 'ssf/idp' } },
    ]);
  });

  it.each([
    [{ kind: 'message-retried', lane: 'urgent', waitedMs: 7 }, ['Retries', 'OldestUnconfirmed']],
    [{ kind: 'message-retried', lane: 'urgent' }, ['Retries']],
    [{ kind: 'circuit-opened' }, ['BreakerOpened']],
    [{ kind: 'requests-unauthenticated', count: 12 }, ['SignatureFailures']],
    [{ kind: 'requests-failed', count: 1 }, ['IngestFailures']],
  ] as const)('of %j adds %j', (measurement, names) => {
    expect(metricsOfMeasurement(measurement).map(({ name }) => name)).toEqual(names);
  });

  it.each([
    [7, 7],
    [-7, 0],
  ])('of a message that waited %i ms reports %i', (waitedMs, value) => {
    const [, oldest] = metricsOfMeasurement({ kind: 'message-retried', lane: 'bulk', waitedMs });
    expect(oldest).toEqual({ name: 'OldestUnconfirmed', value, labels: { Lane: 'bulk' } });
  });

  it('counts as many requests as were reported', () => {
    expect(metricsOfMeasurement({ kind: 'requests-unauthenticated', count: 12 })).toEqual([
      { name: 'SignatureFailures', value: 12, labels: {} },
    ]);
    expect(metricsOfMeasurement({ kind: 'requests-failed', count: 3 })).toEqual([
      { name: 'IngestFailures', value: 3, labels: {} },
    ]);
  });
});

it('the days that the API token has left are told as they are', () => {
  expect(metricsOfToken(-1)).toEqual([{ name: 'TokenDaysLeft', value: -1, labels: {} }]);
});

it('what failed beside the events is counted, and what was written', () => {
  expect([metricsOfAuditRecords(3), AUDIT_FAILED, SCHEDULE_FAILED]).toEqual([
    [{ name: 'AuditRecords', value: 3, labels: {} }],
    [{ name: 'AuditFailures', value: 1, labels: {} }],
    [{ name: 'ScheduleFailures', value: 1, labels: {} }],
  ]);
});

describe('the table', () => {
  it('has labels that are enough for each set of what is added', () => {
    const steps: AuditEntry[] = [
      outcome('confirmed'),
      outcome('accepted'),
      outcome('not-found'),
      { phase: 'dead-letter', reason: 'invalid', detail: 'x' },
      { phase: 'hold', reason: 'held-limit', detail: 'x' },
      { phase: 'note', name: 'Event Accepted', detail: 'accepted' },
    ];
    const data = [
      ...steps.flatMap((entry) => added(entry)),
      ...metricsOfCall({ call: 'list-keys', offset: 0 }, { kind: 'fault', fault: 'token', latencyMs: 1 }),
      ...metricsOfMeasurement({ kind: 'message-retried', lane: 'bulk', waitedMs: 1 }),
    ];
    for (const { name, labels } of data) {
      const asked: readonly string[] = METRICS[name].sets.flat();
      expect([name, Object.keys(labels).toSorted()]).toEqual([name, [...new Set(asked)].toSorted()]);
    }
  });
});
