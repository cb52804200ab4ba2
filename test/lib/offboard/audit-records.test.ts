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
const mint =
  (owner: string, count: number, script: Script = () => ({})) =>
  ({ store, api }: Outside) => {
    api.play(script);
    return store.mint(owner, count);
  };

describe('the record of a principal', () => {
  const leaver = offboarded();
  const person = offboarded({ data: { identity: { email: 'user@example.com' } } });
  const templates = { settings: { principalTemplates: ['saml/{email}'] } };
  const reads =
    (shown: ReturnType<typeof answer>): Script =>
    ({ call }) =>
      call === 'read-key' ? { answer: shown } : {};

  it('the keys before and what is left of them after, and how they were looked at', async () => {
    let minted: readonly string[] = [];
    const records = await ofPrincipal([leaver], (outside) => {
      minted = outside.store.mint(SAML_PRINCIPAL, 2);
    });
    expect(records).toEqual([
      ['intent', SAML_PRINCIPAL, { attempt: 1 }],
      ['confirmed', SAML_PRINCIPAL, { attempt: 1, status: '200', by: 'read-back', before: minted, after: [] }],
    ]);
  });

  it.each([
    [1, 'read-back'],
    [20, 'read-back'],
    [21, 'listing'],
  ])('with %i keys they are looked at by %s', async (count, by) => {
    const [, outcome] = await ofPrincipal([leaver], mint(SAML_PRINCIPAL, count));
    expect(outcome?.[2]).toMatchObject({ by, after: [] });
  });

  it('those that still live after it, and no others', async () => {
    let minted: readonly string[] = [];
    const records = await ofPrincipal([leaver], ({ store, api }) => {
      minted = store.mint(SAML_PRINCIPAL, 3);
      api.play((request) =>
        'accessKeyId' in request && request.accessKeyId === minted[1] ? { answer: answer(500) } : {},
      );
    });
    expect(records.at(-1)).toEqual([
      'accepted',
      SAML_PRINCIPAL,
      { attempt: 1, status: '200', by: 'read-back', before: minted, after: [minted[1]] },
    ]);
  });

  it('nothing of the keys after it when nothing could be seen', async () => {
    const records = await ofPrincipal([leaver], mint(SAML_PRINCIPAL, 1, reads(answer(500))));
    expect(records.at(-1)).toEqual([
      'accepted',
      SAML_PRINCIPAL,
      { attempt: 1, status: '200', by: 'read-back', before: [expect.any(String)] },
    ]);
  });

  it('that it had none, by what was listed', async () => {
    expect(await ofPrincipal([leaver], () => {})).toEqual([
      ['intent', SAML_PRINCIPAL, { attempt: 1 }],
      ['no-keys', SAML_PRINCIPAL, { attempt: 1, status: '200', by: 'listing', before: [], after: [] }],
    ]);
    expect(await ofPrincipal([person], () => {}, templates)).toEqual([
      ['no-keys', SAML_PRINCIPAL, { by: 'listing', before: [] }],
    ]);
  });

  it('which keys would go in a dry run', async () => {
    let minted: readonly string[] = [];
    const prepare = ({ store }: Outside) => {
      minted = store.mint(SAML_PRINCIPAL, 2);
    };
    expect(await ofPrincipal([leaver], prepare, { settings: { mode: 'dry-run' } })).toEqual([
      ['would-revoke', SAML_PRINCIPAL, { before: minted }],
    ]);
  });

  it('that it has no key any more which its event could mean', async () => {
    const failing: Script = ({ call }) => (call === 'revoke-principal' ? { answer: answer(500) } : {});
    const twice = [principalLeak(), principalLeak()];
    expect(await ofPrincipal(twice, mint(PRINCIPAL, 0, failing))).toEqual([
      ['no-keys', PRINCIPAL, { by: 'listing', before: [] }],
    ]);
    const applied: Script = ({ call }) => (call === 'revoke-principal' ? { answer: answer(500), applied: true } : {});
    expect(await ofPrincipal(twice, mint(PRINCIPAL, 1, applied))).toEqual([
      ['confirmed', PRINCIPAL, { by: 'listing', before: [] }],
    ]);
    expect(await ofPrincipal([person, person], mint(SAML_PRINCIPAL, 1, applied), templates)).toEqual([
      ['confirmed', SAML_PRINCIPAL, { by: 'listing', before: [] }],
    ]);
  });

  it('that had no keys at a later try either: none is said to have been revoked', async () => {
    const failing: Script = ({ call }, nth) => (call === 'revoke-principal' && nth < 4 ? { answer: answer(503) } : {});
    const records = await ofPrincipal([leaver, leaver], mint(SAML_PRINCIPAL, 0, failing));
    expect(records.map(([outcome]) => outcome)).toEqual(['intent', 'no-keys']);
  });

  it('that its event came before: whom it names, as it names them', async () => {
    expect(await ofPrincipal([leaver, leaver], () => {})).toEqual([['duplicate', SAML_PRINCIPAL, {}]]);
    expect(await ofPrincipal([person, person], () => {}, templates)).toEqual([
      ['duplicate', 'unresolved:user.offboarded.v1', {}],
    ]);
  });
});
