/** What the last run found, for the attestation that compares it with a later listing. One row, overwritten. */
import { expiryOf, type LedgerPorts } from '../ledger/events.ts';
import type { Json } from '../model/json.ts';
import { AdapterError } from '../runtime/adapter-error.ts';
import { countStanding, type Survey } from './found.ts';

const RUN_KEY = 'reconciliation#run';
const MAX_WRITE_ATTEMPTS = 3;

/** Times in epoch ms. */
export interface SavedRun extends Pick<Survey, 'begun' | 'ended' | 'pages' | 'keys' | 'unowned'> {
  /** RFC 3339. */
  readonly start: string;
  /** Offboarded principals with live keys, findings included. */
  readonly standing: number;
}

/** Rejects if the row cannot be written. */
export async function saveRun(
  { table, clock }: Pick<LedgerPorts, 'table' | 'clock'>,
  { start, survey }: { readonly start: string; readonly survey: Survey },
): Promise<void> {
  const { begun, ended, pages, keys, unowned } = survey;
  const data: { readonly [name: string]: Json } = {
    start,
    begun,
    ended,
    pages,
    keys,
    unowned,
    standing: countStanding(survey),
  };
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const seen = await table.get(RUN_KEY);
    const row = { pk: RUN_KEY, version: (seen?.version ?? 0) + 1, expiresAt: expiryOf(clock.now()), data };
    if (await table.put(row, seen?.version)) return;
  }
  throw new AdapterError('ledger-unavailable', 'contended');
}

/** Undefined: there was no run. Rejects if the table cannot be reached. */
export async function readRun({ table }: Pick<LedgerPorts, 'table'>): Promise<SavedRun | undefined> {
  const data: unknown = (await table.get(RUN_KEY))?.data;
  return isRun(data) ? data : undefined;
}

function isRun(data: unknown): data is SavedRun {
  if (typeof data !== 'object' || data === null) return false;
  const { start, begun, ended, pages, keys, unowned, standing }: Partial<SavedRun> = data;
  return typeof start === 'string' && [begun, ended, pages, keys, unowned, standing].every(Number.isFinite);
}
