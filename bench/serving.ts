/** An environment that serves many invocations (children/serve.mjs). */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startNode } from './client.ts';
import type { Contestant } from './contestants.ts';
import type { CpuPin } from './machine.ts';

export interface ServedEnvironment {
  /**
   * Resolves with the message ids that the handler reports as failed. Undefined where all have failed, because the
   * handler threw or its process has ended.
   */
  invoke(event: { readonly Records: readonly object[] }, timeoutMs: number): Promise<ReadonlySet<string> | undefined>;
  close(): Promise<void>;
}

/** Time for loading and exit, in addition to an invocation's own time. */
const GRACE_MS = 10_000;
const CHILD = fileURLToPath(new URL('./children/serve.mjs', import.meta.url));

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
