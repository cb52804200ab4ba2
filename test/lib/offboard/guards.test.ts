/** What an offboarding may not do: come after a reinstatement, come late, reach who is protected. */
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../lib/model/settings.ts';
import { offboarded, PRINCIPAL, principalLeak, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld } from '../../support/memory-world.ts';
import { openStage } from '../../support/replay-stage.ts';

const EMAIL = 'user@example.com';
const DAY_MS = 86_400_000;
const byEmail = { data: { identity: { email: EMAIL } } };
const templates = { principalTemplates: ['saml/{email}'] };
const at = (ms: number) => new Date(ms).toISOString();

/** What becomes of an offboarding with a key: the reasons of the dead letters, the calls, the keys that are left. */
async function settle(events: readonly object[], settings: Partial<Settings> = {}) {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  for (const event of events) expect(await world.instance({ ...templates, ...settings }).deliver([event])).toEqual([]);
  const live = world.store.liveKeys(SAML_PRINCIPAL).length;
  return { world, live, reasons: world.deadLetters.map(({ reason }) => reason), calls: world.calls };
}
const HELD = (reason: string) => ({ live: 1, reasons: [reason], calls: [] });
const REVOKED = { live: 0, reasons: [] };

describe('a reinstatement', () => {
  it.each([
    ['of the principal', {}, {}],
    ['of the person, for the principal', {}, byEmail],
    ['of the principal, for the person', byEmail, {}],
    ['of the person', byEmail, byEmail],
  ])('%s supersedes an offboarding of the same time', async (_, offboarding, returner) => {
    expect(await settle([reinstated(returner), offboarded(offboarding)])).toMatchObject(HELD('held-superseded'));
  });

  it('supersedes an older offboarding that comes after it', async () => {
    const later = reinstated({ time: '2026-11-23T09:30:01Z' });
    expect(await settle([later, offboarded()])).toMatchObject(HELD('held-superseded'));
  });

  it('supersedes no newer offboarding', async () => {
    const earlier = reinstated({ time: '2026-11-23T09:29:59.999Z' });
    expect(await settle([earlier, offboarded()])).toMatchObject(REVOKED);
    expect(await settle([earlier, offboarded(byEmail)])).toMatchObject(REVOKED);
  });

  it('is compared as an instant, not as text', async () => {
    const sameInstant = reinstated({ time: '2026-11-23T10:30:00+01:00' });
    expect(await settle([sameInstant, offboarded()])).toMatchObject(HELD('held-superseded'));
    const justBefore = reinstated({ time: '2026-11-23T10:29:59+01:00' });
    expect(await settle([justBefore, offboarded()])).toMatchObject(REVOKED);
  });

  it('of old takes nothing back from a newer one', async () => {
    const newer = reinstated({ time: '2026-11-23T09:30:00Z' });
    const older = reinstated({ time: '2026-11-23T08:00:00Z' });
    expect(await settle([newer, older, offboarded()])).toMatchObject(HELD('held-superseded'));
  });

  it('of another person, or spelled in another case, supersedes nothing', async () => {
    const other = reinstated({ data: { principalName: 'saml/User@example.com' } });
    const otherPerson = reinstated({ data: { identity: { email: 'USER@example.com' } } });
    expect(await settle([other, otherPerson, offboarded()])).toMatchObject(REVOKED);
  });

  it('of an unmapped person takes effect once the directory maps them', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    await world.instance().deliver([reinstated(byEmail)]);
    const pk = `identity#email#${EMAIL}`;
    await world.table.put({ pk, version: 1, data: { principals: [PRINCIPAL] } }, undefined);
    await world.instance().deliver([offboarded(byEmail)]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-superseded']);
    expect(world.store.liveKeys(PRINCIPAL)).toHaveLength(1);
  });

  it.each([
    ['principal', {}],
    ['person', byEmail],
  ])('that is processed while the keys are listed supersedes an offboarding of the %s', async (_, offboarding) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const later = reinstated({ ...offboarding, time: '2026-11-23T09:30:01Z' });
    world.meddle = async ({ call }) => {
      if (call === 'list-keys') await world.instance(templates).deliver([later]);
      return undefined;
    };
    expect(await world.instance(templates).deliver([offboarded(offboarding)])).toEqual([]);
    expect(world.deadLetters.map(({ reason, check }) => [reason, check])).toEqual([
      ['held-superseded', 'reinstatement'],
    ]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });

  it('dated ahead of the clock by more than ten minutes is refused and marks nothing', async () => {
    const { live, reasons } = await settle([reinstated({ time: '2026-11-23T09:40:01Z' }), offboarded()]);
    expect({ live, reasons }).toEqual({ live: 0, reasons: ['invalid'] });
  });

  it('does not save a compromised principal', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    await world.instance().deliver([reinstated({ data: { principalName: PRINCIPAL } })]);
    await world.instance().deliver([principalLeak()]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual([]);
  });
});

