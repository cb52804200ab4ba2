/** A built function that the test freezes from outside while peers end its connections. Needs `npm run build`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEnvironment } from '../../../local/environment.ts';
import { until } from '../wait.ts';
import { type Closing, startPeer } from './peer.ts';

/** `stopped`: the process is stopped for 8 s. `jumped`: it is stopped for a moment, and its clock is 400 s ahead. */
export type Freeze = 'stopped' | 'jumped';

export interface Frozen {
  invoke(event: unknown): Promise<unknown>;
  /** Freezes the process, ends its connections, and resumes it with `event`. Resolves with the answer. */
  thawWith(event: unknown, freeze: Freeze, closing: Closing): Promise<unknown>;
  /** The highest number of connections open at once since the last freeze. */
  most(): number;
  close(): Promise<void>;
}

export interface FrozenOptions {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables that name a server: each gets a peer of its own. */
  readonly servers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const PRELOAD = fileURLToPath(new URL('./virtual-time.ts', import.meta.url));
const STOPPED_S = 8;
/** Several processes start at once. */
const INIT_TIMEOUT_MS = 30_000;

export async function startFrozen({ bundle, env, servers, timeoutMs }: FrozenOptions): Promise<Frozen> {
  const names = Object.keys(servers);
  const peers = await Promise.all(Object.values(servers).map(startPeer));
  const endpoints = Object.fromEntries(peers.map(({ endpoint }, at) => [names[at], endpoint]));
  const log: string[] = [];
  const environment = startEnvironment({
    bundle,
    env: { ...env, ...endpoints, NODE_OPTIONS: `--import=${PRELOAD}` },
    timeoutMs,
    initTimeoutMs: INIT_TIMEOUT_MS,
    onStderr: (line) => log.push(line),
  });
  const said = (word: string, from: number) =>
    until(`the process to say "${word}"`, () => log.slice(from).find((line) => line.startsWith(`{"freeze":"${word}"`)));
  const { pid }: { pid: number } = JSON.parse(await said('started', 0));
  return {
    invoke: (event) => environment.invoke(event),
    most: () => peers.reduce((sum, peer) => sum + peer.most(), 0),
    async thawWith(event, freeze, closing) {
      const from = log.length;
      if (freeze === 'jumped') {
        process.kill(pid, 'SIGUSR2');
        await said('jumped', from);
      }
      process.kill(pid, 'SIGSTOP');
      for (const peer of peers) peer.end(closing);
      if (freeze === 'stopped') await once(spawn('sleep', [String(STOPPED_S)], { stdio: 'ignore' }), 'close');
      // The event arrives before the process runs again, because Lambda thaws an environment for an event.
      const answer = environment.invoke(event);
      await new Promise(setImmediate);
      process.kill(pid, 'SIGCONT');
      return answer;
    },
    async close() {
      await environment.kill();
      await Promise.all(peers.map((peer) => peer.close()));
    },
  };
}
