/**
 * The checkpoint: the record that ends what one invocation wrote. It names the chain's head and how many records it
 * closes, so that a log whose end was cut off can be told from one that ended.
 */
import type { Chain } from './chain.ts';
import { classed, PHASE_TERMS } from './ocsf-terms.ts';
import { type AuditFacts, type AuditRecord, actorOf, originOf } from './record.ts';

export interface CheckpointFacts {
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
  readonly requestId: string;
  readonly settings: Pick<AuditFacts['settings'], 'handler' | 'configHash' | 'mode'>;
  readonly chain: Chain;
}

/** Takes the facts of an invocation's end; returns its record (OCSF 1.9.0, class 3007), which is about nobody. */
export function checkpointRecord({ id, now, requestId, settings, chain }: CheckpointFacts): AuditRecord {
  return {
    ...classed('checkpoint', PHASE_TERMS.checkpoint),
    time: now,
    status_detail: 'checkpoint',
    user: { uid: 'unresolved' },
    actor: actorOf(settings.handler),
    metadata: originOf(id),
    unmapped: {
      phase: 'checkpoint',
      checkpoint: { sequence: chain.sequence, head: chain.last?.fingerprint ?? '', count: chain.unclosed },
      request_id: requestId,
      policy: { config_hash: settings.configHash, mode: settings.mode },
    },
  };
}
