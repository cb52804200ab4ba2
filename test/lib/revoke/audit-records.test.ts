/** What the audit says of a key's revocation beside its outcome: what was answered, and how it was seen. */
import { describe, expect, it } from 'vitest';
import { answer, fault, LOST, NOT_FOUND, OK, page, REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { posts, revokeOne } from '../../support/one-leak.ts';
import { sqsRecords } from '../../support/record-factory.ts';
import { said } from '../../support/recorded.ts';

const KEY = `unresolved:${KEY_ID}`;
const ofKey = async (...given: Parameters<typeof revokeOne>) => (await revokeOne(...given)).outside.audit.map(said);

describe('the record of a key', () => {
  const intent = ['intent', KEY, { attempt: 1 }];

  it.each<[string, Script, readonly unknown[]]>([
    ['with a verified revocation', () => ({}), ['confirmed', KEY, { attempt: 1, status: '200', by: 'read-back' }]],
    ['that still reads as live', posts(OK), ['accepted', KEY, { attempt: 1, status: '200', by: 'read-back' }]],
    [
      'that the API does not know',
      posts(NOT_FOUND),
      ['not-found', KEY, { attempt: 1, status: '404', by: 'api-answer' }],
    ],
    ['that was refused', posts(REJECTED), ['rejected', KEY, { attempt: 1, status: '400' }]],
    ['that a proxy answered for', posts(page(301)), ['misdirected', KEY, { attempt: 1, status: '301' }]],
    ['without a token', posts(fault('token')), ['unauthenticated', KEY, { attempt: 1, fault: 'token' }]],
  ])('%s: the answer, and what vouches for the outcome', async (_name, script, outcome) => {
    expect((await ofKey(script)).slice(0, 2)).toEqual([intent, outcome]);
  });

  it('without a read-back: not verified', async () => {
    const outcome = ['accepted', KEY, { attempt: 1, status: '200' }];
    expect(await ofKey(() => ({}), { settings: { verify: false } })).toEqual([intent, outcome]);
  });

  it('whose answer was lost: first only that, then what was seen', async () => {
    expect(await ofKey(({ call }) => (call === 'revoke-key' ? { answer: LOST, applied: true } : {}))).toEqual([
      intent,
      ['unknown', KEY, { attempt: 1, fault: 'reset' }],
      ['confirmed', KEY, { attempt: 1, fault: 'reset', by: 'read-back' }],
    ]);
  });

  it('that takes several tries: each with its number', async () => {
    expect(await ofKey(posts(answer(503), answer(503), OK))).toEqual([
      intent,
      ['unavailable', KEY, { attempt: 1, status: '503' }],
      ['intent', KEY, { attempt: 2 }],
      ['unavailable', KEY, { attempt: 2, status: '503' }],
      ['intent', KEY, { attempt: 3 }],
      ['accepted', KEY, { attempt: 3, status: '200', by: 'read-back' }],
    ]);
  });

  it('that another event of the batch revokes: the same, and that it is shared', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(posts(answer(500)));
    await startFunction(outside).deliver(sqsRecords([keyLeak({ id: 'one' }), keyLeak({ id: 'two' })]));
    expect(outside.audit.map(said)).toEqual([
      intent,
      ['unavailable', KEY, { attempt: 1, status: '500' }],
      ['intent', KEY, { attempt: 1, shared: true }],
      ['unavailable', KEY, { attempt: 1, status: '500', shared: true }],
    ]);
  });
});
