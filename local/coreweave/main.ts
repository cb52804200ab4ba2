/**
 * The fake API as a separate process, for benchmarks. Prints one line `{"url":…}` and exits when its stdin ends. Its
 * argument is JSON: `{"token","principals","keysPerPrincipal","leaks","latencyMs"}`; only the token is required. The
 * principals are `coreweave/user<n>`, the keys of `leaks` are `CWLEAK<n>` with n in eight digits. For each line on
 * stdin it prints a line with counts.
 */
import { createInterface } from 'node:readline';
import { type FakeApi, startFakeApi } from './server.ts';

interface Arguments {
  readonly token: string;
  readonly principals?: number;
  readonly keysPerPrincipal?: number;
  readonly leaks?: number;
  readonly latencyMs?: number;
}

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const countsOf = ({ requests, peak, secretSeen }: FakeApi) => {
  const calls: Record<string, number> = {};
  for (const { call } of requests) calls[call] = (calls[call] ?? 0) + 1;
  const revoked = requests.flatMap(({ call, target }) => (call === 'revoke-principal' ? [target] : []));
  return { calls, principals: [...new Set(revoked)], peak, secretSeen };
};

const { principals = 0, keysPerPrincipal = 1, leaks = 0, ...options }: Arguments = JSON.parse(process.argv[2] ?? '');
const api = await startFakeApi(options);
for (let n = 0; n < principals; n += 1) api.store.createKeys(`coreweave/user${n}`, keysPerPrincipal);
for (let n = 0; n < leaks; n += 1) {
  api.store.add({ accessKeyId: `CWLEAK${String(n).padStart(8, '0')}`, principalName: 'coreweave/leaky' });
}
say({ url: api.url });

for await (const _line of createInterface({ input: process.stdin })) say(countsOf(api));
await api.close();
