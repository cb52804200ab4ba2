/** An audit record as a step of a story: each fact from its own place, and none from a value of another type. */
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { eventSummaryOf, stepOf } from '../../../lib/audit/read-step.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import type { Operator } from '../../../lib/model/replay-codes.ts';
import {
  AFTER,
  approvedFacts,
  BEFORE,
  CHECK_EVENT,
  factsOf,
  KEY_EVENT,
  KEY_TARGET,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
  USED_APPROVAL,
} from '../../support/audit-facts.ts';
import { KEY_ID, PRINCIPAL } from '../../support/event-factory.ts';

const lineOf = (record: Parameters<typeof stepOf>[0]['record']) => ({ record, uid: 'r', time: 7 });
const told = (entry: AuditEntry, event: typeof KEY_EVENT | null = KEY_EVENT) =>
  lineOf(auditRecord(factsOf(entry, event)));

const DELIVERED = { time: 7, delivery: 3, request: 'r-1' };
const BLANK = {
  phase: '',
  code: '',
  name: '',
  target: '',
  detail: '',
  answer: '',
  attempt: 0,
  verifiedBy: '',
  late: false,
  shared: false,
};

const REPLAY = {
  phase: 'replay',
  code: 'intent',
  reason: 'held-stale',
  operationId: 'op-1',
  releases: 'held-stale',
  origin: 'm-0',
} as const;

const DISCARD = {
  phase: 'discard',
  code: 'discarded',
  reason: 'unreadable',
  operationId: 'op-2',
  why: 'a drill',
  origin: 'm-0',
} as const;

/** A record in which every fact is of a type that it never has. */
const hostile = (value: never) =>
  lineOf({
    metadata: { correlation_uid: value, event_code: value, original_time: value, original_event_uid: value },
    status_detail: value,
    activity_name: value,
    status_code: value,
    unmapped: {
      phase: value,
      source: { claimed: value, sender_id: value },
      lane: value,
      target: { accessKeyId: value, principalName: value },
      detail: value,
      fault: value,
      attempt: value,
      receive_count: value,
      request_id: value,
      verified_by: value,
      keys_before: value,
      keys_after: { count: value },
      late_key: value,
      shared: value,
      replay: { operator: { name: value, arn: value, claimed: value }, operation_id: value, releases: value },
    },
  });

it('a step names the approvals of its run', () => {
  const entry = { phase: 'note', name: 'x' } as const;
  const line = lineOf(auditRecord(approvedFacts(factsOf(entry, KEY_EVENT))));
  expect(stepOf(line).approvals).toEqual([{ ...USED_APPROVAL, claimed: false }]);
  expect(stepOf(told(entry))).not.toHaveProperty('approvals');
  const blank = { key: '', reason: '', userId: '', operator: '', claimed: true, operationId: '' };
  expect(stepOf(lineOf({ unmapped: { approvals: [7, { reason: 1 }] } })).approvals).toEqual([blank, blank]);
});

it('a step knows who approved by the key of the approval alone', () => {
  const forged = {
    key: `approval#${'e'.repeat(64)}#held-stale#AROAOPERATORS:eve`,
    reason: 'held-stale',
    user_id: 'AROAOPERATORS:bob',
    operator: 'arn:aws:sts::123456789012:assumed-role/ops/bob',
    claimed: false,
  };
  expect(stepOf(lineOf({ unmapped: { approvals: [forged] } })).approvals).toMatchObject([
    { userId: 'AROAOPERATORS:eve', claimed: true },
  ]);
});

