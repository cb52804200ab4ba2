/**
 * What release 0.1.0 left on queues and in the ledger stays readable. It is written down here, not made by the
 * writers of the day: a fixture never changes with the code, and a new version gets its own beside these.
 */
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../events/canonical.ts';
import { principalName } from '../events/ids.ts';
import { parseMessage } from '../lib/consume/parse-message.ts';
import { openEnvelope, readDeadLetter } from '../lib/dead-letters/read.ts';
import { eventHash } from '../lib/ledger/approval.ts';
import { readApprovals } from '../lib/ledger/approvals.ts';
import { resolvePrincipals } from '../lib/ledger/directory.ts';
import { readRow } from '../lib/ledger/event-row.ts';
import { bodyHash, eventKey } from '../lib/ledger/events.ts';
import { createKeyLimits, FREE_KEYS } from '../lib/ledger/key-limits.ts';
import { reinstatedAt } from '../lib/ledger/reinstatements.ts';
import { openScimDirectory } from '../lib/ledger/scim-directory.ts';
import { isReason } from '../lib/model/reasons.ts';
import type { Row } from '../lib/ports.ts';
import { sha256 } from './support/memory-ports.ts';
import { memoryTable } from './support/memory-table.ts';

const NOW = Date.UTC(2026, 10, 24);
const KEY = 'CWABCDEFGHIJKLMN';
const NAME = 'saml/user@example.com';
const PARENT = { source: '//hr.example/acme', id: 'leaver-7' };
const head = { specversion: '1.0', id: 'e-1', source: '//hr.example/acme', time: '2026-11-23T09:30:00Z' };
const evidence = { detector: 'd', url: 'u', receivedVia: 'r', verifiedBy: 'v', sourceEventId: 's', fingerprint: 'f' };

const EVENTS = [
  { ...head, type: 'credential.compromised.v1', data: { accessKeyId: KEY } },
  { ...head, type: 'credential.compromised.v1', data: { accessKeyId: KEY, principalName: NAME, confidence: 'pair' } },
  { ...head, type: 'credential.compromised.v1', data: { accessKeyId: KEY, confidence: 'key-id-only', evidence } },
  { ...head, type: 'credential.compromised.v1', data: { reference: { provider: 'github', ref: 'acme/app#7' } } },
  { ...head, type: 'credential.compromised.v1', data: { principalName: NAME, scope: 'principal' } },
  { ...head, type: 'user.offboarded.v1', data: { principalName: NAME, effectiveAt: '2026-11-30T17:00:00+01:00' } },
  { ...head, type: 'user.offboarded.v1', data: { identity: { email: 'user@example.com' }, evidence } },
  { ...head, type: 'user.offboarded.v1', data: { identity: { login: 'user' } } },
  { ...head, type: 'user.reinstated.v1', data: { principalName: NAME } },
  { ...head, type: 'user.reinstated.v1', data: { identity: { externalId: '00u1' }, evidence } },
  { ...head, type: 'revocation.check.v1', data: { parent: PARENT, principalName: NAME, generation: 1 } },
  { ...head, type: 'revocation.check.v1', data: { parent: PARENT, accessKeyId: KEY, generation: 3 } },
];

describe('an event of version 1', () => {
  it.each(EVENTS)('$type, $data is taken whole', (event) => {
    expect(parseEvent(structuredClone(event), NOW)).toEqual({ kind: 'event', event });
  });
});

const DEAD_LETTER = {
  v: 1,
  reason: 'held-stale',
  detail: 'a sentence',
  event: EVENTS[5],
  lane: 'bulk',
  attempts: 3,
  firstSeen: '2026-11-23T09:31:00.000Z',
  lastSeen: '2026-11-23T10:31:00.000Z',
  lastStatus: 503,
  replays: 2,
  messageId: 'm-1',
};

const SENT_AGAIN =
  '{"specversion":"1.0","type":"user.offboarded.v1","id":"e-1","source":"//hr.example/acme",' +
  '"time":"2026-11-23T09:30:00Z","data":{"principalName":"saml/user@example.com",' +
  '"effectiveAt":"2026-11-30T17:00:00+01:00"}}';
const LATER =
  '{"specversion":"1.0","type":"user.offboarded.v2","id":"7","source":"//hr","time":"2026-11-23T09:30:00Z"}';
const RAW = {
  ...DEAD_LETTER,
  reason: 'unknown-version',
  event: null,
  raw: { sha256: 'a'.repeat(64), size: LATER.length, text: LATER, redacted: false, truncated: false },
};

const WITHHELD = {
  ...RAW,
  reason: 'unreadable',
  raw: { sha256: 'a'.repeat(64), size: 9, redacted: true, truncated: false },
};

const openedOf = (deadLetter: object) =>
  readDeadLetter({ messageId: 'dead-1', body: JSON.stringify(deadLetter), attributes: {}, sentAt: NOW }, NOW, sha256);

