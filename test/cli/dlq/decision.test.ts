/** What an operator sees of a hold before deciding: in `dlq show`, in the preview of an approval, in its question. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import type { Listening } from '../../../local/listen.ts';
import { startStsServer } from '../../../local/sts-server.ts';
import { KEY_ID, keyLeak, offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';
import { deadLetterOf } from './dead-letters.ts';

const entry = (target: object, rest: object = {}) => ({ ...target, owner: 'security', reason: 'break-glass', ...rest });

describe('a hold', () => {
  let stand: Stand;
  let sts: Listening;
  beforeEach(async () => {
    [stand, sts] = await Promise.all([startStand(), startStsServer()]);
    enterEnvironment({ ...stand.env, AWS_ENDPOINT_URL_STS: sts.endpoint, AWS_ACCESS_KEY_ID: 'AROAANN' });
  });
  afterEach(() => Promise.all([stand.close(), sts.close()]));

  const command = async (args: readonly string[], protections: readonly object[], answers: readonly string[] = []) => {
    const terminal = fakeTerminal({ colors: false, columns: 120, isTTY: true, answers });
    const env = { ...stand.env, PROTECTED: JSON.stringify(protections) };
    const code = await run(['dlq', ...args], { terminal, env });
    return { code, out: terminal.out, err: terminal.err, questions: terminal.questions };
  };
  const approve = ['replay', '--approve'];

  const protectedPrincipal = () =>
    deadLetterOf(offboarded({ id: 'hold' }), {
      reason: 'held-protected',
      detail: 'rule: protected principal',
      lane: 'bulk',
      principals: [SAML_PRINCIPAL],
    });
  const protectedOwner = () =>
    deadLetterOf(keyLeak({ id: 'hold' }), { reason: 'held-protected', detail: 'rule: protected principal' });
  const standing = {
    principalName: SAML_PRINCIPAL,
    authority: '//hr.example',
    state: 'scheduled',
    source: '//hr.example/acme',
    id: 'leaving-7',
    time: '2026-11-23T09:30:00Z',
  } as const;
  const otherAuthority = () =>
    deadLetterOf(reinstated({ id: 'hold' }), { reason: 'held-authority', lane: 'bulk', standing: [standing] });
  const nearMatch = () =>
    deadLetterOf(
      offboarded({
        id: 'hold',
        data: { principalName: SAML_PRINCIPAL, evidence: { detector: 'near match of saml/User@Example.com, gone' } },
      }),
      { reason: 'held-near-match', lane: 'bulk' },
    );
  const OLD = { until: '2020-01-01T00:00:00Z' };
  const CASES: readonly (readonly [string, () => DeadLetter, readonly object[], label: string, text: string])[] = [
    [
      'the entry of PROTECTED for a principal',
      protectedPrincipal,
      [entry({ principalName: 'saml/USER@example.com' }), entry({ principalName: 'saml/other' })],
      'protected by',
      'security: break-glass',
    ],
    [
      'the entry of PROTECTED for a key',
      protectedOwner,
      [entry({ accessKeyId: KEY_ID }), entry({ principalName: 'saml/other' }, OLD)],
      'protected by',
      'security: break-glass',
    ],
    [
      'the entries that may be meant, where only the owner of the key would say',
      protectedOwner,
      [entry({ principalName: 'coreweave/break-glass' })],
      'protected by',
      'security: break-glass, if its owner is coreweave/break-glass',
    ],
    [
      'the offboarding that an approval takes back',
      otherAuthority,
      [],
      'takes back',
      'saml/user@example.com scheduled by //hr.example at 2026-11-23T09:30:00Z: ' +
        'event leaving-7 of //hr.example/acme',
    ],
    ['the name that the sender wrote', nearMatch, [], 'sender wrote', '"saml/User@Example.com, gone"'],
  ];

  it.each(CASES)('shows %s', async (_, deadLetter, protections, label, text) => {
    await stand.addDeadLetters(deadLetter());
    const shown = await command(['show', 'hold'], protections);
    expect(shown.out.split('\n').map((line) => line.split(/ {2,}/))).toContainEqual([label, text]);
    const { err, code } = await command(approve, protections, ['no']);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(` ${label} ${text} `);
  });

  it('names in the question for a protected target whom to ask', async () => {
    await stand.addDeadLetters(protectedPrincipal());
    const { questions } = await command(approve, [entry({ principalName: SAML_PRINCIPAL })], ['approve', 'no']);
    expect(questions.at(-1)).toBe(`${SAML_PRINCIPAL} is protected by security: break-glass. Type ${SAML_PRINCIPAL}: `);
  });

  it('says where to read PROTECTED if this configuration does not have it', async () => {
    await stand.addDeadLetters(protectedPrincipal());
    const terminal = fakeTerminal({ colors: false, columns: 120 });
    await run(['dlq', 'show', 'hold'], { terminal, env: { ...stand.env, PROTECTED: '@protected.json' } });
    expect(terminal.out).toContain('unknown here: see PROTECTED of the functions\n');
  });

  it('of the handler itself has no entry of PROTECTED', async () => {
    await stand.addDeadLetters({ ...protectedOwner(), detail: "rule: the handler's own principal" });
    const { out } = await command(['show', 'hold'], [entry({ principalName: 'saml/other' })]);
    expect(out).not.toContain('protected by');
  });
});
