/** The keys of the organization, listed once for all events of a batch. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { offboarded } from '../../support/event-factory.ts';
import { openWorld } from '../../support/memory-world.ts';

const principal = (n: number) => `coreweave/user${n}`;
const offboarding = (n: number) => offboarded({ id: `offboarding-${n}`, data: { principalName: principal(n) } });
const count = (size: number) => Array.from({ length: size }, (_, n) => n);
const offsets = (requests: readonly { call: string; offset?: number }[]) =>
  requests.filter(({ call }) => call === 'list-keys').map(({ offset }) => offset);

describe('an inventory of 100,000 keys', () => {
  it('is listed by pages of 1,000, once per batch, and a principal on its last page is found', async () => {
    const world = openWorld();
    for (const n of count(20)) world.store.createKeys(principal(n), n === 19 ? 1 : 5_000);
    world.store.createKeys('coreweave/last', 4_999);
    const requests: { call: string; offset?: number }[] = [];
    world.meddle = (request) => {
      requests.push(request);
      return undefined;
    };
    const events = [offboarding(19), offboarded({ id: 'last', data: { principalName: 'coreweave/last' } })];
    expect(await world.instance().deliver(events)).toEqual([]);

    // Each page repeats 8 rows of the one before it; the second listing verifies the many.
    const listing = count(101).map((page) => page * 992);
    expect(offsets(requests)).toEqual([...listing, ...listing]);
    expect(world.store.liveKeys('coreweave/last')).toEqual([]);
    expect(world.store.liveKeys(principal(19))).toEqual([]);
    expect(world.store.liveKeys(principal(0))).toHaveLength(5_000);
  });

  it('finds the keys of a person when rows vanish while it is listed', async () => {
    const world = openWorld();
    const former = world.store.createKeys('coreweave/former', 1_000);
    const [id = ''] = world.store.createKeys('saml/gone@example.com');
    world.store.createKeys('coreweave/others', 1_500);
    const purge = former.slice(0, 400).values();
    world.meddle = (request) => {
      if (request.call === 'list-keys' && request.offset > 0) for (const each of purge) world.store.purge(each);
      return undefined;
    };
    const event = offboarded({ data: { identity: { email: 'gone@example.com' } } });
    await world.instance({ principalTemplates: ['saml/{email}'] }).deliver([event]);
    expect(world.store.status(id)).toBe('DELETED');
  });

  it('does not say that a person has no keys when a proxy answers with a message of its own', async () => {
    const world = openWorld();
    const [id = ''] = world.store.createKeys('saml/gone@example.com');
    world.meddle = ({ call }) => (call === 'list-keys' ? answer(200, { message: 'maintenance' }) : undefined);
    const event = offboarded({ data: { identity: { email: 'gone@example.com' } } });
    const instance = world.instance({ principalTemplates: ['saml/{email}'] });
    expect(await instance.deliver([event])).toEqual([0]);
    world.meddle = () => undefined;
    await instance.deliver([event], { receiveCount: 2 });
    expect(world.store.status(id)).toBe('DELETED');
  });

  it('shows counts before and after, at most 100 ids, and a hash of all', async () => {
    const world = openWorld();
    const ids = world.store.createKeys(principal(0), 101);
    await world.instance().deliver([offboarding(0)]);
    const outcome = world.audit
      .map((line) => JSON.parse(JSON.stringify(line)))
      .find(({ activity_id }) => activity_id === 19);
    expect(outcome.unmapped).toMatchObject({
      verified_by: 'listing',
      keys_before: { count: 101, ids: ids.toSorted().slice(0, 100), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      keys_after: { count: 0, ids: [] },
    });
  });

  it('is listed once for a batch of checks', async () => {
    const world = openWorld();
    for (const n of count(20)) world.store.createKeys(principal(n));
    await world.instance().deliver(count(20).map(offboarding));
    const checks = world.sent.splice(0).map(({ body }) => body);
    world.calls.splice(0);
    expect(await world.instance().deliver(checks)).toEqual([]);
    expect(world.calls).toEqual(['list-keys']);
  });
});
