/** One instance of the revoke function on an outside in memory: batches in, unsettled ids out, in virtual time. */
import type { SQSRecord } from 'aws-lambda';
import { processBatch } from '../../lib/consume/batch.ts';
import { processPlan } from '../../lib/consume/pipelines.ts';
import { createRuntime } from '../../lib/consume/runtime.ts';
import type { Runtime } from '../../lib/context.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Chance } from '../../lib/ports.ts';
import { type Meddle, memoryPorts, type Outside } from './memory-ports.ts';
import { invocationContext, LANES } from './record-factory.ts';
import { UNBOUND } from './senders.ts';

/** The defaults of the configuration but for key limits, and what a test changes of them. */
export const settingsOf = (changed: Partial<Settings> = {}): Settings => ({
  mode: 'enforce',
  dryRunKeep: false,
  keyIdOnly: 'hold',
  ownerUnknown: 'hold',
  verify: true,
  apiConcurrency: 8,
  apiTimeoutMs: 10_000,
  retryHorizonMs: 6 * 3_600_000,
  staleAfterMs: 7 * 86_400_000,
  protections: [],
  principalTemplates: [],
  limits: { sourcePer10Minutes: 25, sourcePerDay: 100, totalPer10Minutes: 100, totalPerDay: 400 },
  reconcileLimit: 25,
  senders: UNBOUND,
  twoPersonApproval: [],
  keyLimits: { senderKeysPer10Minutes: 'off', senderKeysPerDay: 'off' },
  configHash: 'c0ffee',
  handler: 'revoke:1',
  apiHost: 'api.coreweave.com',
  ...changed,
});

export interface FunctionOptions {
  readonly settings?: Partial<Settings>;
  readonly meddle?: Meddle;
  readonly chance?: Chance;
}

export interface MemoryFunction {
  readonly runtime: Runtime;
  /** Invokes the function; returns the ids that it reports. Rejects as it does; the time is the caller's to move. */
  invoke(records: readonly SQSRecord[], remainingMs?: number): Promise<readonly string[]>;
  /** Invokes the function and moves the time until it answers. */
  deliver(records: readonly SQSRecord[], remainingMs?: number): Promise<readonly string[]>;
}

/** A freshly started instance with its own circuit breaker. */
export function startFunction(outside: Outside, options: FunctionOptions = {}): MemoryFunction {
  const ports = memoryPorts(outside, options);
  const settings = settingsOf(options.settings);
  const runtime = createRuntime(ports, settings, processPlan);
  const invoke = async (records: readonly SQSRecord[], remainingMs?: number): Promise<readonly string[]> => {
    const context = invocationContext(outside.clock, remainingMs);
    const { batchItemFailures } = await processBatch({ runtime, lanes: LANES }, { Records: records }, context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return {
    runtime,
    invoke,
    deliver: (records, remainingMs) => outside.clock.run(invoke(records, remainingMs)),
  };
}
