/**
 * Measures each stage of a leak alone, in a fresh process, so that the code is as cold as in the first batch. Its
 * argument is JSON: `{records, url}`. It writes microseconds of CPU per record by stage to file descriptor 3. Audit
 * records go to stdout, as in the function.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import type { CanonicalEvent } from '../../events/canonical.ts';
import { accessKeyId } from '../../events/ids.ts';
import { appendToChain, openChain } from '../../lib/audit/chain.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { auditRecord, type OrderedRecord } from '../../lib/audit/record.ts';
import { deliveryOf, laneOf } from '../../lib/consume/delivery.ts';
import { parseMessage } from '../../lib/consume/parse-message.ts';
import { createCoreweaveApi } from '../../lib/io/http/coreweave.ts';
import { sha256 } from '../../lib/io/node.ts';
import { fixedToken, parseApiToken } from '../../lib/io/secrets/token.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { planOf } from '../../lib/model/plan.ts';
import { createLimiter } from '../../lib/runtime/limit.ts';
import { URGENT_ARN } from '../client.ts';
import { createRedeliveringQueue } from '../redelivery.ts';
import type { Stages } from '../scenarios/stages.ts';

const { records, url }: { records: number; url: string } = JSON.parse(process.argv[2] ?? '');
const CONCURRENCY = 32;
const now = Date.now();
const settings = {
  handler: 'revoke:$LATEST',
  apiHost: '127.0.0.1',
  configHash: 'c'.repeat(64),
  mode: 'enforce',
} as const;
const lanes = new Map([['000000000000:revocation-urgent', 'urgent' as const]]);
const received = createRedeliveringQueue(records + 1, { queueArn: URGENT_ARN, visibilitySeconds: 180, now }).take(
  records + 1,
  now,
);

/** CPU in microseconds per record. The first record, which loads and connects, is not counted. */
async function timed(work: (n: number) => unknown): Promise<number> {
  await work(0);
  const gate = createLimiter(CONCURRENCY);
  const before = process.cpuUsage();
  const running = [];
  for (let n = 1; n <= records; n += 1) {
    const done = work(n);
    if (done instanceof Promise) running.push(gate(() => done));
  }
  await Promise.all(running);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records;
}

const parts: { readonly event: CanonicalEvent; readonly delivery: ReturnType<typeof deliveryOf> }[] = [];
const parse = (n: number): void => {
  const record = received[n];
  const lane = record && laneOf(record, lanes);
  const delivery = lane && deliveryOf({ record, lane }, { senders: { own: new Map(), bindings: undefined }, sha256 });
  const [part] = delivery === undefined ? [] : parseMessage(delivery.body, { now, opensDeadLetters: false });
  if (delivery === undefined || part?.kind !== 'event') throw new Error('the message was not read');
  parts[n] = { event: part.event, delivery };
};

const partAt = (n: number): (typeof parts)[number] => {
  const part = parts[n];
  if (part === undefined) throw new Error('there is no such record');
  return part;
};

const plan = (n: number): unknown => planOf(partAt(n).event);

const entriesOf = (n: number): readonly AuditEntry[] => {
  const key = accessKeyId.parse(`CWBENCH${String(n).padStart(9, '0')}`);
  const target = { kind: 'key', accessKeyId: key } as const;
  const call = { call: 'revoke-key', attempt: 1 } as const;
  return [
    { phase: 'intent', target, call },
    { phase: 'outcome', target, outcome: 'accepted', call: { ...call, status: 200, latencyMs: 1 } },
  ];
};

const entries = received.map((_, n) => entriesOf(n));
const made: OrderedRecord[][] = [];
const audit = (n: number): void => {
  const { event, delivery } = partAt(n);
  made[n] = (entries[n] ?? []).map((entry) => {
    const about = { ...delivery, requestId: 'bench' };
    const record = auditRecord({ id: randomUUID(), now: Date.now(), entry, event, delivery: about, settings });
    process.stdout.write(`${asciiJson(record)}\n`);
    return record;
  });
};

let end = openChain(randomUUID(), settings.handler);
const chain = (n: number): void => {
  for (const record of made[n] ?? []) end = appendToChain(end, record, sha256).chain;
};

const token = fixedToken(parseApiToken('bench-token'));
const api = createCoreweaveApi({ url: new URL(url), connections: CONCURRENCY, token, now: Date.now });
const call = async (n: number): Promise<void> => {
  const [entry] = entries[n] ?? [];
  if (entry?.phase !== 'intent' || entry.target.kind !== 'key') throw new Error('there is no such key');
  await api.send({ call: 'revoke-key', accessKeyId: entry.target.accessKeyId }, 10_000);
};

const stages: Stages = {
  parse: await timed(parse),
  plan: await timed(plan),
  audit: await timed(audit),
  chain: await timed(chain),
  call: await timed(call),
};
writeSync(3, `${JSON.stringify(stages)}\n`);
process.exit(0);
