/** What an item in the ledger approves: exactly what its operator saw, of this event, for a day. */
import { describe, expect, it } from 'vitest';
import {
  type Approval,
  approvalsIn,
  joinApprovals,
  mergeApprovals,
  targetHashes,
} from '../../../lib/ledger/approval.ts';
import { isApprovalKey, pointerAttributes, pointersIn, readApprovals } from '../../../lib/ledger/approvals.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { memoryPorts, openOutside, sha256 } from '../../support/memory-ports.ts';

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const hashes = (...targets: readonly string[]) => targetHashes({ sha256 }, targets);

const prefix = `approval#${'e'.repeat(64)}#`;
const HOLD = { targets: ['coreweave/a'], check: 'age', asOf: iso(EVENT_MS) };
const ITEM = {
  eventHash: 'h',
  targets: ['coreweave/a'],
  holds: [HOLD],
  reason: 'held-stale',
  userId: 'AROA:ann',
  operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  operationId: 'op-1',
  created: iso(EVENT_MS),
  validUntil: iso(EVENT_MS + DAY_MS),
} as const;
const KEY = `${prefix}held-stale#AROA:ann`;
const FACTS = { key: KEY, prefix, eventHash: 'h', now: EVENT_MS };

const approved = (differs: object = {}, facts: Partial<Parameters<typeof approvalsIn>[2]> = {}): readonly Approval[] =>
  approvalsIn({ sha256 }, { ...ITEM, ...differs }, { ...FACTS, ...facts });

describe('approvalsIn', () => {
  it('reads each hold by itself, with its targets as hashes', () => {
    const { key, reason, userId, operator, operationId } = { ...ITEM, key: KEY };
    const common = { key, reason, userId, operator, operationId };
    expect(approved({ holds: [HOLD, { targets: ['CWB', 'CWC'] }] })).toEqual([
      { ...common, targets: hashes('coreweave/a'), check: 'age', asOf: HOLD.asOf },
      { ...common, targets: hashes('CWB', 'CWC'), asOf: ITEM.created },
    ]);
  });

  it('reads an item of an earlier version as one hold of any check', () => {
    const [only, ...others] = approved({ holds: null });
    expect([only?.targets, only?.asOf, others]).toEqual([hashes('coreweave/a'), ITEM.created, []]);
    expect(only).not.toHaveProperty('check');
  });

  it.each<[string, object, Partial<typeof FACTS>?]>([
    ['another event', {}, { prefix: `approval#${'f'.repeat(64)}#` }],
    ['another body', { eventHash: 'other' }],
    ['a reason that is not that of the key', { reason: 'held-limit' }],
    ['a user who is not that of the key', { userId: 'AROA:eve' }],
    ['a reason that no hold has', { reason: 'api-rejected' }, { key: `${prefix}api-rejected#AROA:ann` }],
    ['a user id that is no text', { userId: 7, operator: 'claimed:ann' }, { key: `${prefix}held-stale#7` }],
    [
      'a user id that AWS does not give',
      { userId: 'a b', operator: 'claimed:ann' },
      { key: `${prefix}held-stale#a b` },
    ],
    ['an operator of another session', { operator: 'arn:aws:sts::123456789012:assumed-role/ops/eve' }],
    ['an operator that is no text', { operator: 7 }],
    ['an operation id that is no text', { operationId: null }],
    ['no creation time', { created: null }],
    ['a creation time that is none', { created: 'today' }],
    ['no end', { validUntil: 7 }],
    ['an end that is none', { validUntil: 'tomorrow' }],
    ['a list for an end', { validUntil: [ITEM.validUntil] }],
    ['one hold that cannot be read beside another', { holds: [HOLD, { targets: 'coreweave/a' }] }],
    ['a hold of null', { holds: [null] }],
    ['a hold that is a text', { holds: ['x'] }],
    ['a target that is no text', { holds: [{ targets: ['coreweave/a', 7] }] }],
    ['a check that is no text', { holds: [{ ...HOLD, check: 7 }] }],
    ['a time of what was seen that is no text', { holds: [{ ...HOLD, asOf: 7 }] }],
    ['targets of an earlier version that are no list', { holds: null, targets: 'coreweave/a' }],
  ])('approves nothing with %s', (_, differs, facts) => {
    expect(approved(differs, facts)).toEqual([]);
  });

  it('is valid for a day, however late its end, and no longer than to its end', () => {
    const until = (validUntil: number, now: number) => approved({ validUntil: iso(validUntil) }, { now }).length;
    const day = EVENT_MS + DAY_MS;
    expect([until(day + DAY_MS, day - 1), until(day + DAY_MS, day)]).toEqual([1, 0]);
    expect([until(EVENT_MS + 1_000, EVENT_MS + 999), until(EVENT_MS + 1_000, EVENT_MS + 1_000)]).toEqual([1, 0]);
  });

  it('may have been created up to ten minutes ahead of our clock, and so may what it saw', () => {
    const old = [{ ...HOLD, asOf: iso(EVENT_MS - DAY_MS) }];
    const ahead = (ms: number) => approved({ holds: old }, { now: EVENT_MS - ms }).length;
    expect([ahead(600_000), ahead(600_001)]).toEqual([1, 0]);
    const seen = (asOf: string) => approved({ holds: [{ ...HOLD, asOf }, HOLD] }).length;
    expect([seen(iso(EVENT_MS + 600_000)), seen(iso(EVENT_MS + 600_001)), seen('later')]).toEqual([2, 1, 1]);
  });

  it('counts for a run whose event was verified already, without its hash and after its end', () => {
    const late = { eventHash: undefined, now: EVENT_MS + 9 * DAY_MS };
    expect(approved({}, late)).toHaveLength(1);
    expect(approved({ created: null }, late)).toEqual([]);
    expect(approved({}, { ...late, prefix: 'approval#f#' })).toEqual([]);
  });
});

