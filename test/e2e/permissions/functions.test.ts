import { createHmac } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { localSqs } from '../../../local/queues.ts';
import { BUNDLE, INGEST_BUNDLE, NOTIFY_BUNDLE, RECONCILE_BUNDLE, REPLAY_BUNDLE } from '../../../local/variables.ts';
import { keyLeak, offboarded, reinstated } from '../../support/event-factory.ts';
import { logDelivery } from '../../support/log-delivery.ts';
import { deadLetterOf } from '../../support/replay-stage.ts';
import { recordOf } from '../direct.ts';
import { packagedGrants, SENDERS, WEBHOOK, wordsOf } from './grants.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
let grants: Awaited<ReturnType<typeof packagedGrants>>;
beforeAll(async () => {
  [stage, grants] = await Promise.all([startStage(), packagedGrants()]);
}, 120_000);
afterAll(async () => {
  await stage.close();
});

const DAY_MS = 86_400_000;
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** What the event source mapping does with the role of its function. (Lambda developer guide, permissions for SQS) */
const byMapping = (queue: string) =>
  ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
    action: `sqs:${action}`,
    resource: `revocation-${queue}`,
  }));

/** One event of each kind, in this order: together they make every call that the function can make. */
const eventsOf = (lane: string): readonly (object | string)[] => {
  const [held, later] = [`saml/held-${lane}`, `saml/later-${lane}`];
  const leak = (name: string) =>
    keyLeak({ id: `${name}-${lane}`, data: { accessKeyId: `CW${name}${lane}`.toUpperCase() } });
  stage.api.store.createKeys(held, 1);
  stage.api.store.add(
    ...['LEAKED', 'REFUSED'].map((name) => ({
      accessKeyId: `CW${name}${lane}`.toUpperCase(),
      principalName: 'coreweave/owner',
    })),
  );
  const alert = { reference: { provider: 'github', ref: `acme/app/${lane === 'urgent' ? 1 : 2}` }, confidence: 'pair' };
  return [
    leak('LEAKED'),
    '{',
    keyLeak({ id: `alert-${lane}`, data: alert }),
    offboarded({ id: `now-${lane}`, time: at(0), data: { principalName: held } }),
    offboarded({ id: `later-${lane}`, time: at(0), data: { principalName: later, effectiveAt: at(DAY_MS) } }),
    reinstated({ id: `stays-${lane}`, time: at(60_000), data: { principalName: later } }),
  ];
};

