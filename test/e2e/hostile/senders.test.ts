/**
 * What a sender can do against others, on the built functions with SENDERS: cancel, imitate, use up, fill. Needs
 * `npm run build`.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { check, keyLeak } from '../../support/event-factory.ts';
import { type EdgeStack, SHARED, startEdgeStack } from '../edge.ts';
import { createFunctionClock } from '../guards/function-clock.ts';
import { delayed, fromNow, now, settleFrom } from '../guards/stage.ts';
import { proofOf, SIGNING_SECRET } from '../identity-cases.ts';
import type { SentDeadLetter } from '../stack.ts';
import { until } from '../wait.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const [HR, PARTNER, SCANNER] = ['//hr.example/acme', '//partner.example/app', '//scanner.example/acme/app'];
const SENDERS = [
  { name: 'on-call', senderId: 'AROAONCALL', sources: ['//revoker.cli/'], authority: 'operator' },
  { name: 'hr', senderId: 'AROAHR', sources: ['//hr.example/'], authority: 'hr' },
  { name: 'scanner', senderId: 'AROASCANNER', sources: ['//scanner.example/'], authority: 'scanner' },
  { name: 'partner', senderId: 'AROAPARTNER', sources: ['//partner.example/'], authority: 'partner' },
];
const LIMITS = { sourcePer10Minutes: 20, sourcePerDay: 100, totalPer10Minutes: 20, totalPerDay: 400 };
const [hr, partner, onCall] = ['AROAHR', 'AROAPARTNER', 'AROAONCALL'];

const clock = createFunctionClock();
let world: EdgeStack;
beforeAll(async () => {
  world = await startEdgeStack({
    ...clock.options,
    env: {
      ...clock.options.env,
      SENDERS: JSON.stringify(SENDERS),
      LIMITS: JSON.stringify(LIMITS),
    },
    checksAreDue: true,
  });
  world.secrets.secrets.set('hooks/standard-webhooks', SIGNING_SECRET);
});
beforeEach(() => clock.move(0));
afterAll(async () => {
  await world.close();
  clock.remove();
});

const from = (accessKeyId: string, ...events: readonly object[]) =>
  settleFrom(world.stack, { lane: 'bulk', accessKeyId }, ...events.map((event) => JSON.stringify(event)));
const live = (principalName: string): number => world.stack.api.store.liveKeys(principalName).length;
const createKeys = (principalName: string): string => world.stack.api.store.createKeys(principalName)[0] ?? '';

/** Of the events whose id starts so; the dead letters stay hidden, so each is seen once. */
const seen: SentDeadLetter[] = [];
async function heldFor(prefix: string): Promise<readonly string[]> {
  seen.push(...(await world.stack.deadLetters()));
  return seen.filter(({ event }) => String(event?.id).startsWith(prefix)).map(({ reason }) => reason);
}

/** Lets the schedules of that time fire. */
async function passTo(ms: number): Promise<void> {
  clock.move(ms);
  const written = world.stack.output.length;
  const fired = await world.stack.scheduler.fireDue(Date.now() + ms);
  await until('what fired', () => fired === 0 || world.stack.output.length > written || undefined);
  await world.stack.idle();
}

