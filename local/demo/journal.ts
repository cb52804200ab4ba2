/** What the audit log says of each event, as its lines come in. */

/** The fields of an audit record that the demo reads (`lib/audit/record.ts`). */
interface AuditLine {
  readonly time: number;
  readonly status_detail: string;
  readonly status_code?: string;
  readonly raw_data_hash?: { readonly value: string };
  readonly metadata: { readonly correlation_uid?: string };
  readonly unmapped: {
    readonly phase: 'intent' | 'outcome' | 'dead-letter' | 'hold' | 'note' | 'replay' | 'checkpoint';
    readonly replay?: { readonly reason: string; readonly operator: { readonly name: string } };
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

/** One step of an event. */
export interface Entry {
  /** The event's id; empty when the message held none. */
  readonly eventId: string;
  /** SHA-256 (hex) of the message's body. */
  readonly bodyHash: string;
  /** Epoch ms. */
  readonly at: number;
  readonly phase: AuditLine['unmapped']['phase'];
  /** A fixed word: the outcome, the reason, or what a note says. */
  readonly code: string;
  readonly detail: string;
  /** A key id or a principal; empty: none. */
  readonly target: string;
  /** Tries in this delivery, from 1; 0: no call. */
  readonly attempt: number;
  /** Deliveries of the message, from 1. */
  readonly delivery: number;
  /** The API's status or why there was no answer; empty when there was no call. */
  readonly answer: string;
  readonly late: boolean;
  readonly verifiedBy: string;
  /** Live keys of the principal before the call; absent for a key. */
  readonly keysBefore?: number;
}

export interface Story {
  readonly trail: readonly string[];
  readonly attempts: number;
  /** Epoch ms of the record that proves the revocation; absent: nothing was revoked. */
  readonly revokedAt?: number;
}

export interface Journal {
  /** Has what comes under an event id, or in a message with that body hash, told under a name. */
  name(key: string, name: string): void;
  /** The name of an event; when it has none, its id, or the head of the hash. Takes empty texts for what is not known. */
  nameOf(eventId: string, bodyHash: string): string;
  /** Takes a line of the audit log; returns its entry, whose it is, and whether it belongs to the story; undefined when it is no audit record. */
  add(line: string): { readonly name: string; readonly entry: Entry; readonly told: boolean } | undefined;
  stories(): ReadonlyMap<string, Story>;
}

/** A note about a day has the day as its code; a letter that went round again is `sent`. */
function codeShown(phase: Entry['phase'], code: string): string {
  if (phase === 'note' && code.startsWith('due: ')) return 'scheduled';
  return phase === 'replay' && code === 'sent' ? 'replayed' : code;
}

/** A replay has a word on each letter that it sees. Only what it sends belongs to the event's story. A checkpoint is about no event. */
const isTold = ({ phase, code }: Entry): boolean =>
  phase !== 'checkpoint' && (phase !== 'replay' || code === 'replayed');

/** Takes a line of the audit log (OCSF 1.9.0, class 3007); returns what the demo shows of it. Throws when it is no record. */
export function entryOf(line: string): Entry {
  const {
    time,
    status_detail: code,
    status_code: status,
    raw_data_hash,
    metadata,
    unmapped,
  }: AuditLine = JSON.parse(line);
  const { phase, target, attempt = 0, receive_count: delivery = 0, fault, keys_before: before, replay } = unmapped;
  const detail = replay === undefined ? (unmapped.detail ?? '') : `by ${replay.operator.name}, was ${replay.reason}`;
  return {
    eventId: metadata.correlation_uid ?? '',
    bodyHash: raw_data_hash?.value ?? '',
    at: time,
    phase,
    code: codeShown(phase, code),
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

/** Takes the entries of one event, in order; returns its story. */
export function storyOf(entries: readonly Entry[]): Story {
  const revoked = entries.find(({ code }) => code === 'confirmed');
  return {
    trail: entries.filter(({ phase }) => phase !== 'intent').map(({ code }) => code),
    attempts: entries.filter(({ phase }) => phase === 'intent').length,
    ...(revoked === undefined ? {} : { revokedAt: revoked.at }),
  };
}

/** Returns an empty journal. */
export function openJournal(): Journal {
  const names = new Map<string, string>();
  const entries = new Map<string, Entry[]>();
  const nameOf = (eventId: string, bodyHash: string): string =>
    names.get(eventId) ?? (eventId || (names.get(bodyHash) ?? `message ${bodyHash.slice(0, 8)}`));
  return {
    name: (key, name) => void names.set(key, name),
    nameOf,
    add(line) {
      let entry: Entry;
      try {
        entry = entryOf(line);
      } catch {
        return undefined;
      }
      const name = nameOf(entry.eventId, entry.bodyHash);
      const told = isTold(entry);
      if (told) entries.set(name, [...(entries.get(name) ?? []), entry]);
      return { name, entry, told };
    },
    stories: () => new Map([...entries].map(([name, told]) => [name, storyOf(told)])),
  };
}