/** As the reference counts them. */
describe('the ledger operations of an offboarding', () => {
  const limits = { sourcePer10Minutes: 9, sourcePerDay: 9, totalPer10Minutes: 9, totalPerDay: 9 };
  it.each<[string, number, Readonly<Record<string, unknown>>, Partial<Settings>]>([
    ['of a principal', 15, {}, {}],
    ['of a person', 20, byEmail, {}],
    ['that the first limit holds', 8, {}, { limits: { ...limits, sourcePer10Minutes: 0 } }],
    ['that the last limit holds', 11, {}, { limits: { ...limits, totalPerDay: 0 } }],
    ['that is too old', 6, {}, { staleAfterMs: -1 }],
    ['that is staged', 7, { data: { principalName: SAML_PRINCIPAL, staged: true } }, {}],
  ])('%s are %i', async (_, count, offboarding, settings) => {
    const stage = openStage({ ...templates, ...settings });
    stage.outside.store.createKeys(SAML_PRINCIPAL);
    await stage.deliver([offboarded(offboarding)]);
    expect(stage.outside.steps.filter(({ port }) => port === 'table')).toHaveLength(count);
  });
});

describe('an offboarding', () => {
  it.each([
    ['just at the limit of its age', { time: '2026-11-16T09:30:00Z' }, REVOKED],
    ['a moment over it', { time: '2026-11-16T09:29:59.999Z' }, HELD('held-stale')],
    [
      'announced long ago for today',
      { time: '2026-08-01T00:00:00Z', data: { principalName: SAML_PRINCIPAL, effectiveAt: '2026-11-23T09:00:00Z' } },
      REVOKED,
    ],
    [
      'with an effective date far in the past',
      { time: '2026-11-01T00:00:00Z', data: { principalName: SAML_PRINCIPAL, effectiveAt: '2026-11-02T00:00:00Z' } },
      HELD('held-stale'),
    ],
    [
      'sent today about a day long past',
      { data: { principalName: SAML_PRINCIPAL, effectiveAt: '2026-01-01T00:00:00Z' } },
      HELD('held-stale'),
    ],
    [
      'sent today about a last day in the week before',
      { data: { principalName: SAML_PRINCIPAL, effectiveAt: '2026-11-17T00:00:00Z' } },
      REVOKED,
    ],
  ])('%s is settled by its age', async (_, overrides, expected) => {
    expect(await settle([offboarded(overrides)])).toMatchObject(expected);
  });

  it('that waited in its dead letter until it was stale is held when it is redriven', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const rules = { protections: [protect(SAML_PRINCIPAL, world.now + 1)] };
    await world.instance(rules).deliver([offboarded()]);
    world.now += 8 * DAY_MS;
    await world.instance(rules).deliver(world.sealed);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected', 'held-stale']);
    expect(world.calls).toEqual([]);
  });

  it('is held with a record that names the rule and the configuration', async () => {
    const { world } = await settle([offboarded({ time: '2026-11-01T00:00:00Z' })]);
    expect(JSON.parse(JSON.stringify(world.audit))).toMatchObject([
      {
        activity_id: 99,
        activity_name: 'Hold',
        status_detail: 'held-stale',
        user: { name: SAML_PRINCIPAL },
        unmapped: { phase: 'hold', detail: 'rule: older than STALE_AFTER', policy: { config_hash: 'c0ffee' } },
      },
    ]);
  });
});

describe('a protected principal', () => {
  it.each([
    ['that leaves', offboarded()],
    ['that leaves, by person', offboarded(byEmail)],
    ['that is compromised', principalLeak({ data: { principalName: SAML_PRINCIPAL, scope: 'principal' } })],
  ])('%s is held without a call that changes anything', async (_, event) => {
    const { live, reasons, calls } = await settle([event], { protections: [protect(SAML_PRINCIPAL)] });
    expect({ live, reasons }).toEqual({ live: 1, reasons: ['held-protected'] });
    expect(calls.filter((call) => call !== 'list-keys')).toEqual([]);
  });

  it('is so until its protection ends, and no longer', async () => {
    const { now } = openWorld();
    expect(await settle([offboarded()], { protections: [protect(SAML_PRINCIPAL, now + 1)] })).toMatchObject(
      HELD('held-protected'),
    );
    expect(await settle([offboarded()], { protections: [protect(SAML_PRINCIPAL, now)] })).toMatchObject(REVOKED);
  });

  it('is no other name', async () => {
    const near = [protect('saml/user@example.co'), protect('saml/user@example.com.'), protect('role/user@example.com')];
    expect(await settle([offboarded()], { protections: near })).toMatchObject(REVOKED);
  });

  it('is case-insensitive', async () => {
    const other = { protections: [protect('saml/User@example.com')] };
    expect(await settle([offboarded()], other)).toMatchObject({ live: 1, reasons: ['held-protected'] });
  });

  it('is the own principal of the handler always', async () => {
    const selfPrincipal = protect(SAML_PRINCIPAL).target;
    if (!('principalName' in selfPrincipal)) throw new Error('no principal');
    const own = { selfPrincipal: selfPrincipal.principalName };
    const { world, live, reasons } = await settle([offboarded()], own);
    expect({ live, reasons }).toEqual({ live: 1, reasons: ['held-protected'] });
    expect(world.deadLetters[0]?.detail).toBe("rule: the handler's own principal");
  });

  it.each([
    ['first', [PRINCIPAL, SAML_PRINCIPAL]],
    ['last', [SAML_PRINCIPAL, PRINCIPAL]],
  ])('holds the whole person when the %s of several candidates is protected', async (_, principals) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const pk = `identity#email#${EMAIL}`;
    await world.table.put({ pk, version: 1, data: { principals } }, undefined);
    await world.instance({ protections: [protect(PRINCIPAL)] }).deliver([offboarded(byEmail)]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-protected', lastSeen: at(world.now) }]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });
});
