/** Audit logs as they are written: real records in real chains, from environments that work side by side. */
import { hash } from 'node:crypto';
import { appendToChain, type Chain, openChain } from '../../lib/audit/chain.ts';
import { checkpointRecord } from '../../lib/audit/checkpoint-record.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { type AuditRecord, auditRecord, type OrderedRecord } from '../../lib/audit/record.ts';
import { inAscii } from '../../lib/model/json.ts';
import type { Chance } from '../../lib/ports.ts';
import { factsOf, KEY_EVENT, KEY_TARGET } from './audit-facts.ts';
import { EVENT_MS } from './event-factory.ts';

export const sha256 = (text: string): string => hash('sha256', text);

export interface Environment {
  /** Writes a record about the leak of this id (null: about no event), in the invocation at hand. */
  write(entry: AuditEntry, eventId?: string | null): void;
  /** Writes intent and outcome of a leaked key. */
  revoke(eventId: string): void;
  /** Ends the invocation, and begins another; if nothing was written, without a record. */
  checkpoint(): void;
  /** What it wrote, in order. */
  readonly lines: readonly string[];
  readonly records: readonly AuditRecord[];
}

const CALL = { call: 'revoke-key', attempt: 1 } as const;
export const INTENT = { phase: 'intent', target: KEY_TARGET, call: CALL } as const satisfies AuditEntry;
export const CONFIRMED = {
  phase: 'outcome',
  target: KEY_TARGET,
  outcome: 'confirmed',
  call: { ...CALL, status: 200, latencyMs: 12 },
  verifiedBy: 'read-back',
} as const satisfies AuditEntry;

/** The record in the chain, and as its reader parses it. */
export function linkedTo(chain: Chain, record: OrderedRecord) {
  const linked = appendToChain(chain, record, sha256);
  const read: AuditRecord = JSON.parse(linked.text);
  return { ...linked, record: read };
}

/** An environment that has just started. Time advances by a second with each record. */
export function startEnvironment(
  chance: Pick<Chance, 'id'>,
  { onLine = () => {}, clock = tickingClock() }: { onLine?: (line: string) => void; clock?: () => number } = {},
): Environment {
  const lines: string[] = [];
  const records: AuditRecord[] = [];
  let chain: Chain = openChain(chance.id(), 'revoke:7');
  let requestId = chance.id();
  const put = (record: OrderedRecord): void => {
    const linked = linkedTo(chain, record);
    chain = linked.chain;
    records.push(linked.record);
    lines.push(inAscii(linked.text));
    onLine(inAscii(linked.text));
  };
  const write: Environment['write'] = (entry, eventId = 'alert-1') => {
    const facts = factsOf(entry, eventId === null ? null : { ...KEY_EVENT, id: eventId });
    put(auditRecord({ ...facts, id: chance.id(), now: clock(), delivery: { ...facts.delivery, requestId } }));
  };
  return {
    write,
    revoke(eventId) {
      write(INTENT, eventId);
      write(CONFIRMED, eventId);
    },
    checkpoint() {
      if (chain.unclosed === 0) return;
      const { settings } = factsOf(INTENT, null);
      put(checkpointRecord({ id: chance.id(), now: clock(), requestId, settings, chain }));
      requestId = chance.id();
    },
    lines,
    records,
  };
}

/** Begins at EVENT_MS, and goes on by a second each time it is read. */
export function tickingClock(): () => number {
  let now = EVENT_MS;
  return () => {
    now += 1_000;
    return now;
  };
}
