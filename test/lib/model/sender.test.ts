import { describe, expect, it } from 'vitest';
import {
  admitSender,
  authorityOfSource,
  type OwnRole,
  originalSenderOf,
  principalIdOf,
  type SenderBinding,
} from '../../../lib/model/sender.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const HR: SenderBinding = {
  name: 'hr',
  senderId: 'AROAHR',
  sources: ['//hr.example/'],
  types: ['user.offboarded.v1'],
  authority: 'people',
};
const ON_CALL: SenderBinding = { name: 'on-call', senderId: 'AROAOPS', sources: [''], authority: 'operator' };
const OKTA: SenderBinding = { name: 'okta', senderId: 'https:okta', sources: ['okta://'], authority: 'people' };
const BOUND = { ...UNBOUND, bindings: [ON_CALL, HR, OKTA] };

const LEFT = 'user.offboarded.v1';
const CHECK = 'revocation.check.v1';
const FOLLOW_UP = '//revocation-handler/follow-up';

describe('admitSender without SENDERS', () => {
  it.each([
    ['AROAANY', '//anything', LEFT, '//anything'],
    ['', '//anything', LEFT, '//anything'],
    ['https:okta', 'okta://system-log', LEFT, 'okta://system-log'],
    ['https:standard-webhooks', '//hr.example/acme', LEFT, '//hr.example/acme'],
    ['https:webhook/bamboohr', 'webhook://bamboohr', LEFT, 'webhook://bamboohr'],
    ['https:ssf/idp', 'ssf://idp', LEFT, 'ssf://idp'],
    ['https:gitguardian', 'gitguardian://acme', LEFT, 'gitguardian://acme'],
    ['own:revoke', FOLLOW_UP, CHECK, FOLLOW_UP],
    ['own:canary', '//canary.revocation', 'credential.compromised.v1', '//canary.revocation'],
  ])('admits %s with %s, whose authority is its source', (id, source, type, authority) => {
    expect(admitSender(id, { source, type }, UNBOUND)).toEqual({ kind: 'sender', sender: { id, name: id, authority } });
  });

  it.each([
    ['AROAANY', FOLLOW_UP, CHECK, 'rule: the source or type is reserved'],
    ['AROAANY', '//anything', CHECK, 'rule: the source or type is reserved'],
    ['AROAANY', '//revocation-handler/notices', LEFT, 'rule: the source or type is reserved'],
    ['AROAANY', '//canary.revocation', LEFT, 'rule: the source or type is reserved'],
    ['https:okta', '//hr.example/acme', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', 'okta://system-log', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', 'webhook://bamboohr', LEFT, 'rule: the webhook may not use this source'],
    ['https:webhook/bamboohr', 'webhook://gusto', LEFT, 'rule: the webhook may not use this source'],
    ['https:webhook/idp', 'ssf://idp', LEFT, 'rule: the webhook may not use this source'],
    ['https:ssf/idp', 'ssf://other', LEFT, 'rule: the webhook may not use this source'],
    ['https:ssf/idp', 'webhook://idp', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', 'ssf://idp', LEFT, 'rule: the webhook may not use this source'],
    ['https:webhook/bamboohr', '//hr.example/acme', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', 'github://acme/app', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', 'scim://users', LEFT, 'rule: the webhook may not use this source'],
    ['https:standard-webhooks', '//revoker.cli/ann', LEFT, 'rule: the webhook may not use this source'],
    ['own:ingest', '//anything', LEFT, 'rule: the function does not send such events by itself'],
    ['own:canary', '//anything', LEFT, 'rule: the function does not send such events by itself'],
    ['own:revoke', '//anything', LEFT, 'rule: the function does not send such events by itself'],
    ['own:revoke', '//anything', CHECK, 'rule: the function does not send such events by itself'],
    ['own:scheduler', FOLLOW_UP, CHECK, 'rule: the function does not send such events by itself'],
  ])('does not admit %s with %s and %s', (id, source, type, rule) => {
    expect(admitSender(id, { source, type }, UNBOUND)).toEqual({ kind: 'rule', rule });
  });
});

describe('admitSender with SENDERS', () => {
  it.each([
    ['AROAHR', '//hr.example/acme', 'hr', 'people'],
    ['AROAOPS', '//hr.example/acme', 'on-call', 'operator'],
    ['https:okta', 'okta://system-log', 'okta', 'people'],
    ['https:github', 'github://acme/app', 'https:github', 'github://acme/app'],
    ['https:standard-webhooks', '//vendor.example/x', 'https:standard-webhooks', '//vendor.example/x'],
    // Spelled like an authority, which it is not.
    ['https:standard-webhooks', 'people', 'https:standard-webhooks', 'source people'],
    ['https:standard-webhooks', 'operator', 'https:standard-webhooks', 'source operator'],
  ])('admits %s with %s as %s with the authority %s', (id, source, name, authority) => {
    expect(admitSender(id, { source, type: LEFT }, BOUND)).toEqual({ kind: 'sender', sender: { id, name, authority } });
  });

  it.each([
    ['AROAANY', '//hr.example/acme', LEFT, 'rule: the sender is not named in SENDERS'],
    ['', '//hr.example/acme', LEFT, 'rule: the sender is not named in SENDERS'],
    ['AROAHR', '//other.example/', LEFT, 'rule: the sender may not use this source or type'],
    ['AROAHR', '//hr.example/acme', 'user.reinstated.v1', 'rule: the sender may not use this source or type'],
    ['AROAOPS', FOLLOW_UP, CHECK, 'rule: the source or type is reserved'],
    ['https:standard-webhooks', '//hr.example/acme', LEFT, 'rule: the source is bound to another sender'],
  ])('does not admit %s with %s and %s', (id, source, type, rule) => {
    expect(admitSender(id, { source, type }, BOUND)).toEqual({ kind: 'rule', rule });
  });
});

it('admitSender lets a webhook with a source of its own use it, although SENDERS binds that to a role too', () => {
  const role = { ...HR, sources: ['github://'] };
  expect(
    admitSender('https:github', { source: 'github://acme', type: LEFT }, { ...UNBOUND, bindings: [role] }).kind,
  ).toBe('sender');
});

describe('originalSenderOf', () => {
  const session = (role: OwnRole) => `${ROLE_IDS[role]}:session`;
  it.each([
    ['a stranger', { senderId: 'AROAX:own:revoke' }, 'AROAX'],
    ['a user', { senderId: 'AIDAX' }, 'AIDAX'],
    ['a stranger with our attribute', { senderId: 'AROAX:s', sentFor: 'https:okta' }, 'AROAX'],
    ['a stranger with a dead letter', { senderId: 'AROAX:s', deadLetterSays: 'https:okta' }, ''],
    ['ingest', { senderId: session('ingest'), sentFor: 'https:okta' }, 'https:okta'],
    ['ingest of 0.1', { senderId: session('ingest'), source: 'scim://users' }, 'https:scim'],
    ['ingest of 0.1, other source', { senderId: session('ingest'), source: '//hr' }, 'https:standard-webhooks'],
    ['ingest of 0.1 without an event', { senderId: session('ingest') }, ''],
    ['a replay', { senderId: session('replay'), sentFor: 'AROAX' }, 'AROAX'],
    ['a replay that does not know', { senderId: session('replay') }, ''],
    ['revoke', { senderId: session('revoke') }, 'own:revoke'],
    ['a dead letter moved back', { senderId: session('revoke'), deadLetterSays: 'AROAX' }, 'AROAX'],
    ['a dead letter of 0.1 moved back', { senderId: session('revoke'), deadLetterSays: '' }, ''],
    ['a schedule', { senderId: session('scheduler') }, 'own:scheduler'],
    ['the canary', { senderId: session('canary') }, 'own:canary'],
  ])('of %s', (_name, message, expected) => {
    const said = { sentFor: '', deadLetterSays: undefined, source: undefined, ...message };
    expect(originalSenderOf(said, UNBOUND)).toBe(expected);
  });
});

it('principalIdOf returns the part before the session name', () => {
  expect(['AROAX:a:b', 'AIDAX', ''].map(principalIdOf)).toEqual(['AROAX', 'AIDAX', '']);
});

it('authorityOfSource returns the authority that SENDERS binds a source to, else the source', () => {
  const senders = { ...UNBOUND, bindings: [HR, OKTA] };
  expect(authorityOfSource('//hr.example/acme', senders)).toBe('people');
  expect(authorityOfSource('//other', senders)).toBe('//other');
  expect(authorityOfSource('//hr.example/acme', UNBOUND)).toBe('//hr.example/acme');
  expect([senders, UNBOUND].map((each) => authorityOfSource('people', each))).toEqual(['source people', 'people']);
});

it('authorityOfSource: the longest prefix decides, and an operator of every source owns the rest', () => {
  const payroll = { ...HR, sources: ['//hr.example/payroll'], authority: 'payroll' };
  const senders = { ...UNBOUND, bindings: [ON_CALL, HR, payroll] };
  const sources = ['//hr.example/payroll/1', '//hr.example/acme', '//other'];
  expect(sources.map((source) => authorityOfSource(source, senders))).toEqual(['payroll', 'people', 'operator']);
});
