/**
 * Canonical events as fresh plain objects, in the form in which they travel. Top-level overrides replace fields; `data`
 * replaces the whole data. Equal arguments give equal events; other arguments give another id.
 */
import { createHash } from 'node:crypto';
import { FOLLOW_UP_SOURCE } from '../../lib/model/follow-up.ts';

export const EVENT_TIME = '2026-11-23T09:30:00Z';
/** EVENT_TIME in epoch ms. */
export const EVENT_MS = Date.UTC(2026, 10, 23, 9, 30);
export const KEY_ID = 'CWABCDEFGHIJKLMN';
export const PRINCIPAL = 'coreweave/ueqXfgRCYGqptEXAMPLE1';
export const SAML_PRINCIPAL = 'saml/user@example.com';

type Fields = Record<string, unknown>;

function event(type: string, data: Fields, overrides: Fields): Fields {
  const [kind = type] = type.split('.').slice(-2);
  const digest = createHash('sha256')
    .update(JSON.stringify([type, data, overrides]))
    .digest('hex')
    .slice(0, 12);
  return {
    specversion: '1.0',
    type,
    id: `${kind}-${digest}`,
    source: '//scanner.example/acme/app',
    time: EVENT_TIME,
    data: structuredClone(data),
    ...structuredClone(overrides),
  };
}

/** A leaked access key. */
export const keyLeak = (overrides: Fields = {}): Fields =>
  event('credential.compromised.v1', { accessKeyId: KEY_ID }, overrides);

/** A principal whose keys are all compromised. */
export const principalLeak = (overrides: Fields = {}): Fields =>
  event('credential.compromised.v1', { principalName: PRINCIPAL, scope: 'principal' }, overrides);

/** An offboarding, named by principal. */
export const offboarded = (overrides: Fields = {}): Fields =>
  event('user.offboarded.v1', { principalName: SAML_PRINCIPAL }, overrides);

/** A reinstatement, named by principal. */
export const reinstated = (overrides: Fields = {}): Fields =>
  event('user.reinstated.v1', { principalName: SAML_PRINCIPAL }, overrides);

/** Our own follow-up of a principal's revocation. */
export const check = (overrides: Fields = {}): Fields =>
  event(
    'revocation.check.v1',
    {
      parent: { source: '//hr.example/acme', id: 'offboarding-7' },
      principalName: SAML_PRINCIPAL,
      generation: 1,
    },
    { source: FOLLOW_UP_SOURCE, ...overrides },
  );
