import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import { API_TOKEN, SECRET_WITHOUT_ID } from '../../../events/sources/findings.ts';
import type { AlertFailure, AlertName, Alerts } from '../../../lib/model/alert.ts';
import { answer, OK, REJECTED } from '../../support/api-answers.ts';
import { approve } from '../../support/approval.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import type { MemoryAlert } from '../../support/memory-alerts.ts';
import { type FunctionOptions, startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { deadLettersOf, stepsOf, trailOf } from '../../support/memory-views.ts';
import { posts } from '../../support/one-leak.ts';
import { sqsRecord } from '../../support/record-factory.ts';

const KEY_ID = 'CWABCDEFGH1JKLMN';
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;
const TOKEN = ['CW', 'SECRET', 'q7Rz2Lw9Xk4T'].join('-');
const URL = 'https://github.com/acme/app/security/secret-scanning/42';
const NAME = 'acme/app/42';

const thin = (ref = NAME, provider = 'github') =>
  keyLeak({ id: 'thin', data: { reference: { provider, ref }, evidence: { url: URL } } });

/** Delivers a thin alert against what GitHub has of it; returns all that came of it. */
async function resolve(alert: Partial<MemoryAlert> | undefined, options: FunctionOptions & { event?: unknown } = {}) {
  const outside = openOutside(EVENT_MS);
  outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
  if (alert !== undefined) outside.alerts.known.set(NAME, { secret: `${KEY_ID}:${SECRET}`, state: 'open', ...alert });
  const { deliver } = startFunction(outside, options);
  const run = async (attributes: Readonly<Record<string, string>> = {}) => {
    const failed = await deliver([sqsRecord(0, options.event ?? thin(), { attributes })]);
    return {
      failed,
      trail: trailOf(outside, 'thin'),
      steps: stepsOf(outside).map((line) => line.replace(` ${KEY_ID}`, '')),
      deadLetters: deadLettersOf(outside).map(({ reason, lastStatus }) => [reason, lastStatus]),
      state: outside.alerts.known.get(NAME)?.state,
      key: outside.store.status(KEY_ID),
    };
  };
  return { outside, run, ...(await run()) };
}

const unavailable: AlertFailure = { kind: 'unavailable', code: 'github-throttled', status: 429, retryAfterS: 77 };
const refused: AlertFailure = { kind: 'refused', why: 'no right', status: 403 };

/** As `resolve`, with an answer in place of one of GitHub's. */
async function against(
  question: keyof Alerts,
  instead: AlertFailure,
  alert: Partial<MemoryAlert> = {},
  receiveCount = 1,
) {
  const outside = openOutside(EVENT_MS);
  outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
  outside.alerts.known.set(NAME, { secret: `${KEY_ID}:${SECRET}`, state: 'open', ...alert });
  outside.alerts.instead[question] = instead;
  const failed = await startFunction(outside).deliver([sqsRecord(0, thin(), { receiveCount })]);
  return { outside, failed, trail: trailOf(outside, 'thin'), deadLetters: deadLettersOf(outside) };
}

describe('a thin alert', () => {
  it('is looked up, its key is revoked and verified, and then the alert is closed', async () => {
    const { outside, steps, state, key, failed } = await resolve({});
    expect(steps).toEqual([
      'alerts read',
      'audit intent',
      'api revoke-key',
      'api read-key',
      'audit outcome confirmed',
      'audit note alert-closing',
      'alerts close',
      'audit note alert-closed',
    ]);
    expect([state, key, failed]).toEqual(['revoked', 'DELETED', []]);
    expect(outside.audit.map(({ activity_name }) => activity_name).slice(-2)).toEqual([
      'Alert Closing',
      'Alert Closed',
    ]);
    expect(outside.log.map(({ code }) => code)).not.toContain('alert-not-closed');
  });

  it('of a secret is resolved by the id that stands beside it', async () => {
    const { steps, state, key } = await resolve({ secret: SECRET, places: [`${KEY_ID} = ${SECRET}`] });
    expect(steps.slice(0, 3)).toEqual(['alerts read', 'alerts locations', 'audit intent']);
    expect([state, key]).toEqual(['revoked', 'DELETED']);
  });

  it('that is closed as revoked, or holds nothing of CoreWeave’s, is settled quietly', async () => {
    const [shut, foreign] = [await resolve({ state: 'revoked' }), await resolve({ secret: 'xoxb-other' })];
    expect(shut.trail).toEqual(['note ignored: the alert is closed as revoked']);
    expect(shut.outside.audit.at(-1)?.activity_name).toBe('Alert Ignored');
    expect(foreign.trail).toEqual(['note ignored: no CoreWeave credential in the alert']);
    expect([shut, foreign].map(({ deadLetters, failed, key }) => [deadLetters, failed, key])).toEqual([
      [[], [], 'ACTIVE'],
      [[], [], 'ACTIVE'],
    ]);
  });

  // A bypass of push protection as "used in tests" or "false positive" creates a closed alert.
  it('that was dismissed is held with its key, and revoked once a person has approved it', async () => {
    const held = await resolve({ state: 'dismissed' }, { settings: { keyIdOnly: 'revoke' } });
    expect([held.deadLetters, held.state, held.key]).toEqual([[['held-low-confidence', null]], 'dismissed', 'ACTIVE']);
    expect(deadLettersOf(held.outside)).toMatchObject([
      { detail: 'rule: the alert was dismissed at its source', accessKeyId: KEY_ID },
    ]);
    const { attributes } = await approve(held.outside, thin(), ['held-low-confidence'], { targets: [KEY_ID] });
    expect(await held.run(attributes)).toMatchObject({ key: 'DELETED', state: 'revoked' });
  });

  it('of an API token that was dismissed needs action all the same', async () => {
    const { deadLetters, state } = await resolve({ secret: TOKEN, state: 'dismissed' });
    expect([deadLetters, state]).toEqual([[['console-only', null]], 'dismissed']);
  });

  it('that is read twice is resolved once: the second finds it closed', async () => {
    const first = await resolve({});
    expect((await first.run()).trail.slice(first.trail.length)).toEqual([
      'note ignored: the alert is closed as revoked',
    ]);
  });

  it.each<[string, Partial<MemoryAlert>, string]>([
    ['a secret whose id is nowhere', { secret: SECRET }, 'unmappable'],
    ['an API token', { secret: TOKEN }, 'console-only'],
    ['an id alone', { secret: KEY_ID }, 'held-low-confidence'],
  ])('of %s needs action and stays open', async (_name, alert, reason) => {
    const { deadLetters, state, key, failed } = await resolve(alert);
    expect([deadLetters, state, key, failed]).toEqual([[[reason, null]], 'open', 'ACTIVE', []]);
  });

  it('with a pair and an API token: revokes the key, reports the token, leaves the alert open', async () => {
    const { deadLetters, state, key } = await resolve({ secret: `${KEY_ID} ${SECRET} ${TOKEN}` });
    expect([deadLetters, state, key]).toEqual([[['console-only', null]], 'open', 'DELETED']);
  });

  it('of an id alone is revoked where that is configured', async () => {
    const { key, state } = await resolve({ secret: KEY_ID }, { settings: { keyIdOnly: 'revoke' } });
    expect([key, state]).toEqual(['DELETED', 'revoked']);
  });

  it('of an id alone is revoked once a person has approved it', async () => {
    const held = await resolve({ secret: KEY_ID });
    const { attributes } = await approve(held.outside, thin(), ['held-low-confidence'], { targets: [KEY_ID] });
    expect(await held.run(attributes)).toMatchObject({
      key: 'DELETED',
      state: 'revoked',
      deadLetters: [['held-low-confidence', null]],
    });
  });

  it('of an id alone is held anew if the alert names another key by the time it is approved', async () => {
    const held = await resolve({ secret: KEY_ID });
    const targets = ['CWSEENBEFORE0001'];
    const { attributes } = await approve(held.outside, thin(), ['held-low-confidence'], { targets });
    expect(await held.run(attributes)).toMatchObject({ key: 'ACTIVE', state: 'open' });
  });

  it('whose key is protected is held', async () => {
    const target = { accessKeyId: accessKeyId.parse(KEY_ID) };
    const { deadLetters, key } = await resolve(
      {},
      { settings: { protections: [{ target, owner: 'ann', reason: 'prod' }] } },
    );
    expect([deadLetters, key]).toEqual([[['held-protected', null]], 'ACTIVE']);
  });

  it('whose owner is protected is held', async () => {
    const selfPrincipal = principalName.parse('coreweave/owner');
    expect((await resolve({}, { settings: { selfPrincipal } })).deadLetters).toEqual([['held-protected', null]]);
  });

  it('is not closed in dry run', async () => {
    const { outside, trail, state, key } = await resolve({}, { settings: { mode: 'dry-run' } });
    expect([trail, state, key]).toEqual([['outcome would-revoke', 'note alert-would-be-closed'], 'open', 'ACTIVE']);
    expect(outside.audit.at(-1)?.activity_name).toBe('Alert Left Open');
  });

  it('is not closed if the key is unknown, because another organization may own it', async () => {
    const { trail, state } = await resolve({ secret: `CWANOTHERKEY0001 ${SECRET}` });
    expect([trail.slice(-2), state]).toEqual([['outcome not-found', 'note alert-left-open'], 'open']);
  });

  it('is not closed if only one of two keys was verified', async () => {
    const pairs = `${KEY_ID} ${SECRET} CWANOTHERKEY0001 cwo${'Q4rT8uW2'.repeat(5)}`;
    const { trail, state, key } = await resolve({ secret: pairs });
    expect([trail.at(-1), state, key]).toEqual(['note alert-left-open', 'open', 'DELETED']);
  });

  it('with more than 100 keys: revokes the first 100, and tells a person of the others', async () => {
    const others = Array.from({ length: 120 }, (_, at) => `CWOTHER${String(at).padStart(9, '0')}`);
    const pairs = [KEY_ID, ...others].map(
      (id, at) => `${id} cwo${'Q4rT8uW2'.repeat(4)}q${String(at).padStart(7, '0')}`,
    );
    const { outside, deadLetters, failed, state, key } = await resolve({ secret: pairs.join(' ') });
    expect([deadLetters, failed, state, key]).toEqual([[['unresolved', null]], [], 'open', 'DELETED']);
    expect(deadLettersOf(outside)).toMatchObject([
      { detail: 'expected at most 100 keys in an alert, and it has 121: look the others up there', event: thin() },
    ]);
    expect(stepsOf(outside).filter((step) => step.startsWith('api revoke-key'))).toHaveLength(100);
  });

  it('with more than 100 ids alone: tells a person of the number, not of a hold', async () => {
    const ids = Array.from({ length: 101 }, (_, at) => `CWOTHER${String(at).padStart(9, '0')}`);
    const { deadLetters, outside } = await resolve({ secret: ids.join(' ') });
    expect([deadLetters, outside.api.calls]).toEqual([[['unresolved', null]], []]);
  });

  it('with 100 keys is closed', async () => {
    const pairs = Array.from({ length: 100 }, (_, at) => [
      `CWOTHER${String(at).padStart(9, '0')}`,
      `cwo${'Q4rT8uW2'.repeat(4)}q${String(at).padStart(7, '0')}`,
    ]);
    const outside = openOutside(EVENT_MS);
    for (const [accessKeyId = ''] of pairs) outside.store.add({ accessKeyId, principalName: 'coreweave/owner' });
    outside.alerts.known.set(NAME, { secret: pairs.join(' '), state: 'open' });
    await startFunction(outside).deliver([sqsRecord(0, thin())]);
    expect([deadLettersOf(outside), outside.alerts.known.get(NAME)?.state]).toEqual([[], 'revoked']);
  });

  it('whose key the API refuses names that key in its dead letter', async () => {
    const outside = openOutside(EVENT_MS);
    outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    outside.alerts.known.set(NAME, { secret: `${KEY_ID}:${SECRET}`, state: 'open' });
    outside.api.play(posts(REJECTED));
    await startFunction(outside).deliver([sqsRecord(0, thin())]);
    expect(trailOf(outside, 'thin').at(-1)).toBe('dead-letter api-rejected');
    expect(JSON.stringify(outside.audit.at(-1))).toContain(`"target":{"accessKeyId":"${KEY_ID}","kind":"key"}`);
  });

  it('comes back as long as the revocation does not succeed', async () => {
    const outside = openOutside(EVENT_MS);
    outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    outside.alerts.known.set(NAME, { secret: `${KEY_ID}:${SECRET}`, state: 'open' });
    outside.api.play(posts(answer(500), OK));
    const { deliver } = startFunction(outside);
    expect(await deliver([sqsRecord(0, thin())])).toEqual(['m0']);
    expect(outside.alerts.known.get(NAME)?.state).toBe('open');
  });
});

describe('when GitHub', () => {
  it.each(['read', 'locations', 'close'] as const)(
    'cannot be asked to %s, the message comes back in its time',
    async (question) => {
      const alert = question === 'locations' ? { secret: SECRET } : {};
      const { outside, failed, deadLetters } = await against(question, unavailable, alert);
      expect([failed, deadLetters, outside.returned.map(({ seconds }) => seconds)]).toEqual([['m0'], [], [77]]);
    },
  );

  it('does not show the alert, a person is told where it is', async () => {
    const { deadLetters } = await against('read', refused);
    expect(deadLetters).toMatchObject([
      { reason: 'unresolved', lastStatus: 403, detail: 'no right: look the alert up there', event: thin() },
    ]);
  });

  it.each(['read', 'locations'] as const)(
    'does not find what to %s yet, the message comes back twice',
    async (question) => {
      const notFound: AlertFailure = { kind: 'refused', why: 'not found', status: 404 };
      for (const receiveCount of [1, 2]) {
        const { failed, deadLetters } = await against(question, notFound, { secret: SECRET }, receiveCount);
        expect([failed, deadLetters]).toEqual([['m0'], []]);
      }
      const { failed, deadLetters } = await against(question, notFound, { secret: SECRET }, 3);
      expect([failed, deadLetters.map(({ reason }) => reason)]).toEqual([
        [],
        [question === 'read' ? 'unresolved' : 'unmappable'],
      ]);
    },
  );

  it('does not show the places, the secret stands for itself', async () => {
    expect((await against('locations', refused, { secret: SECRET })).deadLetters).toMatchObject([
      { reason: 'unmappable' },
    ]);
    expect((await against('locations', refused, { secret: KEY_ID })).deadLetters).toMatchObject([
      { reason: 'held-low-confidence' },
    ]);
  });

  it('does not close the alert, but revokes the key', async () => {
    const { outside, failed, trail, deadLetters } = await against('close', refused);
    expect([failed, deadLetters, outside.store.status(KEY_ID)]).toEqual([[], [], 'DELETED']);
    expect(trail.at(-1)).toBe('note alert-not-closed');
    expect(outside.audit.at(-1)?.activity_name).toBe('Alert Left Open');
    expect(outside.log).toMatchObject([{ code: 'alert-not-closed', fields: { status: 403 } }]);
  });
});

describe('a reference', () => {
  it.each([
    [SECRET_WITHOUT_ID, 'https://gitlab.example/x', 'unmappable'],
    [API_TOKEN, 'https://gitlab.example/x', 'console-only'],
    ['gitguardian', '7', 'unresolved'],
    ['github', 'acme/app', 'unresolved'],
    ['github', 'acme/../7', 'unresolved'],
    ['splunk', NAME, 'unresolved'],
  ])('of %s to %s ends as %s without a lookup', async (provider, ref, reason) => {
    const { steps } = await resolve({}, { event: thin(ref, provider) });
    expect(steps).toEqual([`dead letter ${reason}`, `audit dead-letter ${reason}`]);
  });

  it.each([
    ['gitguardian', '7', /^GitGuardian sends no secret: open the incident/],
    ['github', 'acme/app', /^expected owner\/repository\/number: look the alert up there$/],
    ['splunk', NAME, /^no resolver knows the provider: look the alert up there$/],
  ])('of %s to %s tells a person what to do', async (provider, ref, detail) => {
    const { outside } = await resolve({}, { event: thin(ref, provider) });
    expect(deadLettersOf(outside)[0]?.detail).toMatch(detail);
  });

  it.each([
    [30_000, [5_000, 12_000]],
    [4_750, [4_000, 4_000]],
  ])('is looked up within 5 s and 12 s, or until the invocation of %d ms ends', async (remainingMs, expected) => {
    const outside = openOutside(EVENT_MS);
    outside.alerts.known.set(NAME, { secret: SECRET, state: 'open' });
    const limits: number[] = [];
    const { read, locations } = outside.alerts;
    Object.assign(outside.alerts, {
      read: (name: AlertName, limitMs: number) => {
        limits.push(limitMs);
        return read(name, limitMs);
      },
      locations: (name: AlertName, limitMs: number) => {
        limits.push(limitMs);
        return locations(name, limitMs);
      },
    });
    await startFunction(outside).deliver([sqsRecord(0, thin())], remainingMs);
    expect(limits).toEqual(expected);
  });

  it('is not looked up when there is no time for what follows', async () => {
    const outside = openOutside(EVENT_MS);
    const failed = await startFunction(outside).deliver([sqsRecord(0, thin())], 750 + 99);
    expect([failed, stepsOf(outside)]).toEqual([['m0'], ['return handle-0 0']]);
  });
});
