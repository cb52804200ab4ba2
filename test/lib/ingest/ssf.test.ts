/** Security event tokens at the endpoint: what is queued, told, counted and answered. */
import { describe, expect, it } from 'vitest';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { claimsOf, EVENT_S, ecKey, JWKS_PATH, push, RISC, SSF, signed } from '../../support/idp.ts';
import { fails } from './edge.ts';
import { NAME, openSsf } from './ssf.ts';

const KEY = ecKey('key');
const FORGER = ecKey('key');
const SECRET = ['a', 'shared', 'secret'].join('-');
const refusals = ({ audit }: Awaited<ReturnType<typeof openSsf>>['outside']) =>
  audit.flatMap(({ status_detail, unmapped }) =>
    status_detail === 'refused' ? [Reflect.get(Object(unmapped), 'detail')] : [],
  );

describe('the endpoint of an issuer', () => {
  it('queues an offboarding for the sender ssf/<name>, and answers 202 without a body', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    expect(await deliver(signed(KEY, claimsOf(idp.issuer)))).toEqual({ status: 202 });
    expect(outside.sent).toMatchObject([{ lane: 'bulk', attributes: { sender: `https:${NAME}` } }]);
    expect(JSON.parse(outside.sent[0]?.body ?? '')).toMatchObject({ id: 'set-1', source: 'ssf://idp' });
    expect(outside.measured).toContainEqual({ kind: 'token-verified', sender: NAME });
  });

  it('queues a repeated token as the same event, which the consumer carries out once', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    const token = signed(KEY, claimsOf(idp.issuer));
    expect([await deliver(token), await deliver(token)]).toEqual([{ status: 202 }, { status: 202 }]);
    expect(new Set(outside.sent.map(({ body }) => body)).size).toBe(1);
  });

  it('counts a verified token that asks for nothing, so that silence can be told from calm', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    const verification = { [`${SSF}verification`]: { state: 'x' } };
    expect(await deliver(signed(KEY, claimsOf(idp.issuer, { events: verification })))).toEqual({ status: 202 });
    expect(outside.sent).toEqual([]);
    expect(outside.measured).toEqual([{ kind: 'token-verified', sender: NAME }]);
  });

  it('sends a token that cannot be used to the dead-letter queue, once a day', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    const sub_id = { format: 'phone_number', phone_number: '+1 206 555 0123' };
    for (const jti of ['a', 'b']) {
      expect(await deliver(signed(KEY, claimsOf(idp.issuer, { jti, sub_id })))).toEqual({ status: 202 });
    }
    const deadLetters = outside.deadLetters.map(({ body }) => JSON.parse(body));
    expect(deadLetters).toMatchObject([{ reason: 'invalid', sender: `https:${NAME}`, lane: 'bulk' }]);
    expect(JSON.parse(deadLetters[0].raw.text)).toEqual({
      sender: NAME,
      jti: 'a',
      iat: EVENT_S,
      events: [`${RISC}account-disabled`],
      subject: sub_id,
    });
  });

  it('reports rejected requests once a minute and reason, with a count, and sends no dead letter', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    const forged = signed(FORGER, claimsOf(idp.issuer));
    const misdirected = signed(KEY, claimsOf(idp.issuer, { aud: 'https://other.example' }));
    for (let sent = 0; sent < 5; sent++) for (const token of [forged, misdirected]) await deliver(token);
    expect(refusals(outside)).toEqual([
      'not genuine (authentication_failed: expected a valid signature); requests since the last record: 1',
      'not genuine (invalid_audience: expected the audience of this endpoint); requests since the last record: 1',
    ]);
    expect(outside.deadLetters).toEqual([]);
    expect(JSON.stringify(outside.audit)).not.toContain(forged.split('.')[1]);
  });

  it('is the only path of the issuer, and others have none', async () => {
    const { idp, send, deliver } = await openSsf([KEY.jwk]);
    const from = push(signed(KEY, claimsOf(idp.issuer)));
    for (const path of ['ssf', 'ssf/other', 'idp', 'webhook/idp']) {
      expect(await send(path, from)).toMatchObject({ status: 404 });
    }
    expect(await deliver({ ...from, path: '/x' })).toMatchObject({ status: 404 });
    expect(await deliver({ ...from, method: 'GET' })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('a token that cannot be taken now', () => {
  it.each([
    ['the queue fails', 'send'],
    ['the audit log fails', 'audit'],
  ])('is answered with 503 while %s', async (_, port) => {
    const { idp, deliver } = await openSsf([KEY.jwk], {}, { meddle: fails(port) });
    const reply = await deliver(signed(KEY, claimsOf(idp.issuer)));
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  it('is answered with 503 while the keys cannot be loaded, and accepted afterwards', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    idp.answers.set(JWKS_PATH, { status: 500 });
    const token = signed(KEY, claimsOf(idp.issuer));
    expect(await deliver(token)).toMatchObject({ status: 503 });
    expect(outside.log).toMatchObject([{ code: 'request-failed', fields: { error: 'keys-unavailable: HTTP 500' } }]);
    idp.answers.delete(JWKS_PATH);
    await outside.clock.run(outside.clock.sleep(5_000));
    expect(await deliver(token)).toEqual({ status: 202 });
  });
});

describe('an issuer that also sends a secret', () => {
  const senders = { proofs: async () => createProofs([SECRET], 'text') };
  const withHeader = (token: string, authorization: string) =>
    push(token, { headers: { 'content-type': 'application/secevent+jwt', authorization } });

  it.each([SECRET, `Bearer ${SECRET}`])('is heard with the header %j', async (authorization) => {
    const { idp, deliver } = await openSsf([KEY.jwk], { secret: 'ssf/idp' }, { senders });
    expect(await deliver(withHeader(signed(KEY, claimsOf(idp.issuer)), authorization))).toEqual({ status: 202 });
  });

  it.each(['', 'Bearer x', `Bearer Bearer ${SECRET}`, `${SECRET}x`])('is not heard with %j', async (authorization) => {
    const { idp, deliver } = await openSsf([KEY.jwk], { secret: 'ssf/idp' }, { senders });
    expect(await deliver(withHeader(signed(KEY, claimsOf(idp.issuer)), authorization))).toEqual({
      status: 400,
      headers: { 'content-language': 'en-US' },
      body: { err: 'authentication_failed', description: 'expected a valid authorization header' },
    });
    expect(idp.requests).toEqual([]);
  });

  it('is not heard without the header, nor if the secret is not known', async () => {
    const { idp, deliver } = await openSsf([KEY.jwk], { secret: 'ssf/idp' }, { senders });
    expect(await deliver(signed(KEY, claimsOf(idp.issuer)))).toMatchObject({ status: 400 });
    const unknown = await openSsf([KEY.jwk], { secret: 'x' }, { senders: { proofs: async () => undefined } });
    expect(await unknown.deliver(signed(KEY, claimsOf(unknown.idp.issuer)))).toMatchObject({ status: 400 });
  });

  it('is answered with 503 while the secret cannot be loaded', async () => {
    const proofs = () => Promise.reject(new Error('down'));
    const { idp, deliver } = await openSsf([KEY.jwk], { secret: 'ssf/idp' }, { senders: { proofs } });
    expect(await deliver(withHeader(signed(KEY, claimsOf(idp.issuer)), SECRET))).toMatchObject({ status: 503 });
  });
});
