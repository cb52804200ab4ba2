import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createAuditLog } from '../../lib/io/audit-log.ts';

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
  return { written, pending, stream, audit: createAuditLog(stream) };
};

test('a record is one line of printable ASCII, with nothing raw that ends or turns a line', async () => {
  const { audit, written, pending } = bench();
  const record = { time: 1, user: { name: 'a\nb\r\u2028\u2029\x85\x9b\u202e\x7f\u{1f511}' }, list: ['x'] };
  const done = audit.write(record);
  pending.shift()?.();
  await done;
  expect(written[0]).toMatch(/^[\x20-\x7e]+\n$/);
  expect(JSON.parse(written[0] ?? '')).toEqual(record);
});

test('a write is acknowledged when the pipe has taken the line, and not before', async () => {
  const { audit, pending } = bench();
  const order: string[] = [];
  const done = audit.write({ a: 1 }).then(() => order.push('acknowledged'));
  await new Promise(setImmediate);
  order.push('taken');
  pending.shift()?.();
  await done;
  expect(order).toEqual(['taken', 'acknowledged']);
});

test('lines are written in the order of the calls', async () => {
  const { audit, written, pending } = bench();
  const all = Promise.all([1, 2, 3].map((n) => audit.write({ n })));
  for (let n = 0; n < 3; n += 1) {
    pending.shift()?.();
    await new Promise(setImmediate);
  }
  await all;
  expect(written).toEqual(['{"n":1}\n', '{"n":2}\n', '{"n":3}\n']);
});

test('a pipe that fails rejects the write, those that wait behind it, and all later ones', async () => {
  const { audit, pending } = bench();
  const writes = [audit.write({ n: 1 }), audit.write({ n: 2 })];
  pending.shift()?.(Object.assign(new Error('write EPIPE secret'), { code: 'EPIPE' }));
  const settled = await Promise.allSettled([...writes, audit.write({ n: 3 })]);
  expect(settled).toMatchObject([
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'EPIPE' } },
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'EPIPE' } },
    { status: 'rejected', reason: { code: 'audit-unavailable', detail: 'ERR_STREAM_DESTROYED' } },
  ]);
  expect(inspect(settled)).not.toContain('write EPIPE secret');
});

test('a line of 200,000 bytes is written; a longer one is refused and leaves nothing behind', async () => {
  const { audit, written, pending } = bench();
  const filling = 200_000 - '{"a":""}\n'.length;
  const done = audit.write({ a: 'x'.repeat(filling) });
  pending.shift()?.();
  await done;
  await expect(audit.write({ a: 'x'.repeat(filling + 1) })).rejects.toMatchObject({ code: 'audit-too-long' });
  await expect(audit.write({ a: 'é'.repeat(filling / 4) })).rejects.toMatchObject({ code: 'audit-too-long' });
  expect(written.map((line) => line.length)).toEqual([200_000]);
});
