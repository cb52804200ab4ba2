/** What a replay and a discard report, each with its record. */
import {
  KEY_EVENT,
  NO_USER,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
  PRINCIPAL_USER,
  type Step,
  said,
} from '../../support/audit-facts.ts';

const REPLAY = [99, 'Replay'] as const;
const OPERATION = { operationId: 'op-1', origin: 'm-0' } as const;
const ANN = {
  name: 'ann',
  arn: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  userId: 'AROAOPERATORS:ann',
  claimed: false,
};
const { userId, ...NAMED } = ANN;
const WRITTEN = { ...NAMED, user_id: userId };

/** A discard of a held offboarding, and of a dead letter without a readable event. */
const DISCARD_STEPS = (
  [
    ['intent', [99, 4, 14]],
    ['discarded', [1, 3, 16]],
    ['not-removed', [2, 3, 27]],
  ] as const
).flatMap(([code, numbers]): readonly Step[] => {
  const common = { phase: 'discard', code, operationId: 'op-2', operator: ANN, why: 'a drill' } as const;
  const discard = { operation_id: 'op-2', operator: WRITTEN, why: 'a drill' };
  const classified = { ...said([99, 'Discard'], numbers), status_detail: code };
  return [
    {
      name: `a discard of a hold: ${code}`,
      event: PRINCIPAL_EVENT,
      entry: { ...common, reason: 'held-limit', origin: 'm-0', target: PRINCIPAL_TARGET },
      record: {
        ...classified,
        user: PRINCIPAL_USER,
        unmapped: {
          phase: 'discard',
          target: { ...PRINCIPAL_TARGET },
          discard: { ...discard, reason: 'held-limit', origin: 'm-0' },
        },
      },
    },
    {
      name: `a discard of a dead letter without event: ${code}`,
      event: null,
      entry: { ...common, reason: 'unreadable', origin: '' },
      record: {
        ...classified,
        user: NO_USER,
        unmapped: { phase: 'discard', discard: { ...discard, reason: 'unreadable' } },
      },
    },
  ];
});

export const REPLAY_STEPS: readonly Step[] = [
  ...DISCARD_STEPS,
  {
    name: 'the intent to replay a dead letter, by a self-reported operator',
    event: KEY_EVENT,
    entry: {
      phase: 'replay',
      code: 'intent',
      reason: 'api-rejected',
      ...OPERATION,
      operator: { name: 'bob', claimed: true },
    },
    record: {
      ...said(REPLAY, [99, 1, 14]),
      status_detail: 'intent',
      user: { uid: 'unresolved:credential.compromised.v1' },
      unmapped: {
        phase: 'replay',
        replay: {
          operation_id: 'op-1',
          operator: { name: 'bob', claimed: true },
          reason: 'api-rejected',
          origin: 'm-0',
        },
      },
    },
  },
  {
    name: 'the intent to release a hold',
    event: PRINCIPAL_EVENT,
    entry: {
      phase: 'replay',
      code: 'intent',
      reason: 'held-stale',
      releases: 'held-stale',
      ...OPERATION,
      operator: ANN,
      target: PRINCIPAL_TARGET,
    },
    record: {
      ...said(REPLAY, [99, 4, 14]),
      status_detail: 'intent',
      user: PRINCIPAL_USER,
      unmapped: {
        phase: 'replay',
        target: { ...PRINCIPAL_TARGET },
        replay: {
          operation_id: 'op-1',
          operator: WRITTEN,
          reason: 'held-stale',
          releases: 'held-stale',
          origin: 'm-0',
        },
      },
    },
  },
  ...(
    [
      ['sent', [1, 1, 99]],
      ['not-matched', [99, 1, 16]],
      ['needs-approval', [2, 2, 25]],
      ['not-sent', [2, 3, 27]],
    ] as const
  ).map(
    ([code, numbers]): Step => ({
      name: `a replay that ended as ${code}, of a dead letter whose origin is unknown`,
      event: null,
      entry: { phase: 'replay', code, reason: 'crashed', operationId: 'op-1', origin: '', operator: ANN },
      record: {
        ...said(REPLAY, numbers),
        status_detail: code,
        user: NO_USER,
        unmapped: {
          phase: 'replay',
          replay: { operation_id: 'op-1', operator: WRITTEN, reason: 'crashed' },
        },
      },
    }),
  ),
];
