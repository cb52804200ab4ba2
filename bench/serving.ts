/** One environment that serves invocation after invocation (children/serve.mjs). */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startNode } from './client.ts';
import type { Contestant } from './contestants.ts';
import type { CpuPin } from './machine.ts';

export interface ServedEnvironment {
  /**
   * Runs the handler; resolves with the ids that it reports as failed, undefined when all have (it threw, or its
   * process has ended).
   */
  invoke(event: { readonly Records: readonly object[] }, timeoutMs: number): Promise<ReadonlySet<string> | undefined>;
  close(): Promise<void>;
}

/** What loading and ending may take beyond an invocation's own time. */
const GRACE_MS = 10_000;
const CHILD = fileURLToPath(new URL('./children/serve.mjs', import.meta.url));

/** Starts an environment of the contestant's bundle with these variables. */
export function startEnvironment(
  pin: CpuPin,
  contestant: Contestant,
  env: Readonly<Record<string, string>>,
): ServedEnvironment {
  const child = startNode(pin, [CHILD, pathToFileURL(contestant.bundle).href], { env: { ...env, ...contestant.env } });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout?.resume();
  child.stderr?.resume();
  child.stdin?.on('error', () => undefined);
  const answers = child.stdio[3];
  if (!(answers instanceof Readable)) throw new Error('the client has no pipe for its answers');
  const lines = createInterface({ input: answers })[Symbol.asyncIterator]();
  return {
    async invoke(event, timeoutMs) {
      child.stdin?.write(`${JSON.stringify({ event, timeoutMs })}\n`);
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs + GRACE_MS);
      const { value = 'null' } = await lines.next();
      clearTimeout(timer);
      const answer: { batchItemFailures: { itemIdentifier: string }[] } | null = JSON.parse(value);
      return answer === null ? undefined : new Set(answer.batchItemFailures.map((each) => each.itemIdentifier));
    },
    async close() {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
