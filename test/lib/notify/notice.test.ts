/** Which records make a notice, and what it says. */
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { OUTCOME_TERMS } from '../../../lib/audit/ocsf-terms.ts';
import { type AuditLine, readAuditLine } from '../../../lib/audit/read-line.ts';
import { type AuditFacts, auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import type { Outcome } from '../../../lib/model/outcome.ts';
import { FAILURE_REASONS, HOLD_REASONS, type Reason } from '../../../lib/model/reasons.ts';
import { COMPLETED, noticeOf } from '../../../lib/notify/notice.ts';
import {
  AFTER,
  BEFORE,
  CHECK_EVENT,
  eventOf,
  factsOf,
  KEY_EVENT,
  KEY_TARGET,
  PERSON_EVENT,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
} from '../../support/audit-facts.ts';
import { KEY_ID, PRINCIPAL, reinstated } from '../../support/event-factory.ts';
import { OTHER_STEPS } from '../audit/other-steps.ts';
import { REPLAY_STEPS } from '../audit/replay-steps.ts';

const UID = '0192f0c1-0000-7000-8000-000000000001';
const CALL = { call: 'revoke-key', attempt: 1, status: 200, latencyMs: 12 } as const;
const outcome = (name: Outcome): AuditEntry => ({ phase: 'outcome', target: KEY_TARGET, outcome: name, call: CALL });

/** As it is read from the log. */
function lineOf(facts: AuditFacts): AuditLine {
  const read = readAuditLine(asciiJson(auditRecord(facts)));
  if (read.kind !== 'record') throw new Error(read.kind);
  return read.line;
}

const noticeFor = (entry: AuditEntry, event: AuditFacts['event'] = KEY_EVENT, more: Partial<AuditFacts> = {}) =>
  noticeOf(lineOf({ ...factsOf(entry, event), ...more }));

/** A record with other fields, as no writer of ours writes it. */
const forged = (entry: AuditEntry, fields: Readonly<Record<string, unknown>>): AuditLine => {
  const line = lineOf(factsOf(entry, KEY_EVENT));
  return { ...line, record: { ...line.record, ...fields } as AuditLine['record'] };
};

const SAID = {
  lane: 'urgent',
  mode: 'enforce',
  event: {
    type: 'credential.compromised.v1',
    source: KEY_EVENT.source,
    id: KEY_EVENT.id,
    time: '2026-11-23T09:30:00Z',
  },
  sender: 'AIDAEXAMPLE',
};

describe('noticeOf', () => {
  it('returns sender and time to revoke for a verified leaked key', () => {
    expect(noticeFor(outcome('confirmed'))).toStrictEqual({
      specversion: '1.0',
      type: 'revocation.completed.v1',
      id: UID,
      source: '//revocation-handler/notices',
      time: '2026-11-23T09:30:00.000Z',
      data: {
        summary: `Revoked and verified: ${KEY_ID}`,
        code: 'confirmed',
        detail: '',
        target: KEY_ID,
        ...SAID,
        timeToRevokeMs: 0,
        runbook: '',
        show: '',
        command: '',
      },
    });
  });

  it('returns rule, runbook section and approval command for a hold', () => {
    expect(
      noticeFor({ phase: 'hold', reason: 'held-limit', detail: 'rule: sourcePerDay', target: PRINCIPAL_TARGET }),
    ).toEqual({
      specversion: '1.0',
      type: 'revocation.held.v1',
      id: UID,
      source: '//revocation-handler/notices',
      time: '2026-11-23T09:30:00.000Z',
      data: {
        summary: `Held, needs action, held-limit: ${PRINCIPAL}`,
        code: 'held-limit',
        detail: 'rule: sourcePerDay',
        target: PRINCIPAL,
        ...SAID,
        runbook: 'RUNBOOK.md#held-limit',
        show: expect.stringMatching(/^npm run -s revoker -- dlq show '.+'$/),
        command:
          `npm run -s revoker -- dlq replay --reason=held-limit --source='${KEY_EVENT.source}' ` +
          `--event-id='${KEY_EVENT.id}' --approve`,
      },
    });
  });

  it('returns revocation.failed.v1 for any other dead letter', () => {
    expect(noticeFor({ phase: 'dead-letter', reason: 'console-only', detail: 'a token' })).toMatchObject({
      type: 'revocation.failed.v1',
      data: {
        summary: 'Failed, needs action, console-only: no target',
        code: 'console-only',
        detail: 'a token',
        target: '',
        runbook: 'RUNBOOK.md#console-only',
        command: '',
      },
    });
  });

  it.each<Reason>([...FAILURE_REASONS, ...HOLD_REASONS])('returns a notice for the reason code %s', (reason) => {
    const phase = reason.startsWith('held-') ? 'hold' : 'dead-letter';
    expect(noticeFor({ phase, reason, detail: 'a rule' })?.data.code).toBe(reason);
  });

  it('begins the summary with "Dry run" in dry-run mode', () => {
    const { settings } = factsOf(outcome('would-revoke'), null);
    const dry = { settings: { ...settings, mode: 'dry-run' as const } };
    expect(noticeFor(outcome('would-revoke'), KEY_EVENT, dry)?.data).toMatchObject({
      summary: `Dry run: Would be revoked: ${KEY_ID}`,
      code: 'would-revoke',
      mode: 'dry-run',
    });
  });

  it('of a principal counts the keys before', () => {
    const entry: AuditEntry = {
      phase: 'outcome',
      target: PRINCIPAL_TARGET,
      outcome: 'confirmed',
      before: BEFORE,
      after: AFTER,
    };
    expect(noticeFor(entry, PRINCIPAL_EVENT)?.data).toMatchObject({ target: PRINCIPAL, keys: 2 });
  });

  it('returns the parent event and no time to revoke for a follow-up check', () => {
    const data = noticeFor({ ...outcome('confirmed'), late: true } as AuditEntry, CHECK_EVENT)?.data;
    expect(data).toMatchObject({ parent: { source: '//hr.example/acme', id: 'offboarding-7' }, late: true });
    expect(data).not.toHaveProperty('timeToRevokeMs');
  });
});

describe('timeToRevokeMs', () => {
  const later = (ms: number) => ({ now: Date.parse('2026-11-23T09:30:00Z') + ms });

  it.each([
    [61_000, 61_000],
    [-5_000, 0],
  ])('counts from the time of the leak and is never negative: %d', (ms, expected) => {
    expect(noticeFor(outcome('confirmed'), KEY_EVENT, later(ms))?.data.timeToRevokeMs).toBe(expected);
  });

  it('is absent without a verified revocation', () => {
    expect(noticeFor(outcome('not-found'), KEY_EVENT, later(9))?.data).not.toHaveProperty('timeToRevokeMs');
    expect(noticeFor({ phase: 'hold', reason: 'held-limit', detail: 'x' })?.data).not.toHaveProperty('timeToRevokeMs');
  });

  it('is absent for an offboarding, which may be future-dated', () => {
    expect(noticeFor(outcome('confirmed'), PERSON_EVENT, later(9))?.data).not.toHaveProperty('timeToRevokeMs');
  });

  it('is absent if the time of the leak is invalid', () => {
    const metadata = { uid: UID, correlation_uid: 'a', event_code: 'credential.compromised.v1', original_time: 'now' };
    expect(noticeOf(forged(outcome('confirmed'), { metadata }))?.data).not.toHaveProperty('timeToRevokeMs');
  });
});

describe('noticeOf returns undefined', () => {
  it('for outcomes that are not final', () => {
    const made = Object.keys(OUTCOME_TERMS).filter((name) => noticeFor(outcome(name as Outcome)) !== undefined);
    expect(made).toEqual(['confirmed', 'already-revoked', 'not-found', 'no-keys', 'would-revoke']);
    expect(Object.keys(COMPLETED)).toEqual(made);
  });

  it('for intents, notes, refusals and replays', () => {
    const others = [...OTHER_STEPS, ...REPLAY_STEPS].filter(
      ({ entry }) => entry.phase !== 'hold' && entry.phase !== 'dead-letter',
    );
    expect(others.length).toBeGreaterThan(8);
    expect(others.map(({ entry, event }) => noticeFor(entry, event))).toEqual(others.map(() => undefined));
    expect(noticeFor({ phase: 'note', name: 'confirmed', detail: 'confirmed' }, eventOf(reinstated()))).toBeUndefined();
  });

  it('for messages without an event, so that a notice on a queue causes no other notice', () => {
    const entry: AuditEntry = { phase: 'dead-letter', reason: 'unknown-type', detail: 'type: unknown' };
    expect(noticeFor(entry, null)).toBeUndefined();
    expect(noticeFor(entry)).toBeDefined();
  });

  it('for a hold that was told before', () => {
    const hold = { phase: 'hold', reason: 'held-limit', detail: 'x' } as const;
    expect(noticeFor({ ...hold, repeated: true })).toBeUndefined();
    expect(noticeFor(hold)).toBeDefined();
  });

  it('for a checkpoint', () => {
    expect(noticeOf(forged(outcome('confirmed'), { unmapped: { phase: 'checkpoint' } }))).toBeUndefined();
  });

  it('for unknown codes and phases', () => {
    expect(noticeOf(forged(outcome('confirmed'), { status_detail: 'toString' }))).toBeUndefined();
    const hold: AuditEntry = { phase: 'hold', reason: 'held-limit', detail: 'x' };
    expect(noticeOf(forged(hold, { status_detail: 'held-for-ever' }))).toBeUndefined();
    expect(noticeOf(forged(hold, { unmapped: { phase: 'note' } }))).toBeUndefined();
    expect(noticeOf(forged(hold, { unmapped: 'hold' }))).toBeUndefined();
  });
});

describe('noticeOf with a hostile record', () => {
  const hold: AuditEntry = { phase: 'hold', reason: 'held-limit', detail: 'x' };
  const EVIL = `saml/"><!channel>\n[a](http://b)\u202e${'x'.repeat(600)}`;

  it('returns a summary without quotes, markup and schemes', () => {
    const line = forged(hold, { unmapped: { phase: 'hold', target: { principalName: EVIL } } });
    const data = noticeOf(line)?.data;
    const shown = `saml/????channel???a??http?//b??${'x'.repeat(600)}`;
    expect(data?.summary).toBe(`Held, needs action, held-limit: ${shown.slice(0, 128)}`);
    expect(data?.target).toBe(EVIL.replace(/[\n\u202e]/g, '?').slice(0, 512));
  });

  it('returns only printable texts of at most 512 characters', () => {
    const line = {
      ...forged(hold, {
        metadata: { correlation_uid: EVIL, event_code: EVIL, original_time: EVIL },
        unmapped: {
          phase: 'hold',
          detail: EVIL,
          lane: EVIL,
          target: { principalName: EVIL },
          source: { claimed: EVIL, sender_id: EVIL },
          policy: { mode: EVIL },
          parent: { source: EVIL, id: EVIL },
        },
      }),
      uid: EVIL,
    };
    const notice = noticeOf(line);
    const plain = EVIL.replace(/[\n\u202e]/g, '?').slice(0, 512);
    expect(notice?.id).toBe(plain);
    expect(notice?.data).toMatchObject({
      detail: plain,
      lane: plain,
      mode: plain,
      sender: plain,
      event: { type: plain, source: plain, id: plain, time: plain },
      parent: { source: plain, id: plain },
      command: '',
    });
  });

  it.each<[unknown, string]>([
    [-1, '1970-01-01T00:00:00.000Z'],
    [1e300, '9999-12-31T23:59:59.999Z'],
  ])('returns a valid time for %s', (time, expected) => {
    const line = lineOf(factsOf(hold, KEY_EVENT));
    expect(noticeOf({ ...line, time: Number(time) })?.time).toBe(expected);
  });

  it('omits values of another type, nested ones too', () => {
    const deeper = { phase: 'hold', policy: { mode: 1 }, parent: { source: 2, id: null } };
    expect(noticeOf(forged(hold, { unmapped: deeper }))?.data).toMatchObject({
      mode: '',
      parent: { source: '', id: '' },
    });
    const fields = { unmapped: { phase: 'hold', policy: 'enforce', parent: 'x', lane: 1, late_key: 'yes' } };
    expect(noticeOf(forged(hold, fields))?.data).toEqual({
      summary: 'Held, needs action, held-limit: no target',
      code: 'held-limit',
      detail: '',
      target: '',
      mode: '',
      lane: '',
      event: { ...SAID.event, source: '' },
      sender: '',
      runbook: 'RUNBOOK.md#held-limit',
      show: expect.any(String),
      command: '',
    });
  });
});
