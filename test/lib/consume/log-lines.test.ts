/**
 * What the operational log says: why a message came back, and what else went wrong. Alarms and metrics are made of it.
 */
import { describe, expect, it } from 'vitest';
import { processBatch } from '../../../lib/consume/batch.ts';
import { answer, apiError } from '../../support/api-answers.ts';
import { deliverBatches } from '../../support/batches.ts';
import { EVENT_MS, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { type LogLine, type Outside, openOutside, type Step } from '../../support/memory-ports.ts';
import { auditLine } from '../../support/memory-views.ts';
import { invocationContext, LANES, sqsRecord } from '../../support/record-factory.ts';

const HOUR = 3_600_000;

describe('the log says why a message came back', () => {
  const down = (call: string) => (outside: Outside) =>
    outside.api.play((request) => (request.call === call ? { answer: answer(500) } : {}));

  it.each([
    ['another delivery leads its event', [offboarded(), offboarded()], () => {}, ['busy']],
    ['the keys of an offboarding cannot be listed', [offboarded()], down('list-keys'), ['listing-failed']],
    ['the keys of a principal cannot be listed', [principalLeak()], down('list-keys'), ['listing-failed']],
    ['the API is down', [keyLeak()], down('revoke-key'), ['unavailable']],
  ])('%s', async (_name, bodies, prepare, codes) => {
    const { outside } = await deliverBatches([bodies], { prepare });
    expect(outside.log).toMatchObject(codes.map((code) => ({ level: 'info', code: 'retry', fields: { code } })));
  });

  it('by the message that it is about, and for how long it has waited', async () => {
    const outside = openOutside(EVENT_MS);
    const { runtime } = startFunction(outside);
    const lines: unknown[] = [];
    const log = {
      ...runtime.ports.log,
      within: async <T>(fields: unknown, work: () => Promise<T>) => {
        const from = outside.log.length;
        const result = await work();
        lines.push([fields, ...outside.log.slice(from).map(({ code }: LogLine) => code)]);
        return result;
      },
    };
    const own = { runtime: { ...runtime, ports: { ...runtime.ports, log } }, lanes: LANES };
    outside.api.play(() => ({ answer: answer(500) }));
    const Records = [sqsRecord(7, keyLeak(), { receiveCount: 3, firstReceived: EVENT_MS - HOUR })];
    await outside.clock.run(processBatch(own, { Records }, invocationContext(outside.clock)));
    expect(lines).toEqual([[{ messageId: 'm7', lane: 'urgent', receiveCount: 3 }, 'retry']]);
    expect(outside.log.map(({ fields }) => fields.waitedMs)).toEqual([HOUR]);
  });

  it('not for how long when SQS does not say', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(() => ({ answer: answer(500) }));
    const record = sqsRecord(0, keyLeak());
    await startFunction(outside).deliver([
      { ...record, attributes: { ...record.attributes, ApproximateFirstReceiveTimestamp: '' } },
    ]);
    expect(outside.log.map(({ fields }) => fields)).toEqual([
      { code: 'unavailable', lane: 'urgent', waitedMs: undefined },
    ]);
  });

  it('and that its visibility could not be changed', async () => {
    const { outside } = await deliverBatches([[keyLeak()]], {
      prepare: down('revoke-key'),
      meddle: ({ port }) => {
        if (port === 'return') throw Object.assign(new Error('secret'), { code: 'queue-down' });
      },
    });
    expect(outside.log.slice(1)).toEqual([
      { level: 'warn', code: 'visibility-unchanged', fields: { messageId: 'm0', error: 'queue-down' } },
    ]);
  });
});

describe('the row of an event that became a dead letter', () => {
  const refuse = ({ api }: Outside) =>
    api.play(({ call }) => (call.startsWith('revoke') ? { answer: apiError(400, 3) } : {}));

  it.each([
    ['of an offboarding', offboarded()],
    ['of a key, which has none', keyLeak()],
    ['that is none', 'nonsense'],
  ])('%s: nothing is logged when all went well', async (_name, body) => {
    const { outside } = await deliverBatches([[body]], { prepare: refuse });
    expect([outside.deadLetters.length, outside.log]).toEqual([1, []]);
  });

  it.each([
    ['get', (step: Step) => step.port === 'audit' && auditLine(step.record) === 'outcome rejected'],
    ['put', ({ port }: Step) => port === 'dead-letters'],
  ])('keeps no dead letter back when the ledger fails in %s; the log says so', async (operation, begins) => {
    let down = false;
    const { outside } = await deliverBatches([[offboarded()]], {
      prepare: refuse,
      meddle: (step, moment) => {
        if (moment === 'after' && begins(step)) down = true;
        if (down && step.port === 'table' && step.operation === operation) throw new Error('down');
      },
    });
    expect(outside.deadLetters).toHaveLength(1);
    expect(outside.log).toEqual([{ level: 'warn', code: 'event-not-closed', fields: {} }]);
  });
});
