import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

test('the fake runs as a process of its own, says where, counts on demand, and ends with its stdin', async () => {
  const options = JSON.stringify({ token: 'given', principals: 3, keysPerPrincipal: 2 });
  const child = spawn(process.execPath, ['local/coreweave/main.ts', options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => JSON.parse(String((await lines.next()).value));

  const { url } = await nextLine();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await fetch(`${url}/v1/cwobject/access-key`, { headers: { authorization: 'Bearer given' } });
  const { info } = (await response.json()) as { info: { principalName: string }[] };
  expect(info.map(({ principalName }) => principalName)).toEqual([0, 0, 1, 1, 2, 2].map((n) => `coreweave/user${n}`));

  child.stdin.write('\n');
  expect(await nextLine()).toEqual({
    calls: { 'list-keys': 1 },
    principals: [],
    peak: { connections: 1, inFlight: 1 },
    secretSeen: false,
  });
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});
