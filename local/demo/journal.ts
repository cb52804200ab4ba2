/** Collects the audit records of each event while they are written. */
import type { Phase } from '../../lib/audit/ocsf-terms.ts';

/** What an operator did with a dead letter. */
interface OperatorStep {
  readonly reason: string;
  readonly operator: { readonly name: string };
}

/** The fields of an audit record that the demo reads (`lib/audit/record.ts`). */
interface AuditLine {
  readonly time: number;
  readonly status_detail: string;
  readonly status_code?: string;
  readonly raw_data_hash?: { readonly value: string };
  readonly metadata: { readonly correlation_uid?: string };
  readonly unmapped: {
    readonly phase: Phase;
    readonly replay?: OperatorStep;
    readonly discard?: OperatorStep;
    readonly target?: { readonly accessKeyId?: string; readonly principalName?: string };
    readonly attempt?: number;
    readonly receive_count?: number;
    readonly fault?: string;
    readonly detail?: string;
    readonly late_key?: true;
    readonly verified_by?: string;
    readonly keys_before?: { readonly count: number };
  };
}

/** An audit record, reduced to what the demo shows. */
export interface Entry {
  /** Empty where the message has no event. */
  readonly eventId: string;
  /** SHA-256 of the message body, hex. */
  readonly bodyHash: string;
  /** Epoch ms. */
  readonly at: number;
  readonly phase: Phase;
  /** The outcome, the reason code, or the code of a note. */
  readonly code: string;
  readonly detail: string;
  /** A key id or a principal; may be empty. */
  readonly target: string;
  /** Attempts in this delivery, from 1; 0 where there was no call. */
  readonly attempt: number;
  /** Receive count of the message, from 1. */
  readonly delivery: number;
  /** The HTTP status, or the fault instead of one; empty where there was no call. */
  readonly answer: string;
  readonly late: boolean;
  readonly verifiedBy: string;
  /** Live keys of the principal before the call. Absent for a key. */
  readonly keysBefore?: number;
}

export interface EventHistory {
  readonly trail: readonly string[];
  readonly attempts: number;
  /** Epoch ms of the record that proves the revocation. Absent where nothing was revoked. */
  readonly revokedAt?: number;
}

export interface AddedEntry {
  readonly entry: Entry;
  /** Name of the event, or `reconciliation`, which is about none. */
  readonly name: string;
  /** False: the record is not part of the event's history. */
  readonly belongsToEvent: boolean;
}

export interface Journal {
  /** Names the event with this id, or the message with this body hash. */
  setName(key: string, name: string): void;
  /** The name that was set; else the id, else the first digits of the hash. Either argument may be empty. */
  nameOf(eventId: string, bodyHash: string): string;
  /** Adds a line of the audit log. Returns undefined where it is no audit record. */
  add(line: string): AddedEntry | undefined;
  histories(): ReadonlyMap<string, EventHistory>;
}

/** A note about a schedule has its due time as its code, and a replay that succeeded has `sent`. */
function displayCode(phase: Phase, code: string): string {
  if (phase === 'note' && code.startsWith('due: ')) return 'scheduled';
  return phase === 'replay' && code === 'sent' ? 'replayed' : code;
}

/** Of a replay or a discard, only the record that it succeeded concerns the event. */
const RESULTS: Readonly<Partial<Record<Phase, string>>> = { replay: 'replayed', discard: 'discarded' };

const belongsToEvent = ({ phase, code }: Entry): boolean => phase !== 'checkpoint' && (RESULTS[phase] ?? code) === code;

/** Parses a line of the audit log (OCSF 1.9.0, class 3007). Throws where it is no record. */
export function parseEntry(line: string): Entry {
  const {
    time,
    status_detail: code,
    status_code: status,
    raw_data_hash,
    metadata,
    unmapped,
  }: AuditLine = JSON.parse(line);
  const { phase, target, attempt = 0, receive_count: delivery = 0, fault, keys_before: before } = unmapped;
  const step = unmapped.replay ?? unmapped.discard;
  const detail = step === undefined ? (unmapped.detail ?? '') : `by ${step.operator.name}, was ${step.reason}`;
  return {
    eventId: metadata.correlation_uid ?? '',
    bodyHash: raw_data_hash?.value ?? '',
    at: time,
    phase,
    code: displayCode(phase, code),
    detail,
    target: target?.accessKeyId ?? target?.principalName ?? '',
    attempt,
    delivery,
    answer: fault ?? (status === undefined ? '' : `HTTP ${status}`),
    late: unmapped.late_key === true,
    verifiedBy: unmapped.verified_by ?? '',
    ...(before === undefined ? {} : { keysBefore: before.count }),
  };
}

/** The history of one event from its entries, which are in order. */
export function toHistory(entries: readonly Entry[]): EventHistory {
  const revoked = entries.find(({ code }) => code === 'confirmed');
  return {
    trail: entries.filter(({ phase }) => phase !== 'intent').map(({ code }) => code),
    attempts: entries.filter(({ phase }) => phase === 'intent').length,
    ...(revoked === undefined ? {} : { revokedAt: revoked.at }),
  };
}

export function createJournal(): Journal {
  const names = new Map<string, string>();
  const entries = new Map<string, Entry[]>();
  const nameOf = (eventId: string, bodyHash: string): string =>
    names.get(eventId) ?? (eventId || (names.get(bodyHash) ?? `message ${bodyHash.slice(0, 8)}`));
  return {
    setName: (key, name) => void names.set(key, name),
    nameOf,
    add(line) {
      let entry: Entry;
      try {
        entry = parseEntry(line);
      } catch {
        return undefined;
      }
      const name = entry.phase === 'reconcile' ? 'reconciliation' : nameOf(entry.eventId, entry.bodyHash);
      const isPart = belongsToEvent(entry);
      if (isPart) entries.set(name, [...(entries.get(name) ?? []), entry]);
      return { name, entry, belongsToEvent: isPart };
    },
    histories: () => new Map([...entries].map(([name, each]) => [name, toHistory(each)])),
  };
}
