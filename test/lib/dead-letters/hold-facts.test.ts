/** What a dead letter says beside its event: written, read back, and left out where it cannot be right. */
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { readDeadLetter, type StoredDeadLetter } from '../../../lib/dead-letters/read.ts';
import { targetNames } from '../../../lib/dead-letters/targets.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { deadLetterOf } from '../../support/replay-stage.ts';

const open = (body: string): StoredDeadLetter =>
  readDeadLetter({ messageId: 'dead-1', body, attributes: {}, sentAt: EVENT_MS }, EVENT_MS, sha256);
/** A dead letter with some of its fields replaced by anything. */
const forged = (fields: object): StoredDeadLetter =>
  open(JSON.stringify({ ...JSON.parse(deadLetterOf().body), ...fields }));

const STANDING = {
  principalName: SAML_PRINCIPAL,
  authority: '//hr.example',
  state: 'scheduled',
  source: '//hr.example/acme',
  id: 'offboarding-7',
  time: '2026-11-23T09:30:00Z',
} as const;

const FACTS = {
  accessKeyId: KEY_ID,
  check: 'age',
  asOf: '2026-11-23T09:30:00Z',
  standing: [STANDING, { ...STANDING, state: 'offboarded' }],
  principals: [PRINCIPAL, SAML_PRINCIPAL],
  approvals: ['approval#a#held-stale#AROA:ann'],
  parts: { count: 2, positions: [1, 3] },
  sender: 'AROAHR',
} satisfies Partial<DeadLetter>;

describe('readDeadLetter', () => {
  it('reads every fact of a hold as it was written', () => {
    expect(open(deadLetterOf(keyLeak(), FACTS).body)).toMatchObject(FACTS);
  });

  it.each<[keyof StoredDeadLetter, unknown]>([
    ['accessKeyId', 'a b'],
    ['check', 'x\u001b[2J'],
    ['check', 7],
    ['asOf', 'soon'],
    ['asOf', 7],
    ['standing', 'x'],
    ['principals', [PRINCIPAL, 7]],
    ['principals', [PRINCIPAL, '']],
    ['principals', Array(101).fill(PRINCIPAL)],
    ['principals', PRINCIPAL],
    ['approvals', [{}]],
    ['parts', [1]],
    ['parts', { count: 1, positions: '1' }],
  ])('leaves out %s where it is %j', (name, value) => {
    expect(forged({ [name]: value })).not.toHaveProperty(name);
  });

  it('keeps as many principals as a list may have', () => {
    expect(forged({ principals: Array(100).fill(PRINCIPAL) }).principals).toHaveLength(100);
  });

  it('takes no field of a standing event that cannot be shown, and an unknown state for the stricter one', () => {
    const blank = { principalName: '', authority: '', state: 'offboarded', source: '', id: '', time: '' };
    expect(forged({ standing: [7, { ...STANDING, state: 'paused', id: '\u0007' }] }).standing).toEqual([
      blank,
      { ...STANDING, state: 'offboarded', id: '' },
    ]);
    expect(forged({ standing: Array(101).fill(STANDING) }).standing).toHaveLength(100);
  });

  it('takes no count or position of parts that is none, and a hundred at most', () => {
    expect(forged({ parts: { count: -1, positions: [1, 'x', 2.5] } }).parts).toEqual({
      count: 0,
      positions: [1, 0, 0],
    });
    expect(forged({ parts: { count: 150, positions: Array(150).fill(1) } }).parts?.positions).toHaveLength(100);
  });

  it.each([
    [{ redacted: true, truncated: false }, 'redacted'],
    [{ redacted: false, truncated: true }, 'truncated'],
  ])('believes that a text is not whole: %j', (marks, code) => {
    const raw = { sha256: 'a', size: 4, text: 'text', ...marks };
    expect(forged({ event: null, raw })).toMatchObject({ raw, resend: { kind: 'none', code } });
  });
});

describe('targetNames', () => {
  const eventOf = (value: object) => {
    const parsed = parseEvent(value, EVENT_MS);
    return parsed.kind === 'event' ? parsed.event : null;
  };
  const person = { data: { identity: { email: 'user@example.com' } } };

  it.each<[string, Parameters<typeof targetNames>[0], readonly string[] | undefined]>([
    ['what the event names', { event: eventOf(keyLeak()) }, [KEY_ID]],
    ['the principals of a person', { event: eventOf(offboarded(person)), principals: [PRINCIPAL] }, [PRINCIPAL]],
    [
      'the key of an alert',
      { event: eventOf(keyLeak()), accessKeyId: 'CWOTHER', principals: [PRINCIPAL] },
      ['CWOTHER'],
    ],
    ['nothing of a person whose principals are not known', { event: eventOf(offboarded(person)) }, undefined],
    ['nothing without an event', { event: null }, undefined],
  ])('is %s', (_, deadLetter, expected) => expect(targetNames(deadLetter)).toEqual(expected));
});
