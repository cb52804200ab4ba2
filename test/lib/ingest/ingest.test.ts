import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { SenderSecrets } from '../../../lib/ingest/context.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import {
  fromGithub,
  fromGitlab,
  fromOkta,
  fromStandardWebhooks,
  request,
  SECRET,
} from '../../events/sources/requests.ts';
import { fromVendor, readyText, sourceOf, VENDOR_SECRET, vendorOf } from '../../events/webhooks/vendors.ts';
import { EVENT_MS, EVENT_TIME, KEY_ID, keyLeak, offboarded } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { stepsOf } from '../../support/memory-views.ts';
import { fails, openEdge } from './edge.ts';

const ALERT = 'secret_scanning_alert';
const alert = (action: string) => ({
  action,
  alert: { number: 42, secret_type: 'coreweave_access_key_pair', updated_at: EVENT_TIME },
  repository: { full_name: 'acme/app' },
});

function open(options: Parameters<typeof openEdge>[0] = {}) {
  const edge = openEdge(options);
  return { ...edge, steps: () => stepsOf(edge.outside).filter((line) => line !== 'audit checkpoint') };
}

describe('a genuine request', () => {
  it('enqueues its event, then audits it, then replies', async () => {
    const { outside, send, steps } = open();
    expect(await send('github', fromGithub(ALERT, alert('created')))).toEqual({ status: 202 });
    expect(steps()).toEqual(['send urgent 0', 'audit note accepted']);
    expect(JSON.parse(outside.sent[0]?.body ?? '')).toMatchObject({ data: { reference: { ref: 'acme/app/42' } } });
    expect(outside.audit[0]).toMatchObject({
      activity_name: 'Event Accepted',
      metadata: { original_event_uid: 'gateway-1', correlation_uid: `${ALERT}/created/42/${EVENT_TIME}` },
      raw_data_size: fromGithub(ALERT, alert('created')).body.length,
      unmapped: {
        lane: 'urgent',
        request_id: 'request-1',
        source: { claimed: 'github://acme/app', sender_id: 'github from 192.0.2.1' },
      },
    });
  });

  it('with many events sends each to the lane where it belongs', async () => {
    const { outside, send } = open();
    const events = [
      keyLeak({ id: 'leak' }),
      offboarded({ id: 'offboarding' }),
      { ...keyLeak(), type: 'other.v1' },
      { ...keyLeak(), data: 7 },
    ];
    const reply = await send('standard-webhooks', fromStandardWebhooks(events));
    expect(reply).toMatchObject({
      status: 202,
      body: { refused: [{ error: 'invalid: data: expected accessKeyId, reference, or principalName with scope' }] },
    });
    expect(outside.sent.map(({ lane, body }) => [lane, JSON.parse(body).id])).toEqual([
      ['urgent', 'leak'],
      ['bulk', 'offboarding'],
    ]);
    expect(stepsOf(outside).slice(2)).toEqual([
      'audit note accepted',
      'audit note accepted',
      'audit refusal refused',
      'table get',
      'table put',
      'dead letter invalid',
      'audit dead-letter invalid',
      'table put',
      'audit note ignored: an event type that we do not act on',
    ]);
  });

  it.each([
    [
      'is ignored with 200',
      'github',
      fromGithub(ALERT, alert('assigned')),
      200,
      'audit note ignored: the alert changed hands',
    ],
    [
      'has its source’s own reply',
      'gitlab',
      fromGitlab([{ token: 'other' }]),
      204,
      'audit note ignored: no CoreWeave credential in the tokens',
    ],
  ])('%s', async (_name, source, from, status, record) => {
    const { send, steps } = open();
    expect((await send(source, from)).status).toBe(status);
    expect(steps()).toEqual([record]);
  });

  it('that only asks leaves no record', async () => {
    const { send, steps } = open();
    const question = request({ method: 'GET', headers: { authorization: SECRET }, path: '/v1/revocable_token_types' });
    const challenge = request({ method: 'GET', headers: { 'x-okta-verification-challenge': 'abc' } });
    expect((await send('gitlab', question)).status).toBe(200);
    expect(await send('okta', challenge)).toEqual({ status: 200, body: { verification: 'abc' } });
    expect((await send('okta', { ...challenge, path: '/x' })).status).toBe(404);
    expect(steps()).toEqual([]);
  });

  it('tells of a thousand parts of a kind in one record', async () => {
    const { outside, send } = open();
    const other = { eventType: 'user.session.start' };
    await send('okta', fromOkta({ data: { events: Array.from({ length: 1_000 }, () => other) } }));
    expect(outside.audit.map(({ status_detail }) => status_detail)).toEqual([
      'ignored: a log event that we do not act on',
    ]);
  });
});

