/** The life of users in a SCIM directory: what is kept of them, who leaves under which names, and what is answered. */
import { describe, expect, it } from 'vitest';
import { LEDGER_TIMEOUT_MS } from '../../../lib/ingest/directory.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { loginsOf } from '../../../lib/ledger/scim-directory.ts';
import { request } from '../../events/sources/requests.ts';
import { CORE, idOf, NAME, PATCH_OP } from '../../events/sources/scim-requests.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { type Meddle, openOutside, sha256 } from '../../support/memory-ports.ts';
import { fails, openEdge } from './edge.ts';

const TOKEN = ['scim', 'token'].join('-');
const NEW = 'new@example.com';
const OTHER = 'other@example.com';

const senders = { proofs: async () => createProofs([TOKEN], 'text') };

function directory(meddle?: Meddle) {
  const outside = openOutside(EVENT_MS);
  const { send } = openEdge({ outside, senders, ...(meddle === undefined ? {} : { meddle }) });
  const ask = async (method: string, path: string, body?: unknown, query?: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const from = request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    const reply = await send('scim', { ...from, ...(query === undefined ? {} : { query }) });
    // Requests have no id but the millisecond of their arrival.
    await outside.clock.run(outside.clock.sleep(1));
    return reply;
  };
  const user = (name: string) => `/Users/${idOf(name)}`;
  /** The id of a new user. */
  const create = async (userName: string): Promise<string> =>
    Object((await ask('POST', '/Users', { userName })).body).id;
  const search = async (name: string): Promise<readonly unknown[]> => {
    const filter = new URLSearchParams({ filter: `userName eq "${name}"` }).toString();
    return Object((await ask('GET', '/Users', undefined, filter)).body).Resources;
  };
  /** Who left or came back so far: `offboarded <login>`. */
  const told = () =>
    outside.sent.map(({ body }) => {
      const { type, data } = JSON.parse(body);
      return `${type.split('.')[1]} ${data.identity.login}`;
    });
  const reads = () => outside.steps.filter((step) => step.port === 'table' && step.operation === 'get').length;
  return { outside, ask, user, create, search, told, reads };
}

const set = (...values: readonly (readonly [path: string, value: unknown])[]) => ({
  schemas: [PATCH_OP],
  Operations: values.map(([path, value]) => ({ op: 'Replace', path, value })),
});
const document = (userName: string, id: string, active?: boolean) => ({
  schemas: [CORE],
  id,
  userName,
  ...(active === undefined ? {} : { active }),
  meta: { resourceType: 'User' },
});

