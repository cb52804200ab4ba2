import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type Chain, openChain } from '../../../../lib/audit/chain.ts';
import { checkpointRecord } from '../../../../lib/audit/checkpoint-record.ts';
import { auditRecord, type OrderedRecord } from '../../../../lib/audit/record.ts';
import { createAuditLog } from '../../../../lib/io/log/audit-log.ts';
import { linkedTo } from '../../../support/audit-chains.ts';
import { factsOf } from '../../../support/audit-facts.ts';
import { sha256 } from '../../../support/memory-ports.ts';
import { evenChance } from '../../../support/seeded-chance.ts';

/** A pipe whose writes the test answers one by one. */
const bench = () => {
  const written: string[] = [];
  const pending: ((error?: Error) => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk, _, done) => {
      written.push(String(chunk));
      pending.push(done);
    },
  });
  const { id: newId } = evenChance();
  return { written, pending, stream, audit: createAuditLog(stream, { authority: 'revoke:7', newId, sha256 }) };
};

/** What is written in one turn goes to the pipe at its end. */
const turn = (): Promise<void> => new Promise(setImmediate);

/** A pipe that takes what comes, each line a moment later. */
const openPipe = () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk).trimEnd());
      setImmediate(done);
    },
  });
  const { id: newId } = evenChance();
  return { lines, audit: createAuditLog(stream, { authority: 'revoke:7', newId, sha256 }) };
};

const noteOf = (n: number, name = 'Note'): OrderedRecord =>
  auditRecord({ ...factsOf({ phase: 'note', name, detail: `note ${n}` }, null), id: `note-${n}` });
const placeOf = (line: string | undefined) => {
  const {
    metadata,
    attestation_list: [attestation],
  } = JSON.parse(line ?? '');
  return {
    uid: metadata.uid,
    sequence: metadata.sequence,
    chain: attestation.chain_uid,
    before: attestation.prev_event?.uid,
  };
};
const closing = (chain: Chain): OrderedRecord =>
  checkpointRecord({
    id: 'end',
    now: 1,
    requestId: 'r-1',
    settings: factsOf({ phase: 'note', name: 'x' }, null).settings,
    chain,
  });
const FIRST = '00000000-0000-4000-8000-000000000001';
const SECOND = '00000000-0000-4000-8000-000000000002';

test('a record is one line of printable ASCII, with nothing raw that ends or turns a line', async () => {
  const { audit, written, pending } = bench();
  const record = noteOf(1, 'a\nb\r\u2028\u2029\x85\x9b\u202e\x7f\u{1f511}');
  const done = audit.write(record);
  await turn();
  pending.shift()?.();
  await done;
  expect(written[0]).toMatch(/^[\x20-\x7e]+\n$/);
  expect(JSON.parse(written[0] ?? '')).toEqual(linkedTo(openChain(FIRST, 'revoke:7'), record).record);
});

test('a write is acknowledged when the pipe has taken the line, and not before', async () => {
  const { audit, pending } = bench();
  const order: string[] = [];
  const done = audit.write(noteOf(1)).then(() => order.push('acknowledged'));
  await turn();
  order.push('taken');
  pending.shift()?.();
  await done;
  expect(order).toEqual(['taken', 'acknowledged']);
});

test('the lines of one turn go to the pipe together, in their order', async () => {
  const batches: string[][] = [];
  const stream = new Writable({
    writev: (chunks, done) => {
      batches.push(chunks.map(({ chunk }) => JSON.parse(String(chunk)).metadata.uid));
      done();
    },
  });
  const audit = createAuditLog(stream, { authority: 'revoke:7', newId: evenChance().id, sha256 });
  await Promise.all([audit.write(noteOf(1)), audit.write(noteOf(2))]);
  await Promise.all([audit.write(noteOf(3)), audit.write(noteOf(4))]);
  expect(batches).toEqual([
    ['note-1', 'note-2'],
    ['note-3', 'note-4'],
  ]);
});

