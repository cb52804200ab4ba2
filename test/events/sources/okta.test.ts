import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { unwrap } from '../../../events/envelope.ts';
import { ofLogStream, okta } from '../../../events/sources/okta.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fromOkta, gist, isAuthentic, reading, request, toldOf } from './requests.ts';

const ADMIN = { id: '00uADMIN', type: 'User', alternateId: 'admin@example.com' };
const USER = { id: '00uUSER', type: 'User', alternateId: 'user@example.com' };

const logEvent = (fields: object = {}) => ({
  uuid: 'ab62c0bc-2837-11eb-9823-9fb8f750c5a9',
  published: '2026-11-23T09:15:12.862Z',
  eventType: 'user.lifecycle.deactivate',
  actor: ADMIN,
  outcome: { result: 'SUCCESS', reason: null },
  target: [USER],
  ...fields,
});
const hook = (...events: unknown[]) => ({
  eventType: 'com.okta.event_hook',
  cloudEventsVersion: '0.1',
  source: 'https://acme.okta.com/api/v1/eventHooks/who1',
  eventId: 'delivery-1',
  data: { events },
});
const left = (identity: object, id: string = logEvent().uuid, evidence: object = {}) => ({
  specversion: '1.0',
  type: 'user.offboarded.v1',
  id,
  source: 'okta://system-log',
  time: logEvent().published,
  data: {
    identity,
    evidence: {
      detector: 'user.lifecycle.deactivate',
      receivedVia: 'event-hook',
      verifiedBy: 'authorization-header',
      sourceEventId: logEvent().uuid,
      ...evidence,
    },
  },
});
const read = (...events: unknown[]) => reading(okta, fromOkta(hook(...events)));
const OTHER_LOG_EVENT = 'a log event that we do not act on';
const NO_SUCCESS = 'a log event of something that did not succeed';
const NAMELESS =
  'invalid: expected eventType, uuid, published, a known outcome, and a target of type User with alternateId or id';
const reply = { status: 200 };

describe('a log event of Okta', () => {
  it.each(['user.lifecycle.deactivate', 'user.lifecycle.suspend', 'user.lifecycle.delete.initiated'])(
    '%s is an offboarding: the target, not the actor',
    (eventType) => {
      expect(read(logEvent({ eventType }))).toStrictEqual({
        kind: 'events',
        events: [left({ login: 'user@example.com' }, logEvent().uuid, { detector: eventType })],
        reply,
      });
    },
  );

  it.each([
    'user.lifecycle.delete.completed',
    'user.lifecycle.reactivate',
    'user.lifecycle.unsuspend',
    'user.lifecycle.activate',
    'user.session.start',
    'application.user_membership.remove',
    'group.user_membership.remove',
    'user.risk.change',
    'system.import.user.suspend',
    'constructor',
  ])('%j is ignored', (eventType) => {
    expect(read(logEvent({ eventType }))).toStrictEqual({ kind: 'ignored', why: OTHER_LOG_EVENT, reply });
  });

  it.each(['FAILURE', 'SKIPPED', 'DENY', 'CHALLENGE'])('with the result %s is ignored', (result) => {
    expect(read(logEvent({ outcome: { result } }))).toStrictEqual({ kind: 'ignored', why: NO_SUCCESS, reply });
  });

  it.each([{ result: 'UNKNOWN' }, { result: 'success' }, { result: ['SUCCESS'] }, {}, null])(
    'with the outcome %j may have left: a person is told',
    (outcome) => {
      const refused = read(logEvent({ outcome }));
      expect(refused).toMatchObject({ kind: 'refused', why: NAMELESS, reply });
      expect(toldOf(refused)).toEqual([expect.stringContaining('invalid, user@example.com: {')]);
    },
  );

  it.each([[{ ...USER, alternateId: 'unknown' }], [{ ...USER, alternateId: null }], [{ ...USER, alternateId: '' }]])(
    'of a user without a login names the id of Okta',
    (target) => {
      expect(read(logEvent({ target: [target] }))).toMatchObject({
        events: [{ data: { identity: { externalId: '00uUSER' } } }],
      });
    },
  );

  it.each(['', null, 7, undefined])('of the type %j may be an offboarding: a person is told', (eventType) => {
    const refused = read(logEvent({ eventType }));
    expect(refused).toMatchObject({ kind: 'refused', why: NAMELESS, reply });
    expect(toldOf(refused)).toEqual([expect.stringContaining('invalid, user@example.com: {')]);
    expect(read(logEvent({ eventType, outcome: { result: 'FAILURE' } }))).toMatchObject({ kind: 'ignored' });
  });

  it('with other targets is about the users alone, each under an id of its own', () => {
    const app = { id: '0oa1', type: 'AppInstance', alternateId: 'app' };
    const other = { ...USER, id: '00uOTHER', alternateId: 'other@example.com' };
    expect(read(logEvent({ target: [app, USER, other] }))).toStrictEqual({
      kind: 'events',
      events: [left({ login: 'user@example.com' }), left({ login: 'other@example.com' }, `${logEvent().uuid}/2`)],
      reply,
    });
  });

  it.each([
    ['uuid', undefined],
    ['published', undefined],
    ['target', undefined],
    ['target', []],
    ['target', [{ ...USER, type: 'AppUser' }]],
    ['target', [{ type: 'User' }]],
    ['target', [null]],
    ['target', USER],
    ['target', [{ type: 'User', alternateId: 'unknown', id: '' }]],
  ])('that should act but has %s %j cannot be used: Okta is answered 200, and a person is told', (key, value) => {
    const unusable = read(logEvent({ [key]: value }));
    expect(unusable).toMatchObject({ kind: 'refused', why: NAMELESS, reply });
    expect(toldOf(unusable)).toHaveLength(1);
  });

  it('published at no instant cannot be used, and is told with what names the offboarding in the system log', () => {
    const unusable = read(logEvent({ published: '2026-11-23' }));
    expect(unusable).toMatchObject({ kind: 'refused', reply });
    const log = `"uuid":"${logEvent().uuid}","published":"2026-11-23","eventType":"user.lifecycle.deactivate"`;
    const target = '"target":{"alternateId":"user@example.com","id":"00uUSER"}';
    expect(toldOf(unusable)).toEqual([`invalid, user@example.com: {"sender":"okta",${log},${target}}`]);
  });

  it('with a nameless user still offboards the named users', () => {
    const both = read(logEvent({ target: [{ type: 'User' }, USER] }));
    expect(both).toMatchObject({ events: [left({ login: 'user@example.com' }, `${logEvent().uuid}/2`)], reply });
    expect(toldOf(both)).toEqual([expect.stringContaining(`invalid, ${logEvent().uuid}: `)]);
  });
});