describe('targetHashes', () => {
  it.each([
    ['spellings of a SAML name are one target', ['saml/A@x', 'saml/a@X'], 1],
    ['spellings of a role are one target', ['role/Admins', 'role/admins'], 1],
    ['ids have one spelling', ['coreweave/A', 'coreweave/a'], 2],
    ['ids that hold such a name have one spelling', ['coreweave/saml/A', 'coreweave/saml/a'], 2],
    ['keys have one spelling', ['CWA', 'CWa'], 2],
  ])('%s', (_, targets, count) => expect(hashes(...targets)).toHaveLength(count));
});

describe('joinApprovals', () => {
  const stored = { ...ITEM, holds: [HOLD] };
  const other = { targets: ['coreweave/b'], check: 'age', asOf: iso(EVENT_MS) };
  const { reason, userId, operator, operationId, created } = ITEM;
  const item = {
    ...{ eventHash: 'h', targets: other.targets, holds: [other], reason, userId, operator, operationId, created },
    validUntil: iso(EVENT_MS + DAY_MS + 1),
  } as const;

  it('keeps what was approved of the same body, and its end', () => {
    expect(joinApprovals(stored, item, EVENT_MS)).toEqual({
      ...item,
      targets: ['coreweave/a', 'coreweave/b'],
      holds: [HOLD, other],
      validUntil: ITEM.validUntil,
    });
  });

  it('replaces a hold of the same check and targets', () => {
    const again = { ...HOLD, asOf: iso(EVENT_MS + 1) };
    expect(joinApprovals(stored, { ...item, holds: [again] }, EVENT_MS).holds).toEqual([again]);
    expect(joinApprovals(stored, { ...item, holds: [again, other] }, EVENT_MS).holds).toEqual([again, other]);
  });

  it.each<[string, object | undefined, number]>([
    ['there is none', undefined, EVENT_MS],
    ['it is of another body', { ...stored, eventHash: 'other' }, EVENT_MS],
    ['it has ended', stored, EVENT_MS + DAY_MS],
    ['its holds cannot be read', { ...stored, holds: [null] }, EVENT_MS],
  ])('is the new item alone where %s', (_, before, now) => {
    expect(joinApprovals(before as typeof stored | undefined, item, now)).toEqual(item);
  });
});

it('mergeApprovals replaces approvals of the same key and keeps the others', () => {
  const [first] = approved();
  if (first === undefined) throw new Error('expected an approval');
  const [second, newer] = [
    { ...first, key: 'approval#b' },
    { ...first, operationId: 'op-2' },
  ];
  expect(mergeApprovals([first, second], [newer])).toEqual([second, newer]);
  expect(mergeApprovals([first, second], [])).toEqual([first, second]);
});

it('readApprovals follows ten keys of the event at most, and no others', async () => {
  const event = { source: '//scanner.example', id: 'leak-1' };
  const own = `approval#${sha256(JSON.stringify([event.source, event.id]))}#held-stale#AROA:`;
  const asked: string[] = [];
  const { clock, table } = memoryPorts(openOutside(EVENT_MS));
  const get = async (pk: string) => {
    asked.push(pk);
    if (!pk.endsWith(':ann')) return undefined;
    return { pk, version: 1, data: { ...ITEM, holds: [{ ...HOLD }] } };
  };
  const ports = { clock, sha256, table: { ...table, get } };
  const keys = [KEY, `${own}ann`, `${own}ann`, ...Array.from({ length: 12 }, (_, n) => `${own}${n}`)];
  const found = await readApprovals(ports, keys, { event, eventHash: 'h' });
  expect(found.map(({ key }) => key)).toEqual([`${own}ann`]);
  expect(asked).toEqual([`${own}ann`, ...Array.from({ length: 9 }, (_, n) => `${own}${n}`)]);
});

describe('the pointers of a message', () => {
  it('are its approval keys, ten at most', () => {
    const keys = Array.from({ length: 12 }, (_, n) => `approval#${n}`);
    expect(pointersIn(`x approval# ${keys.join(' ')}`)).toEqual(keys.slice(0, 10));
    expect([pointersIn(undefined), pointersIn('')]).toEqual([[], []]);
  });

  it('are written once each, and not at all if there are none', () => {
    expect(pointerAttributes(['approval#a', 'approval#b', 'approval#a'])).toEqual({
      approvals: 'approval#a approval#b',
    });
    expect(pointerAttributes([])).toEqual({});
  });

  it.each([
    ['approval#a', true],
    [`approval#${'a'.repeat(400)}`, true],
    [`approval#${'a'.repeat(401)}`, false],
    ['approval#', false],
    ['xapproval#a', false],
    ['approval#a\n', false],
    ['approval#ä', false],
  ])('isApprovalKey(%j) is %s', (key, expected) => expect(isApprovalKey(key)).toBe(expected));
});
