import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { deferred, once } from '../../../lib/io/deferred.ts';

interface Counter {
  add(by: number): Promise<number>;
  read(): Promise<number>;
}

const counter = (): Counter => {
  let count = 0;
  return {
    add: async (by) => {
      count += by;
      return count;
    },
    read: async () => count,
  };
};

it('loads a port with the first call of a method, once for all of them', async () => {
  const load = vi.fn(async () => counter());
  const port = deferred(load);
  expect(load).not.toHaveBeenCalled();
  expect(await Promise.all([port.add(2), port.add(3), port.read()])).toEqual([2, 5, 5]);
  expect(load).toHaveBeenCalledTimes(1);
});

it('calls the methods of the port that was loaded', async () => {
  const port = deferred(async () => ({
    name: async function (this: { name: unknown }) {
      return typeof this.name;
    },
  }));
  expect(await port.name()).toBe('function');
});

it('rejects as the method does, and as the load does', async () => {
  const port = deferred(async () => ({ fail: async () => Promise.reject(new Error('method')) }));
  await expect(port.fail()).rejects.toThrow('method');
  const lost: Counter = deferred<Counter>(async () => Promise.reject(new Error('load')));
  await expect(lost.read()).rejects.toThrow('load');
});

it('loads again after a load that failed', async () => {
  const load = vi.fn(async () => 'loaded').mockRejectedValueOnce(new Error('EMFILE'));
  const get = once(load);
  const first = await Promise.allSettled([get(), get()]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(load).toHaveBeenCalledTimes(1);
  expect(await Promise.all([get(), get()])).toEqual(['loaded', 'loaded']);
  expect(load).toHaveBeenCalledTimes(2);
});

/** Asks for a row twice: while the process has no file descriptor left, and with some again. Nothing listens there. */
const ROW_TWICE = `
  import { closeSync, openSync } from 'node:fs';
  import { createTable } from '${join(import.meta.dirname, '../../../lib/io/dynamodb/table.ts')}';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const overrides = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials, maxAttempts: 1 };
  const table = createTable({ name: 'ledger', dryRun: false, now: Date.now, overrides });
  const ask = () => table.get('row').catch(({ code, message }) => code ?? message);
  const open = [];
  try { for (;;) open.push(openSync('/dev/null')); } catch {}
  const first = await ask();
  for (const each of open) closeSync(each);
  console.log(JSON.stringify([first, await ask()]));`;

it('lets an adapter load the SDK after a burst left no file descriptor for it', () => {
  const command = 'ulimit -n 256; exec "$0" --input-type=module --eval "$1"';
  const printed = execFileSync('sh', ['-c', command, process.execPath, ROW_TWICE], { encoding: 'utf8' });
  const [without, again] = JSON.parse(printed);
  expect(without).not.toBe('ledger-unavailable');
  expect(again).toBe('ledger-unavailable');
});
