/** The function `reconcile`, as a schedule invokes it: a run that fails is tried again with the same start. */
import { createCredentials } from '../../lib/coreweave/credentials.ts';
import { runReconciliation } from '../../lib/reconcile/run.ts';
import { memoryRows } from '../support/memory-rows.ts';
import type { Control } from './controls.ts';
import { MINUTE } from './plan.ts';
import { startProcess } from './process.ts';
import { portsOf } from './sim-ports.ts';
import type { World } from './world.ts';

/** As deployed (serverless.yml). */
const TIMEOUT_MS = 10 * MINUTE;
const MAX_ATTEMPTS = 3;

/** Lives through one run, with its retries. Never rejects. */
export async function reconcile(world: World, control: Control): Promise<void> {
  const { clock, history } = world;
  world.busy(1);
  const begun = world.moment();
  const start = new Date(clock.now()).toISOString();
  let isDone = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && !isDone; attempt += 1) {
    isDone = await runOnce(world, control, start);
    if (!isDone) await clock.sleep(attempt * MINUTE);
  }
  history.reconciled.push({ ...begun, isDone });
  world.busy(-1);
}

async function runOnce(world: World, control: Control, start: string): Promise<boolean> {
  const { clock, settings } = world;
  world.reconcilers.count += 1;
  const name = `reconciler-${world.reconcilers.count}`;
  const process = startProcess(world, name);
  const own = portsOf(world, process);
  const ports = control.ports?.(own) ?? own;
  const services = {
    ports: { ...ports, rows: memoryRows(ports.table) },
    settings,
    credentials: createCredentials(ports, settings),
  };
  const over = new AbortController();
  world.tell(name, `reconciles as of ${start}`);
  const endsAt = clock.now() + TIMEOUT_MS;
  const how = await Promise.race([
    runReconciliation(services, { start, endsAt, requestId: name }).then(
      () => 'is done',
      () => 'has failed',
    ),
    process.died.then(() => 'has died'),
    clock.sleep(TIMEOUT_MS, over.signal).then(() => 'is ended by Lambda'),
  ]);
  over.abort('over');
  process.end(how);
  return how === 'is done';
}
