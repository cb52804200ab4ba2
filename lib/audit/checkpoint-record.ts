/**
 * The checkpoint: the last audit record of an invocation. It names the head of the chain and the number of records
 * since the previous checkpoint, so that a truncated log is detected.
 */
import type { Chain } from './chain.ts';
import { classify, PHASE_TERMS } from './ocsf-terms.ts';
import { type AuditFacts, actorOf, baseMetadata, type OrderedRecord, recordOf } from './record.ts';

export interface CheckpointFacts {
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
  readonly requestId: string;
  readonly settings: Pick<AuditFacts['settings'], 'handler' | 'configHash' | 'mode'>;
  readonly chain: Chain;
}

/** OCSF 1.9.0, class 3007. The class requires a user; a checkpoint has none, so it is `unresolved`. */
export function checkpointRecord({ id, now, requestId, settings, chain }: CheckpointFacts): OrderedRecord {
  return recordOf(classify('checkpoint', PHASE_TERMS.checkpoint), {
    actor: actorOf(settings.handler),
    metadata: baseMetadata(id),
    status_detail: 'checkpoint',
    time: now,
    unmapped: {
      checkpoint: { count: chain.unclosed, head: chain.last?.fingerprint ?? '', sequence: chain.sequence },
      phase: 'checkpoint',
      policy: { config_hash: settings.configHash, mode: settings.mode },
      request_id: requestId,
    },
    user: { uid: 'unresolved' },
  });
}
