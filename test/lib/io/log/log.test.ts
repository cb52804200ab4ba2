import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from '../../../../lib/io/log/log.ts';

const AT = Date.UTC(2026, 10, 23, 9, 30);

const bench = () => {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      written.push(String(chunk));
      done();
    },
  });
  return { written, stream, log: createLog(stream, { now: () => AT }) };
};

const HEAD = '"time":"2026-11-23T09:30:00.000Z"';

test('each entry is one JSON line with time, level and code', () => {
  const { log, written } = bench();
  log.info('started');
  log.warn('breaker-open', { failures: 5, probe: false, lane: undefined });
  log.error('ledger-unavailable', { detail: 'TimeoutError' });
  expect(written).toEqual([
    `{${HEAD},"level":"info","code":"started"}\n`,
    `{${HEAD},"level":"warn","code":"breaker-open","failures":5,"probe":false}\n`,
    `{${HEAD},"level":"error","code":"ledger-unavailable","detail":"TimeoutError"}\n`,
  ]);
});

test('records at work at the same time keep their contexts apart, however deep', async () => {
  const { log, written } = bench();
  const gate = Promise.withResolvers<void>();
  const work = (record: string) =>
    log.within({ record, lane: 'bulk' }, async () => {
      await gate.promise;
      await log.within({ lane: 'urgent' }, async () => log.info('inner'));
      log.info('outer', { lane: 'own' });
      return record;
    });
  const done = Promise.all([work('a'), work('b')]);
  gate.resolve();
  expect(await done).toEqual(['a', 'b']);
  log.info('outside');
  const lines = written.map((line) => JSON.parse(line));
  expect(lines.map(({ code, record, lane }) => [code, record, lane])).toEqual([
    ['inner', 'a', 'urgent'],
    ['inner', 'b', 'urgent'],
    ['outer', 'a', 'own'],
    ['outer', 'b', 'own'],
    ['outside', undefined, undefined],
  ]);
});

test('fields can neither forge a line nor replace time, level and code', () => {
  const { log, written } = bench();
  log.info('real', { code: 'forged', level: 'none', time: 'never', name: 'a\nb\u2028c\u202e\x9b1m' });
  expect(written).toEqual([`{${HEAD},"level":"info","code":"real","name":"a\\nb\\u2028c\\u202e\\u009b1m"}\n`]);
});

test('a log that cannot be written is lost without an error', async () => {
  const stream = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) });
  const log = createLog(stream, { now: () => AT });
  log.info('lost');
  await new Promise((resolve) => stream.once('close', resolve));
  expect(() => log.info('lost too')).not.toThrow();
});