describe('a call of Okta', () => {
  it('with several log events gives those that act, and tells of the others', () => {
    const other = logEvent({ uuid: 'other', target: [{ ...USER, alternateId: 'other@example.com' }] });
    expect(
      read(
        logEvent({ eventType: 'x' }),
        logEvent(),
        logEvent({ outcome: { result: 'FAILURE' } }),
        logEvent({ target: [] }),
        other,
        null,
      ),
    ).toMatchObject({
      kind: 'events',
      events: [
        left({ login: 'user@example.com' }),
        left({ login: 'other@example.com' }, 'other', { sourceEventId: 'other' }),
      ],
      ignoredReasons: [OTHER_LOG_EVENT, NO_SUCCESS, OTHER_LOG_EVENT],
      unusable: [{ reason: 'invalid', about: logEvent().uuid }],
      reply,
    });
  });

  it('that repeats a log event gives it once, and the same when Okta tries again', () => {
    const again = { ...hook(logEvent()), eventId: 'delivery-2', eventTime: '2026-11-23T09:29:00Z' };
    const first = read(logEvent(), logEvent());
    expect(gist(first)).toHaveLength(1);
    expect(okta.read(fromOkta(again), EVENT_MS + 3_600_000)).toStrictEqual(first);
  });

  it.each([
    ['no list', { data: {} }, 'expected data.events'],
    ['no object', [], 'expected data.events'],
    ['null', 'null', 'expected data.events'],
    ['no data', { data: null }, 'expected data.events'],
    ['no JSON', '', 'expected JSON'],
  ])('with %s is refused, and a person is told, since Okta does not send it again', (_name, body, why) => {
    const read = reading(okta, fromOkta(body));
    expect(read).toMatchObject({ kind: 'refused', why, reply: { status: 400 } });
    expect(toldOf(read)).toEqual(['unreadable, : {"sender":"okta"}']);
  });

  const target = { alternateId: USER.alternateId, id: USER.id };
  it.each<[what: string, call: object]>([
    ['that is a log event', logEvent()],
    ['with one log event as its list', { data: { events: logEvent() } }],
    ['that is a list of log events', [logEvent()]],
  ])('%s is refused, and a person is told the user', (_name, call) => {
    const found = { uuids: [logEvent().uuid], targets: [target] };
    const identifiers = { sender: 'okta', counts: { uuids: 1, targets: 1 }, ...found };
    expect(toldOf(reading(okta, fromOkta(call)))).toEqual([
      `unreadable, ${JSON.stringify(found)}: ${JSON.stringify(identifiers)}`,
    ]);
  });

  it('of another form is told with its id, 100 users at most, and the number of all', () => {
    const users = Array.from({ length: 101 }, (_, at) => ({ ...USER, alternateId: `user${at}@example.com` }));
    const [told = ''] = toldOf(reading(okta, fromOkta({ eventId: 'delivery-1', data: logEvent({ target: users }) })));
    expect(told).toContain('"eventId":"delivery-1","counts":{"uuids":1,"targets":101}');
    expect(told).toContain('user99@example.com"');
    expect(told.split(': {"sender"')[1]).not.toContain('user100@example.com');
  });

  it('of another form is told without a uuid that is too long', () => {
    const [told = ''] = toldOf(reading(okta, fromOkta(logEvent({ uuid: 'x'.repeat(100_000) }))));
    expect(told).toContain('"counts":{"uuids":0,"targets":1}');
    expect(told.length).toBeLessThan(1_000);
  });

  it('with no log event at all is ignored', () => expect(gist(read())).toEqual([`ignored: ${OTHER_LOG_EVENT}`]));

  it('without the secret is not genuine', () => {
    expect(isAuthentic(okta, fromOkta(hook(logEvent())))).toBe(true);
    expect(isAuthentic(okta, fromOkta(hook(logEvent()), 'another word'))).toBe(false);
    expect(isAuthentic(okta, request({ body: hook(logEvent()) }))).toBe(false);
  });

  it('by another method or path is refused', () => {
    expect(okta.read(request({ method: 'GET' }), EVENT_MS)).toMatchObject({ reply: { status: 405 } });
    expect(okta.read(request({ path: '/events' }), EVENT_MS)).toMatchObject({ reply: { status: 404 } });
  });
});

