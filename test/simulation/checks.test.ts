/** A sound history with one thing changed: the check of that promise must notice, and no other. */
import { describe, expect, it } from 'vitest';
import { CANARY } from './bodies.ts';
import { violationsOf } from './check/check.ts';
import { PROMISES, type Promised } from './check/facts.ts';
import { live } from './engine.ts';
import type { Audited, History } from './history.ts';
import { keyId, nameOf, PROTECTED_WHO } from './people.ts';
import { type Action, DAY, DEPLOYED, type EventSpec, HOUR, type Plan } from './plan.ts';

const send = (event: EventSpec): Action => ({
  at: event.time,
  do: 'send',
  message: { lane: event.kind === 'leak' ? 'urgent' : 'bulk', wrap: 'plain', events: [event] },
});
/** Whose keys are created again. */
const AGAIN = 4;
const PLAN: Plan = {
  seed: 1,
  terms: DEPLOYED,
  actions: [
    send({ kind: 'leak', id: 'e1', source: 0, time: 0, who: 0, nth: 0 }),
    send({ kind: 'offboarding', id: 'e2', source: 0, time: HOUR, who: 5 }),
    send({ kind: 'offboarding', id: 'e3', source: 0, time: 2 * HOUR, who: AGAIN }),
    { at: DAY, do: 'create-keys', who: 5, count: 1 },
    { at: DAY, do: 'create-keys', who: AGAIN, count: 1 },
    { at: DAY + HOUR, do: 'reconcile' },
  ],
  faults: [{ on: 'api', kind: 'down', from: 120, until: 30_000, rate: 1 }],
  deaths: [],
};
const LEAKED = keyId(0, 0);

const without = (history: History, gone: (entry: Audited) => boolean): History => ({
  ...history,
  audit: history.audit.filter((entry) => !gone(entry)),
});
const isOutcome = ({ view }: Audited, code: string): boolean => view.phase === 'outcome' && view.code === code;

const CHANGES: Readonly<Record<Promised, (history: History) => History>> = {
  lost: (history) => ({
    ...history,
    looks: history.looks.map((look) => ({ ...look, live: new Set([...look.live, LEAKED]) })),
  }),
  harm: (history) => {
    const owner = 'role/training';
    const calls = history.calls.map((call) =>
      call.request.call === 'revoke-key'
        ? { ...call, kills: [{ n: call.n, at: call.at, key: keyId(5, 1), owner }] }
        : call,
    );
    return { ...history, calls };
  },
  unrecorded: (history) => ({
    ...history,
    audit: history.audit.map((entry) => {
      const { acked: _, ...unheard } = entry;
      return entry.view.phase === 'intent' && entry.view.target === LEAKED ? unheard : entry;
    }),
    lostAudit: new Set(history.invoked.map(({ requestId }) => requestId)),
  }),
  'open-intent': (history) => without(history, (entry) => isOutcome(entry, 'unavailable')),
  unproven: (history) => {
    const [first, ...others] = history.invoked;
    if (first?.end === undefined) return history;
    return { ...history, invoked: [{ ...first, end: { ...first.end, failed: [] } }, ...others] };
  },
  untrue: (history) => ({
    ...history,
    audit: history.audit.map((entry) =>
      isOutcome(entry, 'confirmed') && entry.view.target === LEAKED ? { ...entry, liveThen: [LEAKED] } : entry,
    ),
  }),
  secret: (history) => ({ ...history, log: [...history.log, `["x",{"y":"${CANARY}"}]`] }),
  limit: (history) => ({ ...history, admitted: history.admitted.filter(({ pk }) => !pk.includes('total')) }),
  overrun: (history) => ({
    ...history,
    invoked: history.invoked.map((invoked, n) =>
      n === 0 ? { ...invoked, lambdaEnds: (invoked.end?.at ?? 0) + 100 } : invoked,
    ),
  }),
  pace: (history) => ({
    ...history,
    invoked: history.invoked.map((invoked, n) => (n === 1 ? { ...invoked, at: invoked.at - 3_000 } : invoked)),
  }),
  forged: (history) => ({
    ...history,
    // As if no authorized sender had sent it.
    terms: { ...history.terms, trust: 'bound' },
  }),
  overruled: (history) => ({
    ...history,
    deadLetters: [...history.deadLetters, superseded(history)],
  }),
  protected: (history) => ({
    ...history,
    createdKeys: new Map([...history.createdKeys, [LEAKED, { n: 0, at: 0, owner: nameOf(PROTECTED_WHO) }]]),
    calls: history.calls.map((call) => ({ ...call, kills: [] })),
  }),
  work: (history) => ({ ...history, deadLetters: Array.from({ length: 20 }, () => deadLetterOf(history, 'invalid')) }),
  standing: (history) => ({
    ...history,
    looks: history.looks.map((look) => ({ ...look, live: new Set([...look.live, keyId(AGAIN, 0)]) })),
  }),
  endless: (history) => ({ ...history, end: { left: ['m1'], pending: new Map(), steps: 0 } }),
};

/** A dead letter about the offboarding, with a reason. */
function deadLetterOf(history: History, reason: string): History['deadLetters'][number] {
  const [offboarding] = history.put.filter(({ body }) => body.includes('user.offboarded.v1'));
  const [invoked] = history.invoked.filter(({ messages }) => messages.some(({ body }) => body === offboarding?.body));
  const event = JSON.parse(offboarding?.body ?? '{}');
  const { evidence: _, ...data } = event.data;
  const body = JSON.stringify({ v: 1, reason, event: { ...event, data } });
  return {
    n: (invoked?.n ?? 0) + 0.5,
    at: 0,
    process: invoked?.process ?? '',
    body,
    messageId: offboarding?.messageId ?? '',
  };
}
const superseded = (history: History) => deadLetterOf(history, 'held-superseded');

describe('a sound history', () => {
  it('breaks no promise, though something went wrong in it', async () => {
    const history = await live(PLAN);
    expect(violationsOf(history)).toEqual([]);
    expect(history.audit.map(({ view }) => `${view.phase} ${view.code}`)).toEqual(
      expect.arrayContaining(['outcome unavailable', 'outcome confirmed', 'note late-keys: 0']),
    );
  });

  it('breaks none either where the queue takes no visibility timeout while the API asks for long waits', async () => {
    const trouble = { from: 0, until: HOUR, rate: 1 };
    const history = await live({
      ...PLAN,
      actions: [send({ kind: 'leak', id: 'e1', source: 0, time: 0, who: 0, nth: 0 })],
      faults: [
        { on: 'api', kind: 'throttled', ...trouble },
        { on: 'lanes', kind: 'hangs', ...trouble },
      ],
    });
    expect(history.calls.some(({ waitS = 0 }) => waitS > 180)).toBe(true);
    expect(violationsOf(history)).toEqual([]);
  });

  it.each(Object.entries(CHANGES))('with one thing changed breaks: %s', async (promise, change) => {
    const found = violationsOf(change(await live(PLAN)));
    expect([...new Set(found.map((each) => each.promise))]).toEqual([promise]);
  });

  it('is changed in a way for each promise', () => {
    expect(Object.keys(CHANGES).toSorted()).toEqual(Object.keys(PROMISES).toSorted());
  });
});
