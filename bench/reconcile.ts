/**
 * Memory and CPU of the built function `reconcile` at 100,000 keys and 5,000 offboarded principals, over real sockets,
 * with half the memory that it is deployed with. Linux only. Run: `npm run bench:reconcile`.
 */
import { principalName } from '../events/ids.ts';
import { createTable } from '../lib/io/dynamodb/table.ts';
import { sha256, systemClock } from '../lib/io/node.ts';
import { writeStatement } from '../lib/ledger/statements.ts';
import { mapWithConcurrency } from '../lib/runtime/limit.ts';
import { type FakeApi, startFakeApi } from '../local/coreweave/server.ts';
import { createFunction } from '../local/function.ts';
import { startQueueServer } from '../local/queue-server.ts';
import { createQueues } from '../local/queues.ts';
import { createLedgerTable, startTableServer } from '../local/table-server.ts';
import { actAs, RECONCILE_BUNDLE, TABLE, variablesFor } from '../local/variables.ts';
import { formatFields, renderLines } from '../terminal/lines.ts';
import { childUsage } from './child-usage.ts';

const KEYS = 100_000;
const OFFBOARDED = 5_000;
/** Principals with a new key, principals that no follow-up check saw, reinstated ones, and ones of the same name. */
const EACH = 25;
const MEMORY_MB = 256;
const TIMEOUT_MS = 600_000;
const HR = '//hr.example/acme';

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n + 1000}`);
const FORMER = numbered('coreweave/uFormer', OFFBOARDED);
const STANDING = FORMER.slice(0, 2 * EACH);
/** No follow-up check saw their key: they have no other one. */
const MISSED = new Set(FORMER.slice(EACH, 2 * EACH));
const BACK = numbered('coreweave/uBack', EACH);
const SAME_NAME = FORMER.slice(2 * EACH, 3 * EACH).map((name) => name.replace('coreweave/', 'saml/'));

/** The organization of test/lib/reconcile/scale.test.ts. */
function addKeys({ store }: FakeApi): void {
  const dead = FORMER.filter((name) => !MISSED.has(name));
  store.add(
    ...dead.map((name, n) => ({ accessKeyId: `CWDEAD${n + 1_000_000}`, principalName: name, status: 'DELETED' })),
  );
  const live = [...STANDING, ...BACK, ...SAME_NAME];
  store.add(...live.map((name, n) => ({ accessKeyId: `CWAGAIN${n + 1_000_000}`, principalName: name })));
  store.add(
    ...Array.from({ length: KEYS - dead.length - live.length }, (_, n) => ({
      accessKeyId: `CWLIVE${n + 1_000_000}`,
      principalName: `coreweave/uOther${n % 20_000}`,
    })),
  );
}

async function addStatements(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const overrides = { endpoint, region: 'us-east-1', credentials };
  const table = createTable({ name: TABLE, dryRun: false, now: systemClock.now, overrides });
  const said = { authority: HR, source: HR, time: '2025-01-01T00:00:00Z' };
  await mapWithConcurrency(16, [...FORMER, ...BACK], async (name) => {
    const state = BACK.includes(name) ? 'reinstated' : 'offboarded';
    const ports = { table, sha256, clock: systemClock };
    await writeStatement(ports, principalName.parse(name), { ...said, state, id: `about-${name}` });
  });
}

/** What the function answers. */
interface Answer {
  readonly run?: {
    readonly standing: readonly { readonly principalName: string }[];
    readonly admitted: readonly string[];
    readonly held: readonly string[];
    readonly owners: number;
    readonly reads: number;
  };
}

const server = await startQueueServer();
const queues = await createQueues(server.endpoint);
const ledger = await startTableServer();
await createLedgerTable(ledger.endpoint, TABLE);
const api = await startFakeApi();
addKeys(api);
await addStatements(ledger.endpoint);
const fn = createFunction({
  bundle: RECONCILE_BUNDLE,
  env: {
    ...variablesFor({ queues, api, sqs: server.endpoint, dynamodb: ledger.endpoint }),
    ...actAs('reconcile'),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_MB),
  },
  timeoutMs: TIMEOUT_MS,
  maximumConcurrency: 1,
});
// The cold start is measured apart.
await fn.invoke({ action: 'self-check' });
const before = childUsage();
const began = Date.now();
const { run }: Answer = Object(await fn.invoke({ action: 'reconcile' }));
const seconds = (Date.now() - began) / 1_000;
const after = childUsage();
// The self-check asks for a page beyond all keys.
const offsets = api.requests.flatMap(({ path }) => /[?&]offset=(\d+)/.exec(path)?.[1] ?? []);
const listings = offsets.filter((offset) => Number(offset) <= KEYS).length;
await Promise.all([fn.close(), api.close(), server.close(), ledger.close()]);

const found = run?.standing.map((each) => each.principalName).join(' ');
if (run === undefined || found !== STANDING.join(' ')) throw new Error(`expected ${STANDING.length} principals`);
const title = `${KEYS} keys, ${OFFBOARDED} offboarded principals, ${STANDING.length} of them with live keys`;
const fields = formatFields(
  [
    ['found', `${run.standing.length}: ${run.admitted.length} to revoke, ${run.held.length} held`],
    ['listing calls', String(listings)],
    ['reads of the ledger', `${run.reads} rows, for ${run.owners} owners`],
    ['seconds', seconds.toFixed(1)],
    ['seconds of CPU', (after.cpuSeconds - before.cpuSeconds).toFixed(1)],
    ['peak before the run, MB', before.peakMb.toFixed(0)],
    ['peak, MB', `${after.peakMb.toFixed(0)} of ${MEMORY_MB}`],
  ],
  '  ',
);
process.stdout.write(renderLines([[title], ...fields], false));
