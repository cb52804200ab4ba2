import { describe, expect, it } from 'vitest';
import { answer, LOST, NOT_FOUND, OK, REJECTED } from '../../support/api-answers.ts';
import { KEY_ID } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { posts, revokeOne } from '../../support/one-leak.ts';

describe('the order of the promise', () => {
  it('is intent record, call, look, outcome record', async () => {
    const { steps, failed, outside } = await revokeOne(() => ({}));
    expect(steps).toEqual(['audit intent', 'api revoke-key', 'api read-key', 'audit outcome confirmed']);
    expect(failed).toEqual([]);
    expect(outside.store.status(KEY_ID)).toBe('DELETED');
  });

  it('is intent record, call, the truth, look, outcome record when the answer is lost', async () => {
    const { steps } = await revokeOne(({ call }) => (call === 'revoke-key' ? { answer: LOST, applied: true } : {}));
    expect(steps).toEqual([
      'audit intent',
      'api revoke-key',
      'audit outcome unknown',
      'api read-key',
      'audit outcome confirmed',
    ]);
  });

  it('is intent record, call, outcome record, dead letter, its record when the API refuses', async () => {
    const { steps, failed } = await revokeOne(posts(REJECTED));
    expect(steps).toEqual([
      'audit intent',
      'api revoke-key',
      'audit outcome rejected',
      'dead letter api-rejected',
      'audit dead-letter api-rejected',
    ]);
    expect(failed).toEqual([]);
  });

  it.each<[string, Script]>([
    ['the key is revoked', () => ({})],
    ['the answer is lost', ({ call }, nth) => (call === 'revoke-key' && nth === 1 ? { answer: LOST } : {})],
    ['it is refused', posts(REJECTED)],
    ['it is only accepted', posts(OK)],
    ['it is not found', posts(NOT_FOUND)],
    ['it is down for a moment', posts(answer(503), OK)],
  ])(
    'holds at each step that fails, when %s: no call without its intent, no end without all of its records',
    async (_name, script) => {
      const whole = (await revokeOne(script)).steps;
      for (const at of whole.keys()) {
        // The API fails in ways of its own, not by throwing.
        if (whole[at]?.startsWith('api ')) continue;
        let step = -1;
        const { steps, failed } = await revokeOne(script, {
          meddle: (_step, moment) => {
            if (moment === 'before') step += 1;
            if (moment === 'before' && step === at) throw new Error('broken');
          },
        });
        expect(steps.slice(0, at)).toEqual(whole.slice(0, at));
        expect(failed).toEqual(['m0']);
        expect(steps.slice(at).filter((line) => !line.startsWith('return'))).toEqual([]);
      }
    },
  );

  it.each([1, 2])('loses nothing if audit record %i is written but not acknowledged', async (last) => {
    let written = 0;
    const { failed, trail } = await revokeOne(() => ({}), {
      meddle: ({ port }, moment) => {
        if (port !== 'audit' || moment !== 'after') return;
        written += 1;
        if (written === last) throw new Error('broken');
      },
    });
    expect(failed).toEqual(['m0']);
    expect(trail).toEqual(['intent', 'outcome confirmed'].slice(0, last));
  });
});
