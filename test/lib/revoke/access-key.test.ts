import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { answer, keyShown, LOST, OK, REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../support/event-factory.ts';
import { posts, revokeOne } from '../../support/one-leak.ts';

/** A principal is protected, so the owner of a leaked key is looked up. */
const guarded = { settings: { selfPrincipal: principalName.parse('coreweave/revoker') } };

describe('a leaked key', () => {
  it('is settled without the ledger, and while it cannot be reached', async () => {
    const { steps, failed } = await revokeOne(() => ({}), {
      ...guarded,
      meddle: ({ port }) => {
        if (port === 'table') throw new Error('down');
      },
    });
    expect(failed).toEqual([]);
    expect(steps).toEqual([
      'api read-key',
      'audit intent',
      'api revoke-key',
      'api read-key',
      'audit outcome confirmed',
    ]);
  });

  it('that a guard holds is not called for: dead letter, record, settled', async () => {
    const { outside, steps, failed } = await revokeOne(
      ({ call }) => (call === 'read-key' ? { answer: keyShown(KEY_ID, 'ACTIVE', 'coreweave/revoker') } : {}),
      guarded,
    );
    expect(failed).toEqual([]);
    expect(steps).toEqual(['api read-key', 'dead letter held-protected', 'audit hold held-protected']);
    expect(outside.store.status(KEY_ID)).toBe('ACTIVE');
    expect(JSON.parse(JSON.stringify(outside.audit[0])).unmapped.target).toEqual({ kind: 'key', accessKeyId: KEY_ID });
  });

  it.each<[string, number, readonly string[]]>([
    ['too little time for a call is left', 750 + 99, ['return handle-0 0']],
    [
      'there is time for just one',
      750 + 100,
      ['audit intent', 'api revoke-key', 'api read-key', 'audit outcome confirmed'],
    ],
  ])('when %s', async (_name, remainingMs, expected) => {
    expect((await revokeOne(() => ({}), { remainingMs })).steps).toEqual(expected);
  });

  it('whose time is up is not asked about, and nothing is said of its owner', async () => {
    const { steps } = await revokeOne(() => ({}), { ...guarded, remainingMs: 750 + 50 });
    expect(steps).toEqual(['return handle-0 0']);
  });

  it('whose owner can neither be read nor listed is retried', async () => {
    const { steps, failed } = await revokeOne(
      ({ call }) => (call === 'read-key' || call === 'list-keys' ? { answer: LOST } : {}),
      guarded,
    );
    expect(failed).toEqual(['m0']);
    expect(steps).toEqual([
      'api read-key',
      'api read-key',
      'api list-keys 0',
      'api can-i cwobject:RevokeAccessKeyByAccessKey',
      'return handle-0 4',
    ]);
  });

  it('that the API rejects becomes a dead letter with the status and the key', async () => {
    const { outside, failed } = await revokeOne(posts(REJECTED));
    expect(failed).toEqual([]);
    expect(JSON.parse(outside.deadLetters[0]?.body ?? '')).toMatchObject({
      reason: 'api-rejected',
      lastStatus: 400,
      event: keyLeak({ id: 'leak' }),
    });
  });

  it('is retried after the Retry-After of the API if it is throttled', async () => {
    const retryAfter = new Date(EVENT_MS + 125_000).toUTCString();
    const { outside, failed } = await revokeOne(posts(answer(429, {}, { retryAfter })));
    expect([failed, outside.returned]).toEqual([['m0'], [{ lane: 'urgent', receiptHandle: 'handle-0', seconds: 125 }]]);
    expect(outside.log.map(({ code, fields }) => [code, fields.code ?? fields.perSecond])).toEqual([
      ['rate', 20],
      ['retry', 'throttled'],
    ]);
  });

  it('would only be revoked in dry run: nothing is called', async () => {
    const { steps, failed } = await revokeOne(() => ({ answer: OK }), { settings: { mode: 'dry-run' } });
    expect([steps, failed]).toEqual([['audit outcome would-revoke'], []]);
  });

  it('is kept for a person in dry run where that is asked for', async () => {
    const { steps } = await revokeOne(() => ({}), { settings: { mode: 'dry-run', dryRunKeep: true } });
    expect(steps).toEqual(['audit outcome would-revoke', 'dead letter held-dry-run', 'audit hold held-dry-run']);
  });
});