describe('a dead letter of version 1', () => {
  it('is opened with all that it says', () => {
    expect(openedOf(DEAD_LETTER)).toEqual({
      messageId: 'dead-1',
      reason: 'held-stale',
      detail: 'a sentence',
      event: EVENTS[5],
      about: { type: 'user.offboarded.v1', id: 'e-1', source: '//hr.example/acme' },
      lane: 'bulk',
      sentAt: NOW,
      firstSeen: Date.UTC(2026, 10, 23, 9, 31),
      lastSeen: Date.UTC(2026, 10, 23, 10, 31),
      attempts: 3,
      replays: 2,
      lastStatus: 503,
      resend: { kind: 'event', body: SENT_AGAIN },
      sender: '',
      origin: 'm-1',
    });
    expect(openEnvelope(RAW)).toEqual({
      reason: 'unknown-version',
      event: null,
      text: LATER,
      firstSeen: '2026-11-23T09:31:00.000Z',
      replays: 2,
    });
  });

  it('of 0.2 names whom a hold was about, and the approvals so far', () => {
    const more = { principals: [NAME], approvals: ['approval#a#held-stale#AROAEXAMPLE:ann'] };
    expect(openedOf({ ...DEAD_LETTER, ...more })).toMatchObject(more);
    for (const wrong of [[NAME, 7], 'x', [''], Array(101).fill(NAME)]) {
      expect(openedOf({ ...DEAD_LETTER, principals: wrong })).not.toHaveProperty('principals');
    }
  });

  it('may be about some parts of its message', () => {
    const parts = { count: 3, positions: [1, 4, 5] };
    expect(openedOf({ ...RAW, parts }).parts).toEqual(parts);
    expect(openedOf(RAW)).not.toHaveProperty('parts');
    expect(openedOf({ ...RAW, parts: { count: -1, positions: ['x', 1e99] } }).parts).toEqual({
      count: 0,
      positions: [0, 0],
    });
    expect(openedOf({ ...RAW, parts: 'x' })).not.toHaveProperty('parts');
  });

  it('sends its text again as it was received, and nothing when it was withheld', () => {
    expect(openedOf(RAW).resend).toEqual({ kind: 'text', body: LATER });
    expect(openedOf(WITHHELD).resend).toEqual({ kind: 'none', code: 'redacted' });
  });

  it('that comes back on a lane is its event, in its round', () => {
    const redriven = { firstSeen: DEAD_LETTER.firstSeen, replays: 2, text: JSON.stringify(EVENTS[5]) };
    expect(parseMessage(JSON.stringify(DEAD_LETTER), { now: NOW, opensDeadLetters: true })).toEqual([
      { kind: 'event', event: EVENTS[5], redriven },
    ]);
  });

  it.each(
    `unreadable unknown-type unknown-version invalid oversize secret-like-target unmappable unresolved console-only
    api-rejected retries-exhausted unconfirmed replay-limit crashed held-protected held-limit held-stale held-superseded
    held-low-confidence held-near-match held-dry-run held-conflict`.split(/\s+/),
  )('has the reason %s for good', (reason) => {
    expect(isReason(reason)).toBe(true);
    expect(openedOf({ ...DEAD_LETTER, reason }).reason).toBe(reason);
  });
});

const PORTS = {
  sha256,
  table: memoryTable({ now: () => NOW }),
  clock: { now: () => NOW, sleep: async () => {} },
};

const OFFBOARDED = { principalName: NAME, effectiveAt: '2026-11-30T17:00:00+01:00', evidence: { detector: 'x' } };
const ROW = {
  state: 'open',
  bodyHash: 'b'.repeat(64),
  time: '2026-11-23T09:30:00Z',
  holder: 'env-1',
  leaseUntil: NOW,
  principals: [],
  late: false,
  checked: {},
};

const approval = {
  codes: ['held-stale', 'held-limit'],
  by: 'ann',
  at: '2026-11-23T11:00:00.000Z',
  operationId: 'op-1',
  bodyHash: 'b'.repeat(64),
};

