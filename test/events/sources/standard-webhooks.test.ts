import { describe, expect, it } from 'vitest';
import { standardWebhooks } from '../../../events/sources/standard-webhooks.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import {
  check,
  EVENT_MS,
  KEY_ID,
  keyLeak,
  offboarded,
  principalLeak,
  reinstated,
} from '../../support/event-factory.ts';
import {
  bytes,
  fromStandardWebhooks,
  gist,
  hmac,
  isAuthentic,
  reading,
  request,
  SIGNING_BYTES,
  toldOf,
} from './requests.ts';

const AT = EVENT_MS / 1_000;
const read = (body: unknown) => reading(standardWebhooks, fromStandardWebhooks(body));
const event = (read: unknown) => ({ kind: 'events', events: [read] });

describe('a message of Standard Webhooks', () => {
  it.each([
    ['a leaked key', keyLeak()],
    ['a leaked principal', principalLeak()],
    ['an offboarding', offboarded()],
    ['a reinstatement', reinstated()],
  ])('with %s gives the event as it is', (_name, value) => expect(read(value)).toStrictEqual(event(value)));

  it('with a batch gives each, without attributes that we do not know', () => {
    expect(read([{ ...keyLeak(), traceparent: 'x' }, offboarded()])).toStrictEqual({
      kind: 'events',
      events: [keyLeak(), offboarded()],
    });
  });

  it.each([
    ['contact.created', { type: 'contact.created', timestamp: '2022-11-03T20:26:10.344522Z', data: { id: '1' } }],
    ['our own checks', check()],
    ['a change of a user that is no leaving', { ...keyLeak(), type: 'dsync.user.updated' }],
    ['an activation', { ...keyLeak(), type: 'dsync.activated' }],
  ])('with %s is ignored', (_name, value) => {
    expect(read(value)).toStrictEqual({ kind: 'ignored', why: 'an event type that we do not act on' });
  });

  it.each([
    [
      'a field that is wrong',
      offboarded({ data: { principalName: 'user' } }),
      /^invalid: data\.principalName: expected/,
    ],
    ['a later version', keyLeak({ type: 'credential.compromised.v2' }), /^unknown-version: /],
    ['a much later version', keyLeak({ type: 'credential.compromised.v12' }), /^unknown-version: /],
    ['no version', offboarded({ type: 'user.offboarded' }), /^unknown-type: /],
    ['a version that is no number', keyLeak({ type: 'credential.compromised.vx' }), /^unknown-type: /],
    ['a type that begins like ours', keyLeak({ type: 'credential.compromised.v1.test' }), /^unknown-type: /],
    ['a type that ends like ours', keyLeak({ type: 'x.credential.compromised.v1' }), /^unknown-type: /],
    ['another sender’s word for an offboarding', { type: 'employee.terminated', data: {} }, /^invalid: specversion/],
    ['no CloudEvent', { type: 'credential.compromised.v1', data: {} }, /^invalid: specversion/],
  ])('with %s cannot be used: the sender hears of it, and a person is told the event', (_name, value, why) => {
    const unusable = read(value);
    expect(unusable).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(why),
      reply: { status: 202, body: { refused: [{ error: expect.stringMatching(why) }] } },
    });
    expect(toldOf(unusable)).toEqual([
      expect.stringContaining(`: ${JSON.stringify({ sender: 'standard-webhooks', event: value })}`),
    ]);
  });

  it.each([
    ['no JSON', 'x', 'expected JSON'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'expected UTF-8'],
    ['a key twice', '{"id":"1","id":"1","type":"user.offboarded.v1"}', 'expected each key of an object once'],
  ])('with %s is refused, and a person is told the id of the message', (_name, body, why) => {
    const refused = read(body);
    expect(refused).toMatchObject({ kind: 'refused', why, reply: { status: 400, body: { error: why } } });
    expect(toldOf(refused)).toEqual(['unreadable, msg_1: {"sender":"standard-webhooks","id":"msg_1"}']);
  });

  it.each([
    ['no type', { ...keyLeak(), type: 1 }, KEY_ID],
    ['an event inside another object', { event: offboarded() }, ''],
    ['no object', 1, '1'],
  ])('with %s cannot be used, and a person is told of it', (_name, value, about) => {
    const unusable = read(value);
    expect(unusable).toMatchObject({ kind: 'refused', reply: { status: 202, body: { refused: [{ about }] } } });
    const text = JSON.stringify({ sender: 'standard-webhooks', event: value });
    expect(toldOf(unusable)).toEqual([`invalid, ${about}: ${text}`]);
  });

  it('with a batch without a type tells of each of it, and of an empty one nothing', () => {
    expect(toldOf(read(['x', { data: { email: 'user@example.com' } }, null]))).toHaveLength(3);
    expect(read([])).toStrictEqual({ kind: 'ignored', why: 'an event type that we do not act on' });
  });

  it('with a batch of which one is wrong gives the others, and tells the sender', () => {
    const error = 'invalid: id: expected 1 to 512 printable ASCII characters';
    expect(read([keyLeak({ id: '' }), offboarded(), { type: 'x' }])).toMatchObject({
      kind: 'events',
      events: [offboarded()],
      ignoredReasons: ['an event type that we do not act on'],
      unusable: [{ reason: 'invalid', about: KEY_ID }],
      reply: { status: 202, body: { refused: [{ about: KEY_ID, error }] } },
    });
  });

  it.each([
    ['text', 'x', '"x"', /^invalid: event: expected a CloudEvent/],
    ['null', null, 'null', /^invalid: event: expected a CloudEvent/],
    ['a list', [keyLeak()], expect.any(String), /^invalid: event: expected a CloudEvent/],
    ['an event without a type', { ...offboarded(), type: undefined }, 'saml/user@example.com', /^invalid: type: /],
    ['a type that is no text', { ...keyLeak(), type: 1 }, KEY_ID, /^invalid: type: /],
  ])('with a batch in which one is %s gives the others, and tells of that one', (_name, value, about, error) => {
    expect(read([value, keyLeak()])).toMatchObject({
      kind: 'events',
      events: [keyLeak()],
      unusable: [{ reason: 'invalid', about }],
      reply: { status: 202, body: { refused: [{ about, error: expect.stringMatching(error) }] } },
    });
  });

  it('with a batch of one that is ignored and one without a type still tells of the latter', () => {
    expect(read([{ type: 'contact.created' }, { data: { work_email: 'user@example.com' } }])).toMatchObject({
      kind: 'refused',
      unusable: [{ reason: 'invalid', about: '{"work_email":"user@example.com"}' }],
      reply: { status: 202 },
    });
  });

  it.each([
    [offboarded({ time: 'x', data: { identity: { email: 'user@example.com' } } }), 'user@example.com'],
    [offboarded({ time: 'x' }), 'saml/user@example.com'],
    [{ type: 'employee.terminated', id: 'e-1', data: { work_email: 'user@example.com' } }, 'e-1'],
    [{ type: 'employee.terminated', data: { work_email: 'u@example.com' } }, '{"work_email":"u@example.com"}'],
    [{ type: 'employee.terminated' }, ''],
  ])('%j is about the person, else the event', (value, about) => {
    expect(toldOf(read(value))[0]).toContain(`, ${about}: {`);
  });

  it.each([
    ...['employee.resigned', 'employment.ended', 'worker.exit', 'employee.fired', 'employee.dismissed'],
    ...['staff.retired', 'accountExpired', 'contractExpired', 'secretFound', 'employmentEnded', 'contractEnded'],
    ...['userBlocked', 'membership.expired', 'apiKeyFound', 'user.expired.v1', 'user-account_expired', 'userPurged'],
    ...['com.example.user.purged.event', 'laidOff', 'employee.layOff', 'deActivated', 'user.revoKed'],
    ...['user.deprovisioned', 'user.archived', 'user.revoked', 'employee.separated', 'account.closed', 'member.quit'],
    ...['secret.detected', 'credential.breached', 'token.stolen', 'secret.disclosed', 'key.pwned'],
    ...['credential.published.v1', 'token.made_public', 'user.blocked', 'account.locked'],
    ...['user.purged', 'account.purged', 'leaver.created', 'employee.leaving', 'employment.end', 'employmentEnd'],
    ...['contract.end', 'user.decommissioned', 'user.expired', 'access.expires', 'user.destroy', 'employee.laid_off'],
    ...['employee.layoff', 'employee.deceased', 'employee.discharged', 'secret.found', 'key.found_in_repository'],
  ])('%s may be about a leak or an offboarding: a person is told', (type) => {
    expect(toldOf(read({ type }))).toHaveLength(1);
  });

  it.each([
    ...['video.extended', 'contact.created', 'message.attended', 'invoice.existing', 'post.published'],
    ...['user.unlocked', 'leave.requested', 'session.expired', 'stream.end', 'employee.endorsed', 'item.found'],
    ...['user.expired_password', 'user.expiry.updated', 'account.expiring_card', 'member.expired_invite'],
    ...['user.expires_at.changed', 'account.purged_cache', 'cache.purge', 'session.destroyed', 'cookie.destroy'],
    ...['terraform.destroy', 'battery.discharged', 'payment.discharged', 'playoff.started', 'plaid.official'],
    ...['interleaving.done', 'turkey.found', 'secret.foundation', 'userExpiredPassword', 'accountPurgedCache'],
    ...['playOff', 'remember.expired', 'user.session.destroyed', 'monkeyFound'],
  ])('%s is ignored', (type) => {
    expect(read({ type })).toMatchObject({ kind: 'ignored' });
  });

  it('returns a repeated event once, but keeps two different events with one id for the safety checks', () => {
    const two = [keyLeak({ id: 'a' }), offboarded({ id: 'a', source: keyLeak().source })];
    expect(read([...two, two[0]])).toStrictEqual({ kind: 'events', events: two });
  });

  it('with more than 1,000 events is refused with 413', () => {
    const why = 'expected at most 1000 events in one request, and it has 1001';
    const many = (length: number) => Array.from({ length }, () => ({ type: 'x' }));
    expect(read(many(1_001))).toMatchObject({ kind: 'refused', why, reply: { status: 413, body: { error: why } } });
    expect(toldOf(read(many(1_001)))).toEqual(['oversize, msg_1: {"sender":"standard-webhooks","id":"msg_1"}']);
    expect(read(many(1_000))).toStrictEqual({ kind: 'ignored', why: 'an event type that we do not act on' });
  });

  it('by another method or path is refused', () => {
    expect(standardWebhooks.read(request({ method: 'PUT' }), EVENT_MS)).toMatchObject({ reply: { status: 405 } });
    expect(standardWebhooks.read(request({ path: '/x' }), EVENT_MS)).toMatchObject({ reply: { status: 404 } });
  });
});

