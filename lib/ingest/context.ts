/** What the flow of a sender's request holds while it works: values from outer to inner. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Proofs, Source, WebRequest } from '../../events/sources/source.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import type { Ports } from '../context.ts';
import type { Lane } from '../model/settings.ts';
import type { ThrottledCounter } from './throttled-counter.ts';

export interface IngestPorts extends Pick<Ports, 'clock' | 'chance' | 'audit' | 'lanes' | 'log' | 'meter'> {
  readonly senders: Senders;
  /** SHA-256 of bytes, in hex. */
  readonly digest: (bytes: Uint8Array) => string;
}

/** One Lambda environment. */
export interface IngestServices {
  readonly ports: IngestPorts;
  readonly settings: AuditFacts['settings'];
  readonly sources: ReadonlyMap<string, Source>;
  readonly counter: ThrottledCounter;
}

/** A request as it came to us: its path begins with the name of a source. */
export interface Arrival {
  readonly request: WebRequest;
  /** The ids that Lambda and API Gateway gave it, and the address of the sender, as API Gateway tells it. */
  readonly requestId: string;
  readonly gatewayId: string;
  readonly address: string;
  /** Epoch ms at which Lambda ends the invocation. */
  readonly endsAt: number;
}

/** One arrival at its source, with the writer of its records. */
export interface Admission extends Pick<Arrival, 'endsAt'> {
  readonly services: IngestServices;
  readonly source: Source;
  /** Its path is below the source's. */
  readonly request: WebRequest;
  /** Writes one audit record: about an event and its lane, or about the request. Rejects when it could not be written. */
  readonly record: (
    entry: AuditEntry,
    about?: { readonly event: CanonicalEvent; readonly lane: Lane },
  ) => Promise<void>;
}

/** The proofs that senders' requests are genuine, with their active secrets. */
export interface Senders {
  /** Undefined: the source is not set up. Rejects when a secret cannot be had. */
  proofs(source: Source): Promise<Proofs | undefined>;
  /** After a failed proof: with other secrets than before; undefined when there are none, or when the store was asked less than 30 s ago. Never rejects. */
  renewed(source: Source): Promise<Proofs | undefined>;
}