describe('the verification of the hook', () => {
  const challenge = (value: string, method = 'GET') =>
    request({ method, headers: { 'x-okta-verification-challenge': value }, body: hook(logEvent()) });

  it('is answered without the secret, and reads nothing', () => {
    expect(reading(okta, challenge('value_from_header'))).toStrictEqual({
      kind: 'ignored',
      why: 'a verification of the hook',
      reply: { status: 200, body: { verification: 'value_from_header' } },
    });
  });

  it.each(['', 'two words', 'x'.repeat(513), 'line\nbreak', 'é'])(
    'with a challenge that is none (%j) is not genuine',
    (value) => {
      expect(isAuthentic(okta, challenge(value))).toBe(false);
    },
  );

  it('takes up to 512 characters', () => expect(isAuthentic(okta, challenge('x'.repeat(512)))).toBe(true));

  it('opens no other method', () => expect(isAuthentic(okta, challenge('value', 'POST'))).toBe(false));
});

describe('the log stream by EventBridge', () => {
  const parsed = (detail: unknown) => {
    const read = ofLogStream(detail);
    return read.kind === 'ignored' ? [read] : read.values.map((value) => parseEvent(value, EVENT_MS));
  };

  it('names the same event as the hook does', () => {
    const { verifiedBy: _, ...evidence } = left({}).data.evidence;
    expect(parsed(logEvent())).toStrictEqual([
      {
        kind: 'event',
        event: {
          ...left({}),
          data: { identity: { login: 'user@example.com' }, evidence: { ...evidence, receivedVia: 'eventbridge' } },
        },
      },
    ]);
  });

  it.each([
    ['another type', logEvent({ eventType: 'user.session.start' }), OTHER_LOG_EVENT],
    ['a failure', logEvent({ outcome: { result: 'FAILURE' } }), NO_SUCCESS],
    ['nothing', null, OTHER_LOG_EVENT],
  ])('with %s is ignored', (_name, detail, why) => {
    expect(parsed(detail)).toStrictEqual([{ kind: 'ignored', why }]);
  });

  it('with an offboarded user whom it does not name ends before a person', () => {
    expect(ofLogStream(logEvent({ target: [] }))).toMatchObject({ kind: 'values' });
    expect(parsed(logEvent({ target: [] }))).toStrictEqual([
      { kind: 'refusal', reason: 'invalid', detail: expect.stringMatching(/^id: .+; data: expected .+ or identity$/) },
    ]);
  });

  it('with an outcome that cannot be read ends before a person', () => {
    expect(parsed(logEvent({ outcome: null }))).toMatchObject([{ kind: 'refusal', reason: 'invalid' }]);
  });

  it('comes in its envelope, also within another', () => {
    const byBridge = (detail: unknown) => ({ source: 'aws.partner/okta.com/acme/log', 'detail-type': 'any', detail });
    const [event] = parsed(logEvent());
    const parts = (body: unknown) => {
      const unwrapped = unwrap(JSON.stringify(body));
      return unwrapped.kind === 'refusal' ? [unwrapped] : unwrapped.parts;
    };
    const ignored = { kind: 'refusal', reason: 'unknown-type', detail: OTHER_LOG_EVENT, ignored: true };
    expect(parts(byBridge(logEvent()))).toMatchObject([
      { kind: 'value', value: event?.kind === 'event' && event.event },
    ]);
    expect(parts({ Type: 'Notification', Message: JSON.stringify(byBridge(logEvent())) })).toHaveLength(1);
    expect(parts(byBridge({ eventType: 'user.session.start' }))).toStrictEqual([ignored]);
    expect(parts([byBridge(logEvent()), byBridge(null)])).toMatchObject([{ kind: 'value' }, ignored]);
  });
});
