import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { planOf, targetName } from '../../../lib/model/plan.ts';
import {
  check,
  EVENT_MS,
  KEY_ID,
  keyLeak,
  offboarded,
  PRINCIPAL,
  principalLeak,
  reinstated,
  SAML_PRINCIPAL,
} from '../../support/event-factory.ts';

const planned = (value: unknown) => {
  const parsed = parseEvent(value, EVENT_MS);
  if (parsed.kind !== 'event') throw new Error(parsed.detail);
  return planOf(parsed.event);
};
const identity = { email: 'user@example.com' };

describe('planOf', () => {
  it.each<[string, unknown, object]>([
    ['a leaked key', keyLeak(), { kind: 'key', target: { kind: 'key', accessKeyId: KEY_ID } }],
    [
      'a leaked key with its owner: only the key',
      keyLeak({ data: { accessKeyId: KEY_ID, principalName: PRINCIPAL } }),
      { kind: 'key', target: { kind: 'key', accessKeyId: KEY_ID } },
    ],
    [
      'all keys of a principal',
      principalLeak(),
      { kind: 'principal', subject: { principalName: PRINCIPAL }, late: false },
    ],
    [
      'an alert without a key',
      keyLeak({ data: { reference: { provider: 'github', ref: '7' } } }),
      { kind: 'alert', reference: { provider: 'github', ref: '7' } },
    ],
    ['an offboarding', offboarded(), { kind: 'principal', subject: { principalName: SAML_PRINCIPAL }, late: true }],
    [
      'a future-dated offboarding',
      offboarded({ data: { identity, effectiveAt: '2026-12-01T00:00:00Z' } }),
      { kind: 'principal', subject: { identity }, late: true, effectiveAt: '2026-12-01T00:00:00Z' },
    ],
    ['a reinstatement', reinstated({ data: { identity } }), { kind: 'reinstate', subject: { identity } }],
    [
      'a check',
      check(),
      {
        kind: 'check',
        target: { kind: 'principal', principalName: SAML_PRINCIPAL },
        parent: { source: '//hr.example/acme', id: 'offboarding-7' },
        generation: 1,
      },
    ],
    [
      'a check of a key',
      check({ data: { accessKeyId: KEY_ID, parent: { source: '//scanner', id: '7' }, generation: 2 } }),
      {
        kind: 'check',
        target: { kind: 'key', accessKeyId: KEY_ID },
        parent: { source: '//scanner', id: '7' },
        generation: 2,
      },
    ],
  ])('%s', (_name, value, plan) => expect(planned(value)).toStrictEqual(plan));
});

describe('targetName', () => {
  it('returns the name that the API uses', () => {
    const [key, whole] = [planned(keyLeak()), planned(check())];
    expect(key.kind === 'key' && targetName(key.target)).toBe(KEY_ID);
    expect(whole.kind === 'check' && targetName(whole.target)).toBe(SAML_PRINCIPAL);
  });
});