describe('a function makes exactly the calls that its role allows', () => {
  it.each([
    ['RevokeUrgentRole', 'urgent'],
    ['RevokeBulkRole', 'bulk'],
  ] as const)('%s', async (role, lane) => {
    const { fn, recorder } = await stage.function(BUNDLE);
    const arn = stage.queues[lane].arn;
    for (const [n, event] of eventsOf(lane).entries())
      await fn.invoke({
        Records: [recordOf(`m-${n}`, typeof event === 'string' ? event : JSON.stringify(event), arn)],
      });
    stage.api.faults.plan('revoke-key', fault.status(403));
    const refused = keyLeak({ id: `refused-${lane}`, data: { accessKeyId: `CWREFUSED${lane}`.toUpperCase() } });
    await fn.invoke({ Records: [recordOf('m-refused', JSON.stringify(refused), arn)] });
    expect(wordsOf([...recorder.calls(), ...byMapping(lane)])).toEqual(grants.of(role));
  });

  it('IngestRole', async () => {
    const { fn, recorder } = await stage.function(INGEST_BUNDLE);
    const paths = ['/github', '/gitlab/push', '/gitguardian', '/okta', '/scim/Users', '/standard-webhooks'];
    expect(paths).toHaveLength(SENDERS.length);
    const request = (rawPath: string, headers: object, body: object) => ({
      version: '2.0',
      rawPath,
      rawQueryString: '',
      headers: { 'content-type': 'application/json', ...headers },
      requestContext: { requestId: 'r', http: { method: 'POST', path: rawPath, sourceIp: '127.0.0.1' } },
      body: JSON.stringify(body),
      isBase64Encoded: false,
    });
    for (const path of [...paths, `/webhook/${WEBHOOK}`]) await fn.invoke(request(path, {}, {}));
    const target = [{ type: 'User', id: 'u', alternateId: 'user@example.com' }];
    const left = {
      uuid: 'u1',
      published: at(0),
      eventType: 'user.lifecycle.deactivate',
      outcome: { result: 'SUCCESS' },
      target,
    };
    await fn.invoke(request('/okta', { authorization: 'secret-of-the-sender-okta' }, { data: { events: [left] } }));
    const unusable = { ...left, published: 'yesterday' };
    await fn.invoke(request('/okta', { authorization: 'secret-of-the-sender-okta' }, { data: { events: [unusable] } }));
    const url = 'https://github.com/acme/app';
    const alert = { number: 1, secret_type: 'coreweave_access_key_pair', updated_at: at(0), html_url: `${url}/1` };
    const found = { action: 'created', alert, repository: { full_name: 'acme/app', html_url: url } };
    const signature = createHmac('sha256', 'secret-of-the-sender-github').update(JSON.stringify(found)).digest('hex');
    const signed = { 'x-github-event': 'secret_scanning_alert', 'x-hub-signature-256': `sha256=${signature}` };
    await fn.invoke(request('/github', signed, found));
    expect(wordsOf(recorder.calls())).toEqual(grants.of('IngestRole'));
  });

  it('ReplayRole', async () => {
    const { fn, recorder } = await stage.function(REPLAY_BUNDLE);
    const sqs = localSqs((await stage.caller()).recorder.endpoint);
    const offboarding = offboarded({ id: 'dead-offboarding', source: '//scanner.example/acme/app' });
    const messageIds: string[] = [];
    const deadLetters = [deadLetterOf(keyLeak()), deadLetterOf(offboarding, { reason: 'held-limit', lane: 'bulk' })];
    for (const { body } of [...deadLetters, deadLetterOf(keyLeak({ id: 'not meant' }))]) {
      const command = new SendMessageCommand({ QueueUrl: stage.queues.deadLetters.url, MessageBody: body });
      messageIds.push(String((await sqs.send(command)).MessageId));
    }
    sqs.destroy();
    await fn.invoke({ operator: 'ann', messageIds: messageIds.slice(0, 2), approve: true });
    expect(wordsOf(recorder.calls())).toEqual(grants.of('ReplayRole'));
  });

  it('ReconcileRole', async () => {
    const principalName = 'coreweave/uStanding';
    const revoke = await stage.function(BUNDLE);
    stage.api.store.createKeys(principalName, 1);
    const event = offboarded({ id: 'standing', time: at(0), data: { principalName } });
    await revoke.fn.invoke({ Records: [recordOf('standing', JSON.stringify(event), stage.queues.bulk.arn)] });
    stage.api.store.createKeys(principalName, 1);
    const { fn, recorder } = await stage.function(RECONCILE_BUNDLE);
    for (const action of ['reconcile', 'attest', 'self-check']) await fn.invoke({ action });
    expect(wordsOf(recorder.calls())).toEqual(grants.of('ReconcileRole'));
  });

  it('NotifyRole', async () => {
    const revoke = await stage.function(BUNDLE);
    stage.api.store.add({ accessKeyId: 'CWNOTIFY00000001', principalName: 'coreweave/owner' });
    const leak = JSON.stringify(keyLeak({ id: 'told', data: { accessKeyId: 'CWNOTIFY00000001' } }));
    await revoke.fn.invoke({ Records: [recordOf('told', leak, stage.queues.urgent.arn)] });
    const { fn, recorder } = await stage.function(NOTIFY_BUNDLE);
    await fn.invoke(logDelivery(revoke.lines()));
    expect(wordsOf(recorder.calls())).toEqual(grants.of('NotifyRole'));
  });
});