describe('the signature of Standard Webhooks', () => {
  const BODY = keyLeak();
  const signed = fromStandardWebhooks(BODY);
  const v1 = signed.headers['webhook-signature'] ?? '';
  const other = `v1,${hmac('other', 'x').toString('base64')}`;
  const withHeaders = (headers: Record<string, string>) => ({ ...signed, headers: { ...signed.headers, ...headers } });
  const signature = (text: string) => isAuthentic(standardWebhooks, withHeaders({ 'webhook-signature': text }));

  it('of the published vector verifies, at its time', () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const published = request({ headers, body: '{"test": 2432232314}' });
    const proofs = createProofs([['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_')], 'base64');
    expect(standardWebhooks.isAuthentic(published, proofs, 1_614_265_330_000)).toBe(true);
    expect(standardWebhooks.isAuthentic(published, proofs, EVENT_MS)).toBe(false);
    expect(
      standardWebhooks.isAuthentic({ ...published, body: bytes('{"test":2432232314}') }, proofs, 1_614_265_330_000),
    ).toBe(false);
  });

  it.each([
    ['alone', v1],
    ['behind another', `${other} ${v1}`],
    ['before another', `${v1} ${other}`],
    ['among eight', [...Array.from({ length: 7 }, () => other), v1].join(' ')],
    ['beside another version', `v1a,${'A'.repeat(86)}== ${v1}`],
  ])('%s is found', (_name, text) => expect(signature(text)).toBe(true));

  it.each([
    ['missing', ''],
    ['another', other],
    ['of another version', v1.replace('v1', 'v2')],
    [
      'in another spelling of its last bits',
      v1.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),
    ],
    ['without its padding', v1.slice(0, -1)],
    ['in a header that came twice', `${v1},${v1}`],
    ['in a header that came twice, spaced', `${v1}, ${v1}`],
    ['beside nonsense', `${v1} x`],
    ['beside what only ends like one', `${v1} x${other}`],
    ['beside what only begins like one', `${v1} ${other}x`],
    ['beside one cut off', `${v1} v1,${'A'.repeat(40)}`],
    ['beside a version with nothing in it', `${v1} v2,`],
    ['beside a version name that is too long', `${v1} v123456789,AAAA`],
    ['after two spaces', `${other}  ${v1}`],
    ['among too many', [...Array.from({ length: 8 }, () => other), v1].join(' ')],
  ])('that is %s is not', (_name, text) => expect(signature(text)).toBe(false));

  it.each([
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
    [-86_400, false],
  ])('of a clock %i s from ours: %s', (off, expected) => {
    expect(isAuthentic(standardWebhooks, fromStandardWebhooks(BODY, { at: AT + off }))).toBe(expected);
  });

  it.each([
    '',
    '1.5',
    ' 1',
    '1e9',
    '-1',
    '0x10',
    'NaN',
    `${AT}${'0'.repeat(12)}`,
    ` ${AT}`,
    `+${AT}`,
    `${AT}.0`,
    `${AT} `,
  ])('with the timestamp %j is not genuine', (text) => {
    const sign = hmac(SIGNING_BYTES, `msg_1.${text}.`, bytes(BODY)).toString('base64');
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': text, 'webhook-signature': `v1,${sign}` };
    expect(isAuthentic(standardWebhooks, request({ headers, body: BODY }))).toBe(false);
  });

  it.each(['', 'a.b', 'a,a', 'a b', 'é', 'x'.repeat(257)])('with the id %j is not genuine', (id) => {
    expect(isAuthentic(standardWebhooks, fromStandardWebhooks(BODY, { id }))).toBe(false);
  });

  it('may stand in the headers of Svix, but not half and half', () => {
    const svix = Object.fromEntries(
      Object.entries(signed.headers).map(([name, text]) => [name.replace('webhook', 'svix'), text]),
    );
    expect(isAuthentic(standardWebhooks, { ...signed, headers: svix })).toBe(true);
    expect(isAuthentic(standardWebhooks, { ...signed, headers: { ...svix, 'webhook-id': 'msg_2' } })).toBe(false);
  });

  it('is over bytes, whether or not they are text', () => {
    const raw = Uint8Array.of(0xff, 0x00, 0xc3);
    const from = fromStandardWebhooks(raw);
    expect(isAuthentic(standardWebhooks, from)).toBe(true);
    expect(isAuthentic(standardWebhooks, { ...from, body: Uint8Array.of(0xfe, 0x00, 0xc3) })).toBe(false);
    expect(gist(reading(standardWebhooks, from))).toEqual(['refused: expected UTF-8']);
  });

  it('does not depend on the message being new: retries have the same event', () => {
    const later = fromStandardWebhooks(BODY, { at: AT + 60 });
    expect(reading(standardWebhooks, later)).toStrictEqual(reading(standardWebhooks, signed));
  });
});