describe('a user', () => {
  it('is found once created, shows active after each change, and is gone once deleted', async () => {
    const { ask, user, search } = directory();
    expect(await search(NAME)).toEqual([]);
    expect((await ask('POST', '/Users', { userName: NAME, active: true })).status).toBe(201);
    expect(await search(NAME.toUpperCase())).toEqual([document(NAME, idOf(NAME), true)]);
    await ask('PATCH', user(NAME), set(['active', 'False']));
    expect(await search(NAME)).toEqual([document(NAME, idOf(NAME), false)]);
    expect((await ask('GET', user(NAME))).body).toEqual(document(NAME, idOf(NAME), false));
    await ask('PUT', user(NAME), { userName: NAME, active: true });
    expect((await ask('GET', user(NAME))).body).toEqual(document(NAME, idOf(NAME), true));
    expect((await ask('DELETE', user(NAME))).status).toBe(204);
    expect([(await ask('GET', user(NAME))).status, await search(NAME)]).toEqual([404, []]);
  });

  it.each([
    ['filter=userName%20eq%20%22a%2Bb%40example.com%22', 'a+b@example.com'],
    ['filter=userName%20eq%20%22a+b@example.com%22', 'a+b@example.com'],
    ['filter=userName%20eq%20%22a%20b@example.com%22', 'a b@example.com'],
    ['filter=userName+eq+%22a%2Bb@example.com%22', 'a+b@example.com'],
    ['filter=userName+eq+%22a+b@example.com%22', 'a b@example.com'],
    ['filter=userName+eq+a%2Bb%40example.com', 'a+b@example.com'],
    ['filter=userName%20eq%20%22c+d%22', 'c d'],
  ])('is found by %s: %s', async (query, name) => {
    const { ask } = directory();
    for (const userName of ['a+b@example.com', 'a b@example.com', 'c d']) await ask('POST', '/Users', { userName });
    expect((await ask('GET', '/Users', undefined, query)).body).toMatchObject({
      totalResults: 1,
      Resources: [{ userName: name }],
    });
  });

  it('of before there was a directory is known by its id, and active is not made up', async () => {
    const { ask, user, told } = directory();
    expect((await ask('GET', user(NAME))).body).toEqual(document(NAME, idOf(NAME)));
    expect((await ask('PATCH', user(NAME), set(['active', false]))).status).toBe(200);
    expect((await ask('GET', user(NAME))).body).toEqual(document(NAME, idOf(NAME), false));
    expect(told()).toEqual([`offboarded ${NAME}`]);
  });

  it('costs one read of the ledger a request, and two when it is created', async () => {
    const { ask, user, search, reads } = directory();
    const steps = [
      () => ask('POST', '/Users', { userName: NAME }),
      () => ask('GET', user(NAME)),
      () => search(NAME),
      () => ask('PUT', user(NAME), { userName: NAME, active: true }),
      () => ask('PATCH', user(NAME), set(['active', false])),
      () => ask('DELETE', user(NAME)),
    ];
    const counts: number[] = [];
    for (const step of steps) {
      await step();
      counts.push(reads());
    }
    expect(counts).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('is created once: a second create is 409 regardless of case, without an event', async () => {
    const { outside, ask, told } = directory();
    await ask('POST', '/Users', { userName: NAME });
    const again = await ask('POST', '/Users', { userName: NAME.toUpperCase() });
    expect(again).toMatchObject({ status: 409, body: { status: '409', scimType: 'uniqueness' } });
    expect([told(), outside.deadLetters]).toEqual([[], []]);
  });

  it('who is there and is created as inactive is held if there are keys, under the name that is kept', async () => {
    const { outside, ask, user, told } = directory();
    await ask('POST', '/Users', { userName: NAME });
    const again = await ask('POST', '/Users', { userName: NAME.toUpperCase(), active: 'False' });
    expect(again).toMatchObject({ status: 409, body: { status: '409', scimType: 'uniqueness' } });
    expect(told()).toEqual([`offboarded ${NAME}`]);
    expect(JSON.parse(outside.sent[0]?.body ?? '').data.staged).toBe(true);
    expect((await ask('GET', user(NAME))).body).toEqual(document(NAME, idOf(NAME), true));
  });

  it('takes about 200 bytes', async () => {
    const { ask, outside } = directory();
    await ask('POST', '/Users', { userName: NAME });
    const [put] = outside.steps.filter((step) => step.port === 'table' && step.operation === 'put');
    const row = await outside.table.get(put?.port === 'table' ? put.pk : '');
    expect(JSON.stringify(row).length).toBeLessThan(350);
    expect(row?.pk).toMatch(/^directory#scim#[0-9a-f]{64}$/);
    expect(row?.expiresAt).toBeUndefined();
  });
});

describe('a user who was renamed', () => {
  it('keeps the id, is found under the new name alone, and leaves as the one whose names are known', async () => {
    const { ask, user, search, told, outside } = directory();
    await ask('POST', '/Users', { userName: NAME });
    expect((await ask('PATCH', user(NAME), set(['userName', NEW]))).body).toEqual(document(NEW, idOf(NAME), true));
    expect(await search(NEW)).toEqual([document(NEW, idOf(NAME), true)]);
    expect(await search(NAME)).toEqual([]);
    await ask('PATCH', user(NAME), set(['active', false]));
    expect(told()).toEqual([`offboarded ${NEW}`]);
    const rows = outside.steps.flatMap((step) => (step.port === 'table' && step.operation === 'put' ? [step.pk] : []));
    const kept = await Promise.all([...new Set(rows)].map((pk) => outside.table.get(pk)));
    expect(kept.map((row) => row?.data)).toEqual([
      expect.objectContaining({ names: [NAME, NEW], active: false }),
      expect.objectContaining({ names: [NAME, NEW], active: false }),
    ]);
  });

  it('often keeps the first name and the latest ones, and each of these still leads to all of them', async () => {
    const { ask, user, outside } = directory();
    await ask('POST', '/Users', { userName: NAME });
    const names = Array.from({ length: 9 }, (_, index) => `name${index}@example.com`);
    for (const name of names) await ask('PATCH', user(NAME), set(['userName', name]));
    const kept = [NAME, ...names.slice(-7)];
    const ports = { table: outside.table, sha256 };
    for (const name of kept)
      expect(await loginsOf(ports, name)).toEqual([name, ...kept.filter((each) => each !== name)]);
    await ask('PATCH', user(NAME), set(['userName', NAME]));
    expect(await loginsOf(ports, NAME)).toEqual([NAME, ...names.slice(-7)]);
  });

  it('is the same under the id that the new name would have', async () => {
    const { ask, user, told } = directory();
    await ask('POST', '/Users', { userName: NAME });
    await ask('PUT', user(NAME), { userName: NEW, active: true });
    expect((await ask('GET', user(NEW))).body).toEqual(document(NEW, idOf(NAME), true));
    await ask('DELETE', user(NEW));
    expect(told().at(-1)).toBe(`offboarded ${NEW}`);
    expect((await ask('GET', user(NAME))).status).toBe(404);
  });

  it('leaves the old name to a successor, whom the old id does not concern', async () => {
    const { ask, user, search, told } = directory();
    await ask('POST', '/Users', { userName: NAME });
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    const successor = await ask('POST', '/Users', { userName: NAME });
    const id = `${idOf(NAME)}.${EVENT_MS + 2}`;
    expect(successor).toMatchObject({ status: 201, headers: { location: `/scim/Users/${id}` } });
    await ask('PATCH', user(NAME), set(['active', false]));
    expect(told()).toEqual([`offboarded ${NEW}`]);
    expect(await search(NAME)).toEqual([document(NAME, id, true)]);
    await ask('PATCH', `/Users/${id}`, set(['active', false]));
    expect(told().at(-1)).toBe(`offboarded ${NAME}`);
  });

  it('shares the id with no user of the old name, also once another user had that name and was renamed', async () => {
    const { ask, user, create, told } = directory();
    await create(NAME);
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    await create(OTHER);
    await ask('PATCH', user(OTHER), set(['userName', NAME]));
    await ask('PATCH', user(OTHER), set(['userName', 'third@example.com']));
    const successor = await create(NAME);
    expect(successor).not.toBe(idOf(NAME));
    await ask('PATCH', user(NAME), set(['active', false]));
    await ask('PATCH', `/Users/${successor}`, set(['active', false]));
    expect(told()).toEqual([`offboarded ${NEW}`, `offboarded ${NAME}`]);
  });

  it('is still known by the id when a successor of the old name is forgotten', async () => {
    const { outside, ask, user, create, told } = directory();
    await create(NAME);
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    await ask('DELETE', `/Users/${await create(NAME)}`);
    await outside.clock.run(outside.clock.sleep(30 * 86_400_000 + 2_000));
    expect((await ask('GET', user(NAME))).body).toEqual(document(NEW, idOf(NAME), true));
    expect(await create(NAME)).not.toBe(idOf(NAME));
    await ask('PATCH', user(NAME), set(['active', false]));
    expect(told()).toEqual([`offboarded ${NAME}`, `offboarded ${NEW}`]);
  });

  it('cannot have the name of an active user, but that of a deactivated user', async () => {
    const { ask, user, search, outside } = directory();
    for (const userName of [NAME, OTHER]) await ask('POST', '/Users', { userName });
    expect(await ask('PATCH', user(NAME), set(['userName', OTHER]))).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
    expect(outside.deadLetters).toHaveLength(1);
    await ask('DELETE', user(OTHER));
    expect((await ask('PATCH', user(NAME), set(['userName', OTHER]))).status).toBe(200);
    expect(await search(OTHER)).toEqual([document(OTHER, idOf(NAME), true)]);
    // The late DELETE of the user who had the name before.
    expect((await ask('DELETE', user(OTHER))).status).toBe(404);
    expect((await ask('GET', user(NAME))).body).toEqual(document(OTHER, idOf(NAME), true));
  });

  it('is not renamed back to a name that a successor has', async () => {
    const { ask, user, create, told, search } = directory();
    await create(NAME);
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    const successor = await create(NAME);
    expect((await ask('PATCH', user(NAME), set(['userName', NAME]))).status).toBe(409);
    await ask('PATCH', `/Users/${successor}`, set(['active', false]));
    expect(told()).toEqual([`offboarded ${NAME}`]);
    // A successor who left gives the name up, and is still known by the id.
    expect((await ask('PATCH', user(NAME), set(['userName', NAME]))).status).toBe(200);
    expect(await search(NAME)).toEqual([document(NAME, idOf(NAME), true)]);
    expect((await ask('GET', `/Users/${successor}`)).body).toEqual(document(NAME, successor, false));
  });

  it('is offboarded even with a name of another user', async () => {
    const { ask, user, told, search } = directory();
    for (const userName of [NAME, OTHER]) await ask('POST', '/Users', { userName });
    const both = set(['userName', OTHER], ['active', false]);
    expect((await ask('PATCH', user(NAME), both)).status).toBe(200);
    expect(told()).toEqual([`offboarded ${NAME}`]);
    expect(await search(OTHER)).toEqual([document(OTHER, idOf(OTHER), true)]);
  });
});

describe('a name that is used again', () => {
  it('gets a new id, and a late DELETE of the old id has no effect', async () => {
    const { ask, user, create, told } = directory();
    await create(NAME);
    await ask('DELETE', user(NAME));
    const second = await create(NAME);
    expect(second).toBe(`${idOf(NAME)}.${EVENT_MS + 2}`);
    expect((await ask('DELETE', user(NAME))).status).toBe(404);
    expect(told()).toEqual([`offboarded ${NAME}`]);
    await ask('DELETE', `/Users/${second}`);
    expect(await create(NAME)).toBe(`${idOf(NAME)}.${EVENT_MS + 5}`);
  });

  it('is forgotten 30 days after the DELETE', async () => {
    const { ask, user, outside } = directory();
    await ask('POST', '/Users', { userName: NAME });
    await ask('DELETE', user(NAME));
    await outside.clock.run(outside.clock.sleep(30 * 86_400_000 + 2_000));
    expect(Object((await ask('POST', '/Users', { userName: NAME })).body).id).toBe(idOf(NAME));
  });
});

describe('without the ledger', () => {
  const away = () => directory(fails('table'));
  const UNAVAILABLE = { status: 503, headers: { 'retry-after': '5' }, body: { status: '503' } };

  it('users who become inactive or are deleted are held if they have keys, and asked for again', async () => {
    const { ask, user, told, outside } = away();
    const replies = [
      await ask('PATCH', user(NAME), set(['active', 'False'])),
      await ask('PUT', user(NAME), { userName: NAME, active: false }),
      await ask('DELETE', user(NAME)),
      await ask('PATCH', user(NAME), set(['userName', NEW], ['active', false])),
      await ask('POST', '/Users', { userName: NAME, active: false }),
    ];
    for (const reply of replies) expect(reply).toMatchObject(UNAVAILABLE);
    const login = (name: string) => `offboarded ${name}`;
    expect(told()).toEqual([login(NAME), login(NAME), login(NAME), login(NAME), login(NEW), login(NAME)]);
    expect(outside.sent.map(({ body }) => JSON.parse(body).data.staged)).toEqual(Array(6).fill(true));
  });

  it('nothing is said of users that may be wrong', async () => {
    const { ask, user, outside } = away();
    const query = `filter=${encodeURIComponent(`userName eq "${NAME}"`)}`;
    for (const reply of [
      await ask('GET', user(NAME)),
      await ask('GET', '/Users', undefined, query),
      await ask('PATCH', user(NAME), set(['displayName', 'x'])),
    ]) {
      expect(reply).toMatchObject(UNAVAILABLE);
      expect(JSON.stringify(reply)).not.toContain('active');
    }
    expect(outside.log.map(({ code }) => code)).toContain('edge-ledger-failed');
  });

  it('creates, renames and returns are asked for again', async () => {
    const { ask, user, told } = away();
    const replies = [
      await ask('POST', '/Users', { userName: NAME }),
      await ask('PATCH', user(NAME), set(['userName', NEW])),
      await ask('PATCH', user(NAME), set(['active', true])),
      await ask('PUT', user(NAME), { userName: NAME, active: true }),
    ];
    for (const reply of replies) expect(reply).toMatchObject(UNAVAILABLE);
    expect(told()).toEqual([]);
  });

  it('that only cannot be written, a create is asked for again, and an offboarding has left', async () => {
    const { ask, user, told } = directory((step, moment) =>
      step.port === 'table' && step.operation === 'put' ? fails('table')(step, moment) : undefined,
    );
    expect((await ask('POST', '/Users', { userName: NAME })).status).toBe(503);
    expect((await ask('PATCH', user(NAME), set(['active', false]))).status).toBe(200);
    expect(told()).toEqual([`offboarded ${NAME}`]);
  });

  it('that does not answer, an offboarding has left within 3 s', async () => {
    let hang = (): Promise<void> => Promise.resolve();
    const { outside, ask, user, told } = directory(({ port }, moment) =>
      port === 'table' && moment === 'before' ? hang() : undefined,
    );
    hang = () => outside.clock.sleep(60_000);
    const begun = outside.clock.now();
    const reply = await outside.clock.run(ask('PATCH', user(NAME), set(['active', false])));
    expect([reply.status, told()]).toEqual([503, [`offboarded ${NAME}`]]);
    expect(outside.clock.now() - begun).toBeLessThanOrEqual(3_001);
  });
});

describe('a read of the ledger that takes too long', () => {
  /** `slowly`: each read takes longer than the endpoint waits. */
  function slowDirectory() {
    let slow = false;
    const { outside, ask, ...rest } = directory((step, moment) =>
      slow && step.port === 'table' && step.operation === 'get' && moment === 'before'
        ? outside.clock.sleep(LEDGER_TIMEOUT_MS + 100)
        : undefined,
    );
    const slowly: typeof ask = async (...request) => {
      slow = true;
      const reply = await outside.clock.run(ask(...request));
      slow = false;
      return reply;
    };
    const names = (login: string) => loginsOf({ table: outside.table, sha256 }, login);
    return { ...rest, outside, ask, slowly, names };
  }

  it.each([
    ['PATCH', set(['active', false])],
    ['PUT', { userName: NEW, active: false }],
    ['PUT', { userName: NEW, active: true }],
    ['DELETE', undefined],
  ])('leaves a renamed user the names: %s', async (method, body) => {
    const { ask, slowly, user, names } = slowDirectory();
    await ask('POST', '/Users', { userName: NAME });
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    const { status } = await slowly(method, user(NAME), body);
    expect([await names(NAME), await names(NEW), status]).toEqual([[NAME, NEW], [NEW, NAME], 503]);
  });

  it('does not offboard, or bring back, a successor with the name', async () => {
    const { ask, slowly, user, create, told, outside, names } = slowDirectory();
    await create(NAME);
    await ask('PATCH', user(NAME), set(['userName', NEW]));
    const successor = await create(NAME);
    await slowly('PATCH', user(NAME), set(['active', false]));
    await slowly('PATCH', user(NAME), set(['active', true]));
    expect(told()).toEqual([`offboarded ${NAME}`]);
    expect(JSON.parse(outside.sent[0]?.body ?? '').data).toMatchObject({
      staged: true,
      evidence: { detector: 'PATCH active, while the names of the user could not be read' },
    });
    expect(await names(NAME)).toEqual([NAME]);
    expect((await ask('GET', `/Users/${successor}`)).body).toEqual(document(NAME, successor, true));
    await ask('PATCH', user(NAME), set(['active', false]));
    expect(told().at(-1)).toBe(`offboarded ${NEW}`);
  });
});

describe('the token', () => {
  it('is asked for in the 401', async () => {
    const { send } = openEdge();
    expect(await send('scim', request({ method: 'GET', path: '/Users' }))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="scim"' },
    });
    expect((await send('okta', request({}))).headers).toEqual({});
  });
});
