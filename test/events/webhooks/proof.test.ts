import { describe, expect, it } from 'vitest';
import type { WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS, KEY_ID } from '../../support/event-factory.ts';
import { fromStandardWebhooks, hmac, request, SIGNING_SECRET } from '../sources/requests.ts';
import { isProvenBy, sourceOf, VENDOR_SECRET } from './vendors.ts';

const BODY = '{"type":"left","email":"user@example.com"}';
const webhook = (proof: object, rest: object = {}) =>
  sourceOf(
    JSON.stringify({
      hr: {
        secret: 'webhook/hr',
        proof,
        when: { offboarded: { at: '/type', in: ['left'] }, compromised: { at: '/type', in: ['leak'] } },
        person: { email: '/email', principalName: '/principal' },
        accessKeyId: '/key',
        time: '/time',
        ...rest,
      },
    }),
  );
const HMAC = { kind: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' };
const isProven = (proof: object, from: WebRequest, secrets = [VENDOR_SECRET]) =>
  isProvenBy(webhook(proof), from, secrets);
const withHeader = (text: string, body = BODY) => request({ headers: { 'x-signature': text }, body });

describe('an HMAC proof', () => {
  const digest = hmac(VENDOR_SECRET, BODY);

  it.each<[what: string, proof: object, header: string, proven: boolean]>([
    ['hex', HMAC, digest.toString('hex'), true],
    ['hex in capitals', HMAC, digest.toString('hex').toUpperCase(), true],
    ['hex of another length', HMAC, `${digest.toString('hex')}00`, false],
    ['hex behind its prefix', { ...HMAC, prefix: 'sha256=' }, `sha256=${digest.toString('hex')}`, true],
    ['hex without its prefix', { ...HMAC, prefix: 'sha256=' }, digest.toString('hex'), false],
    ['base64', { ...HMAC, encoding: 'base64' }, digest.toString('base64'), true],
    ['base64 without padding', { ...HMAC, encoding: 'base64' }, digest.toString('base64').slice(0, -1), false],
    ['base64url with padding', { ...HMAC, encoding: 'base64url' }, `${digest.toString('base64url')}=`, true],
    ['base64url without padding', { ...HMAC, encoding: 'base64url' }, digest.toString('base64url'), true],
    ['nothing', HMAC, '', false],
    ['the digest of another length', { ...HMAC, algorithm: 'sha512' }, digest.toString('hex'), false],
  ])('in %s', (_what, proof, header, proven) => expect(isProven(proof, withHeader(header))).toBe(proven));

  const v1 = `v1=${digest.toString('hex')}`;
  const other = `v1=${hmac('another secret of some length', BODY).toString('hex')}`;

  it.each<[what: string, header: string, proven: boolean]>([
    ['once', v1, true],
    ['beside another field', `t=1,${v1}`, true],
    ['twice, as senders do while they change a secret', `t=1,${other},${v1}`, true],
    ['twice, the first one ours', `t=1,${v1}, ${other}`, true],
    ['twice, none ours', `${other},${other}`, false],
    ['eight times', [v1, ...Array(7).fill(other)].join(), true],
    ['nine times', [v1, ...Array(8).fill(other)].join(), false],
    ['beside one that is none', `${v1},v1=0`, false],
    ['beside a part that is no field', `${v1},`, false],
  ])('in a field that is there %s', (_what, header, proven) => {
    expect(isProven({ ...HMAC, field: 'v1' }, withHeader(header))).toBe(proven);
  });

  it('with a timestamp that is there twice is no proof: which was meant is not known', () => {
    const timestamp = { header: 'x-signature', field: 't', unit: 's' };
    const timed = { ...HMAC, field: 'v1', signed: '{timestamp}.{body}', timestamp };
    const signed = `v1=${hmac(VENDOR_SECRET, `1763890200.${BODY}`).toString('hex')}`;
    const proven = (times: string) =>
      isProvenBy(webhook(timed), withHeader(`${times},${signed}`), [VENDOR_SECRET], 1_763_890_200_000);
    expect(['t=1763890200', 't=1763890200,t=1763890200', 't=1763890200,t=1'].map(proven)).toEqual([true, false, false]);
  });

  it('covers method and path as the sender sees them', () => {
    const signed = { ...HMAC, signed: '{method} {path}\n{body}' };
    const right = hmac(VENDOR_SECRET, `POST /webhook/hr\n${BODY}`).toString('hex');
    expect(isProven(signed, withHeader(right))).toBe(true);
    expect(isProven(signed, { ...withHeader(right), method: 'PUT' })).toBe(false);
    expect(isProven(signed, { ...withHeader(right), path: '/x' })).toBe(false);
  });

  it('takes a placeholder in the body or a header for what it is: text', () => {
    const signed = { ...HMAC, signed: '{method}{body}' };
    const body = '{path}{body}';
    expect(isProven(signed, withHeader(hmac(VENDOR_SECRET, `POST${body}`).toString('hex'), body))).toBe(true);
  });

  it.each([
    ['ten digits', '1763890200', 's', true],
    ['a sign', '+763890200', 's', false],
    ['milliseconds where seconds are expected', '1763890200000', 's', false],
    ['words', 'now', 's', false],
  ])('with a timestamp of %s', (_what, text, unit, proven) => {
    const timed = { ...HMAC, signed: '{timestamp}.{body}', timestamp: { header: 'x-time', unit } };
    const from = withHeader(hmac(VENDOR_SECRET, `${text}.${BODY}`).toString('hex'));
    const late = { ...from, headers: { ...from.headers, 'x-time': text } };
    expect(isProvenBy(webhook(timed), late, [VENDOR_SECRET], 1_763_890_200_000)).toBe(proven);
  });

  it('with a secret in base64 uses its bytes', () => {
    const secret = Buffer.alloc(32, 9);
    const from = withHeader(hmac(secret, BODY).toString('hex'));
    expect(isProven({ ...HMAC, secretEncoding: 'base64' }, from, [secret.toString('base64')])).toBe(true);
  });
});

describe('another proof', () => {
  it('by a header is the whole secret behind its prefix', () => {
    const proof = { kind: 'header', header: 'x-signature', prefix: 'Bearer ' };
    expect(
      [`Bearer ${VENDOR_SECRET}`, VENDOR_SECRET, `Bearer  ${VENDOR_SECRET}`, 'Bearer '].map((text) =>
        isProven(proof, withHeader(text)),
      ),
    ).toEqual([true, false, false, false]);
  });

  it.each<[body: string, proven: boolean]>([
    [JSON.stringify({ a: { key: VENDOR_SECRET } }), true],
    [JSON.stringify({ a: { key: `${VENDOR_SECRET} ` } }), false],
    [JSON.stringify({ a: { key: [VENDOR_SECRET] } }), false],
    [JSON.stringify({ key: VENDOR_SECRET }), false],
    [`{"a":{"key":"x","key":${JSON.stringify(VENDOR_SECRET)}}}`, false],
    ['no JSON', false],
    ['', false],
  ])('by a field of the body: %j', (body, proven) => {
    expect(isProven({ kind: 'body', at: '/a/key' }, request({ body }))).toBe(proven);
  });

  it('by Standard Webhooks is that of the source of this name', () => {
    const source = webhook({ kind: 'standard-webhooks' });
    const from = fromStandardWebhooks(BODY);
    expect(isProvenBy(source, from, [SIGNING_SECRET])).toBe(true);
    expect(source.read(from, EVENT_MS)).toMatchObject({
      events: [{ time: '2026-11-23T09:30:00.000Z', data: { evidence: { verifiedBy: 'hmac-sha256' } } }],
    });
  });

  it.each(['1700000000', 'x', ''])('by svix- headers takes no time from an unsigned webhook-timestamp: %j', (time) => {
    const source = webhook({ kind: 'standard-webhooks' });
    const { headers, ...from } = fromStandardWebhooks(BODY);
    const svix = Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]);
    const request = { ...from, headers: { ...Object.fromEntries(svix), 'webhook-timestamp': time } };
    expect(isProvenBy(source, request, [SIGNING_SECRET])).toBe(true);
    expect(source.read(request, EVENT_MS + 1_000)).toMatchObject({ events: [{ time: '2026-11-23T09:30:00.000Z' }] });
  });
});

