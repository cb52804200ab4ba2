/**
 * Whatever events come, in whatever order, by whatever queue: a protected key, and a key of a protected principal,
 * stays.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../events/ids.ts';
import { answer, LOST } from '../support/api-answers.ts';
import { check, keyLeak, offboarded, principalLeak, reinstated, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { openWorld } from '../support/memory-world.ts';

const OTHER = 'coreweave/other';
const about = { owner: 'platform', reason: 'backups' };
const identity = { email: 'user@example.com' };

/** Events about a protected or another principal, its keys by number, or what the product has put on its own queues. */
const step = fc.record({
  does: fc.constantFrom(
    'key',
    'key with owner',
    'principal',
    'offboarding',
    'person',
    'return',
    'check',
    'checks',
    'deadLetters',
  ),
  whose: fc.constantFrom(SAML_PRINCIPAL, OTHER),
  which: fc.nat(1),
  lane: fc.constantFrom('urgent' as const, 'bulk' as const),
  fault: fc.constantFrom('none', 'none', 'refused', 'lost'),
  waitMs: fc.constantFrom(0, 60_000, 900_000),
});

describe('what is protected', () => {
  it('stays, whatever comes', async () => {
    const rules = fc.constantFrom('principal', 'self', 'key');
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(rules, fc.array(step, { minLength: 1, maxLength: 8 }), async (rule, steps) => {
        const world = openWorld();
        const ids = new Map([SAML_PRINCIPAL, OTHER].map((name) => [name, world.store.createKeys(name, 2)]));
        const [first = '', second = ''] = ids.get(SAML_PRINCIPAL) ?? [];
        const self = principalName.parse(SAML_PRINCIPAL);
        const settings = {
          principal: { protections: [{ target: { principalName: self }, ...about }] },
          self: { selfPrincipal: self },
          key: { protections: [{ target: { accessKeyId: accessKeyId.parse(first) }, ...about }] },
        }[rule];
        const instance = world.instance({ ...settings, principalTemplates: ['saml/{email}'] });
        for (const { does, whose, which, lane, fault, waitMs } of steps) {
          // A key alone is protected against events that name it; what is about its principal is not asked about it.
          world.now += waitMs;
          world.meddle = ({ call }) => {
            if (fault === 'none' || !call.startsWith('revoke')) return undefined;
            return fault === 'lost' ? LOST : answer(503);
          };
          const key = { accessKeyId: ids.get(whose)?.[which] ?? '' };
          const messages = {
            key: [keyLeak({ data: key })],
            'key with owner': [keyLeak({ data: { ...key, principalName: OTHER } })],
            principal: [principalLeak({ data: { principalName: whose, scope: 'principal' } })],
            offboarding: [offboarded({ data: { principalName: whose } })],
            person: [offboarded({ data: { identity } })],
            return: [reinstated({ data: { principalName: OTHER } })],
            check: [
              check({ data: { parent: { source: '//hr.example', id: 'x' }, principalName: whose, generation: 1 } }),
            ],
            checks: world.sent.map(({ body }) => body),
            deadLetters: [...world.sealed],
          }[does];
          await instance.deliver(messages, { lane });
        }
        const kept = rule === 'key' ? [first] : [first, second];
        expect(kept.filter((id) => world.store.status(id) !== 'ACTIVE')).toEqual([]);
        gone += [...ids.values()].flat().filter((id) => world.store.status(id) !== 'ACTIVE').length;
      }),
      { numRuns: 200, seed: 20261123 },
    );
    expect(gone).toBeGreaterThan(50);
  });
});