/** What a directory sends for every user in each sync. */
async function syncAsActive(login: string): Promise<number> {
  const { status } = await world.request(`/scim/Users/${Buffer.from(login).toString('base64url')}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${SHARED}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ Operations: [{ op: 'Add', path: 'active', value: 'True' }] }),
  });
  await world.stack.idle();
  return status;
}

describe('an offboarding that HR has scheduled', () => {
  it.each([
    ['in days', 10 * DAY_MS],
    ['in ten minutes', 10 * MINUTE_MS],
  ])('%s is carried out, whatever another sender schedules or a directory says', async (name, dueMs) => {
    const login = `leaves-${name.replaceAll(' ', '-')}@example.com`;
    const principalName = `saml/${login}`;
    createKeys(principalName);
    const first = delayed(world.stack).length;
    await from(hr, now.offboarding(`hr-${name}`, { principalName, effectiveAt: fromNow(dueMs) }, { source: HR }));
    const far = { principalName, effectiveAt: '9998-01-01T00:00:00Z' };
    await from(partner, now.offboarding(`far-${name}`, far, { source: PARTNER, time: fromNow(1_000) }));
    await from(partner, now.offboarding(`as-hr-${name}`, far, { source: HR, time: fromNow(1_000) }));
    expect(await syncAsActive(login)).toBe(200);
    expect([live(principalName), await heldFor(`as-hr-${name}`)]).toEqual([1, ['held-unknown-sender']]);
    await passTo(dueMs + MINUTE_MS);
    for (const { body } of delayed(world.stack, first).filter((each) => each.body.includes('user.offboarded'))) {
      await settleFrom(world.stack, { lane: 'bulk', accessKeyId: 'AROALOCALREVOKE' }, body);
    }
    expect(live(principalName)).toBe(0);
  });
});

describe('a follow-up check', () => {
  it('cannot be used up by forged ones: the true one revokes the key that was created later', async () => {
    const principalName = 'saml/later@example.com';
    createKeys(principalName);
    const first = delayed(world.stack).length;
    const parent = { source: HR, id: 'later' };
    await from(hr, now.offboarding(parent.id, { principalName }, { source: HR }));
    const own = delayed(world.stack, first).filter(({ body }) => body.includes('revocation.check'));
    expect(own).toHaveLength(1);
    const late = createKeys(principalName);
    const forged = own.map(({ body }) => JSON.parse(body));
    for (const generation of [1, 2, 3]) {
      const invented = check({ time: fromNow(0), data: { parent, principalName, generation } });
      await from(partner, ...forged.map((event) => ({ ...event, time: fromNow(0) })), invented);
    }
    expect(world.stack.api.store.status(late)).toBe('ACTIVE');
    for (const { body } of own) await settleFrom(world.stack, { lane: 'bulk' }, body);
    expect(world.stack.api.store.status(late)).toBe('DELETED');
  });
});

describe('a key of another party', () => {
  it('beside a text that is no random secret is held: the pair is only of the right form', async () => {
    const [id, repository] = ['CWVICTIM00000001', 'acme/victims'];
    world.stack.api.store.add({ accessKeyId: id, principalName: 'coreweave/victim' });
    world.github.alerts.set(`/repos/${repository}/secret-scanning/alerts/7`, {
      secret: `${id}:cwo${'A'.repeat(40)}`,
      secretType: 'coreweave_access_key_pair',
      state: 'open',
      resolution: null,
    });
    const data = { reference: { provider: 'github', ref: `${repository}/7` } };
    await from('AROASCANNER', keyLeak({ id: 'invented-pair', source: SCANNER, time: fromNow(0), data }));
    expect([world.stack.api.store.status(id), await heldFor('invented-pair')]).toEqual([
      'ACTIVE',
      ['held-low-confidence'],
    ]);
  });
});

describe('a dead letter', () => {
  it('has no hash of what was redacted from it', async () => {
    const body = `{"url":"https://user:hunter2@git.example","id":"${Date.now()}"}`;
    await settleFrom(world.stack, { lane: 'bulk', accessKeyId: partner }, body);
    seen.push(...(await world.stack.deadLetters()));
    const deadLetter = seen.find(({ raw }) => raw?.text?.includes('git.example'));
    expect(deadLetter?.raw).toMatchObject({ redacted: true, text: body.replace('user:hunter2@', '[redacted]') });
    const hash = createHash('sha256').update(body).digest('hex');
    expect([...world.output(), JSON.stringify(seen)].filter((text) => text.includes(hash))).toEqual([]);
  });
});

describe('a sender', () => {
  it('with the secret of Standard Webhooks speaks for no other source', async () => {
    const principalName = 'saml/spoken-for@example.com';
    createKeys(principalName);
    const sources = [
      'okta://acme',
      'github://acme/app',
      'scim://users',
      HR,
      '//revoker.cli/ann',
      '//canary.revocation',
    ];
    for (const [n, source] of sources.entries()) {
      const body = JSON.stringify(now.offboarding(`spoken-${n}`, { principalName }, { source }));
      await world.request('/standard-webhooks', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...proofOf('/standard-webhooks', body) },
        body,
      });
    }
    await until('each event', async () => ((await heldFor('spoken-')).length === sources.length ? true : undefined));
    expect(new Set(await heldFor('spoken-'))).toEqual(new Set(['held-unknown-sender']));
    expect(live(principalName)).toBe(1);
  });

  it.each([
    ['a partner', partner],
    ['an operator', onCall],
  ])('with the attributes of a replay is not believed about another one: %s', async (name, accessKeyId) => {
    const principalName = `saml/imitated-by-${accessKeyId}@example.com`.toLowerCase();
    createKeys(principalName);
    const event = now.offboarding(`imitated by ${name}`, { principalName }, { source: HR });
    const attributes = { replayId: 'r', replays: '1', firstSeen: fromNow(-MINUTE_MS), sender: hr };
    await settleFrom(world.stack, { lane: 'bulk', accessKeyId, attributes }, event);
    expect([live(principalName), await heldFor(`imitated by ${name}`)]).toEqual([1, ['held-unknown-sender']]);
  });

  it('cannot take an id in advance: the true event under it acts', async () => {
    const principalName = 'saml/taken@example.com';
    createKeys(principalName);
    const taken = { principalName: 'saml/squatter@example.com' };
    await from(partner, now.offboarding('taken', taken, { source: HR }));
    await from(hr, now.offboarding('taken', { principalName }, { source: HR }));
    expect([live(principalName), await heldFor('taken')]).toEqual([0, ['held-unknown-sender']]);
  });

  it('cannot fill the total limit with invented principals', async () => {
    const invented = Array.from({ length: LIMITS.sourcePer10Minutes * 2 }, (_, n) =>
      now.offboarding(`invented-${n}`, { principalName: `saml/unknown-${n}@example.com` }, { source: PARTNER }),
    );
    await from(partner, ...invented);
    const principalName = 'saml/compromised@example.com';
    createKeys(principalName);
    await from(hr, { ...now.compromise('compromised', principalName), source: HR });
    expect([live(principalName), await heldFor('compromised')]).toEqual([0, []]);
  });
});
