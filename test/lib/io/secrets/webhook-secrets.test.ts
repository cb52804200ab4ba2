import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../../events/sources/registry.ts';
import type { Source } from '../../../../events/sources/source.ts';
import { createWebhookSecrets } from '../../../../lib/io/secrets/webhook-secrets.ts';

const OLD = ['old', 'secret', 'of', 'the', 'hook'].join('-');
const NEW = ['new', 'secret', 'of', 'the', 'hook'].join('-');

const sourceOf = (name: string): Source => {
  const source = SOURCES.get(name);
  if (source === undefined) throw new Error(`no source ${name}`);
  return source;
};
const okta = sourceOf('okta');

/**
 * Secrets of Okta and Standard Webhooks that are stored as `text` until a test changes it; time is the test's to move.
 */
function store(text: string) {
  const state = { text, now: 1_000_000, loads: [] as string[], down: false, hangs: false };
  const senders = createWebhookSecrets({
    ids: new Map([
      ['okta', 'hooks/okta'],
      ['standard-webhooks', 'hooks/standard'],
    ]),
    load: async (id) => {
      state.loads.push(id);
      if (state.down) throw new Error('down');
      if (state.hangs) return new Promise(() => {});
      return state.text;
    },
    now: () => state.now,
    maxWaitMs: 1,
  });
  const knows = async (secret: string) => (await senders.proofs(okta))?.secret(secret);
  return { state, senders, knows };
}

describe('the secrets of a sender', () => {
  it('are none where none is set up, and nothing is asked for', async () => {
    const { state, senders } = store(OLD);
    const github = sourceOf('github');
    expect([await senders.proofs(github), await senders.reload(github), state.loads]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  it('are loaded with the first request, once for all that wait, each source its own', async () => {
    const { state, senders, knows } = store(OLD);
    expect(await Promise.all([knows(OLD), knows(OLD), knows(NEW)])).toEqual([true, true, false]);
    await senders.proofs(sourceOf('standard-webhooks')).catch(() => undefined);
    expect(state.loads).toEqual(['hooks/okta', 'hooks/standard']);
  });

  it('may be two, so that one can follow the other', async () => {
    const { knows } = store(JSON.stringify([NEW, OLD]));
    expect([await knows(OLD), await knows(NEW), await knows(`${OLD}x`)]).toEqual([true, true, false]);
  });

  it('are loaded again after 5 minutes, before they are used', async () => {
    const { state, knows } = store(OLD);
    await knows(OLD);
    state.text = NEW;
    state.now += 299_999;
    expect([await knows(OLD), state.loads.length]).toEqual([true, 1]);
    state.now += 1;
    expect([await knows(OLD), await knows(NEW), state.loads.length]).toEqual([false, true, 2]);
  });

  it('stay in use while the store is down, which is asked again every 5 s', async () => {
    const { state, knows } = store(OLD);
    await knows(OLD);
    state.now += 300_000;
    state.down = true;
    expect([await knows(OLD), await knows(OLD), state.loads.length]).toEqual([true, true, 2]);
    state.now += 5_000;
    state.down = false;
    state.text = NEW;
    expect([await knows(NEW), state.loads.length]).toEqual([true, 3]);
  });

  it('stay in use while the store hangs: only the request that asks it waits, and not for long', async () => {
    const { state, senders, knows } = store(OLD);
    await knows(OLD);
    state.now += 300_000;
    state.hangs = true;
    expect([await knows(OLD), await knows(OLD), await knows(NEW)]).toEqual([true, true, false]);
    state.now += 30_000;
    expect(await senders.reload(okta)).toBeUndefined();
    expect(state.loads).toHaveLength(2);
  });

  it('are refused when the store has failed for a day', async () => {
    const { state, knows } = store(OLD);
    await knows(OLD);
    state.down = true;
    state.now += 86_399_999;
    expect(await knows(OLD)).toBe(true);
    state.now += 5_001;
    await expect(knows(OLD)).rejects.toThrow('down');
    state.now += 5_000;
    state.down = false;
    expect(await knows(OLD)).toBe(true);
  });

  it('that could never be loaded are an error each time, and the store has its rest', async () => {
    const { state, knows } = store(OLD);
    state.down = true;
    await expect(knows(OLD)).rejects.toThrow('down');
    await expect(knows(OLD)).rejects.toThrow('down');
    expect(state.loads).toHaveLength(1);
    state.now += 5_000;
    state.down = false;
    expect(await knows(OLD)).toBe(true);
  });
});

describe('after a failed proof', () => {
  it('another secret is asked for once in 30 s: forgers do not wear out the store', async () => {
    const { state, senders, knows } = store(OLD);
    await knows(OLD);
    for (let forgery = 0; forgery < 1_000; forgery += 1) {
      state.now += 100;
      await senders.reload(okta);
    }
    expect(state.loads).toHaveLength(1 + 3);
  });

  it('a new one is told from the one that failed', async () => {
    const { state, senders, knows } = store(OLD);
    await knows(OLD);
    state.now += 30_000;
    expect(await senders.reload(okta)).toBeUndefined();
    state.text = NEW;
    expect(await senders.reload(okta)).toBeUndefined();
    state.now += 30_000;
    expect((await senders.reload(okta))?.secret(NEW)).toBe(true);
    expect([await knows(NEW), state.loads.length]).toEqual([true, 3]);
  });

  it('a store that is down is no reason to doubt the secret in hand', async () => {
    const { state, senders, knows } = store(OLD);
    await knows(OLD);
    state.now += 30_000;
    state.down = true;
    expect([await senders.reload(okta), await knows(OLD)]).toEqual([undefined, true]);
  });
});

describe('a stored text', () => {
  it.each([
    ['an object, as the console makes it', JSON.stringify({ okta: OLD })],
    ['a list of three', JSON.stringify([OLD, NEW, OLD])],
    ['an empty list', '[]'],
    ['a list of numbers', '[1234567890123456]'],
    ['no list', `[${OLD}`],
    ['a short secret', 'x'.repeat(15)],
    ['a short secret in a list', JSON.stringify([OLD, 'x'.repeat(15)])],
    ['white space', ' '.repeat(40)],
    ['nothing', ''],
  ])('that is %s is an error, which does not hold it', async (_name, text) => {
    const error = await store(text)
      .knows(OLD)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'token-malformed' });
    expect(inspect(error)).not.toMatch(/of-the-hook|xxxx/);
  });

  it('with white space around it is the secret without', async () => {
    expect(await store(` ${OLD}\n`).knows(OLD)).toBe(true);
  });
});
