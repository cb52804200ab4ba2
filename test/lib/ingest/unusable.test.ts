/** Genuine reports that cannot be used: who is told, how often, and what happens when something fails. */
import { describe, expect, it } from 'vitest';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { fromGithub, fromOkta, fromStandardWebhooks, request } from '../../events/sources/requests.ts';
import { idOf, NAME } from '../../events/sources/scim-requests.ts';
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

const bodiesOf = ({ deadLetters }: ReturnType<typeof openEdge>['outside']) =>
  deadLetters.map(({ body }) => JSON.parse(body));
const DAY_MS = 86_400_000;
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
