import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import { localSqs, type Queue } from '../../local/queues.ts';
import { recordOf } from '../e2e/direct.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { logDelivery } from '../support/log-delivery.ts';
import { deadLetterOf } from '../support/replay-stage.ts';
import { type Execution, startExecution } from './execution.ts';
import { HOOK_SECRET, type Stage, startStage } from './stage.ts';

const { client, functions } = inject('packaged');

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

const start = (name: keyof Stage['env']): Promise<Execution> =>
  startExecution({ handler: `dist/handlers/${name}.handler`, env: stage.env[name] });

/** Bodies of the messages on a queue, which stay there. */
const bodiesOn = async ({ url }: Queue): Promise<readonly unknown[]> => {
  const local = { endpoint: stage.sqs, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  return (await createDeadLetterQueue({ url, overrides: local }).receive(1)).map(({ body }) => JSON.parse(body));
};

/** The lines of a stream, each of which must be a whole JSON object. */
const parsed = (lines: readonly string[]): readonly Record<string, unknown>[] =>
  lines.map((line) => {
    const value: unknown = JSON.parse(line);
    expect(value).toBeTypeOf('object');
    return Object(value);
  });

const leak = (accessKeyId: string) => JSON.stringify(keyLeak({ id: accessKeyId, data: { accessKeyId } }));

describe(`the package on ${client}`, () => {
  it('has no handler that this suite does not run', () => {
    const names = ['ingest', 'notify', 'reconcile', 'replay', 'revoke'].map((name) => `dist/handlers/${name}.handler`);
    expect([...new Set(functions.map(({ handler }) => handler))].toSorted()).toEqual(names);
  });

  it('revoke: revokes a leaked key and an offboarded user, and reports the record that failed', async () => {
    const { api, queues } = stage;
    api.store.add({ accessKeyId: 'CWPACKAGED000001', principalName: 'coreweave/owner' });
    api.store.createKeys('saml/left@example.com', 2);
    const offboarding = {
      id: 'left',
      time: new Date().toISOString(),
      data: { principalName: 'saml/left@example.com' },
    };
    const execution = await start('revoke');
    const answer = await execution.invoke({
      Records: [
        recordOf('leak', leak('CWPACKAGED000001'), queues.urgent.arn),
        recordOf('left', JSON.stringify(offboarded(offboarding)), queues.bulk.arn),
        recordOf('foreign', leak('CWPACKAGED000001'), 'arn:aws:sqs:us-east-1:000000000000:foreign'),
      ],
    });
    expect(answer).toEqual({ kind: 'response', body: { batchItemFailures: [{ itemIdentifier: 'foreign' }] } });
    expect(api.store.status('CWPACKAGED000001')).toBe('DELETED');
    expect(api.store.liveKeys('saml/left@example.com')).toEqual([]);
  });

  it('ingest: puts the event of a hook on the bulk queue', async () => {
    const logEvent = {
      uuid: 'hook-1',
      published: new Date().toISOString(),
      eventType: 'user.lifecycle.deactivate',
      outcome: { result: 'SUCCESS' },
      target: [{ type: 'User', id: 'u', alternateId: 'user@example.com' }],
    };
    const execution = await start('ingest');
    const answer = await execution.invoke({
      version: '2.0',
      rawPath: '/okta',
      rawQueryString: '',
      headers: { authorization: HOOK_SECRET, 'content-type': 'application/json' },
      requestContext: { requestId: 'r', http: { method: 'POST', path: '/okta', sourceIp: '127.0.0.1' } },
      body: JSON.stringify({ data: { events: [logEvent] } }),
      isBase64Encoded: false,
    });
    expect(answer).toMatchObject({ kind: 'response', body: { statusCode: 200 } });
    expect(await bodiesOn(stage.queues.bulk)).toMatchObject([{ type: 'user.offboarded.v1', id: 'hook-1' }]);
  });

  it('replay: sends a dead letter to its queue', async () => {
    const { body } = deadLetterOf(keyLeak({ id: 'dead' }));
    const sqs = localSqs(stage.sqs);
    await sqs.send(new SendMessageCommand({ QueueUrl: stage.queues.deadLetters.url, MessageBody: body }));
    sqs.destroy();
    const execution = await start('replay');
    const answer = await execution.invoke({ operator: 'ann' });
    expect(answer).toMatchObject({ kind: 'response', body: { results: { replayed: 1, failed: 0 } } });
    expect(await bodiesOn(stage.queues.urgent)).toHaveLength(1);
  });

  it('reconcile: finds the live key of an offboarded user, and sends an event for it', async () => {
    const { api, queues, env } = stage;
    const principalName = 'coreweave/offboarded';
    const event = offboarded({ id: 'before', time: new Date().toISOString(), data: { principalName } });
    const revoke = await startExecution({ handler: 'dist/handlers/revoke.handler', env: env.revoke });
    await revoke.invoke({ Records: [recordOf('before', JSON.stringify(event), queues.bulk.arn)] });
    api.store.createKeys(principalName);
    const execution = await start('reconcile');
    const answer = await execution.invoke({ action: 'reconcile' });
    expect(answer).toMatchObject({ kind: 'response', body: { run: { admitted: [principalName], held: [] } } });
    expect(await bodiesOn(queues.bulk)).toContainEqual(
      expect.objectContaining({ data: { principals: [{ principalName, version: 1 }] } }),
    );
  });

  it('notify: puts the end of a revocation on the bus', async () => {
    const { api, queues, env } = stage;
    api.store.add({ accessKeyId: 'CWPACKAGED000002', principalName: 'coreweave/owner' });
    const revoke = await startExecution({ handler: 'dist/handlers/revoke.handler', env: env.revoke });
    await revoke.invoke({ Records: [recordOf('leak', leak('CWPACKAGED000002'), queues.urgent.arn)] });
    await revoke.stop();
    const execution = await start('notify');
    expect(await execution.invoke(logDelivery(revoke.stdout))).toEqual({ kind: 'response', body: null });
    expect(stage.notices.map(({ DetailType }) => DetailType)).toEqual(['revocation.completed.v1']);
  });

  it('revoke: writes whole JSON lines in a batch of 1,000 records', async () => {
    const { api, queues, env } = stage;
    const keys = Array.from({ length: 1_000 }, (_, n) => `CWLINES${String(n).padStart(8, '0')}`);
    api.store.add(...keys.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
    const execution = await startExecution({ handler: 'dist/handlers/revoke.handler', env: env.revoke });
    const Records = keys.map((key) => recordOf(key, leak(key), queues.urgent.arn));
    expect(await execution.invoke({ Records })).toEqual({ kind: 'response', body: { batchItemFailures: [] } });
    await execution.stop();
    const outcomes = parsed(execution.stdout).filter(({ status_detail: detail }) => detail === 'confirmed');
    expect(outcomes).toHaveLength(keys.length);
    parsed(execution.stderr);
  });
});
