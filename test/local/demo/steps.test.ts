/** The scenario is judged by the product's own reader: what is sent is what it says it is. */
import { describe, expect, it } from 'vitest';
import { accessKeyId } from '../../../events/ids.ts';
import { showsSecret } from '../../../events/secret-forms.ts';
import { parseMessage } from '../../../lib/consume/parse-message.ts';
import { lastOutcome } from '../../../local/demo/expectation.ts';
import { KEYS, LATE_KEY } from '../../../local/demo/organization.ts';
import { composeSecret } from '../../../local/demo/scenario.ts';
import { CHECKS, createSteps, LATE_KEY_CHECK } from '../../../local/demo/steps.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const steps = createSteps(EVENT_MS);
const all = [...steps, ...CHECKS];
const read = (body: string) => {
  const [part, ...others] = parseMessage(body, { now: EVENT_MS, opensDeadLetters: true });
  if (part === undefined || others.length > 0) throw new Error('expected one part');
  return part;
};
const find = (name: string) => steps.find((step) => step.name === name);

describe('the scenario', () => {
  it('has a message per name, each taken as its event or refused as it says', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, body, trail } of steps) {
      const part = read(body);
      expect(part.kind === 'event' ? part.event.id : part.reason).toBe(part.kind === 'event' ? name : trail[0]);
    }
  });

  it('names in each event the target that the table shows', () => {
    for (const { body, target } of steps) {
      const part = read(body);
      if (part.kind !== 'event') continue;
      const { data } = part.event;
      expect('accessKeyId' in data ? data.accessKeyId : 'principalName' in data && data.principalName).toBe(target);
    }
  });

  it('shows every way of ending, every hiccup and every envelope that it is there to show', () => {
    const codes = new Set(all.flatMap(({ trail }) => trail));
    expect([...codes].toSorted()).toEqual([
      'already-revoked',
      'api-rejected',
      'confirmed',
      'held-limit',
      'held-protected',
      'held-superseded',
      'late-keys: 0',
      'late-keys: 1',
      'no-keys',
      'not-found',
      'reinstated',
      'rejected',
      'replayed',
      'scheduled',
      'secret-like-target',
      'throttled',
      'unavailable',
      'unknown',
      'unknown-type',
      'unreadable',
      'would-revoke',
    ]);
    expect(steps.filter(({ firstFault }) => firstFault !== undefined).map(({ name }) => name)).toEqual([
      'api-busy-429',
      'api-down-503',
      'answer-lost',
      'api-refuses-400',
    ]);
    expect(find('leaked-by-sns')?.body).toContain('"Message"');
    expect(find('leaked-by-eventbridge')?.body).toContain('"detail-type"');
    expect(KEYS.filter(({ principalName }) => principalName === find('offboarded')?.target)).toHaveLength(3);
  });

  it('waits only for steps that need not wait for it', () => {
    for (const { after } of steps) for (const name of after) expect(find(name)?.after).toEqual([]);
  });

  it('expects dead exactly the keys whose end it shows, and a reason for each other', () => {
    const gone = all
      .filter(({ trail }) => trail.some((code) => code === 'confirmed' || code === 'already-revoked'))
      .map(({ target }) => target);
    const dead = [...KEYS, LATE_KEY].filter((key) => key.survives === undefined);
    const isAimedAt = (key: (typeof dead)[number]) =>
      gone.includes(key.accessKeyId) || gone.includes(key.principalName);
    expect(dead.filter((key) => !isAimedAt(key))).toEqual([]);
    expect([...KEYS, LATE_KEY].filter((key) => isAimedAt(key) && key.survives !== undefined)).toEqual([]);
  });

  it('has key ids of the right form, and a secret that is seen as one', () => {
    for (const key of [...KEYS, LATE_KEY]) expect(accessKeyId.safeParse(key.accessKeyId).success).toBe(true);
    expect(showsSecret(composeSecret())).toBe(true);
  });

  it('expects three checks of each offboarding with keys, the late key only in the first one', () => {
    expect(CHECKS).toHaveLength(15);
    expect(CHECKS.filter(({ trail }) => lastOutcome({ trail }) === 'late-keys: 1')).toEqual([
      { name: LATE_KEY_CHECK, target: LATE_KEY.accessKeyId, trail: ['confirmed', 'late-keys: 1'], attempts: 1 },
    ]);
    expect(CHECKS.filter(({ target }) => target === '')).toEqual([]);
  });
});
