/** What the function `reconcile` does, by the action that it is invoked with. */
import { type Attestation, attest } from './attest.ts';
import { previewRun, type RunReport, runReconciliation } from './run.ts';
import { type SelfCheck, type SelfCheckServices, selfCheck } from './self-check.ts';

export interface Invoked {
  readonly action: 'reconcile' | 'attest' | 'self-check';
  /** RFC 3339; absent: now. */
  readonly time?: string;
  readonly dryRun?: boolean;
  /** Epoch ms. */
  readonly endsAt: number;
  readonly requestId: string;
}

export interface ReconcileResult {
  readonly run?: RunReport;
  readonly attestation?: Attestation;
  readonly selfCheck?: SelfCheck;
}

/** The self-check runs also if the run fails: it may say why. Rejects as the run, or the attestation, does. */
export async function reconcile(services: SelfCheckServices, invoked: Invoked): Promise<ReconcileResult> {
  const { action, endsAt, requestId, dryRun = false } = invoked;
  if (action === 'attest') return { attestation: await attest(services, { endsAt, requestId }) };
  if (action === 'self-check') return { selfCheck: await selfCheck(services, requestId) };
  const start = invoked.time ?? new Date(services.ports.clock.now()).toISOString();
  if (dryRun) return { run: await previewRun(services, { start, endsAt }) };
  const running = runReconciliation(services, { start, endsAt, requestId });
  const [run, checked] = await Promise.allSettled([
    running,
    running.catch(() => undefined).then(() => selfCheck(services, requestId)),
  ]);
  if (run.status === 'rejected') throw run.reason;
  if (checked.status === 'rejected') throw checked.reason;
  return { run: run.value, selfCheck: checked.value };
}
