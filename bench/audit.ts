/**
 * The CPU cost of an audit record with and without its chain, and the speed of `audit verify`. Run: `npm run
 * bench:audit`.
 */
import { randomUUID } from 'node:crypto';
import { verifyAudit } from '../cli/audit/verify.ts';
import { parseEvent } from '../events/canonical.ts';
import { accessKeyId } from '../events/ids.ts';
import { appendToChain, type Chain, openChain } from '../lib/audit/chain.ts';
import { checkpointRecord } from '../lib/audit/checkpoint-record.ts';
import type { AuditEntry } from '../lib/audit/entry.ts';
import { auditRecord, type OrderedRecord } from '../lib/audit/record.ts';
import { sha256 } from '../lib/io/node.ts';
import { asciiJson, inAscii } from '../lib/model/json.ts';
import { formatFields, type Line, renderLines } from '../terminal/lines.ts';

const RECORDS = 100_000;
const CHAINS = 50;
const ROUNDS = 5;

const key = accessKeyId.parse('CWABCDEFGHIJKLMN');
const call = { call: 'revoke-key', attempt: 1 } as const;
const ENTRIES: readonly AuditEntry[] = [
  { phase: 'intent', target: { kind: 'key', accessKeyId: key }, call },
  {
    phase: 'outcome',
    target: { kind: 'key', accessKeyId: key },
    outcome: 'confirmed',
    call: { ...call, status: 200, latencyMs: 41 },
    verifiedBy: 'read-back',
  },
];

const settings = {
  handler: 'revoke:7',
  apiHost: 'api.coreweave.com',
  configHash: 'c'.repeat(64),
  mode: 'enforce',
} as const;
const parsed = parseEvent(
  {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: 'alert-42',
    source: '//scanner.example/acme/app',
    time: '2026-11-23T09:30:00Z',
    data: { accessKeyId: key },
  },
  Date.UTC(2026, 10, 23, 9, 30),
);
if (parsed.kind !== 'event') throw new Error(parsed.detail);
const { event } = parsed;
const delivery = {
  messageId: randomUUID(),
  receiveCount: 1,
  lane: 'urgent',
  senderId: 'AROAEXAMPLE:webhook',
  requestId: randomUUID(),
  replays: 0,
  sha256: 'b'.repeat(64),
  size: 412,
} as const;

function recordOf(n: number, entry: AuditEntry, eventId: string): OrderedRecord {
  return auditRecord({
    id: randomUUID(),
    now: 1_795_426_200_000 + n,
    entry,
    event: { ...event, id: eventId },
    delivery,
    settings,
  });
}

/** CPU time of the process, in microseconds per record. */
function measureCost(work: (record: OrderedRecord) => void, records: readonly OrderedRecord[]): number {
  const began = process.cpuUsage();
  for (const record of records) work(record);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / records.length;
}

function chainCosts(): readonly Line[] {
  const records = Array.from({ length: 20_000 }, (_, n) =>
    recordOf(n, ENTRIES[n % 2] ?? { phase: 'note', name: '' }, `alert-${n >> 1}`),
  );
  let chain: Chain = openChain(randomUUID(), settings.handler);
  const plain = (record: OrderedRecord): void => void asciiJson(record);
  const chained = (record: OrderedRecord): void => {
    const linked = appendToChain(chain, record, sha256);
    chain = linked.chain;
    inAscii(linked.text);
  };
  // The first round only warms the compiler up.
  const rounds = Array.from(
    { length: ROUNDS },
    () => [measureCost(plain, records), measureCost(chained, records)] as const,
  ).slice(1);
  const least = (at: 0 | 1): string => Math.min(...rounds.map((round) => round[at])).toFixed(1);
  const figures = [['without the chain', least(0)] as const, ['in the chain', least(1)] as const];
  return [
    [`a record as a line, microseconds of CPU, least of ${ROUNDS - 1} rounds of ${records.length}`],
    ...formatFields(figures, '  '),
  ];
}

/** A log of fifty environments whose records alternate. */
function* createLog(): Generator<{ readonly file: string; readonly line: number; readonly text: string }> {
  const chains = Array.from({ length: CHAINS }, () => openChain(randomUUID(), settings.handler));
  let line = 0;
  const written = (at: number, record: OrderedRecord) => {
    const linked = appendToChain(chains[at] ?? openChain('', ''), record, sha256);
    chains[at] = linked.chain;
    line += 1;
    return { file: 'log', line, text: inAscii(linked.text) };
  };
  for (let n = 0; line < RECORDS - CHAINS; n += 1) {
    const at = n % CHAINS;
    for (const entry of ENTRIES) yield written(at, recordOf(n, entry, `alert-${n}`));
  }
  for (const [at, chain] of chains.entries()) {
    yield written(at, checkpointRecord({ id: randomUUID(), now: 0, requestId: 'r', settings, chain }));
  }
}

async function verificationCost(): Promise<readonly Line[]> {
  const lines = [...createLog()];
  const bytes = lines.reduce((sum, { text }) => sum + text.length + 1, 0);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { records, chains, closed, findings } = await verifyAudit(lines, { sha256 });
  const { user, system } = process.cpuUsage(cpu);
  const figures = [
    ['findings', String(findings.length)] as const,
    ['seconds', ((performance.now() - began) / 1_000).toFixed(1)] as const,
    ['seconds of CPU', ((user + system) / 1e6).toFixed(1)] as const,
  ];
  return [
    [`${records} records in ${chains} interleaved chains, ${(bytes / 1e6).toFixed(0)} MB, ${closed} closed`],
    ...formatFields(figures, '  '),
  ];
}

process.stdout.write(renderLines(chainCosts(), false));
process.stdout.write(renderLines(await verificationCost(), false));
