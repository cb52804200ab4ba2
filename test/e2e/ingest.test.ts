import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEdge } from '../../local/edge.ts';
import type { Alert } from '../../local/github-server.ts';
import { type EdgeStack, SHARED, startEdgeStack } from './edge.ts';
import { until } from './wait.ts';

const PAIR = 'CWPAIRKEY00000001';
const BESIDE = 'CWBESIDEKEY000001';
const DOOMED = 'CWDOOMEDKEY000001';
const OFFBOARDED = 'saml/offboarded@example.com';
const SECRET = `cwo${'Z9yX8wV7'.repeat(5)}`;
const REPOSITORY = 'acme/app';

let world: EdgeStack;
beforeAll(async () => {
  world = await startEdgeStack({
    seed: [PAIR, BESIDE, DOOMED].map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/ci' })),
  });
});
afterAll(() => world.close());

const pathOf = (number: number) => `/repos/${REPOSITORY}/secret-scanning/alerts/${number}`;
/** Puts an alert into the stand-in; returns the delivery that tells of it. */
const alert = (number: number, fields: Partial<Alert>) => {
  world.github.alerts.set(pathOf(number), {
    secret: SECRET,
    secretType: 'coreweave_access_key_pair',
    state: 'open',
    resolution: null,
    ...fields,
  });
  return {
    action: 'created',
    alert: {
      number,
      secret_type: 'coreweave_access_key_pair',
      updated_at: new Date().toISOString(),
      html_url: `https://github.com/${REPOSITORY}/security/secret-scanning/${number}`,
    },
    repository: { full_name: REPOSITORY, html_url: `https://github.com/${REPOSITORY}` },
  };
};
const closed = (number: number) =>
  until(`alert ${number} to be closed`, () => {
    const found = world.github.alerts.get(pathOf(number));
    return found?.state === 'resolved' ? found : undefined;
  });
const acceptedIds = () =>
  world.audit
    .filter(({ status_detail }) => status_detail === 'accepted')
    .map(({ metadata }) => metadata.correlation_uid);

