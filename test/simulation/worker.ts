/** Does jobs on a core of its own: a list of them comes in, a result for each goes out. */
import { parentPort } from 'node:worker_threads';
import { doJob, type Job } from './jobs.ts';

parentPort?.on('message', (jobs: readonly Job[]) => {
  void (async () => {
    for (const job of jobs) parentPort?.postMessage({ result: await doJob(job) });
    parentPort?.postMessage({ idle: true });
  })();
});