test('a hundred writers at once make one chain, in the order of their calls', async () => {
  const { audit, lines } = openPipe();
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      await Promise.resolve();
      await audit.write(noteOf(n + 1));
    }),
  );
  expect(lines.map(placeOf)).toEqual(
    lines.map((_, n) => ({
      uid: `note-${n + 1}`,
      sequence: n + 1,
      chain: FIRST,
      before: n === 0 ? undefined : `note-${n}`,
    })),
  );
  expect(lines).toHaveLength(100);
});

test('a checkpoint closes what was written since the last, and is not written when nothing was', async () => {
  const { audit, lines } = openPipe();
  await audit.checkpoint(closing);
  await Promise.all([audit.write(noteOf(1)), audit.write(noteOf(2))]);
  await audit.checkpoint(closing);
  await audit.checkpoint(closing);
  const [, second, checkpoint, ...others] = lines.map((line) => JSON.parse(line));
  expect(checkpoint.unmapped.checkpoint).toEqual({
    sequence: 2,
    head: second.attestation_list[0].fingerprint.value,
    count: 2,
  });
  expect(others).toEqual([]);
  await audit.write(noteOf(3));
  await audit.checkpoint(closing);
  expect(JSON.parse(lines.at(-1) ?? '').unmapped.checkpoint).toMatchObject({ sequence: 4, count: 1 });
});

test('a line that could not be written leaves its chain open, and the next record begins another', async () => {
  const lines: string[] = [];
  let asked = 0;
  const stream = new Writable({
    write: (chunk, _, done) => {
      asked += 1;
      const fails = asked === 2 || asked === 4;
      if (!fails) lines.push(String(chunk));
      done(fails ? new Error('full') : null);
    },
    // As that of `process.stdout`, which lives on after an error.
    destroy(error, done) {
      done(error);
      Reflect.get(this, '_undestroy').call(this);
    },
  });
  const { id: newId } = evenChance();
  const audit = createAuditLog(stream, { authority: 'revoke:7', newId, sha256 });
  for (const n of [1, 2, 3, 4, 5]) {
    await audit.write(noteOf(n)).catch(() => undefined);
    await turn();
  }
  expect(lines.map(placeOf)).toEqual([
    { uid: 'note-1', sequence: 1, chain: FIRST },
    { uid: 'note-3', sequence: 1, chain: SECOND },
    { uid: 'note-5', sequence: 1, chain: SECOND.replace(/2$/, '3') },
  ]);
});

test('a pipe that fails rejects the write, those that wait behind it, and all later ones', async () => {
  const { audit, pending } = bench();
  const writes = [audit.write(noteOf(1)), audit.write(noteOf(2))];
  await turn();
  pending.shift()?.(Object.assign(new Error('write EPIPE secret'), { code: 'EPIPE' }));
  const settled = await Promise.allSettled([...writes, audit.write(noteOf(3))]);
  expect(settled).toMatchObject([
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'EPIPE' } },
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'EPIPE' } },
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'ERR_STREAM_DESTROYED' } },
  ]);
  expect(inspect(settled)).not.toContain('write EPIPE secret');
});

test('a line of 200,000 bytes is written; a longer one is refused, and the chain goes on without it', async () => {
  const { audit, lines } = openPipe();
  await audit.write(noteOf(1, 'x'));
  const filling = 200_000 - (lines[0]?.length ?? 0);
  const long = { ...openPipe() };
  await long.audit.write(noteOf(1, 'x'.repeat(filling)));
  await expect(long.audit.write(noteOf(2, 'x'.repeat(filling + 1)))).rejects.toMatchObject({ code: 'audit-too-long' });
  await expect(long.audit.write(noteOf(2, 'é'.repeat(filling / 4)))).rejects.toMatchObject({ code: 'audit-too-long' });
  await long.audit.write(noteOf(3));
  expect(long.lines.map((line) => [line.length, placeOf(line)])).toEqual([
    [199_999, { uid: 'note-1', sequence: 1, chain: FIRST }],
    [expect.any(Number), { uid: 'note-3', sequence: 2, chain: FIRST, before: 'note-1' }],
  ]);
});