describe('a ledger row of version 1', () => {
  it.each([
    ['just claimed', ROW],
    ['with its keys listed', { ...ROW, principals: [NAME], fence: [KEY], late: true }],
    ['scheduled', { ...ROW, state: 'scheduled', dueAt: NOW, holder: '', leaseUntil: 0 }],
    ['held, then approved', { ...ROW, state: 'held', approval }],
    ['dead', { ...ROW, state: 'dead' }],
    ['done, and followed up', { ...ROW, state: 'done', principals: [NAME], fence: [], checked: { [NAME]: 2 } }],
  ])('%s is read without a change', (_, row) => {
    expect(readRow(structuredClone(row))).toEqual(row);
  });

  it('of 0.2, with the approvals of its runs, is read without a change', () => {
    const used = {
      key: `approval#${'a'.repeat(64)}#held-stale#AROAEXAMPLE:ann`,
      reason: 'held-stale',
      userId: 'AROAEXAMPLE:ann',
      targets: ['b'.repeat(64)],
      operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
      operationId: 'op-1',
    };
    const row = { ...ROW, state: 'done', approvals: [used] };
    expect(readRow(structuredClone(row))).toEqual(row);
  });

  it('of an approval of 0.2 is found under its key, and covers what it says', async () => {
    const parsed = parseEvent({ ...head, ...PARENT, type: 'user.offboarded.v1', data: OFFBOARDED }, NOW);
    if (parsed.kind !== 'event') throw new Error(parsed.detail);
    const { event } = parsed;
    const pk = 'approval#c7cda08ca094fa5660ae9a3d065e23888b3b501c629512823f98e7727f9fabca#held-stale#AROAEXAMPLE:ann';
    const data = {
      eventHash: '646b03bbe90f7f20b59bdcccd5b4a4e557c0da3f2a45574b17dd0d17ab866407',
      targets: [NAME],
      reason: 'held-stale',
      userId: 'AROAEXAMPLE:ann',
      operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
      operationId: 'op-1',
      created: '2026-11-23T12:00:00.000Z',
      validUntil: '2026-11-24T12:00:00.000Z',
    };
    await PORTS.table.put({ pk, version: 1, data }, undefined);
    expect(await readApprovals(PORTS, [pk], { event, eventHash: eventHash(PORTS, event) })).toEqual([
      {
        key: pk,
        reason: 'held-stale',
        userId: 'AROAEXAMPLE:ann',
        targets: ['b02d1d2d61c3090557d8f630571f9547d42aaf5927759f5e54a7918e3027d162'],
        operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
        operationId: 'op-1',
        asOf: '2026-11-23T12:00:00.000Z',
      },
    ]);
  });

  it('is found under its key, and is about the same body', () => {
    const parsed = parseEvent({ ...head, ...PARENT, type: 'user.offboarded.v1', data: OFFBOARDED }, NOW);
    if (parsed.kind !== 'event') throw new Error(parsed.detail);
    expect(eventKey(PORTS, parsed.event)).toBe(
      'event#c7cda08ca094fa5660ae9a3d065e23888b3b501c629512823f98e7727f9fabca',
    );
    expect(bodyHash(PORTS, parsed.event)).toBe('bfa145f978146880de5dd055597575ad49a65200bd4791fab7b0a4e3891fcfc8');
  });

  it('of a leaked key that was counted, and of its counters, is found under its key', async () => {
    const asked: string[] = [];
    const note = (pk: string): void =>
      void asked.push(pk.replace(/#\d{13}(?=#|$)/, '#<start>').replace(/[0-9a-f]{64}/g, '<hash>'));
    const table = {
      ...PORTS.table,
      get: async (pk: string) => {
        note(pk);
        return undefined;
      },
      put: async ({ pk }: Row) => note(pk) === undefined,
      increment: async (pk: string) => note(pk) === undefined && !pk.includes('#10m#'),
    };
    const keyOf = (n: number) => ({ sender: '//a', source: '//a/app', accessKeyId: `CW${n}` });
    const settings = { senderKeysPer10Minutes: 1, senderKeysPerDay: 'off' } as const;
    const limits = createKeyLimits({ ...PORTS, chance: { id: () => 'holder' }, table }, settings);
    for (let n = 0; n <= FREE_KEYS; n += 1) await limits.placeOf(keyOf(n)).admit();
    const day = createKeyLimits(
      { ...PORTS, chance: { id: () => 'holder' }, table },
      { senderKeysPer10Minutes: 'off', senderKeysPerDay: 1 },
    );
    for (let n = 0; n <= FREE_KEYS; n += 1) await day.placeOf(keyOf(n)).admit();
    expect(asked).toEqual([
      'key#<hash>',
      'window#keys#<hash>#10m#<start>#0',
      'window#keys#<hash>#10m#<start>#held#<hash>',
      'key#<hash>',
      'window#keys#<hash>#day#<start>#0',
      'key#<hash>',
    ]);
  });

  it('of a person or a reinstatement is found under its key', async () => {
    const put = (pk: string, data: Row['data']) => PORTS.table.put({ pk, version: 1, data }, undefined);
    await put('identity#email#user@example.com', { principals: [NAME] });
    await put(`reinstated#${NAME}`, { time: '2026-11-23T09:30:00Z' });
    await put('reinstated#login:user', { time: '2026-11-23T10:30:00Z' });
    expect(await resolvePrincipals(PORTS.table, { identity: { email: 'user@example.com' } }, [])).toEqual([NAME]);
    expect(await reinstatedAt(PORTS, [principalName.parse(NAME)], ['hr'])).toBe('2026-11-23T09:30:00Z');
    expect(await reinstatedAt(PORTS, [{ login: 'user' }], ['hr'])).toBe('2026-11-23T10:30:00Z');
  });

  it('of a directory’s user is found under its key, as it was written', async () => {
    const id = 'dXNlckBleGFtcGxlLmNvbQ';
    const user = { id, userName: 'user@example.com', names: ['user@example.com'], active: false, deleted: false };
    const pk = 'directory#scim#b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514';
    const stored = { pk, version: 1, data: { ...user, time: '2026-11-23T09:30:00.000Z' } };
    expect(await PORTS.table.put(stored, undefined)).toBe(true);
    expect(await openScimDirectory(PORTS).find({ userName: 'User@Example.com', id })).toEqual(user);
  });
});
