/**
 * A protected key, against a word about its whole principal. It is held as a whole: a call by principal spares none.
 */
import { expect, it } from 'vitest';
import { accessKeyId } from '../../../events/ids.ts';
import { answer } from '../../support/api-answers.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld } from '../../support/memory-world.ts';

it.each([
  ['an offboarding', SAML_PRINCIPAL, offboarded()],
  ['a compromise', PRINCIPAL, principalLeak()],
])('a key on PROTECTED is held when its principal is %s', async (_, owner, event) => {
  const world = openWorld();
  const [id = ''] = world.store.createKeys(owner, 2);
  const protections = [{ target: { accessKeyId: accessKeyId.parse(id) }, owner: 'o', reason: 'r' }];
  await world.instance({ protections }).deliver([event]);
  expect([world.store.status(id), world.deadLetters.map(({ reason }) => reason)]).toEqual([
    'ACTIVE',
    ['held-protected'],
  ]);
});
it('a key on PROTECTED goes with its principal once a person has approved that', async () => {
  const world = openWorld();
  const [id = ''] = world.store.createKeys(SAML_PRINCIPAL, 2);
  const protections = [{ target: { accessKeyId: accessKeyId.parse(id) }, owner: 'o', reason: 'r' }];
  await world.instance({ protections }).deliver([offboarded()]);
  const replayed = await approve(world, offboarded(), ['held-protected']);
  expect(await world.instance({ protections }).deliver([offboarded()], replayed)).toEqual([]);
  expect([world.store.liveKeys(SAML_PRINCIPAL), world.deadLetters.length]).toEqual([[], 1]);
});
it('a key on PROTECTED is not posted by a later try inside the fence', async () => {
  const world = openWorld();
  const [id = ''] = world.store.createKeys(PRINCIPAL, 2);
  const protections = [{ target: { accessKeyId: accessKeyId.parse(id) }, owner: 'o', reason: 'r' }];
  world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(503) : undefined);
  for (let n = 0; n < 2; n += 1) await world.instance({ protections }).deliver([principalLeak()]);
  expect(world.calls).not.toContain(`revoke-key ${id}`);
});
