import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fault, fault } from '../../local/coreweave/faults.ts';
import { asksOf, visibilitiesOf } from './asks.ts';
import { freePort } from './relay.ts';
import { type Rig, startRig, unsettled } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

describe('the breaker', () => {
  it.each<['opens' | 'stays closed', string, Fault, string[]]>([
    ['stays closed', 'had an odd answer, though the API answers otherwise', fault.status(422), []],
    ['stays closed', 'met a page, though the API answers otherwise', fault.status(404, { body: 'html' }), []],
    ['opens', 'were refused as unauthenticated', fault.status(401), []],
    ['opens', 'were forbidden, as our token is to do', fault.status(403), ['cwobject:RevokeAccessKeyByAccessKey']],
    ['stays closed', 'were forbidden, though our token may do it', fault.status(403), []],
    ['stays closed', 'were throttled', fault.status(429, { retryAfter: '3' }), []],
  ])('%s once five calls for different targets %s', async (then, _why, planned, forbidden) => {
    const opens = then === 'opens';
    const fn = rig.start();
    const five = rig.keys(5);
    for (const target of five) rig.api.faults.plan('revoke-key', planned, { target });
    rig.api.switches.forbidden = new Set(forbidden);
    const first = await fn.invoke({ Records: rig.recordsOf(five) });
    rig.api.switches.forbidden = new Set();
    expect(first).toEqual(unsettled(five));

    const [called, asked] = [rig.api.requests.length, rig.queueRequests.length];
    const next = rig.keys(3);
    const answer = await fn.invoke({ Records: rig.recordsOf(next) });

    expect(answer).toEqual(unsettled(opens ? next : []));
    expect(rig.api.requests.slice(called).filter(({ call }) => call === 'revoke-key')).toHaveLength(opens ? 0 : 3);
    expect(rig.api.requests.length > called).toBe(!opens);
    expect(next.flatMap((id) => fn.trail(id))).toHaveLength(opens ? 0 : 6);
    const seconds = visibilitiesOf(asksOf(rig.queueRequests, asked));
    expect(seconds).toHaveLength(opens ? 3 : 0);
    expect(seconds.filter((each) => each < 3 || each > 5)).toEqual([]);
    expect(fn.output.filter((line) => line.includes('"breaker"'))).toHaveLength(opens ? 1 : 0);
  });

  it('opens once five calls for different targets met a proxy, which answers everything', async () => {
    const fn = rig.start();
    const [five, next] = [rig.keys(5), rig.keys(3)];
    const page = fault.status(404, { body: 'html' });
    for (const target of five) rig.api.faults.plan('revoke-key', page, { target });
    rig.api.faults.plan('can-i', page, { times: 5 });
    expect(await fn.invoke({ Records: rig.recordsOf(five) })).toEqual(unsettled(five));
    const called = rig.api.requests.length;
    expect(await fn.invoke({ Records: rig.recordsOf(next) })).toEqual(unsettled(next));
    expect(rig.api.requests.slice(called)).toEqual([]);
    rig.api.faults.clear();
  });

  it('keeps guards from the API too, once it is open', async () => {
    const owner = { principalName: 'coreweave/break-glass', owner: 'ops', reason: 'break glass' };
    const fn = rig.start({ PROTECTED: JSON.stringify([owner]) });
    const [five, next] = [rig.keys(5), rig.keys(3)];
    for (const target of five) rig.api.faults.plan('revoke-key', fault.status(401), { target });
    expect(await fn.invoke({ Records: rig.recordsOf(five) })).toEqual(unsettled(five));
    const called = rig.api.requests.length;
    expect(await fn.invoke({ Records: rig.recordsOf(next) })).toEqual(unsettled(next));
    expect(rig.api.requests.slice(called)).toEqual([]);
  });

  it('stays open while the API refuses connections', async () => {
    const fn = rig.start({ COREWEAVE_API_URL: `http://127.0.0.1:${await freePort()}` });
    const [five, next] = [rig.keys(5), rig.keys(3)];
    expect(await fn.invoke({ Records: rig.recordsOf(five) })).toEqual(unsettled(five));
    expect(five.map((id) => fn.trail(id).slice(0, 2))).toEqual(five.map(() => ['intent:intent', 'outcome:unknown']));
    expect(await fn.invoke({ Records: rig.recordsOf(next) })).toEqual(unsettled(next));
    expect(next.flatMap((id) => fn.trail(id))).toEqual([]);
  });

  it('does not open for one target that fails ever so often', async () => {
    const fn = rig.start();
    const [target = '', other = ''] = rig.keys(2);
    rig.api.faults.plan('revoke-key', fault.status(404, { body: 'html' }), { target, times: 6 });
    for (let delivery = 1; delivery <= 6; delivery += 1) {
      expect(await fn.invoke({ Records: rig.recordsOf([target]) })).toEqual(unsettled([target]));
    }
    expect(await fn.invoke({ Records: rig.recordsOf([other]) })).toEqual(unsettled([]));
  });
});
