/** Genuine reports that cannot be used: who is told, how often, and what happens when something fails. */
import { describe, expect, it } from 'vitest';
import { MAX_NAMELESS_PER_DAY } from '../../../lib/ingest/unusable.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import {
  fromGithub,
  fromGitlab,
  fromOkta,
  fromStandardWebhooks,
  request,
  SECRET,
} from '../../events/sources/requests.ts';
import { idOf, NAME } from '../../events/sources/scim-requests.ts';
import { sourceOf } from '../../events/webhooks/vendors.ts';
import { EVENT_MS, EVENT_TIME, keyLeak, offboarded } from '../../support/event-factory.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { stepsOf } from '../../support/memory-views.ts';
import { fails, openEdge } from './edge.ts';

const offboarding = (uuid: string, alternateId: string, published: unknown = EVENT_TIME) => ({
  uuid,
  published,
  eventType: 'user.lifecycle.deactivate',
  outcome: { result: 'SUCCESS' },
  target: [{ type: 'User', alternateId }],
});
const hook = (...events: readonly unknown[]) => fromOkta({ data: { events } });
/** The log event has no valid time, so it is unusable. */
const timeless = (uuid: string, alternateId: string) => offboarding(uuid, alternateId, 'yesterday');

const SCANNER = JSON.stringify({
  scanner: {
    secret: 'scanner',
    proof: { kind: 'header', header: 'x-token' },
    when: { compromised: { at: '/type', in: ['leak'] } },
    accessKeyId: '/key',
  },
});
const openScanner = () => {
  const { outside, send } = openEdge({ sources: new Map([['webhook/scanner', sourceOf(SCANNER)]]) });
  const leak = (key: string) =>
    send('webhook/scanner', request({ headers: { 'x-token': SECRET }, body: { type: 'leak', key } }));
  return { outside, leak };
};

const bodiesOf = ({ deadLetters }: ReturnType<typeof openEdge>['outside']) =>
  deadLetters.map(({ body }) => JSON.parse(body));
const DAY_MS = 86_400_000;

it('a genuine request to a path that does not exist is told once a day, wherever it is sent', async () => {
  const { outside, send } = openEdge();
  const lost = (path: string, body: object) => send('github', { ...fromGithub('secret_scanning_alert', body), path });
  expect([await lost('/x', { number: 1 }), await lost('/y', { number: 2 })]).toMatchObject([
    { status: 404 },
    { status: 404 },
  ]);
  expect(bodiesOf(outside)).toMatchObject([{ reason: 'unreadable', raw: { text: '{"method":"POST","path":"/x"}' } }]);
  await outside.clock.run(outside.clock.sleep(DAY_MS));
  await lost('/x', { number: 3 });
  expect(outside.deadLetters).toHaveLength(2);
});
const SCIM_TOKEN = ['scim', 'token'].join('-');

describe('a person who cannot be used, beside one who can', () => {
  it('becomes a dead letter that names them, and the other acts', async () => {
    const { outside, send } = openEdge();
    expect(await send('okta', hook(offboarding('one', 'one@example.com'), timeless('two', 'two@example.com')))).toEqual(
      {
        status: 200,
      },
    );
    expect(outside.sent.map(({ body }) => JSON.parse(body).data.identity)).toEqual([{ login: 'one@example.com' }]);
    const text = JSON.stringify({
      sender: 'okta',
      uuid: 'two',
      published: 'yesterday',
      eventType: 'user.lifecycle.deactivate',
      target: { alternateId: 'two@example.com' },
    });
    expect(bodiesOf(outside)).toEqual([
      {
        v: 1,
        reason: 'invalid',
        detail: 'time: expected a real instant in RFC 3339 with a zone, such as 2026-11-23T09:30:00Z',
        event: null,
        raw: { sha256: expect.any(String), size: text.length, text, redacted: false, truncated: true },
        lane: 'bulk',
        attempts: 1,
        firstSeen: '2026-11-23T09:30:00.000Z',
        lastSeen: '2026-11-23T09:30:00.000Z',
        lastStatus: null,
        replays: 0,
        messageId: 'gateway-1',
        sender: 'https:okta',
      },
    ]);
  });
});