describe('a request that is not genuine', () => {
  const forged = fromGithub(ALERT, alert('created'), { secret: 'some other shared secret' });

  it('replies 401 and audits at most once a minute, with a count', async () => {
    const { outside, send } = open();
    const replies = await Promise.all(Array.from({ length: 50 }, () => send('github', forged)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([401]));
    await outside.clock.run(outside.clock.sleep(60_000));
    await send('github', forged);
    const told = outside.audit.flatMap((record) => (record.status_detail === 'refused' ? [record.unmapped] : []));
    expect(told).toMatchObject([
      { detail: 'not genuine; requests since the last record: 1' },
      { detail: 'not genuine; requests since the last record: 50' },
    ]);
    expect(outside.sent).toEqual([]);
  });

  it('is tried again with secrets that are new', async () => {
    const senders = { reload: async () => createProofs(['some other shared secret'], 'text') };
    expect((await open({ senders }).send('github', forged)).status).toBe(202);
  });
});

describe('routing', () => {
  it.each([
    ['/', 404],
    ['', 404],
    ['/unknown', 404],
    ['/constructor', 404],
    ['/GITHUB', 404],
  ])('does not know %s', async (path, status) => {
    const { outside, send } = open();
    expect((await send('', request({ path: path.slice(1) }))).status).toBe(status);
    expect(outside.steps).toEqual([]);
  });

  it('does not tell a source that is not set up from one that is not there', async () => {
    const { outside, send } = open({ senders: { proofs: async () => undefined } });
    expect(await send('github', fromGithub(ALERT, alert('created')))).toEqual(await send('unknown', request({})));
    expect(outside.steps).toEqual([]);
  });
});

describe('a body over 1 MiB', () => {
  const body = JSON.stringify('x'.repeat(1_048_576));

  it.each([
    ['github', fromGithub(ALERT, body), '00000000-0000-4000-8000-000000000042'],
    ['gitlab', fromGitlab(body), '"sender":"gitlab"'],
    ['okta', fromOkta(body), '"sender":"okta"'],
    ['standard-webhooks', fromStandardWebhooks(body), 'msg_1'],
  ])('of %s that is genuine becomes a dead letter, and its hash is of nothing', async (source, from, named) => {
    const { outside, send } = open();
    expect((await send(source, from)).status).toBe(413);
    const [first] = outside.deadLetters.map((each) => JSON.parse(each.body));
    expect(first).toMatchObject({ reason: 'oversize', raw: { text: expect.stringContaining(named) } });
    expect(outside.audit.map((record) => Object(record).raw_data_size)).toEqual(outside.audit.map(() => 10));
  });

  it('that is not genuine is answered 401', async () => {
    const { outside, send } = open();
    expect((await send('github', fromGithub(ALERT, body, { secret: 'another secret' }))).status).toBe(401);
    expect(outside.deadLetters).toEqual([]);
  });

  it('is ignored where the sender says that it is no report', async () => {
    expect((await open().send('github', fromGithub('push', body))).status).toBe(200);
  });
});

describe('a configured webhook', () => {
  const vendor = vendorOf('hibob');
  const openWebhook = (senders: Partial<SenderSecrets> = {}, webhook = sourceOf(readyText('hibob'))) =>
    open({
      senders: { proofs: async () => createProofs([VENDOR_SECRET], 'text'), ...senders },
      sources: new Map([...SOURCES, [webhook.name, webhook]]),
    });

  it('is reached by its name below /webhook, and acts', async () => {
    const { outside, send, steps } = openWebhook();
    const from = fromVendor(vendor, vendor.offboarding(VENDOR_SECRET));
    expect(await send('webhook/hibob', from)).toEqual({ status: 202 });
    expect(steps()).toEqual(['send bulk 0', 'audit note accepted']);
    expect(JSON.parse(outside.sent[0]?.body ?? '')).toMatchObject({ source: 'webhook://hibob' });
    expect((await send('webhook/gusto', from)).status).toBe(404);
    expect((await send('webhook', from)).status).toBe(404);
    expect((await send('hibob', from)).status).toBe(404);
    expect((await send('webhook/hibob/x', from)).status).toBe(404);
  });

  it('that has its secret in the body leaves it out of hash and size in the audit log', async () => {
    const digestsWith = async (body: string) => {
      const { outside, send } = openWebhook({}, sourceOf(readyText('rippling')));
      await send('webhook/rippling', request({ body }));
      const { raw_data_hash: hash, raw_data_size: size } = Object(outside.audit[0]);
      return { hash: hash.value, size };
    };
    const email = 'user@example.com';
    const rest = JSON.stringify({ email });
    expect(await digestsWith(JSON.stringify({ secureKey: VENDOR_SECRET, email }))).toEqual({
      hash: sha256(rest),
      size: rest.length,
    });
    expect(await digestsWith(`{"secureKey":"${VENDOR_SECRET}","email":"a"b"}`)).toEqual({ hash: sha256(''), size: 0 });
  });

  it('answers the test of a connection before it has a secret, and writes nothing', async () => {
    const { outside, send, steps } = openWebhook({ proofs: () => Promise.reject(new Error('no secret')) });
    expect(await send('webhook/hibob', request({ body: 'Ping test' }))).toEqual({ status: 200 });
    expect([steps(), outside.sent]).toEqual([[], []]);
  });
});

describe('what fails here makes the sender try again', () => {
  const sent = () => fromGithub(ALERT, alert('created'));
  const UNAVAILABLE = { status: 503, headers: { 'retry-after': '5' }, body: { error: 'not accepted, retry later' } };

  it('when the secrets cannot be had', async () => {
    const senders = { proofs: () => Promise.reject(Object.assign(new Error(SECRET), { code: 'token-unavailable' })) };
    const { outside, send } = open({ senders });
    expect([await send('github', sent()), await send('github', sent())]).toEqual([UNAVAILABLE, UNAVAILABLE]);
    expect(outside.log).toMatchObject([
      { code: 'request-failed', fields: { source: 'github', error: 'token-unavailable', requests: 1 } },
    ]);
  });

  it('when the queue rejects the event, which is audited', async () => {
    const { send, steps, outside } = open({ meddle: fails('send') });
    expect(await send('github', sent())).toEqual(UNAVAILABLE);
    expect(steps()).toEqual(['audit refusal refused']);
    expect(outside.audit[0]).toMatchObject({ unmapped: { detail: 'the queue did not take 1 of 1 events' } });
  });

  it('when the queue accepts only some of the events, which are audited', async () => {
    let left = 1;
    const { send, outside } = open({
      meddle: ({ port }, moment) => {
        if (port === 'send' && moment === 'before' && left-- <= 0) throw new Error('down');
      },
    });
    const events = [keyLeak({ id: 'one' }), keyLeak({ id: 'two' })];
    expect(await send('standard-webhooks', fromStandardWebhooks(events))).toEqual(UNAVAILABLE);
    expect(outside.audit).toMatchObject([
      { metadata: { correlation_uid: 'one' }, status_detail: 'accepted' },
      { status_detail: 'refused', unmapped: { detail: 'the queue did not take 1 of 2 events' } },
    ]);
  });

  it('when the queue does not answer before the end, of which there is time for a record', async () => {
    let hang = (): Promise<void> => Promise.resolve();
    const { send, outside } = open({
      meddle: ({ port }, moment) => (port === 'send' && moment === 'before' ? hang() : undefined),
    });
    hang = () => outside.clock.sleep(60_000);
    expect(await outside.clock.run(send('github', sent()))).toEqual(UNAVAILABLE);
    expect(outside.clock.now() - EVENT_MS).toBe(8_500);
    expect(outside.audit).toMatchObject([
      { status_detail: 'refused', unmapped: { detail: 'the queue did not take 1 of 1 events' } },
    ]);
  });

  it('when the audit record cannot be written', async () => {
    expect(await open({ meddle: fails('audit') }).send('github', sent())).toEqual(UNAVAILABLE);
  });
});

it('a secret that a request holds goes no further', async () => {
  const { outside, send } = open();
  const tokens = [{ type: 't', token: `${KEY_ID} cwo${'x'.repeat(40)}`, location: 'https://gitlab.example/f' }];
  expect((await send('gitlab', fromGitlab(tokens))).status).toBe(204);
  expect(JSON.stringify([outside.sent, outside.audit, outside.log])).not.toContain('cwox');
});
