/** Spreads jobs over the cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Job, Result } from './jobs.ts';

/** Jobs handed to a worker at once: few enough that all end at about the same time. */
const HANDFUL = 20;

interface FromWorker {
  readonly result?: Result;
  readonly idle?: true;
}

/** Takes jobs; calls `onResult` with each result as it comes. Rejects when a worker fails. */
export async function doJobs(jobs: readonly Job[], onResult: (result: Result) => void): Promise<void> {
  const left = [...jobs];
  const handful = Math.max(1, Math.min(HANDFUL, Math.ceil(jobs.length / (4 * availableParallelism()))));
  const workers = Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () => work());
  await Promise.all(workers);

  async function work(): Promise<void> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      await new Promise<void>((resolve, reject) => {
        const next = (): void => {
          const some = left.splice(0, handful);
          if (some.length === 0) resolve();
          else worker.postMessage(some);
        };
        worker.on('error', reject);
        worker.on('message', ({ result, idle }: FromWorker) => {
          if (result !== undefined) onResult(result);
          if (idle) next();
        });
        next();
      });
    } finally {
      await worker.terminate();
    }
  }
}
