/**
 * For any dead letter: what was sealed, opened, sent again and read is what it was; and nothing is sent that was not
 * received.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { holdsSecret } from '../../events/secrets.ts';
import { parseMessage } from '../../lib/consume/parse-message.ts';
import { rawText } from '../../lib/dead-letters/dead-letter.ts';
import { readDeadLetter } from '../../lib/dead-letters/read.ts';
import { bodyHash } from '../../lib/ledger/events.ts';
import { isHoldReason } from '../../lib/model/reasons.ts';
import { refusalOf } from '../../lib/replay/rules.ts';
import { SECRETS } from '../events/planted-secrets.ts';
import { deliveryIn } from '../support/delivery-in.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak, reinstated } from '../support/event-factory.ts';
import { memoryPorts, sha256 } from '../support/memory-ports.ts';
import { LANES, sqsRecord } from '../support/record-factory.ts';
import { deadLetterOf, openStage } from '../support/replay-stage.ts';
import { UNBOUND } from '../support/senders.ts';

const run = <Values extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Values> | fc.IAsyncProperty<Values>,
  numRuns = 300,
) => fc.assert(property, { numRuns, seed: 20261123 });

const label = fc.stringMatching(/^[\x20-\x7e]{1,60}$/).filter((text) => !holdsSecret(text));
/** Any script, no controls: what a directory calls a person. */
const person = fc
  .stringMatching(/^[a-zé\u4e00-\u9fff\u{1f300}-\u{1f5ff} @.]{1,40}$/u)
  .filter((text) => text.trim() !== '');
const claims = fc.record({ detector: fc.string({ unit: 'binary', maxLength: 60 }), url: fc.string({ maxLength: 60 }) });
const events = fc
  .tuple(
    fc.constantFrom(keyLeak, principalLeak, offboarded, reinstated, check),
    fc.record({ id: label, source: label }),
    fc.option(person, { nil: undefined }),
    fc.option(claims, { nil: undefined }),
  )
  .map(([make, attributes, email, evidence]) => {
    const event = make(attributes);
    const takesPerson = (make === offboarded || make === reinstated) && email !== undefined;
    const data = takesPerson ? { identity: { email } } : Object(event.data);
    return { ...event, data: make === check || evidence === undefined ? data : { ...data, evidence } };
  })
  .map((event) => parseEvent(event, EVENT_MS))
  .filter((parsed) => parsed.kind === 'event')
  .map(({ event }) => event);

const open = (deadLetter: { readonly body: string }, attributes = {}) =>
  readDeadLetter({ messageId: 'dead-1', attributes, sentAt: EVENT_MS, ...deadLetter }, EVENT_MS, sha256);
const rawFrom = (text: string) => rawText(text, sha256);
/** What SQS takes as a body. (SQS API reference, SendMessage) */
const SENDABLE = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;
const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => SENDABLE.test(text));

describe('an event', () => {
  test('that was sealed, opened, sent again and read is the same event, and its body has the same hash', () =>
    run(
      fc.property(events, fc.constantFrom('urgent', 'bulk'), (event, lane) => {
        const { resend, ...deadLetter } = open(deadLetterOf(event, { lane, reason: 'unconfirmed' }));
        expect(deadLetter).toMatchObject({ event, lane });
        if (resend.kind !== 'event') throw new Error(resend.kind);
        expect(resend.body).toMatch(/^[\x20-\x7e]*$/);
        expect(parseMessage(resend.body, { now: EVENT_MS, opensDeadLetters: true })).toEqual([
          { kind: 'event', event },
        ]);
        const ports = memoryPorts(openStage().outside);
        const [part] = parseMessage(resend.body, { now: EVENT_MS, opensDeadLetters: true });
        expect(part?.kind === 'event' && bodyHash(ports, part.event)).toBe(bodyHash(ports, event));
        expect(open(deadLetterOf(event, { lane, reason: 'unconfirmed' })).resend).toEqual(resend);
      }),
    ));

  test('comes with the count and the first day that the next dead letter will have', () =>
    run(
      fc.asyncProperty(events, fc.nat(4), fc.nat(4_000_000_000), async (event, replays, before) => {
        const stage = openStage();
        const firstSeen = new Date(EVENT_MS - before).toISOString();
        stage.outside.inbox.post({ ...deadLetterOf(event, { replays, firstSeen }), sentAt: EVENT_MS });
        await stage.replay();
        const [sent] = stage.outside.sent;
        const record = sqsRecord(1, sent?.body, { attributes: sent?.attributes ?? {} });
        expect(deliveryIn(record, { lanes: LANES, senders: UNBOUND, sha256 })).toMatchObject({
          replays: replays + 1,
          firstSeen,
        });
      }),
      100,
    ));
});

describe('a text', () => {
  test('without a secret comes back byte for byte, in a dead letter and as a message that SQS moved', () =>
    run(
      fc.property(texts, (text) => {
        const kept = open(deadLetterOf(null, { reason: 'unreadable', raw: rawFrom(text) })).resend;
        expect(kept).toEqual(holdsSecret(text) ? { kind: 'none', code: 'redacted' } : { kind: 'text', body: text });
        expect(open({ body: text }).resend).toEqual({ kind: 'text', body: text });
      }),
    ));

  test('with a secret in it is never sent out of a dead letter, nor shown', () =>
    run(
      fc.property(texts, fc.constantFrom(...Object.values(SECRETS)), texts, (before, secret, after) => {
        const deadLetter = open(deadLetterOf(null, { raw: rawFrom(`${before} ${secret} ${after}`) }));
        expect(deadLetter.resend).toEqual({ kind: 'none', code: 'redacted' });
        expect(JSON.stringify(deadLetter)).not.toContain(secret);
      }),
    ));
});

describe('whatever lies on the dead-letter queue', () => {
  const anything = fc.oneof(
    texts,
    fc.json(),
    fc
      .dictionary(
        fc.constantFrom(
          'v',
          'reason',
          'event',
          'raw',
          'lane',
          'replays',
          'firstSeen',
          'approval',
          '__proto__',
          'messageId',
        ),
        fc.oneof(
          fc.constantFrom<unknown>(1, 'held-stale', 'held-conflict', 'crashed', null, -1, 'bulk'),
          fc.jsonValue(),
        ),
      )
      .map((fields) => JSON.stringify({ v: 1, reason: 'held-stale', event: null, ...fields })),
  );
  test('it can be opened, and a hold goes nowhere without an approval', () =>
    run(
      fc.property(anything, fc.dictionary(fc.string(), fc.string()), (body, attributes) => {
        const deadLetter = open({ body }, attributes);
        if (isHoldReason(deadLetter.reason))
          expect(refusalOf(deadLetter, { approve: false, filter: {} })).toBeDefined();
        if (deadLetter.reason === 'held-conflict')
          expect(refusalOf(deadLetter, { approve: true, filter: {} })).toBeDefined();
        expect(new Date(deadLetter.firstSeen).toISOString()).toMatch(/Z$/);
      }),
    ));
});
