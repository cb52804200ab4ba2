/** Generated audit logs: one or two environments, interleaved, every chain closed. */
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { type Environment, INTENT, startEnvironment, tickingClock } from '../../support/audit-chains.ts';
import { type SeededChance, seededChance } from '../../support/seeded-chance.ts';

export interface Log {
  /** One record each, in the order in which they were written. */
  readonly lines: readonly string[];
  /** Which lines belong to each chain. */
  readonly chains: readonly (readonly number[])[];
}

const HOLD: AuditEntry = { phase: 'hold', reason: 'held-stale', detail: 'older than P7D' };
const NOTE: AuditEntry = { phase: 'note', name: 'Already Parked', detail: 'parked' };

/** A log of about seven records. */
export function logOf(chance: SeededChance): Log {
  const lines: string[] = [];
  const chains: number[][] = [];
  const clock = tickingClock();
  const environments = Array.from({ length: 1 + Math.floor(chance.fraction() * 2) }, () => {
    const own: number[] = [];
    chains.push(own);
    return startEnvironment(chance, { clock, onLine: (line) => own.push(lines.push(line) - 1) });
  });
  const [first] = environments;
  for (let turn = 0; turn < 2; turn += 1) {
    const environment = environments[Math.floor(chance.fraction() * environments.length)] ?? first;
    if (environment !== undefined) act(environment, chance, `event-${turn}`);
  }
  for (const environment of environments) {
    if (environment.lines.length === 0) environment.write(NOTE);
    environment.checkpoint();
  }
  return { lines, chains };
}

function act(environment: Environment, chance: SeededChance, eventId: string): void {
  const what = chance.fraction();
  if (what < 0.6) environment.revoke(eventId);
  else if (what < 0.75) environment.write(HOLD, eventId);
  else if (what < 0.9) environment.write(NOTE, eventId);
  else environment.write({ ...INTENT, shared: true }, eventId);
  // An intent alone would be a finding of its own.
  if (what >= 0.9) environment.revoke(eventId);
  if (environment.lines.length > 0 && chance.fraction() < 0.2) environment.checkpoint();
}

/** The same logs each time. */
export const logsOf = (count: number): readonly Log[] =>
  Array.from({ length: count }, (_, seed) => logOf(seededChance(seed + 1)));
