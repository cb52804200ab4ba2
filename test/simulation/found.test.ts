/** What the simulation has found in the product, each as a short history of its own. */
import { describe, expect, it } from 'vitest';
import { LOST } from '../support/api-answers.ts';
import { EVENT_MS, keyLeak, offboarded, PRINCIPAL, principalLeak } from '../support/event-factory.ts';
import { startFunction } from '../support/memory-function.ts';
import { type Meddle, openOutside } from '../support/memory-ports.ts';
import { auditLine, callsOf, deadLettersOf, trailOf } from '../support/memory-views.ts';
import { sqsRecord } from '../support/record-factory.ts';

const never = new Promise(() => undefined);

describe('a compromised principal', () => {
  it('is not called once its listing is five seconds old, however long the log takes', async () => {
    const outside = openOutside(EVENT_MS);
    const [old] = outside.store.createKeys(PRINCIPAL, 1);
    let replacement: string | undefined;
    const slowLog: Meddle = async (step, moment) => {
      if (step.port !== 'audit' || moment === 'after' || auditLine(step.record) !== 'intent') return;
      await outside.clock.sleep(4_000);
      [replacement] = outside.store.createKeys(PRINCIPAL, 1);
      await outside.clock.sleep(4_000);
    };
    const record = sqsRecord(0, principalLeak(), { lane: 'bulk' });
    expect(await startFunction(outside, { meddle: slowLog }).deliver([record], 120_000)).toEqual(['m0']);
    expect(callsOf(outside, EVENT_MS).filter((line) => line.includes('revoke'))).toEqual([]);
    await outside.clock.pass(60_000);
    expect(await startFunction(outside).deliver([record], 120_000)).toEqual([]);
    expect([old, replacement].map((id) => outside.store.status(id ?? ''))).toEqual(['DELETED', 'ACTIVE']);
  });
});

describe('a leak of the same key as another one in the batch', () => {
  it('writes no intent record without a call', async () => {
    const outside = openOutside(EVENT_MS);
    const leaks = ['CWHANGINGHANGING', 'CWWAITINGWAITING', 'CWWAITINGWAITING'].map((accessKeyId, n) =>
      keyLeak({ id: `leak-${n}`, data: { accessKeyId } }),
    );
    outside.api.play(() => ({ takesMs: Number.POSITIVE_INFINITY }));
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 1 } });
    expect(
      await deliver(
        leaks.map((leak, n) => sqsRecord(n, leak)),
        5_000,
      ),
    ).toEqual(['m0', 'm1', 'm2']);
    expect(['leak-1', 'leak-2'].map((id) => trailOf(outside, id))).toEqual([[], []]);
  });
});

describe('an offboarding without a key, whose delivery died before the end', () => {
  it('counts for the limit when keys have come since', async () => {
    const settings = {
      principalTemplates: ['saml/{email}'],
      limits: { sourcePer10Minutes: 1, sourcePerDay: 1, totalPer10Minutes: 1, totalPerDay: 1 },
    };
    const outside = openOutside(EVENT_MS);
    outside.store.createKeys('saml/other@example.com', 1);
    let writes = 0;
    const diesFenced: Meddle = (step, moment) => {
      if (step.port === 'table' && step.operation === 'put' && moment === 'after') writes += 1;
      return writes >= 2 ? never : undefined;
    };
    const eve = sqsRecord(0, offboarded({ id: 'eve', data: { identity: { email: 'eve@example.com' } } }), {
      lane: 'bulk',
    });
    const other = sqsRecord(1, offboarded({ id: 'other', data: { principalName: 'saml/other@example.com' } }), {
      lane: 'bulk',
    });
    expect(await startFunction(outside, { settings, meddle: diesFenced }).deliver([eve], 10_000)).toEqual(['m0']);
    expect(await startFunction(outside, { settings }).deliver([other], 10_000)).toEqual([]);
    const [late] = outside.store.createKeys('saml/eve@example.com', 1);
    await outside.clock.pass(60_000);
    expect(await startFunction(outside, { settings }).deliver([eve], 10_000)).toEqual([]);
    expect(deadLettersOf(outside).map(({ reason }) => reason)).toEqual(['held-limit']);
    expect(outside.store.status(late ?? '')).toBe('ACTIVE');
  });
});

describe('another body under the id of an event that is at work', () => {
  it('closes not its row when it goes to a person for another reason than the conflict', async () => {
    const outside = openOutside(EVENT_MS);
    const [old] = outside.store.createKeys(PRINCIPAL, 1);
    const { deliver } = startFunction(outside);
    const event = sqsRecord(0, principalLeak({ id: 'same' }), { lane: 'bulk' });
    outside.api.play(() => ({ answer: LOST }));
    expect(await deliver([event])).toEqual(['m0']);
    const other = principalLeak({ id: 'same', data: { principalName: 'coreweave/other', scope: 'principal' } });
    const longAgo = { lane: 'bulk', receiveCount: 9, firstReceived: EVENT_MS - 7 * 3_600_000 } as const;
    let failures = 1;
    const failsOnce: Meddle = ({ port }) => {
      if (port === 'table' && failures-- > 0) throw new Error('down');
    };
    const elsewhere = startFunction(outside, { meddle: failsOnce });
    expect(await elsewhere.deliver([sqsRecord(1, other, longAgo)])).toEqual([]);
    expect(deadLettersOf(outside).map(({ reason }) => reason)).toEqual(['retries-exhausted']);
    outside.api.play(() => ({}));
    await outside.clock.pass(60_000);
    expect(await deliver([event])).toEqual([]);
    expect(outside.store.status(old ?? '')).toBe('DELETED');
  });
});
