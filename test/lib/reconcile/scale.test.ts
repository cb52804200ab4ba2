/** 100,000 keys, 5,000 offboarded principals, 50 of them with live keys. */
import { describe, expect, it } from 'vitest';
import type { Outside, Step } from '../../support/memory-ports.ts';
import { attestAfter, consume, deadLettersOf, openOrganization, run, say } from './stage.ts';

const KEYS = 100_000;
const OFFBOARDED = 5_000;
const EACH = 25;
const LIMIT = 25;
const settings = { reconcileLimit: LIMIT };

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n + 1000}`);
const OFFBOARDED_NAMES = numbered('coreweave/uOffboarded', OFFBOARDED);
/** Their keys were revoked, and they have a new one; or one that no follow-up check saw. */
const AGAIN = OFFBOARDED_NAMES.slice(0, EACH);
const MISSED = OFFBOARDED_NAMES.slice(EACH, 2 * EACH);
const BACK = numbered('coreweave/uBack', EACH);
const SAME_NAME = OFFBOARDED_NAMES.slice(2 * EACH, 3 * EACH).map((name) => name.replace('coreweave/', 'saml/'));
const STANDING = [...AGAIN, ...MISSED].toSorted();

async function organization(scale = 1): Promise<Outside> {
  const outside = openOrganization();
  const offboardings = scale === 1 ? OFFBOARDED_NAMES : OFFBOARDED_NAMES.slice(0, 4 * EACH);
  for (const name of offboardings) await say(outside, name, 'offboarded');
  for (const name of BACK) {
    await say(outside, name, 'offboarded');
    await say(outside, name, 'reinstated', { time: '2025-06-01T00:00:00Z' });
  }
  const dead = offboardings.filter((name) => !MISSED.includes(name));
  outside.store.add(
    ...dead.map((principalName, n) => ({ accessKeyId: `CWDEAD${n + 1_000_000}`, principalName, status: 'DELETED' })),
  );
  for (const name of [...STANDING, ...BACK, ...SAME_NAME]) outside.store.createKeys(name);
  const others = Math.floor(KEYS * scale) - dead.length - 4 * EACH;
  outside.store.add(
    ...Array.from({ length: others }, (_, n) => ({
      accessKeyId: `CWLIVE${n + 1_000_000}`,
      principalName: `coreweave/uOther${n % 20_000}`,
    })),
  );
  return outside;
}

const pagesRead = ({ api }: Outside) => api.calls.filter(({ request }) => request.call === 'list-keys').length;
const revocations = ({ api }: Outside) =>
  api.calls.flatMap(({ request }) => (request.call === 'revoke-principal' ? [request.principalName] : []));
const live = ({ store }: Outside, names: readonly string[]) => names.filter((name) => store.liveKeys(name).length > 0);

describe('the reconciliation of 100,000 keys', () => {
  it('finds exactly the 50 principals, revokes up to the limit, and holds the others as one', async () => {
    const outside = await organization();
    const before = process.cpuUsage();
    const report = await run(outside, { settings });
    const { user, system } = process.cpuUsage(before);
    expect(report.standing.map(({ principalName }) => principalName)).toEqual(STANDING);
    expect(report).toMatchObject({ pages: 101, keys: KEYS - OFFBOARDED + EACH, offboarded: OFFBOARDED, unowned: 0 });
    expect([report.admitted.length, report.held.length, report.findings]).toEqual([LIMIT, EACH, []]);
    expect(pagesRead(outside)).toBe(101);
    // The statements of each owner, the reinstatements of the offboarded.
    expect(report.reads).toBe(report.owners + OFFBOARDED);
    expect((user + system) / 1_000_000).toBeLessThan(3);

    expect(await consume(outside, settings)).toEqual([]);
    expect(revocations(outside).toSorted()).toEqual(STANDING.slice(0, LIMIT));
    expect(live(outside, STANDING)).toEqual(STANDING.slice(LIMIT));
    expect(live(outside, [...BACK, ...SAME_NAME])).toEqual([...BACK, ...SAME_NAME]);
    const held = deadLettersOf(outside).map(({ reason, event }) => [
      reason,
      event.data.principals.map(({ principalName }) => principalName),
    ]);
    expect(held).toEqual([['held-limit', STANDING.slice(LIMIT)]]);

    const attestation = await attestAfter(outside, 50, { settings });
    expect(attestation).toMatchObject({ code: 'standing', standingKeys: EACH });
    expect(attestation.remaining.map(({ principalName }) => principalName)).toEqual(STANDING.slice(LIMIT));
  }, 120_000);
});

describe('a run that is killed', () => {
  const SCALE = 0.002;

  /** Everything that is written or sent, in order. */
  async function crashAt(point: number): Promise<{ readonly outside: Outside; readonly reached: boolean }> {
    const outside = await organization(SCALE);
    let steps = 0;
    const meddle = (_step: Step, moment: 'before' | 'after') => {
      steps += 1;
      // Before and after the effect of each step.
      if (steps === point) throw new Error(`killed ${moment}`);
    };
    await run(outside, { settings, meddle }).catch(() => undefined);
    await run(outside, { settings });
    await consume(outside, settings);
    return { outside, reached: steps >= point };
  }

  it('and run again has the same result at every step', async () => {
    const results = new Set<string>();
    let point = 1;
    for (; point < 2_000; point += 7) {
      const { outside, reached } = await crashAt(point);
      const held = deadLettersOf(outside).map(({ event }) => event.data.principals);
      results.add(JSON.stringify([live(outside, STANDING), held, revocations(outside).toSorted()]));
      if (!reached) break;
    }
    expect([results.size, point < 2_000]).toEqual([1, true]);
    expect([...results][0]).toContain(STANDING[LIMIT]);
  }, 240_000);
});
