/** Our own later looks: what was created since, what was only accepted; and what a check may not do. */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../lib/ports.ts';
import { answer, OK, REJECTED } from '../../support/api-answers.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, PRINCIPAL, principalLeak, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect, sha256 } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const effects = ({ calls }: World) => calls.filter((call) => call.startsWith('revoke'));
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);
/** The checks that are under way, taken from the lanes: their delays, and their events. */
const takeChecks = (world: World) =>
  world.sent.splice(0).map(({ body, delaySeconds, lane }) => ({ delaySeconds, lane, event: JSON.parse(body) }));
const parentOf = ({ source, id }: { readonly source?: unknown; readonly id?: unknown }) => ({ source, id });

async function afterOffboarding(): Promise<World> {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL, 2);
  expect(await world.instance().deliver([offboarded()])).toEqual([]);
  return world;
}
/** Lets the checks that are under way come; returns them. */
async function deliverChecks(world: World, instance = world.instance()) {
  const taken = takeChecks(world);
  expect(await instance.deliver(taken.map(({ event }) => event))).toEqual([]);
  return taken;
}

describe('the checks of an offboarding', () => {
  it('are three, on the bulk lane, 60, 300 and 900 seconds later, with ids that follow from the parent', async () => {
    const world = await afterOffboarding();
    const parent = parentOf(offboarded());
    const seen = [...(await deliverChecks(world)), ...(await deliverChecks(world)), ...(await deliverChecks(world))];
    expect(seen).toMatchObject(
      [60, 300, 900].map((delaySeconds, index) => ({
        delaySeconds,
        lane: 'bulk',
        event: {
          specversion: '1.0',
          type: 'revocation.check.v1',
          source: '//revocation-handler/follow-up',
          id: sha256(JSON.stringify([parent.source, parent.id, SAML_PRINCIPAL, index + 1])),
          data: { parent, principalName: SAML_PRINCIPAL, generation: index + 1 },
        },
      })),
    );
    expect(world.sent).toEqual([]);
    expect(world.deadLetters).toEqual([]);
    const { checked, ...row } = (await world.row(offboarded())).data;
    expect(checked).toEqual({ [SAML_PRINCIPAL]: 3 });
    expect(row).not.toHaveProperty('approvals');
  });

  it('find a key created since, revoke it, and mark it late', async () => {
    const world = await afterOffboarding();
    const [late] = world.store.createKeys(SAML_PRINCIPAL);
    const [{ event } = { event: undefined }] = await deliverChecks(world);
    expect(effects(world).at(-1)).toBe(`revoke-key ${late}`);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    expect(world.trail(event)).toEqual(['intent:intent', 'outcome:confirmed', 'note:late-keys: 1']);
    const outcomes = world.audit.map((line) => JSON.parse(JSON.stringify(line)));
    expect(
      outcomes.find(({ metadata, unmapped }) => metadata.correlation_uid === event.id && unmapped.phase === 'outcome'),
    ).toMatchObject({
      user: { programmatic_credentials: [{ uid: late }] },
      unmapped: { late_key: true },
    });
  });

  it('continue if a check finds nothing, because keys can be created after each check', async () => {
    const world = await afterOffboarding();
    await deliverChecks(world);
    await deliverChecks(world);
    world.store.createKeys(SAML_PRINCIPAL);
    await deliverChecks(world);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('of two principals of one person, that come together, disturb each other not at all', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    world.store.createKeys(PRINCIPAL);
    const pk = 'identity#email#user@example.com';
    await world.table.put({ pk, version: 1, data: { principals: [SAML_PRINCIPAL, PRINCIPAL] } }, undefined);
    await world.instance().deliver([offboarded({ data: { identity: { email: 'user@example.com' } } })]);
    for (const generation of [1, 2, 3]) {
      const taken = await deliverChecks(world);
      expect(taken.map(({ event }) => event.data.generation)).toEqual([generation, generation]);
    }
    expect(world.sent).toEqual([]);
    expect(world.deadLetters).toEqual([]);
  });

  it('do not follow an offboarded user who had no keys', async () => {
    const world = openWorld();
    await world.instance().deliver([offboarded()]);
    expect(world.sent).toEqual([]);
  });
});

describe('a check asks again', () => {
  const outcome = async (prepare: (world: World) => Promise<unknown>, settings = {}) => {
    const world = await afterOffboarding();
    const [late = ''] = world.store.createKeys(SAML_PRINCIPAL);
    await prepare(world);
    const made = effects(world).length;
    const failed = await world.instance(settings).deliver(takeChecks(world).map(({ event }) => event));
    const { retries, sent } = world;
    return {
      failed,
      status: world.store.status(late),
      reasons: reasons(world),
      made: effects(world).length - made,
      retries,
      sent,
    };
  };

  it('whether the offboarding has been reinstated since', async () => {
    const back = reinstated({ time: '2026-11-23T09:30:30Z' });
    expect(await outcome((world) => world.instance().deliver([back]))).toEqual({
      failed: [],
      status: 'ACTIVE',
      reasons: ['held-superseded'],
      made: 0,
      retries: [],
      sent: [],
    });
  });

  it('whether the principal is protected now', async () => {
    const settings = { protections: [protect(SAML_PRINCIPAL)] };
    expect(await outcome(async () => {}, settings)).toMatchObject({ status: 'ACTIVE', reasons: ['held-protected'] });
  });

  it('whether this is a dry run', async () => {
    expect(await outcome(async () => {}, { mode: 'dry-run' })).toMatchObject({
      status: 'ACTIVE',
      reasons: [],
      made: 0,
    });
  });

  it('whether it can: without ledger or list it comes back', async () => {
    const down = await outcome(async (world) => {
      world.ledgerDown = true;
    });
    expect(down).toMatchObject({ failed: [0], status: 'ACTIVE', reasons: [] });
    const unlisted = await outcome(async (world) => {
      world.meddle = ({ call }) => (call === 'list-keys' ? answer(503) : undefined);
    });
    expect(unlisted).toMatchObject({ failed: [0], status: 'ACTIVE', reasons: [], retries: ['listing-failed'] });
  });

  it('whether the new key is protected', async () => {
    const world = await afterOffboarding();
    const [late = ''] = world.store.createKeys(SAML_PRINCIPAL);
    const instance = world.instance({ protections: [protect(late)] });
    await instance.deliver(takeChecks(world).map(({ event }) => event));
    expect([reasons(world), world.store.status(late), world.sent]).toEqual([['held-protected'], 'ACTIVE', []]);
  });

  it('when the key could not be revoked: the next check is not sent', async () => {
    const refused = await outcome(async (world) => {
      world.meddle = ({ call }) => (call === 'revoke-key' ? answer(500) : undefined);
    });
    expect(refused).toMatchObject({ failed: [0], status: 'ACTIVE', reasons: [], sent: [] });
  });
});

describe('a check that was held for one of two principals', () => {
  it('is released by an approval for that one, which the next check does not have', async () => {
    const world = openWorld();
    for (const name of [SAML_PRINCIPAL, PRINCIPAL]) world.store.createKeys(name);
    const pk = 'identity#email#user@example.com';
    await world.table.put({ pk, version: 1, data: { principals: [SAML_PRINCIPAL, PRINCIPAL] } }, undefined);
    await world.instance().deliver([offboarded({ data: { identity: { email: 'user@example.com' } } })]);
    const [late = ''] = world.store.createKeys(SAML_PRINCIPAL);
    const check = takeChecks(world).find(({ event }) => event.data.principalName === SAML_PRINCIPAL)?.event;
    const instance = world.instance({ protections: [protect(SAML_PRINCIPAL)] });
    expect(await instance.deliver([check])).toEqual([]);
    expect([reasons(world), world.store.status(late)]).toEqual([['held-protected'], 'ACTIVE']);
    const { attributes } = await approve(world, check, ['held-protected']);
    expect(await instance.deliver([check], { attributes: { ...attributes, sender: 'own:revoke' } })).toEqual([]);
    expect([reasons(world), world.store.status(late)]).toEqual([['held-protected'], 'DELETED']);
    expect(world.sent.map(({ attributes: next }) => next)).toEqual([undefined]);
  });
});

describe('a check of a compromised principal', () => {
  /** A principal whose keys the API says it revoked, and did not. */
  async function afterCompromise(keys = 1): Promise<World> {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL, keys);
    world.meddle = ({ call }) => (call.startsWith('revoke') ? answer(200) : undefined);
    await world.instance().deliver([principalLeak()]);
    return world;
  }

  it('is held if the principal is protected now', async () => {
    const world = await afterCompromise();
    const made = effects(world).length;
    await deliverChecks(world, world.instance({ protections: [protect(PRINCIPAL)] }));
    expect([reasons(world), effects(world).length - made]).toEqual([['held-protected'], 0]);
  });

  it('is the last one if all keys are gone', async () => {
    const world = await afterCompromise();
    world.meddle = () => undefined;
    const [first] = await deliverChecks(world);
    expect([world.store.liveKeys(PRINCIPAL), world.sent, world.deadLetters]).toEqual([[], [], []]);
    expect(world.trail(first?.event ?? {}).at(-1)).toBe('note:late-keys: 0');
    expect(world.audit.at(-1)?.activity_name).toBe('Follow-up Check');
  });

  it.each([
    ['the API refuses one key', REJECTED],
    ['one key stays', OK],
  ])('is followed by the next if %s', async (_, said) => {
    const world = await afterCompromise(2);
    const [stays] = world.store.liveKeys(PRINCIPAL);
    world.meddle = (request) => (request.call === 'revoke-key' && request.accessKeyId === stays ? said : undefined);
    await deliverChecks(world);
    expect([world.store.liveKeys(PRINCIPAL), takeChecks(world).map(({ event }) => event.data.generation)]).toEqual([
      [stays],
      [2],
    ]);
  });
});

