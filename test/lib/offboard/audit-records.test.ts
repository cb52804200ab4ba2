/**
 * What the audit says of a principal's revocation beside its outcome: which keys it was about, and how they were looked
 * at.
 */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { EVENT_MS, offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { type FunctionOptions, startFunction } from '../../support/memory-function.ts';
import { type Outside, openOutside } from '../../support/memory-ports.ts';
import { sqsRecords } from '../../support/record-factory.ts';
import { said } from '../../support/recorded.ts';

/**
 * Delivers events about principals to an instance of its own, one batch for each, and returns what was said of the
 * last.
 */
async function ofPrincipal(
  events: readonly object[],
  prepare: (outside: Outside) => unknown,
  options: FunctionOptions = {},
) {
  const outside = openOutside(EVENT_MS);
  await prepare(outside);
  for (const [at, event] of events.entries()) {
    if (at === events.length - 1) outside.audit.length = 0;
    await startFunction(outside, options).deliver(sqsRecords([event], { lane: 'bulk' }));
  }
  return outside.audit.map(said);
}
const createKeys =
  (owner: string, count: number, script: Script = () => ({})) =>
  ({ store, api }: Outside) => {
    api.play(script);
    return store.createKeys(owner, count);
  };

describe('the record of a principal', () => {
  const offboarding = offboarded();
  const person = offboarded({ data: { identity: { email: 'user@example.com' } } });
  const templates = { settings: { principalTemplates: ['saml/{email}'] } };
  const reads =
    (shown: ReturnType<typeof answer>): Script =>
    ({ call }) =>
      call === 'read-key' ? { answer: shown } : {};

  it('the keys before and what is left of them after, and how they were looked at', async () => {
    let createdKeys: readonly string[] = [];
    const records = await ofPrincipal([offboarding], (outside) => {
      createdKeys = outside.store.createKeys(SAML_PRINCIPAL, 2);
    });
    expect(records).toEqual([
      ['intent', SAML_PRINCIPAL, { attempt: 1 }],
      ['confirmed', SAML_PRINCIPAL, { attempt: 1, status: '200', by: 'read-back', before: createdKeys, after: [] }],
    ]);
  });

  it.each([
    [1, 'read-back'],
    [20, 'read-back'],
    [21, 'listing'],
  ])('with %i keys they are looked at by %s', async (count, by) => {
    const [, outcome] = await ofPrincipal([offboarding], createKeys(SAML_PRINCIPAL, count));
    expect(outcome?.[2]).toMatchObject({ by, after: [] });
  });

  it('those that still live after it, and no others', async () => {
    let createdKeys: readonly string[] = [];
    const records = await ofPrincipal([offboarding], ({ store, api }) => {
      createdKeys = store.createKeys(SAML_PRINCIPAL, 3);
      api.play((request) =>
        'accessKeyId' in request && request.accessKeyId === createdKeys[1] ? { answer: answer(500) } : {},
      );
    });
    expect(records.at(-1)).toEqual([
      'accepted',
      SAML_PRINCIPAL,
      { attempt: 1, status: '200', by: 'read-back', before: createdKeys, after: [createdKeys[1]] },
    ]);
  });

  it('nothing of the keys after it when nothing could be seen', async () => {
    const records = await ofPrincipal([offboarding], createKeys(SAML_PRINCIPAL, 1, reads(answer(500))));
    expect(records.at(-1)).toEqual([
      'accepted',
      SAML_PRINCIPAL,
      { attempt: 1, status: '200', by: 'read-back', before: [expect.any(String)] },
    ]);
  });

  it('that it had none, by what was listed', async () => {
    expect(await ofPrincipal([offboarding], () => {})).toEqual([
      ['intent', SAML_PRINCIPAL, { attempt: 1 }],
      ['no-keys', SAML_PRINCIPAL, { attempt: 1, status: '200', by: 'listing', before: [], after: [] }],
    ]);
    expect(await ofPrincipal([person], () => {}, templates)).toEqual([
      ['no-keys', SAML_PRINCIPAL, { by: 'listing', before: [] }],
    ]);
  });

  it('which keys would go in a dry run', async () => {
    let createdKeys: readonly string[] = [];
    const prepare = ({ store }: Outside) => {
      createdKeys = store.createKeys(SAML_PRINCIPAL, 2);
    };
    expect(await ofPrincipal([offboarding], prepare, { settings: { mode: 'dry-run' } })).toEqual([
      ['would-revoke', SAML_PRINCIPAL, { before: createdKeys }],
    ]);
  });

  it('that it has no key any more which its event could mean', async () => {
    const failing: Script = ({ call }) => (call === 'revoke-principal' ? { answer: answer(500) } : {});
    const twice = [principalLeak(), principalLeak()];
    expect(await ofPrincipal(twice, createKeys(PRINCIPAL, 0, failing))).toEqual([
      ['no-keys', PRINCIPAL, { by: 'listing', before: [] }],
    ]);
    const applied: Script = ({ call }) => (call === 'revoke-principal' ? { answer: answer(500), applied: true } : {});
    expect(await ofPrincipal(twice, createKeys(PRINCIPAL, 1, applied))).toEqual([
      ['confirmed', PRINCIPAL, { by: 'listing', before: [] }],
    ]);
    expect(await ofPrincipal([person, person], createKeys(SAML_PRINCIPAL, 1, applied), templates)).toEqual([
      ['confirmed', SAML_PRINCIPAL, { by: 'listing', before: [] }],
    ]);
  });

  it('that had no keys at a later try either: none is said to have been revoked', async () => {
    const failing: Script = ({ call }, nth) => (call === 'revoke-principal' && nth < 4 ? { answer: answer(503) } : {});
    const records = await ofPrincipal([offboarding, offboarding], createKeys(SAML_PRINCIPAL, 0, failing));
    expect(records.map(([outcome]) => outcome)).toEqual(['intent', 'no-keys']);
  });

  it('that its event came before: whom it names, as it names them', async () => {
    expect(await ofPrincipal([offboarding, offboarding], () => {})).toEqual([['duplicate', SAML_PRINCIPAL, {}]]);
    expect(await ofPrincipal([person, person], () => {}, templates)).toEqual([
      ['duplicate', 'unresolved:user.offboarded.v1', {}],
    ]);
  });
});
