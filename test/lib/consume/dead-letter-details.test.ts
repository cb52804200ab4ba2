/**
 * What people are told of an event that was not settled as it asks: a sentence in its dead letter, and a record of it.
 */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { answer } from '../../support/api-answers.ts';
import { deliverBatches } from '../../support/batches.ts';
import { EVENT_MS, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { type Outside, openOutside } from '../../support/memory-ports.ts';
import { deadLettersOf } from '../../support/memory-views.ts';
import { sqsRecord } from '../../support/record-factory.ts';

const HOUR = 3_600_000;
const person = offboarded({ data: { identity: { email: 'user@example.com' } } });
const BOTH = ['saml/{email}', 'coreweave/{email}'];

describe('a dead letter says why, in a sentence', () => {
  it.each([
    ['retries-exhausted', [keyLeak()], 'the retry horizon has passed without a settled outcome'],
    ['unmappable', [person], 'neither the directory nor a template names a principal for this identity'],
  ])('%s', async (reason, bodies, detail) => {
    const late = { firstReceived: EVENT_MS - 7 * HOUR, receiveCount: reason === 'unmappable' ? 1 : 9 };
    const prepare = ({ api }: Outside) => api.play(() => ({ answer: answer(503) }));
    expect((await deliverBatches([bodies], { ...late, prepare })).deadLetters).toMatchObject([{ reason, detail }]);
  });

  it('held-conflict, and its record is a hold', async () => {
    const forged = offboarded({ id: 'offboarding', data: { principalName: 'saml/rival@example.com' } });
    const { deadLetters, records } = await deliverBatches([[offboarded({ id: 'offboarding' })], [forged]]);
    const detail = 'the same source and id came before with another body';
    expect(deadLetters).toMatchObject([{ reason: 'held-conflict', detail, event: forged }]);
    expect(records.at(-1)).toMatchObject({
      activity_name: 'Hold',
      status_detail: 'held-conflict',
      unmapped: { phase: 'hold', detail },
    });
  });

  it('received without a time, it was first seen now', async () => {
    const outside = openOutside(EVENT_MS);
    const record = sqsRecord(0, 'nonsense');
    const attributes = { ...record.attributes, ApproximateFirstReceiveTimestamp: '' };
    await startFunction(outside).deliver([{ ...record, attributes }]);
    expect(deadLettersOf(outside)).toMatchObject([{ firstSeen: new Date(EVENT_MS).toISOString() }]);
  });
});

describe('the record of a hold', () => {
  const rules = (name: string) => ({
    principalTemplates: BOTH,
    protections: [{ target: { principalName: principalName.parse(name) }, owner: 'o', reason: 'r' }],
  });

  it('names the principal of an event that is about one', async () => {
    const { records } = await deliverBatches([[offboarded()]], { settings: rules(SAML_PRINCIPAL) });
    expect(records.map(({ user }) => user)).toEqual([{ name: SAML_PRINCIPAL }]);
  });

  it('names none of several: it is about all of them', async () => {
    const directory = {
      pk: 'identity#email#user@example.com',
      version: 1,
      data: { principals: [PRINCIPAL, SAML_PRINCIPAL] },
    };
    const { records } = await deliverBatches([[person]], {
      settings: rules(PRINCIPAL),
      prepare: ({ table }) => table.put(directory, undefined),
    });
    expect(records.map(({ status_detail, user }) => [status_detail, user])).toEqual([
      ['held-protected', { uid: 'unresolved:user.offboarded.v1' }],
    ]);
  });

  it('names whom a limit stopped', async () => {
    const limits = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
    const { records } = await deliverBatches([[offboarded()]], { settings: { limits } });
    expect(records.map(({ user }) => user)).toEqual([{ name: SAML_PRINCIPAL }]);
  });
});

describe('an audit note is written', () => {
  it.each([
    [
      'for an ignored event',
      [[{ source: 'aws.partner/okta.com/acme/x', 'detail-type': 'x', detail: { eventType: 'user.session.start' } }]],
      'Event Ignored',
      'ignored: ',
    ],
    ['for an event whose dead letter waits', [[person], [person]], 'Already Parked', 'parked'],
  ])('%s', async (_name, batches, name, detail) => {
    const { records } = await deliverBatches(batches);
    expect(records.at(-1)).toMatchObject({
      activity_name: name,
      status_detail: expect.stringMatching(new RegExp(`^${detail}`)),
      unmapped: { phase: 'note' },
    });
  });
});