describe('a payload', () => {
  const read = (body: unknown, rest: object = {}) =>
    webhook({ kind: 'header', header: 'x' }, rest).read(request({ body }), EVENT_MS);

  it('of a leaked key, and of a principal with all its keys', () => {
    expect(read({ type: 'leak', key: KEY_ID })).toMatchObject({ events: [{ data: { accessKeyId: KEY_ID } }] });
    expect(read({ type: 'leak', principal: 'saml/user@example.com', email: 'user@example.com' })).toMatchObject({
      events: [{ data: { principalName: 'saml/user@example.com', scope: 'principal' } }],
    });
    expect(read({ type: 'left', principal: 'saml/user@example.com' })).toMatchObject({
      events: [{ type: 'user.offboarded.v1', data: { principalName: 'saml/user@example.com' } }],
    });
  });

  it.each<[what: string, body: unknown, why: string]>([
    ['a leak of a person', { type: 'leak', email: 'a@b.c' }, 'expected an access key id or a principal'],
    ['a leak of no key', { type: 'leak', key: 'AKIA1' }, 'data.accessKeyId: expected an access key id'],
    ['a person who is a list', { type: 'left', email: ['a@b.c'] }, 'expected a person'],
    ['a blank person', { type: 'left', email: ' ' }, 'expected a person'],
    ['nothing', [], 'expected one of the conditions'],
    ['no JSON', 'x', 'expected JSON'],
    ['nesting', `${'['.repeat(33)}${']'.repeat(33)}`, 'expected at most 32 levels of nesting'],
  ])('of %s is refused', (_what, body, why) => {
    expect(read(body)).toMatchObject({ kind: 'refused', why: expect.stringContaining(why), unusable: [{}] });
  });

  it('to which two conditions fit is refused: neither may win by its place', () => {
    const both = { when: { offboarded: { at: '/type', exists: true }, reinstated: { at: '/type', exists: true } } };
    expect(read({ type: 'left', email: 'a@b.c' }, both)).toMatchObject({
      kind: 'refused',
      why: 'invalid: expected only one of the conditions of the webhook to fit',
    });
  });

  it('with an action acts, even where the rest is ignored', () => {
    const rest = { when: { offboarded: { at: '/type', in: ['left'] }, ignored: { not: { at: '/x', exists: true } } } };
    expect(read({ type: 'left', email: 'a@b.c' }, rest)).toMatchObject({ kind: 'events' });
    expect(read({ type: 'came', email: 'a@b.c' }, rest)).toMatchObject({ kind: 'ignored' });
  });

  it('of a thousand people is read, and of more is refused', () => {
    const many = (length: number) => ({
      people: Array.from({ length }, (_, at) => ({ type: 'left', email: `${at}@b.c` })),
    });
    expect(read(many(1_000), { each: '/people' })).toMatchObject({ kind: 'events' });
    expect(read(many(1_001), { each: '/people' })).toMatchObject({
      kind: 'refused',
      reply: { status: 413 },
      unusable: [{ reason: 'oversize', detail: 'expected at most 1000 people in one request, and it has 1001' }],
    });
  });

  it('with an id or a name of any script has an id in printable ASCII, the same each time', () => {
    const body = { type: 'left', email: 'jörg@example.com', id: '7\u{1f511}' };
    expect(read(body, { id: '/id' })).toMatchObject({
      events: [
        {
          id: 'offboarded/7%F0%9F%94%91/2026-11-23T09:30:00.000Z/j%C3%B6rg@example.com',
          data: { identity: { email: 'jörg@example.com' } },
        },
      ],
    });
  });

  it('comes by POST to the path of the webhook alone', () => {
    const source = webhook({ kind: 'header', header: 'x' });
    expect(source.read(request({ method: 'GET' }), EVENT_MS)).toMatchObject({ reply: { status: 405 } });
    expect(source.read(request({ path: '/x' }), EVENT_MS)).toMatchObject({ reply: { status: 404 } });
  });
});
