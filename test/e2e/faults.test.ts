import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../local/coreweave/faults.ts';
import { asksOf, bringBack, deadLettersOf, inWords, visibilitiesOf } from './asks.ts';
import { freePort, startRelay } from './relay.ts';
import { leakOf, type Rig, startRig, unsettled } from './rig.ts';
import { createStandingClock } from './standing-clock.ts';
import { until } from './wait.ts';

/** Longer than the test takes on any machine. */
const TIMEOUT_MS = 60_000;
/** Before the timeout: calls are aborted 750 ms before it, and from 250 ms on running work is no longer awaited. */
const BETWEEN_ABORT_AND_RESPONSE_MS = 500;

const clock = createStandingClock();
let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  await rig.close();
  clock.remove();
});

describe('the deadline', () => {
  it('aborts hanging calls before the function times out, returns waiting messages and reports both', async () => {
    const fn = rig.start({ API_CONCURRENCY: '4', ...clock.env }, TIMEOUT_MS);
    const [hanging, waiting, bulk] = [rig.keys(4), rig.keys(3), rig.keys(2)];
    for (const target of hanging) rig.api.faults.plan('revoke-key', fault.hang(), { target });
    const asked = rig.queueRequests.length;

    const Records = [...rig.recordsOf(hanging), ...rig.recordsOf(waiting), ...rig.recordsOf(bulk, 'bulk')];
    await fn.invoke({ Records: [] });
    const ends = Date.now() + TIMEOUT_MS;
    const answering = fn.invoke({ Records });
    const called = () => rig.api.requests.filter(({ target }) => target !== undefined && hanging.includes(target));
    await until('the hanging calls', () => called().length === hanging.length || undefined);
    clock.standAt(ends - BETWEEN_ABORT_AND_RESPONSE_MS);
    const answer = await answering;

    expect(answer).toEqual(unsettled([...hanging, ...waiting, ...bulk]));
    expect(hanging.map((id) => fn.trail(id))).toEqual(hanging.map(() => ['intent:intent', 'outcome:unknown']));
    expect([...waiting, ...bulk].flatMap((id) => fn.trail(id))).toEqual([]);
    const asks = asksOf(rig.queueRequests, asked);
    const secondsOn = (lane: string) => visibilitiesOf(asks.filter(({ queue }) => queue === lane)).toSorted();
    expect(secondsOn('bulk')).toEqual([5, 5]);
    expect(secondsOn('urgent').filter((seconds) => seconds === 0)).toHaveLength(3);
    expect(secondsOn('urgent').filter((seconds) => seconds >= 3 && seconds <= 5)).toHaveLength(4);
  });
});

describe('an API that cannot be reached when the function starts', () => {
  it('costs no message: it comes back, without a dead letter, until the API is there', async () => {
    const port = await freePort();
    const fn = rig.start({ COREWEAVE_API_URL: `http://127.0.0.1:${port}` });
    const [id = ''] = rig.keys(1);
    const asked = rig.queueRequests.length;
    const mapping = await fn.feed();
    await rig.send(leakOf(id));
    await until('the settlement', () => inWords(asksOf(rig.queueRequests, asked)).length > 0 || undefined);
    await mapping.idle();
    const away = asksOf(rig.queueRequests, asked);
    expect(inWords(away)).toEqual(['ChangeMessageVisibilityBatch urgent']);
    expect(fn.trail(id)).toEqual([1, 2, 3].flatMap(() => ['intent:intent', 'outcome:unknown']));

    const relay = await startRelay(port, rig.api.url);
    await bringBack(rig.sqs, rig.queues.urgent.url, away);
    await mapping.drained();
    await relay.close();
    expect(fn.trail(id).slice(6)).toEqual(['intent:intent', 'outcome:confirmed']);
    expect(rig.api.store.status(id)).toBe('DELETED');
    expect(deadLettersOf(asksOf(rig.queueRequests, asked))).toEqual([]);
  });
});

describe('a message', () => {
  it.each([
    ['is refused', { status: 400 } as const, 1],
    ['is refused for this entry', { failedEntries: 'all' } as const, 1],
    ['cannot be asked for', { status: 500 } as const, 3],
  ])('is reported all the same when its visibility %s', async (_name, planned, times) => {
    const fn = rig.start();
    const [bad = '', good = ''] = rig.keys(2);
    rig.api.faults.plan('revoke-key', fault.status(500), { target: bad });
    rig.queueFaults.next('ChangeMessageVisibilityBatch', planned, { times });
    expect(await fn.invoke({ Records: rig.recordsOf([bad, good]) })).toEqual(unsettled([bad]));
    expect(fn.output.filter((line) => line.includes('"visibility-unchanged"') && line.includes(bad))).toHaveLength(1);
    expect(rig.api.store.status(good)).toBe('DELETED');
  });
});
