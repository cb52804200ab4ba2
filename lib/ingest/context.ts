/** What a webhook request is processed with, from the longest-lived to the shortest. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Proofs, SignedSource, Source, WebRequest } from '../../events/sources/source.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import type { Ports } from '../context.ts';
import type { ScimDirectory } from '../ledger/scim-directory.ts';
import type { Lane } from '../model/settings.ts';
import type { ThrottledCounter } from './throttled-counter.ts';

export interface IngestPorts
  extends Pick<Ports, 'clock' | 'chance' | 'audit' | 'deadLetters' | 'lanes' | 'log' | 'meter' | 'sha256' | 'table'> {
  readonly secrets: SenderSecrets;
  /** SHA-256 of bytes, in hex. */
  readonly digest: (bytes: Uint8Array) => string;
}

/** One Lambda environment. */
export interface IngestServices {
  readonly ports: IngestPorts;
  readonly settings: AuditFacts['settings'];
  readonly sources: ReadonlyMap<string, Source | SignedSource>;
  readonly counter: ThrottledCounter;
}

/** A request as received: its path begins with the name of a source. */
export interface IncomingRequest {
  readonly request: WebRequest;
  /** Lambda's request id. */
  readonly requestId: string;
  /** API Gateway's request id. */
  readonly gatewayId: string;
  /** The sender's address, as API Gateway saw it. */
  readonly address: string;
  /** Epoch ms at which Lambda ends the invocation. */
  readonly endsAt: number;
}

/** A request at its source. */
export interface SourceRequest extends Pick<IncomingRequest, 'endsAt' | 'gatewayId'> {
  readonly services: IngestServices;
  readonly source: Pick<Source, 'name'>;
  /** Of a source that keeps one. */
  readonly store?: ScimDirectory;
  /** Its path is below the source's. */
  readonly request: WebRequest;
  /** Writes one audit record: about an event and its lane, or about the request. Rejects if it cannot be written. */
  readonly record: (
    entry: AuditEntry,
    about?: { readonly event: CanonicalEvent; readonly lane: Lane },
  ) => Promise<void>;
}

export type SecretOwner = Pick<Source, 'name' | 'secretEncoding'>;

/** Verifies requests against the senders' active secrets. */
export interface SenderSecrets {
  /** Undefined: the source is not configured. Rejects if a secret cannot be loaded. */
  proofs(source: SecretOwner): Promise<Proofs | undefined>;
  /**
   * After a failed verification: with secrets that changed since; undefined if none did, or if they were loaded less
   * than 30 s ago. Never rejects.
   */
  reload(source: SecretOwner): Promise<Proofs | undefined>;
}
