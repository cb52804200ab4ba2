/** From a person to candidates: what the directory names first, then what templates spell; nothing is repaired. */
import { describe, expect, it } from 'vitest';
import { candidatesOf, identityName } from '../../../lib/ledger/directory.ts';

const EMAIL = { email: 'user@example.com' };

describe('an identity', () => {
  it.each([
    [EMAIL, { kind: 'email', value: 'user@example.com' }],
    [{ login: 'Jane' }, { kind: 'login', value: 'Jane' }],
    [{ externalId: '00u1a' }, { kind: 'externalId', value: '00u1a' }],
  ])('is named by its one field', (identity, expected) => {
    expect(identityName(identity)).toEqual(expected);
  });
});

describe('the candidates of an identity', () => {
  it.each([
    ['nothing, when neither directory nor template knows it', EMAIL, undefined, [], undefined],
    ['nothing, when the template is for another kind', EMAIL, undefined, ['saml/{login}'], undefined],
    [
      'nothing, when the template of another kind names personal principals',
      EMAIL,
      undefined,
      ['coreweave/{login}'],
      undefined,
    ],
    ['what the directory names', EMAIL, ['coreweave/a', 'role/b'], [], ['coreweave/a', 'role/b']],
    ['no principal for an empty directory entry', EMAIL, [], [], []],
    ['what a template spells', EMAIL, undefined, ['saml/{email}'], ['saml/user@example.com']],
    [
      'both, the directory first, each once',
      EMAIL,
      ['coreweave/a', 'saml/user@example.com'],
      ['saml/{email}', 'coreweave/{email}'],
      ['coreweave/a', 'saml/user@example.com', 'coreweave/user@example.com'],
    ],
    ['none that a template makes shared', { login: 'admins' }, undefined, ['saml/{login}', 'role/{login}'], undefined],
    ['none with a role, even with an @', { login: 'a@b' }, undefined, ['role/{login}'], undefined],
    ['one that is personal by its prefix', { login: 'jane' }, undefined, ['coreweave/{login}'], ['coreweave/jane']],
    ['the shared ones that the directory names', { login: 'jane' }, ['saml/admins'], [], ['saml/admins']],
    ['no name that the API could not have', EMAIL, ['saml/', 'coreweave/a b', 'other/x', 'role/*'], [], []],
    ['byte for byte what was written', { login: 'JANE.Doe' }, undefined, ['coreweave/{login}'], ['coreweave/JANE.Doe']],
    [
      'the value as it is, where it looks like a pattern',
      { login: '$&$1' },
      undefined,
      ['coreweave/{login}'],
      ['coreweave/$&$1'],
    ],
  ])('are %s', (_, identity, entry, templates, expected) => {
    expect(candidatesOf(identity, entry, templates)).toEqual(expected);
  });
});