describe('a webhook of GitHub', () => {
  it('is resolved, its key is revoked and verified, and then the alert is closed', async () => {
    const delivery = alert(1, { secret: `${PAIR}:${SECRET}` });
    expect((await world.deliver('secret_scanning_alert', delivery)).status).toBe(202);
    const found = await closed(1);
    expect([found.resolution, found.comment]).toEqual(['revoked', 'The access key was revoked, and reads as deleted.']);
    expect(world.stack.api.store.status(PAIR)).toBe('DELETED');
    const id = acceptedIds().find((each) => each?.startsWith('secret_scanning_alert/created/1/')) ?? '';
    await world.stack.idle();
    expect(world.stack.trail(id)).toEqual([
      'intent:intent',
      'outcome:confirmed',
      'note:alert-closing',
      'note:alert-closed',
    ]);
  });

  it('about a secret alone is resolved by the file that it stands in', async () => {
    const blob = 'ab'.repeat(20);
    const file = `[profile]\naws_access_key_id = ${BESIDE}\naws_secret_access_key = ${SECRET}\n`;
    world.github.documents.set(`/repos/${REPOSITORY}/git/blobs/${blob}`, {
      encoding: 'base64',
      content: Buffer.from(file).toString('base64'),
    });
    const locations = [{ type: 'commit', details: { path: '/x', start_line: 3, end_line: 3, blob_sha: blob } }];
    await world.deliver('secret_scanning_alert', alert(2, { locations }));
    expect(await closed(2)).toMatchObject({ resolution: 'revoked' });
    expect(world.stack.api.store.status(BESIDE)).toBe('DELETED');
  });

  it('about a secret without a key, or an unreadable alert, becomes a dead letter with its link', async () => {
    await world.deliver('secret_scanning_alert', alert(3, {}));
    const hidden = alert(4, {});
    world.github.alerts.delete(pathOf(4));
    await world.deliver('secret_scanning_alert', hidden);
    await until('two dead letters', async () => ((await world.stack.depth('deadLetters')) >= 2 ? true : undefined));
    const deadLetters = await world.stack.deadLetters();
    const shown = deadLetters.map(({ reason, lastStatus, event }) => [reason, lastStatus, JSON.stringify(event)]);
    expect(shown.toSorted()).toEqual([
      ['unmappable', null, expect.stringContaining(hidden.alert.html_url.replace(/4$/, '3'))],
      ['unresolved', 404, expect.stringContaining(hidden.alert.html_url)],
    ]);
  });

  it('comes back while GitHub is down, and is settled once it is up', async () => {
    let down = 1;
    world.github.instead = (asked) => (asked.includes('/alerts/5') && down-- > 0 ? { status: 502 } : undefined);
    await world.deliver('secret_scanning_alert', alert(5, { secret: `${DOOMED} ${SECRET}` }));
    await closed(5);
    expect(world.stack.api.store.status(DOOMED)).toBe('DELETED');
  }, 40_000);

  it('that is the echo of our own closing is ignored', async () => {
    const echo = { ...alert(6, { state: 'resolved', resolution: 'revoked' }), action: 'resolved' };
    expect((await world.deliver('secret_scanning_alert', echo)).status).toBe(200);
    expect(world.audit.map(({ status_detail }) => status_detail)).toContain(
      'ignored: the alert is closed, by a person or by us after the revocation',
    );
  });

  it('with another signature is refused, and nothing comes of it', async () => {
    const body = JSON.stringify(alert(7, {}));
    const headers = { 'x-github-event': 'secret_scanning_alert', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    const sent = world.stack.queueRequests.length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.request('/github', { method: 'POST', headers, body })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const refused = world.audit.filter(({ status_detail }) => status_detail === 'refused');
    expect(refused.length).toBeLessThanOrEqual(4);
    expect(world.stack.queueRequests.slice(sent).filter(({ action }) => action === 'SendMessageBatch')).toEqual([]);
  });
});

describe('an offboarding', () => {
  it('by a PATCH as Entra sends it loses every key', async () => {
    const [one, two] = world.stack.api.store.createKeys(OFFBOARDED, 2);
    const id = Buffer.from('offboarded@example.com').toString('base64url');
    const answer = await world.request(`/scim/Users/${id}?aadOptscim062020`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${SHARED}`, 'content-type': 'application/scim+json; charset=utf-8' },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'Replace', path: 'active', value: 'False' }],
      }),
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/scim+json']);
    await until('the keys to die', () => (world.stack.api.store.liveKeys(OFFBOARDED).length === 0 ? true : undefined));
    expect([one, two].map((key) => world.stack.api.store.status(key ?? ''))).toEqual(['DELETED', 'DELETED']);
  });
});

describe('a SCIM directory while the ledger is away', () => {
  it('holds users who become inactive and have keys, and no reply may be wrong', async () => {
    const alone = await startEdge({
      queues: world.stack.queues,
      sqs: world.stack.sqsEndpoint,
      secrets: world.secrets.endpoint,
      sources: { scim: 'hooks/scim' },
      onAudit: () => {},
      onLog: () => {},
    });
    try {
      const [name, owner] = ['away@example.com', 'saml/away@example.com'];
      world.stack.api.store.createKeys(owner);
      const url = `${alone.url}/scim/Users/${Buffer.from(name).toString('base64url')}`;
      const headers = { authorization: `Bearer ${SHARED}`, 'content-type': 'application/scim+json' };
      const body = JSON.stringify({ Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
      expect((await fetch(url, { method: 'PATCH', headers, body })).status).toBe(503);
      expect((await fetch(url, { headers })).status).toBe(503);
      const held = await until('the hold', async () =>
        (await world.stack.deadLetters()).find((each) => JSON.stringify(each).includes(name)),
      );
      expect(held).toMatchObject({ reason: 'held-low-confidence', event: { data: { identity: { login: name } } } });
      expect(world.stack.api.store.liveKeys(owner)).toHaveLength(1);
    } finally {
      await alone.close();
    }
  });
});

describe('a hook of Okta', () => {
  it('is answered from cold, with the event on the queue', async () => {
    const cold = await startEdge({
      queues: world.stack.queues,
      sqs: world.stack.sqsEndpoint,
      secrets: world.secrets.endpoint,
      sources: { okta: 'hooks/okta' },
      onAudit: () => {},
      onLog: () => {},
    });
    try {
      const logEvent = {
        uuid: 'okta-cold',
        published: new Date().toISOString(),
        eventType: 'user.lifecycle.deactivate',
        outcome: { result: 'SUCCESS' },
        target: [{ type: 'User', id: '00u1', alternateId: 'unknown@example.com' }],
      };
      const answer = await fetch(`${cold.url}/okta`, {
        method: 'POST',
        headers: { authorization: SHARED, 'content-type': 'application/json' },
        body: JSON.stringify({ eventType: 'com.okta.event_hook', data: { events: [logEvent] } }),
      });
      expect([answer.status, cold.function.coldStarts]).toEqual([200, 1]);
      expect(JSON.stringify(world.stack.queueRequests)).toContain('okta-cold');
      expect((await fetch(`${cold.url}/github`, { method: 'POST' })).status).toBe(404);
    } finally {
      await cold.close();
    }
  });

  it('is verified by its echo, with no record of it', async () => {
    const records = world.audit.length;
    const answer = await world.request('/okta', { headers: { 'x-okta-verification-challenge': 'my-challenge' } });
    expect([answer.status, await answer.json()]).toEqual([200, { verification: 'my-challenge' }]);
    expect(world.audit.length).toBe(records);
    expect(world.output().join()).not.toContain('my-challenge');
  });
});

describe('a secret that a sender sends along', () => {
  it('is in no log, queue, dead letter, audit record or row', async () => {
    const canary = `cwo${'Q7rT5uW3'.repeat(5)}`;
    const leak = alert(8, { secret: `CWCANARYKEY00001 ${canary}` });
    const withSecret = { ...leak, alert: { ...leak.alert, secret: canary }, extra: [canary] };
    await world.deliver('secret_scanning_alert', withSecret);
    await world.deliver('secret_scanning_alert', { ...withSecret, repository: canary });
    await world.request('/gitlab/v1/revoke_tokens', {
      method: 'POST',
      headers: { authorization: SHARED, 'content-type': 'application/json' },
      body: JSON.stringify([{ type: 't', token: canary, location: `https://gitlab.example/${canary}` }]),
    });
    await until('the trail of the alert', () =>
      world.stack.audit.some(({ metadata }) => metadata.correlation_uid?.includes('/created/8/')) ? true : undefined,
    );
    await world.stack.idle();
    const ledger = new DynamoDBClient({
      endpoint: world.stack.ledgerEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { Items = [] } = await ledger.send(new ScanCommand({ TableName: 'ledger' }));
    ledger.destroy();
    const sinks = [
      ...world.output(),
      ...[world.stack.queueRequests, world.stack.api.requests, Items].map((sink) => JSON.stringify(sink)),
    ];
    const traces = [canary, SECRET, SHARED, Buffer.from(canary).toString('base64').slice(0, -4), world.github.token];
    expect(traces.filter((trace) => sinks.some((sink) => sink.includes(trace)))).toEqual([]);
    expect(sinks.some((sink) => sink.includes('/created/8/'))).toBe(true);
  });
});
