/** What an invocation leaves in the log: a chain that its checkpoint closes, and open ends where a process died. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openIntentFindings } from '../../../cli/audit/open-intents.ts';
import { startCheck } from '../../../cli/audit/verify.ts';
import type { AuditLog } from '../../../lib/audit/write.ts';
import { processBatch } from '../../../lib/consume/batch.ts';
import { createAuditLog } from '../../../lib/io/log/audit-log.ts';
import { sha256 } from '../../support/audit-chains.ts';
import { EVENT_MS, KEY_ID, keyLeak, PRINCIPAL } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { type Meddle, type Outside, openOutside } from '../../support/memory-ports.ts';
import { invocationContext, LANES, sqsRecords } from '../../support/record-factory.ts';

const open = (): Outside => {
  const outside = openOutside(EVENT_MS);
  outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
  return outside;
};

/** Ids that differ between environments, and are the same each time. */
function idsOf(name: string) {
  let made = 0;
  return () => `${name}-${++made}`;
}

function chained(name: string, lines: string[]): AuditLog {
  const stream = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk).trimEnd())) });
  return createAuditLog(stream, { authority: 'revoke:1', newId: idsOf(name), sha256 });
}

/** An environment of the function, whose audit log is the real one. */
function start(
  outside: Outside,
  audit: AuditLog,
  { name = 'a', meddle = () => {} }: { name?: string; meddle?: Meddle } = {},
) {
  const chance = { fraction: () => 0.5, id: idsOf(`record-${name}`) };
  const { runtime } = startFunction(outside, { meddle, chance });
  const own = { ...runtime, ports: { ...runtime.ports, audit } };
  return (bodies: readonly unknown[], remainingMs?: number) =>
    processBatch(
      { runtime: own, lanes: LANES },
      { Records: sqsRecords(bodies) },
      invocationContext(outside.clock, remainingMs),
    );
}

function found(lines: readonly string[]) {
  const check = startCheck({ sha256 });
  for (const [at, line] of lines.entries()) check.take(line, { file: 'log', line: at + 1 });
  const { findings, intents, records, chains, closed } = check.end();
  const kinds = [...findings, ...openIntentFindings(intents)].map(({ kind, place }) => `${kind} ${place?.line}`);
  return { records, chains, closed, kinds };
}

const phases = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).unmapped.phase);

describe('the chain of an environment', () => {
  it('goes on from batch to batch, each closed by a checkpoint, none for a batch without records', async () => {
    const [outside, lines] = [open(), [] as string[]];
    const invoke = start(outside, chained('chain', lines));
    await outside.clock.run(invoke([keyLeak(), 'not an event']));
    await outside.clock.run(invoke([]));
    await outside.clock.run(invoke([keyLeak({ id: 'again' })]));
    expect(phases(lines)).toEqual([
      'dead-letter',
      'intent',
      'outcome',
      'checkpoint',
      'intent',
      'outcome',
      'checkpoint',
    ]);
    expect(JSON.parse(lines[3] ?? '').unmapped).toEqual({
      phase: 'checkpoint',
      checkpoint: { sequence: 3, head: JSON.parse(lines[2] ?? '').attestation_list[0].fingerprint.value, count: 3 },
      request_id: 'request-1',
      policy: { config_hash: 'c0ffee', mode: 'enforce' },
    });
    expect(found(lines)).toEqual({ records: 7, chains: 1, closed: 1, kinds: [] });
  });

  it('is left open by a crash between intent and outcome; the next delivery answers the intent', async () => {
    const [outside, lines] = [open(), [] as string[]];
    const dying = start(outside, chained('dying', lines), {
      meddle: ({ port }) => (port === 'api' ? new Promise(() => {}) : undefined),
    });
    // The process ends while its call is under way: nothing of this invocation is heard of again.
    void dying([keyLeak()]);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(found(lines)).toEqual({ records: 1, chains: 1, closed: 0, kinds: ['open 1', 'open-intent 1'] });

    const next = start(outside, chained('next', lines), { name: 'b' });
    expect(await outside.clock.run(next([keyLeak()]))).toEqual({ batchItemFailures: [] });
    expect(phases(lines)).toEqual(['intent', 'intent', 'outcome', 'checkpoint']);
    expect(found(lines)).toEqual({ records: 4, chains: 2, closed: 1, kinds: ['open 1'] });
  });

  it('costs no settled record when its checkpoint cannot be written', async () => {
    const [outside, lines] = [open(), [] as string[]];
    const audit: AuditLog = {
      ...chained('chain', lines),
      checkpoint: () => Promise.reject(Object.assign(new Error('x'), { code: 'audit-unavailable' })),
    };
    expect(await outside.clock.run(start(outside, audit)([keyLeak()]))).toEqual({ batchItemFailures: [] });
    expect(outside.log).toEqual([{ level: 'error', code: 'no-checkpoint', fields: { error: 'audit-unavailable' } }]);
    expect(found(lines).kinds).toEqual(['open 2']);
  });

  it('does not keep the answer when the pipe takes no checkpoint', async () => {
    const [outside, lines] = [open(), [] as string[]];
    const audit: AuditLog = { ...chained('chain', lines), checkpoint: () => new Promise(() => {}) };
    expect(await outside.clock.run(start(outside, audit)([keyLeak()], 5_000))).toEqual({ batchItemFailures: [] });
    expect(outside.clock.now()).toBe(EVENT_MS + 4_850);
  });
});
