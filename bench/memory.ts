/** Peak memory of the function, with the heap limits of Lambda. Linux only. Run: `npm run bench:memory`. */
import { startFakeApi } from '../local/coreweave/server.ts';
import { createFunction } from '../local/function.ts';
import { startQueueServer } from '../local/queue-server.ts';
import { createQueues } from '../local/queues.ts';
import { createLedgerTable, startTableServer } from '../local/table-server.ts';
import { BUNDLE, TABLE, variablesFor } from '../local/variables.ts';
import { formatFields, type Line, renderLines } from '../terminal/lines.ts';
import { childUsage } from './child-usage.ts';

const server = await startQueueServer();
const queues = await createQueues(server.endpoint);
const ledger = await startTableServer();
await createLedgerTable(ledger.endpoint, TABLE);
type Api = Awaited<ReturnType<typeof startFakeApi>>;

interface Case {
  readonly name: string;
  readonly memoryMb: number;
  readonly queueArn: string;
  /** Creates the keys of the case; returns the message bodies. */
  prepare(api: Api): readonly string[];
}

const event = (type: string, id: string, data: object): string =>
  JSON.stringify({ specversion: '1.0', type, id, source: '//bench.example', time: new Date().toISOString(), data });

const CASES: readonly Case[] = [
  {
    name: '10,000 leaks, 100 unreadable',
    memoryMb: 512,
    queueArn: queues.urgent.arn,
    prepare: ({ store }) =>
      Array.from({ length: 10_000 }, (_, n) => {
        const accessKeyId = `CWBURST${String(n).padStart(7, '0')}`;
        store.add({ accessKeyId, principalName: 'coreweave/owner' });
        return n % 100 === 50 ? 'not an event' : event('credential.compromised.v1', accessKeyId, { accessKeyId });
      }),
  },
  {
    name: '100 offboarded users among 100,000 keys',
    memoryMb: 256,
    queueArn: queues.bulk.arn,
    prepare: ({ store }) =>
      Array.from({ length: 100 }, (_, n) => {
        const principalName = `saml/user-${n}@example.com`;
        store.createKeys(principalName, 1_000);
        return event('user.offboarded.v1', `offboarded-${n}`, { principalName });
      }),
  },
];

const recordOf = (eventSourceARN: string) => (body: string, n: number) => ({
  messageId: `m-${n}`,
  receiptHandle: `h-${n}`,
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    ApproximateFirstReceiveTimestamp: String(Date.now()),
    SenderId: 'bench',
  },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN,
});

async function measure({ memoryMb, queueArn, prepare }: Case): Promise<readonly Line[]> {
  const api = await startFakeApi();
  const bodies = prepare(api);
  const principals = ['sourcePer10Minutes', 'sourcePerDay', 'totalPer10Minutes', 'totalPerDay'];
  const keys = ['senderKeysPer10Minutes', 'senderKeysPerDay'];
  const limits = Object.fromEntries(
    [...principals, ...keys].map((name) => [name, keys.includes(name) ? 'off' : 1_000]),
  );
  const fn = createFunction({
    bundle: BUNDLE,
    env: {
      ...variablesFor({ queues, api, sqs: server.endpoint, dynamodb: ledger.endpoint }),
      LIMITS: JSON.stringify(limits),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    },
    timeoutMs: 120_000,
    maximumConcurrency: 1,
  });
  await fn.invoke({ Records: [] });
  const before = childUsage().peakMb;
  const began = Date.now();
  const answer = await fn.invoke({ Records: bodies.map(recordOf(queueArn)) });
  const seconds = (Date.now() - began) / 1_000;
  const peak = childUsage().peakMb;
  const listings = api.requests.filter(({ path }) => path.includes('offset=0')).length;
  await Promise.all([fn.close(), api.close()]);
  return formatFields(
    [
      ['answer', JSON.stringify(answer).slice(0, 60)],
      ['seconds', seconds.toFixed(1)],
      ['connections', String(api.peak.connections)],
      ['listings', String(listings)],
      ['peak before the batch, MB', before.toFixed(0)],
      ['peak, MB', `${peak.toFixed(0)} of ${memoryMb}`],
    ],
    '  ',
  );
}

for (const each of CASES) process.stdout.write(renderLines([[each.name], ...(await measure(each))], false));
await Promise.all([server.close(), ledger.close()]);