describe('the record of a check', () => {
  it('counts only keys that were created since', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    world.meddle = ({ call }) => (call.startsWith('revoke') ? answer(200) : undefined);
    await world.instance().deliver([offboarded()]);
    world.meddle = () => undefined;
    world.store.createKeys(SAML_PRINCIPAL);
    const [first] = await deliverChecks(world);
    expect(world.trail(first?.event ?? {}).at(-1)).toBe('note:late-keys: 1');
  });

  it('is written once if another delivery of the check was faster, or the row is gone', async () => {
    for (const isGone of [false, true]) {
      const world = await afterOffboarding();
      const instance = world.instance();
      const { pk, version } = await world.row(offboarded());
      const { put, remove } = world.table;
      Object.assign(instance.ports.table, {
        put: async (row: Row, seen: number) => {
          await (isGone ? remove(row.pk, seen) : put(row, seen));
          return false;
        },
      });
      expect(await instance.deliver(takeChecks(world).map(({ event }) => event))).toEqual([]);
      expect((await world.table.get(pk))?.version).toBe(isGone ? undefined : version + 1);
    }
  });

  it('is written again after a lost race, five times at most', async () => {
    for (const [lost, failed] of [
      [4, []],
      [5, [0]],
    ] as const) {
      const world = await afterOffboarding();
      const instance = world.instance();
      const { put } = world.table;
      let races = 0;
      Object.assign(instance.ports.table, {
        put: async (row: Row, seen: number | undefined) => {
          const isMark = JSON.stringify(row.data).includes(`"${SAML_PRINCIPAL}":1`);
          if (isMark && races < lost) {
            races += 1;
            return false;
          }
          return put(row, seen);
        },
      });
      expect(await instance.deliver(takeChecks(world).map(({ event }) => event))).toEqual(failed);
      expect(races).toBe(lost);
    }
  });
});
