/**
 * The replay's process ends at every step, before its effect or after it: no dead letter is lost, and none does harm
 * twice.
 */
import { describe, expect, it } from 'vitest';
import { KEY_ID, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import type { Meddle } from '../../support/memory-ports.ts';
import { callsOf } from '../../support/memory-views.ts';
import { deadLetterOf, openStage, post, replayTrail, type Stage } from '../../support/replay-stage.ts';

const STALE = offboarded({ time: '2026-11-01T00:00:00Z' });
const OTHER_KEY = 'CWZYXWVUTSRQPON';
const MOST_STEPS = 80;
const filter = { newerThan: 7_200_000 };

/** From its `point`th step on nothing works any more: the process is gone. */
function deathAt(point: number, when: 'before' | 'after'): { readonly meddle: Meddle; reached(): boolean } {
  let steps = 0;
  return {
    meddle: (_step, moment) => {
      if (moment === 'before') steps += 1;
      if (steps > point || (steps === point && moment === when)) throw new Error('gone');
    },
    reached: () => steps >= point,
  };
}

/** A hold, a leaked key, a message that SQS moved, and a dead letter that is not meant. */
async function openScene(): Promise<Stage & { readonly offboarding: string; readonly unmeant: string }> {
  const stage = openStage();
  const { store, inbox, clock } = stage.outside;
  const [offboarding = ''] = store.createKeys(SAML_PRINCIPAL);
  for (const accessKeyId of [KEY_ID, OTHER_KEY]) store.add({ accessKeyId, principalName: PRINCIPAL });
  await stage.deliver([STALE]);
  post(stage, deadLetterOf(keyLeak()));
  const moved = keyLeak({ id: 'moved', data: { accessKeyId: OTHER_KEY } });
  inbox.post({ body: JSON.stringify(moved), sentAt: clock.now() - 1_000 });
  const [unmeant = ''] = post(
    stage,
    deadLetterOf(keyLeak(), { reason: 'unconfirmed', lastSeen: '2026-11-20T00:00:00Z' }),
  );
  await clock.pass(1_000);
  return { ...stage, offboarding, unmeant };
}

/**
 * Ends the first run at that step, lets the lanes work before or after the second run, and returns whether the step
 * came.
 */
async function survive(point: number, when: 'before' | 'after', lanesFirst: boolean): Promise<boolean> {
  const scene = await openScene();
  const { outside } = scene;
  const death = deathAt(point, when);
  await scene.replay({ approve: true, filter }, death.meddle);
  // Others see the dead letters again at the latest when their time is over.
  await outside.clock.pass(900_000);
  if (lanesFirst) await scene.settle();
  const second = await scene.replay({ approve: true, filter });
  await scene.settle();

  expect(second.results).toMatchObject({ failed: 0, refused: 0, skipped: 1 });
  expect(outside.inbox.visible()).toEqual([scene.unmeant]);
  const { store } = outside;
  expect([scene.offboarding, KEY_ID, OTHER_KEY].map((id) => store.status(id))).toEqual([
    'DELETED',
    'DELETED',
    'DELETED',
  ]);
  // What a principal loses it loses once; what was sent twice was answered as a duplicate.
  expect(callsOf(outside, 0).filter((line) => line.includes('revoke-principal'))).toHaveLength(1);
  expect(replayTrail(outside).filter((line) => line.endsWith(' sent')).length).toBeLessThanOrEqual(3);
  return death.reached();
}

describe('a replay that crashes at any step', () => {
  it.each([
    ['before the lanes have worked', false],
    ['after the lanes have worked', true],
  ])('the next one finishes it, %s', async (_name, lanesFirst) => {
    let point = 1;
    for (; point < MOST_STEPS; point += 1) {
      const reached = [await survive(point, 'before', lanesFirst), await survive(point, 'after', lanesFirst)];
      if (!reached.includes(true)) break;
    }
    expect(point).toBeGreaterThan(18);
    expect(point).toBeLessThan(MOST_STEPS);
  });

  it('an open intent in the audit tells that something may have been sent', async () => {
    const scene = await openScene();
    let sends = 0;
    await scene.replay({ approve: true, filter }, (step, moment) => {
      if (step.port === 'send' && moment === 'after') sends += 1;
      if (sends > 0 && (step.port !== 'send' || moment === 'before')) throw new Error('gone');
    });
    expect(scene.outside.sent).toHaveLength(1);
    expect(replayTrail(scene.outside)).toEqual(['held-stale intent releases held-stale']);
  });
});