describe('a dead letter of the edge', () => {
  it('is sent once per sender, person and reason a day, also by other instances', async () => {
    const edges = openEdge();
    const again = openEdge({ outside: edges.outside });
    const { outside } = edges;
    for (const { send } of [edges, again, edges]) await send('okta', hook(timeless('one', 'one@example.com')));
    expect(outside.deadLetters).toHaveLength(1);
    await edges.send('okta', hook(timeless('two', 'two@example.com'), timeless('three', 'two@example.com')));
    expect(outside.deadLetters).toHaveLength(2);
    await edges.send('okta', fromOkta('{'));
    await edges.send('github', fromGithub('secret_scanning_alert', '{'));
    expect(bodiesOf(outside).map(({ reason }) => reason)).toEqual(['invalid', 'invalid', 'unreadable', 'unreadable']);
    await outside.clock.run(outside.clock.sleep(DAY_MS));
    await again.send('okta', hook(timeless('one', 'one@example.com')));
    expect(outside.deadLetters).toHaveLength(5);
  });

  it('of a leaked key is sent for each key, and names it', async () => {
    const { outside, leak } = openScanner();
    for (const key of ['cw-one', 'cw-two', 'cw-one']) expect(await leak(key)).toEqual({ status: 202 });
    expect(bodiesOf(outside).map(({ raw }) => JSON.parse(raw.text).accessKeyId)).toEqual(['cw-one', 'cw-two']);
  });

  it('of a leaked secret is sent for each secret, and shows none', async () => {
    const { outside, leak } = openScanner();
    const secrets = ['Z9yX8wV7', 'A1bC2dE3'].map((part) => `cwo${part.repeat(5)}`);
    for (const secret of [...secrets, ...secrets]) expect(await leak(secret)).toEqual({ status: 202 });
    expect(bodiesOf(outside).map(({ reason }) => reason)).toEqual(['secret-like-target', 'secret-like-target']);
    expect(secrets.filter((secret) => JSON.stringify([outside.deadLetters, outside.audit]).includes(secret))).toEqual(
      [],
    );
  });

  it('that names no one is sent for each request, and counts equal parts', async () => {
    const { outside, send } = openEdge();
    for (const text of ['{', '{{', '{']) await send('okta', fromOkta(text));
    expect(bodiesOf(outside).map(({ detail }) => detail)).toEqual(['expected JSON', 'expected JSON']);
    await send('gitlab', fromGitlab([{}, {}, { type: 'x' }]));
    expect(bodiesOf(outside).slice(2)).toMatchObject([
      { detail: 'expected a token in each entry (2 times)', raw: { text: '{"sender":"gitlab"}' } },
      { detail: 'expected a token in each entry', raw: { text: '{"sender":"gitlab","type":"x"}' } },
    ]);
  });

  it('that names no one is bounded by sender and day; each refusal is audited', async () => {
    const { outside, send } = openEdge();
    const more = MAX_NAMELESS_PER_DAY + 2;
    for (let sent = 0; sent < more; sent++) {
      expect((await send('okta', fromOkta(`{${sent}`))).status).toBe(400);
    }
    expect(outside.deadLetters).toHaveLength(MAX_NAMELESS_PER_DAY);
    expect(outside.audit.filter(({ status_detail }) => status_detail === 'refused')).toHaveLength(more);
    expect(outside.log).toMatchObject([
      { code: 'unusable-over-limit', fields: { source: 'okta', reports: 1 } },
      { code: 'unusable-over-limit', fields: { source: 'okta', reports: 1 } },
    ]);
    await send('okta', hook(timeless('one', 'one@example.com')));
    await send('gitlab', fromGitlab([{}]));
    expect(outside.deadLetters).toHaveLength(MAX_NAMELESS_PER_DAY + 2);
    await outside.clock.run(outside.clock.sleep(DAY_MS));
    await send('okta', fromOkta('{0'));
    expect(outside.deadLetters).toHaveLength(MAX_NAMELESS_PER_DAY + 3);
  });

  it('that names no one is bounded within a request too', async () => {
    const { outside, send } = openEdge();
    const entries = Array.from({ length: MAX_NAMELESS_PER_DAY + 2 }, (_, index) => ({ type: `${index}` }));
    await send('gitlab', fromGitlab(entries));
    expect(outside.deadLetters).toHaveLength(MAX_NAMELESS_PER_DAY);
    expect(outside.log).toMatchObject([{ code: 'unusable-over-limit', fields: { reports: 2 } }]);
  });

  it('that fails does not keep the others of its request', async () => {
    let fallen = 0;
    const { outside, send } = openEdge({
      meddle: (step, moment) => {
        if (step.port === 'dead-letters' && moment === 'before' && fallen++ === 0) fails('dead-letters')(step, moment);
      },
    });
    expect((await send('gitlab', fromGitlab([{ location: 'a' }, { location: 'b' }, {}]))).status).toBe(503);
    expect(bodiesOf(outside).map(({ raw }) => JSON.parse(raw.text).location)).toEqual(['b', undefined]);
  });

  it('is sent once where several instances get the same report at once', async () => {
    const edges = openEdge();
    const { outside } = edges;
    const all = [edges, ...Array.from({ length: 4 }, () => openEdge({ outside }))];
    const replies = await outside.clock.run(
      Promise.all(all.map(({ send }) => send('okta', hook(timeless('one', 'one@example.com'))))),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(outside.deadLetters).toHaveLength(1);
  });

  it('is sent by another instance where the first one dies before it is sent', async () => {
    const outside = openOutside(EVENT_MS);
    const never = new Promise<never>(() => undefined);
    const dying = openEdge({ outside, meddle: ({ port }) => (port === 'dead-letters' ? never : undefined) });
    void dying.send('okta', hook(timeless('one', 'one@example.com')));
    await outside.clock.run(outside.clock.sleep(1));
    const { send } = openEdge({ outside });
    const reply = await outside.clock.run(send('okta', hook(timeless('one', 'one@example.com'))));
    expect([reply.status, outside.deadLetters.length]).toEqual([200, 1]);
  });

  it('of a directory user who fails in each cycle is sent once a day, whatever the request says', async () => {
    const senders = { proofs: async () => createProofs([SCIM_TOKEN], 'text') };
    const { outside } = openEdge();
    const edges = [openEdge({ outside, senders }), openEdge({ outside, senders })];
    const path = `/Users/${idOf(NAME)}`;
    const headers = { authorization: `Bearer ${SCIM_TOKEN}` };
    const patch = (value: unknown) =>
      request({ method: 'PATCH', path, headers, body: { Operations: [{ op: 'Replace', path: 'active', value }] } });
    for (const [cycle, { send }] of [...edges, ...edges].entries()) {
      expect((await send('scim', patch(`no ${cycle}`))).status).toBe(400);
    }
    expect(bodiesOf(outside)).toMatchObject([{ reason: 'invalid', raw: { text: expect.stringContaining(NAME) } }]);
  });

  it('of a directory user has a dead letter for each fault of a day', async () => {
    const { outside, send } = openEdge({ senders: { proofs: async () => createProofs([SCIM_TOKEN], 'text') } });
    const path = `/Users/${idOf(NAME)}`;
    const headers = { authorization: `Bearer ${SCIM_TOKEN}` };
    const patch = (operation: object) =>
      send('scim', request({ method: 'PATCH', path, headers, body: { Operations: [operation] } }));
    await patch({ op: 'replace', path: 'userName', value: '' });
    await patch({ op: 'remove', path: 'active' });
    expect(new Set(bodiesOf(outside).map(({ detail }) => detail)).size).toBe(2);
  });

  it('audits each refusal, and the dead letter once', async () => {
    const { outside, send } = openEdge();
    for (let times = 0; times < 3; times++) await send('okta', hook(timeless('one', 'one@example.com')));
    const codes = outside.audit.map(({ status_detail }) => status_detail);
    expect(codes.filter((code) => code === 'refused')).toHaveLength(3);
    expect(codes.filter((code) => code === 'invalid')).toHaveLength(1);
  });

  it('is sent each time while the ledger is away', async () => {
    const { outside, send } = openEdge({ meddle: fails('table') });
    for (let times = 0; times < 2; times++) {
      expect((await send('okta', hook(timeless('one', 'one@example.com')))).status).toBe(200);
    }
    expect(outside.deadLetters).toHaveLength(2);
    expect(outside.log.map(({ code }) => code)).toContain('edge-ledger-failed');
  });

  it.each(['dead-letters', 'audit'])(
    'that fails at %s makes the sender try again, and is not forgotten',
    async (port) => {
      let down = true;
      const { outside, send } = openEdge({
        meddle: (step, moment) => (down ? fails(port)(step, moment) : undefined),
      });
      expect((await send('okta', hook(timeless('one', 'one@example.com')))).status).toBe(503);
      down = false;
      expect((await send('okta', hook(timeless('one', 'one@example.com')))).status).toBe(200);
      expect(outside.deadLetters).toHaveLength(1);
    },
  );

  it('that the queue does not answer for makes the sender try again', async () => {
    let hang = (): Promise<void> => Promise.resolve();
    const { outside, send } = openEdge({
      meddle: ({ port }, moment) => (port === 'dead-letters' && moment === 'before' ? hang() : undefined),
    });
    hang = () => outside.clock.sleep(60_000);
    const reply = await outside.clock.run(send('okta', hook(timeless('one', 'one@example.com'))));
    expect(reply).toMatchObject({ status: 503 });
  });

  it('is sent after the events of its request', async () => {
    const { outside, send } = openEdge();
    await send('standard-webhooks', fromStandardWebhooks([offboarded({ id: '' }), keyLeak()]));
    const steps = stepsOf(outside).filter((step) => /^(?:send|dead letter)/.test(step));
    expect(steps).toEqual(['send urgent 0', 'dead letter invalid']);
  });
});
