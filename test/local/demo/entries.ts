/** Lines of the audit log as the product writes them, and entries made of them. */
import { parseEvent } from '../../../events/canonical.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { planOf, type Target } from '../../../lib/model/plan.ts';
import { type Entry, parseEntry } from '../../../local/demo/journal.ts';
import { EVENT_MS, keyLeak, offboarded } from '../../support/event-factory.ts';

export const HASH = 'c0ffee'.padEnd(64, '0');

const eventOf = (value: unknown) => {
  const parsed = parseEvent(value, EVENT_MS);
  if (parsed.kind !== 'event') throw new Error(parsed.detail);
  return parsed.event;
};
const targetOf = (value: unknown): Target => {
  const plan = planOf(eventOf(value));
  if (plan.kind === 'key') return plan.target;
  if (plan.kind !== 'principal' || !('principalName' in plan.subject)) throw new Error('names neither');
  return { kind: 'principal', principalName: plan.subject.principalName };
};
/** The targets of the event factory: its key and its principal. */
export const KEY = targetOf(keyLeak());
export const OFFBOARDED = targetOf(offboarded());

export interface Told {
  /** Null: a message without an event. */
  readonly id?: string | null;
  /** Epoch ms. */
  readonly at?: number;
  readonly receiveCount?: number;
}

/** One line, by the product's own `auditRecord`, of a leak called `leak`. */
export const line = (entry: AuditEntry, { id = 'leak', at = EVENT_MS, receiveCount = 1 }: Told = {}): string =>
  JSON.stringify(
    auditRecord({
      id: 'record-1',
      now: at,
      entry,
      event: id === null ? null : eventOf(keyLeak({ id })),
      delivery: {
        messageId: 'm1',
        receiveCount,
        lane: 'urgent',
        senderId: 'AROAEXAMPLE',
        requestId: 'r1',
        replays: 0,
        sha256: HASH,
        size: 10,
      },
      settings: { handler: 'revoke', apiHost: 'api.example', configHash: 'b'.repeat(64), mode: 'enforce' },
    }),
  );

export const entry = (...given: Parameters<typeof line>): Entry => parseEntry(line(...given));
