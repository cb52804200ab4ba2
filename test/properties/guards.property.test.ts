/** Key snapshots and safety checks for any order, repetition and fault. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, LOST } from '../support/api-answers.ts';
import { offboarded, PRINCIPAL, principalLeak, reinstated, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { protect } from '../support/fakes.ts';
import { openWorld, type World } from '../support/memory-world.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IAsyncProperty<Values>, numRuns = 150) =>
  fc.assert(property, { numRuns, seed: 20261123 });

const MINUTE_MS = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** A principal-wide call that is taken, refused for now, or whose answer is lost before or after its effect. */
const faults = fc.constantFrom('none', 'refused', 'lost-before', 'lost-after', 'rejected');
const meddleWith =
  (world: World, fault: string): World['meddle'] =>
  (request) => {
    if (request.call !== 'revoke-principal' && request.call !== 'revoke-key') return undefined;
    if (fault === 'none') return undefined;
    if (fault === 'lost-after') {
      if (request.call === 'revoke-key') world.store.revokeKey(request.accessKeyId);
      else world.store.revokePrincipal(request.principalName);
    }
    return { refused: answer(503), rejected: answer(400, { code: 3 }) }[fault] ?? LOST;
  };

describe('a compromised principal', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ does: fc.constant('create-keys' as const) }),
      fc.record({ does: fc.constant('deliver' as const), fault: faults }),
      fc.record({ does: fc.constant('redrive' as const), fault: faults }),
      fc.record({ does: fc.constant('wait' as const), ms: fc.nat(3 * 86_400_000) }),
      fc.record({ does: fc.constant('checks' as const), fault: faults }),
    ),
    { minLength: 3, maxLength: 14 },
  );
  test('loses no key that was created after it was first seen, whatever comes, however often, in whatever order', () =>
    run(
      fc.asyncProperty(steps, async (taken) => {
        const world = openWorld();
        world.store.createKeys(PRINCIPAL, 2);
        let seen = false;
        const after: string[] = [];
        for (const step of taken) {
          if (step.does === 'wait') world.now += step.ms;
          else if (step.does === 'create-keys') {
            const [id = ''] = world.store.createKeys(PRINCIPAL);
            if (seen) after.push(id);
          } else {
            world.meddle = meddleWith(world, step.fault);
            const checks = world.sent.map(({ body }) => body);
            const messages = { deliver: [principalLeak()], redrive: world.sealed.slice(-1), checks }[step.does];
            await world.instance().deliver(messages);
            seen ||= step.does === 'deliver';
          }
        }
        expect(after.filter((id) => world.store.status(id) !== 'ACTIVE')).toEqual([]);
      }),
    ));
});

describe('an offboarding', () => {
  const event = fc.record({
    kind: fc.constantFrom('leave', 'return'),
    minute: fc.nat(6),
    ahead: fc.constantFrom(0, 0, 40),
  });
  test('keeps the keys if the latest delivered event is a reinstatement, in any order and with repeats', () =>
    run(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 10 }), async (words) => {
        const world = openWorld();
        const start = world.now;
        let returned = Number.NEGATIVE_INFINITY;
        for (const { kind, minute, ahead } of words) {
          const time = iso(start + minute * MINUTE_MS);
          const [fresh = ''] = world.store.createKeys(SAML_PRINCIPAL);
          const effectiveAt = iso(start + ahead * MINUTE_MS);
          const leave = offboarded({ time, data: { principalName: SAML_PRINCIPAL, effectiveAt } });
          if (kind === 'return') returned = Math.max(returned, minute);
          await world.instance().deliver([kind === 'leave' ? leave : reinstated({ time })]);
          if (kind === 'return' || minute <= returned) expect(world.store.status(fresh)).toBe('ACTIVE');
        }
        const newestLeave = Math.max(...words.filter(({ kind }) => kind === 'leave').map(({ minute }) => minute), -1);
        const [last = ''] = world.store.createKeys(SAML_PRINCIPAL);
        world.now = start + 60 * MINUTE_MS;
        await world.schedules.fireDue(world.now);
        await world.instance().deliver(world.sent.splice(0).map(({ body }) => body));
        if (newestLeave <= returned) expect(world.store.status(last)).toBe('ACTIVE');
      }),
    ));

  const near = fc.constantFrom(
    ...['user@example.com', 'User@example.com', 'user@example.co', 'user@example.com.', '%75ser@example.com'],
  );
  test('loses only unprotected keys of the name, regardless of case', () =>
    run(
      fc.asyncProperty(near, near, near, async (leaving, owner, spared) => {
        const world = openWorld();
        const [id = ''] = world.store.createKeys(`saml/${owner}`);
        const rules = { principalTemplates: ['saml/{email}'], protections: [protect(`saml/${spared}`)] };
        for (const data of [{ identity: { email: leaving } }, { principalName: `saml/${leaving}` }])
          await world.instance(rules).deliver([offboarded({ data })]);
        const [left, owned, kept] = [leaving, owner, spared].map((name) => name.toLowerCase());
        expect(world.store.status(id)).toBe(left === owned && left !== kept ? 'DELETED' : 'ACTIVE');
      }),
    ));
});

describe('limits', () => {
  const flood = fc.array(fc.record({ source: fc.nat(3), user: fc.nat(12), wait: fc.constantFrom(0, 0, 0, 10) }), {
    minLength: 20,
    maxLength: 60,
  });
  test('let no window have more distinct principals with keys than they say, from one source and from all', () =>
    run(
      fc.asyncProperty(flood, async (events) => {
        const world = openWorld();
        const limits = { sourcePer10Minutes: 3, sourcePerDay: 5, totalPer10Minutes: 5, totalPerDay: 8 };
        for (let user = 0; user < 13; user += 1) world.store.createKeys(`coreweave/user${user}`);
        const revoked: { at: number; user: string }[] = [];
        const called: string[] = [];
        world.meddle = (request) => {
          if (request.call !== 'revoke-principal') return undefined;
          const { principalName: user } = request;
          called.push(user);
          // One without keys has nothing to lose, and does not count for the windows of all sources.
          if (world.store.liveKeys(user).length > 0) revoked.push({ at: world.now, user });
          return undefined;
        };
        const instances = [world.instance({ limits }), world.instance({ limits })];
        for (const [index, { source, user, wait }] of events.entries()) {
          world.now += wait * MINUTE_MS;
          const data = { principalName: `coreweave/user${user}` };
          await instances[index % 2]?.deliver([offboarded({ id: `e-${index}`, source: `//s${source}`, data })]);
        }
        const windows = Map.groupBy(revoked, ({ at }) => Math.floor(at / (10 * MINUTE_MS)));
        for (const inside of windows.values())
          expect(new Set(inside.map(({ user }) => user)).size).toBeLessThanOrEqual(5);
        expect(new Set(revoked.map(({ user }) => user)).size).toBeLessThanOrEqual(8);
        expect(world.deadLetters.length + called.length).toBe(events.length);
      }),
      60,
    ));
});
