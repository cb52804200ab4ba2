/** Configured webhooks on the whole product: what an HR system sends revokes the keys of one person. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytes } from '../events/sources/requests.ts';
import { vendorOf } from '../events/webhooks/vendors.ts';
import { type EdgeStack, SHARED, startEdgeStack } from './edge.ts';
import { until } from './wait.ts';

const ROOT = join(import.meta.dirname, '../..');
const ON_SITE = 'saml/user@example.com';
const BOB_ID = '3332883884017713938';
const BY_ID = `coreweave/${BOB_ID}`;
const STAYS = 'saml/stays@example.com';

let world: EdgeStack;
const open = (name: string) =>
  startEdgeStack({
    env: { PRINCIPAL_TEMPLATES: '["saml/{email}","coreweave/{externalId}"]' },
    edgeEnv: { WEBHOOKS: `@${join(ROOT, 'webhooks', `${name}.json`)}` },
    secrets: { [`webhook/${name}`]: SHARED },
  });

const send = (name: string, body: unknown, secret = SHARED) => {
  const sent = bytes(body);
  const headers = { 'content-type': 'application/json', ...vendorOf(name).sign(sent, secret, Date.now()) };
  return world.request(`/webhook/${name}`, { method: 'POST', headers, body: Buffer.from(sent) });
};
const revoked = (principal: string) =>
  until(`the keys of ${principal} to be revoked`, () =>
    world.stack.api.store.liveKeys(principal).length === 0 ? true : undefined,
  );

describe('BambooHR', () => {
  beforeAll(async () => {
    world = await open('bamboohr');
  });
  afterAll(() => world.close());

  it('offboards the person who became inactive, and no other', async () => {
    world.stack.api.store.createKeys(ON_SITE, 2);
    world.stack.api.store.createKeys(STAYS, 1);
    expect((await send('bamboohr', vendorOf('bamboohr').offboarding(SHARED))).status).toBe(202);
    await revoked(ON_SITE);
    expect(world.stack.api.store.liveKeys(STAYS)).toHaveLength(1);
  });

  it('is not heard with another secret, and the others are not there', async () => {
    expect((await send('bamboohr', vendorOf('bamboohr').offboarding(''), 'another secret of some length')).status).toBe(
      401,
    );
    expect((await send('hibob', vendorOf('hibob').offboarding(''))).status).toBe(404);
  });
});

describe('HiBob', () => {
  beforeAll(async () => {
    world = await open('hibob');
  });
  afterAll(() => world.close());

  it('is answered when it tests the connection, and offboards by its own id', async () => {
    const ping = await world.request('/webhook/hibob', { method: 'POST', body: 'Ping test' });
    expect(ping.status).toBe(200);
    world.stack.api.store.createKeys(BY_ID, 1);
    const left = { ...Object(vendorOf('hibob').offboarding('')), triggeredAt: new Date().toISOString() };
    expect((await send('hibob', left)).status).toBe(202);
    await revoked(BY_ID);
    expect(world.output().join('\n')).not.toContain(SHARED);
  });
});
