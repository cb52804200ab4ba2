/** What CloudWatch would find on the log pipe of the built function. Needs `npm run build`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mayHoldAuditRecord } from '../../lib/audit/read-line.ts';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { keyLeak } from '../support/event-factory.ts';
import { bundle, recordOf, variables } from './direct.ts';

let server: QueueServer;
let queues: Queues;
let api: FakeApi;
let fn: LambdaFunction;
const output: string[] = [];
beforeAll(async () => {
  server = await startQueueServer();
  queues = await createQueues(server.endpoint);
  api = await startFakeApi();
  fn = createFunction({
    bundle,
    env: {
      ...variables(server.endpoint, queues, { COREWEAVE_API_URL: api.url, COREWEAVE_API_TOKEN: api.token }),
      METRIC_SERVICE: 'revocation-e2e',
      METRIC_SOURCES: '["//scanner.example/e2e"]',
    },
    timeoutMs: 20_000,
    maximumConcurrency: 1,
    onStdout: (line) => output.push(line),
  });
});
afterAll(() => Promise.all([fn.close(), api.close(), server.close()]));

it('ends each invocation with its metrics, behind the checkpoint of its audit records', async () => {
  const ids = ['CWMETRIC00000001', 'CWMETRIC00000002'];
  api.store.add(...ids.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
  const source = '//scanner.example/e2e';
  const leaks = ids.map((accessKeyId) => JSON.stringify(keyLeak({ id: accessKeyId, source, data: { accessKeyId } })));
  const Records = leaks.map((body, n) => recordOf(`m-${n}`, body, queues.urgent.arn));
  await expect(fn.invoke({ Records })).resolves.toEqual({ batchItemFailures: [] });

  const audit = output.filter(mayHoldAuditRecord);
  const metrics = output.filter((line) => !mayHoldAuditRecord(line)).map((line) => JSON.parse(line));
  expect(output.slice(0, audit.length)).toEqual(audit);
  expect(JSON.parse(audit.at(-1) ?? '')).toMatchObject({ unmapped: { phase: 'checkpoint' } });
  expect(metrics[0]).toMatchObject({
    _aws: { Timestamp: expect.any(Number), CloudWatchMetrics: expect.any(Array) },
    Service: 'revocation-e2e',
    Lane: 'urgent',
    Outcome: 'confirmed',
    Source: source,
    Status: '2xx',
    Outcomes: 2,
    TimeToRevoke: [expect.any(Number), expect.any(Number)],
    AuditRecords: audit.length,
  });
});
