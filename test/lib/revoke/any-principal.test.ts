/** An event with several principals or keys is held for the sake of any of them, not only of the first. */
import { describe, expect, it } from 'vitest';
import { offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld } from '../../support/memory-world.ts';

const LOGIN = 'jane';
const person = offboarded({ data: { identity: { login: LOGIN } } });

/** A person with two principals, each of which has a key. */
async function openTwo() {
  const world = openWorld();
  for (const name of [PRINCIPAL, SAML_PRINCIPAL]) world.store.createKeys(name);
  const data = { principals: [PRINCIPAL, SAML_PRINCIPAL] };
  await world.table.put({ pk: `identity#login#${LOGIN}`, version: 1, data }, undefined);
  return world;
}

describe('an offboarding of a person with two principals', () => {
  it.each([PRINCIPAL, SAML_PRINCIPAL])('is held without a call if %s is protected', async (name) => {
    const world = await openTwo();
    expect(await world.instance({ protections: [protect(name)] }).deliver([person])).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
    expect(world.calls).toEqual([]);
  });

  it.each([PRINCIPAL, SAML_PRINCIPAL])('is not scheduled if a newer one of %s is', async (principalName) => {
    const world = await openTwo();
    const newer = offboarded({ id: 'newer', data: { principalName, effectiveAt: '2026-12-02T00:00:00Z' } });
    const data = { identity: { login: LOGIN }, effectiveAt: '2026-12-01T00:00:00Z' };
    const older = offboarded({ time: '2026-11-23T09:29:59Z', data });
    expect(await world.instance().deliver([newer])).toEqual([]);
    expect(await world.instance().deliver([older])).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-superseded']);
    expect(world.schedules.names()).toHaveLength(1);
  });

  it('revokes both if a third one is protected', async () => {
    const world = await openTwo();
    expect(await world.instance({ protections: [protect('coreweave/backup')] }).deliver([person])).toEqual([]);
    expect(world.deadLetters).toEqual([]);
    expect([PRINCIPAL, SAML_PRINCIPAL].flatMap((name) => world.store.liveKeys(name))).toEqual([]);
  });
});

describe('an offboarding of a principal with two keys', () => {
  it.each([0, 1])('is held without a revocation if the key at %d is protected', async (at) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, 2);
    const id = String(world.store.liveKeys(SAML_PRINCIPAL)[at]);
    expect(await world.instance({ protections: [protect(id)] }).deliver([offboarded()])).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
    expect(world.calls.filter((call) => call.startsWith('revoke'))).toEqual([]);
  });
});