describe('a step', () => {
  it('says when, what, about whom, and how the API answered', () => {
    const call = { call: 'revoke-principal', attempt: 2, status: 200, latencyMs: 9 } as const;
    const step = told(
      {
        phase: 'outcome',
        target: PRINCIPAL_TARGET,
        outcome: 'accepted',
        call,
        shared: true,
        verifiedBy: 'listing',
        before: BEFORE,
        after: AFTER,
        late: true,
      },
      PRINCIPAL_EVENT,
    );
    expect(stepOf(step)).toStrictEqual({
      ...DELIVERED,
      phase: 'outcome',
      code: 'accepted',
      name: 'Remove Programmatic Credentials',
      target: PRINCIPAL,
      detail: '',
      answer: '200',
      attempt: 2,
      verifiedBy: 'listing',
      keysBefore: 2,
      keysAfter: 0,
      late: true,
      shared: true,
    });
  });

  it('says why there was no answer, and no more than its record', () => {
    const call = { call: 'revoke-key', attempt: 1, fault: 'timeout' } as const;
    expect(stepOf(told({ phase: 'outcome', target: KEY_TARGET, outcome: 'unknown', call }))).toStrictEqual({
      ...DELIVERED,
      ...BLANK,
      phase: 'outcome',
      code: 'unknown',
      name: 'Remove Programmatic Credentials',
      target: KEY_ID,
      answer: 'timeout',
      attempt: 1,
    });
    expect(stepOf(told({ phase: 'note', name: 'Scheduled', detail: 'due: 2026-12-01' }))).toStrictEqual({
      ...DELIVERED,
      ...BLANK,
      phase: 'note',
      code: 'due: 2026-12-01',
      name: 'Scheduled',
      detail: 'due: 2026-12-01',
    });
  });

  it.each<[string, Operator, boolean]>([
    ['identified by AWS', { name: 'ann', arn: 'arn:aws:sts::1:assumed-role/ops/ann', claimed: false }, false],
    ['self-reported', { name: 'ann', claimed: true }, true],
    ['self-reported with an ARN', { name: 'ann', arn: 'arn:aws:iam::1:user/ann', claimed: true }, true],
    ['without an ARN, so self-reported regardless of the record', { name: 'ann', claimed: false }, true],
  ])('of a replay names the operator %s', (_, operator, claimed) => {
    expect(stepOf(told({ ...REPLAY, operator })).replay).toStrictEqual({
      operator: operator.arn ?? 'ann',
      claimed,
      operationId: 'op-1',
      releases: 'held-stale',
    });
  });

  it('of a discard names the operator, and why the dead letter was discarded', () => {
    const operator = { name: 'ann', arn: 'arn:aws:sts::1:assumed-role/ops/ann', claimed: false };
    const step = told({ ...DISCARD, operator });
    expect(stepOf(step)).toStrictEqual({
      ...DELIVERED,
      ...BLANK,
      phase: 'discard',
      code: 'discarded',
      name: 'Discard',
      discard: { operator: operator.arn, claimed: false, operationId: 'op-2', why: 'a drill' },
    });
  });

  it.each([
    ['a number too large', Number.POSITIVE_INFINITY],
    ['a list', ['x']],
    ['nothing', null],
  ])('takes no fact from %s', (_, value) => {
    const { keysAfter: _count, ...step } = stepOf(hostile(value as never));
    expect(step).toStrictEqual({
      ...BLANK,
      time: 7,
      delivery: 0,
      request: '',
      replay: { operator: '', claimed: true, operationId: '', releases: '' },
    });
  });

  it('takes no count, attempt or delivery from a text, and no fact from an empty record', () => {
    const { attempt, delivery, keysBefore, keysAfter } = stepOf(hostile('7' as never));
    expect({ attempt, delivery, keysBefore, keysAfter }).toEqual({ attempt: 0, delivery: 0 });
    expect(stepOf(lineOf({}))).toStrictEqual({ ...BLANK, time: 7, delivery: 0, request: '' });
  });
});

describe('what a record is about', () => {
  it('is its event, by the sender and the id', () => {
    expect(eventSummaryOf(told({ phase: 'note', name: 'Scheduled' }))).toStrictEqual({
      key: JSON.stringify(['//scanner.example/acme/app', KEY_EVENT.id]),
      id: KEY_EVENT.id,
      type: 'credential.compromised.v1',
      source: '//scanner.example/acme/app',
      claimedTime: KEY_EVENT.time,
      sender: 'AIDAEXAMPLE',
      messageId: 'm-1',
      lane: 'urgent',
    });
  });

  it.each([
    ['holds no event', told({ phase: 'refusal', detail: 'expected JSON' }, null), 'm-1', 'AIDAEXAMPLE', 'urgent'],
    ['is empty', lineOf({}), '', '', ''],
  ])('is the message where that %s', (_, line, messageId, sender, lane) => {
    expect(eventSummaryOf(line)).toStrictEqual({
      key: JSON.stringify(['message', messageId]),
      id: '',
      type: '',
      source: '',
      claimedTime: '',
      sender,
      messageId,
      lane,
    });
  });

  it.each([
    ['replay', { ...REPLAY, operator: { name: 'ann', claimed: true } }],
    ['discard', { ...DISCARD, operator: { name: 'ann', claimed: true } }],
  ] as const)('is the message that was dead-lettered where the record is of a %s without event', (_, entry) => {
    expect(eventSummaryOf(told(entry, null))?.key).toBe(JSON.stringify(['message', 'm-0']));
  });

  it('names the event that a follow-up check is about', () => {
    expect(eventSummaryOf(told({ phase: 'note', name: 'Scheduled' }, CHECK_EVENT))).toMatchObject({
      type: 'revocation.check.v1',
      parent: JSON.stringify(['//hr.example/acme', 'offboarding-7']),
    });
  });

  it.each(['checkpoint', 'reconcile'])('is nothing where the phase of the record is %s', (phase) => {
    expect(eventSummaryOf(lineOf({ unmapped: { phase } }))).toBeUndefined();
  });
});
