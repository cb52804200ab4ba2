/** Hash and size of a text as received, without a clue to the secrets that were in it. */
import { REDACTED, type Redaction, redact } from '../../events/secrets.ts';

export interface RawDigest {
  /** Hex. */
  readonly sha256: string;
  /** Bytes of UTF-8. */
  readonly size: number;
}

/**
 * Of the redacted text; of `[redacted]` if all is withheld. Hash or size of what was received would let a reader try
 * out guesses of a short secret.
 */
export function digestOf(redaction: Redaction, sha256: (text: string) => string): RawDigest {
  const text = redaction.kind === 'text' ? redaction.text : REDACTED;
  return { sha256: sha256(text), size: Buffer.byteLength(text) };
}

/** The same, made when it is first asked for: a long text takes long to search for secrets. */
export function lazyDigest(text: () => string, sha256: (text: string) => string): () => RawDigest {
  let digest: RawDigest | undefined;
  return () => {
    digest ??= digestOf(redact(text()), sha256);
    return digest;
  };
}
