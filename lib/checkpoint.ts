/** The end of an invocation's audit. */
import { checkpointRecord } from './audit/checkpoint-record.ts';
import type { AuditFacts } from './audit/record.ts';
import type { Ports } from './ports.ts';

export interface Closing {
  readonly ports: Pick<Ports, 'audit' | 'chance' | 'clock' | 'log'>;
  readonly settings: Pick<AuditFacts['settings'], 'handler' | 'configHash' | 'mode'>;
}

/**
 * Takes the ports, the settings and the id of the invocation; writes the checkpoint of its records, if it wrote any.
 * Never rejects: what is settled stays so, and a chain without its checkpoint shows as open.
 */
export async function checkpoint({ ports, settings }: Closing, requestId: string): Promise<void> {
  const { audit, chance, clock, log } = ports;
  try {
    await audit.checkpoint((chain) =>
      checkpointRecord({ id: chance.id(), now: clock.now(), requestId, settings, chain }),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    log.error('no-checkpoint', { error: code });
  }
}
