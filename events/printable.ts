/** Names that senders choose, for ids, records and attributes, which are printable ASCII. */
import { REDACTED, redact } from './secrets.ts';

/** Percent-encodes all else (RFC 3986 §2.1). Hides invisible characters from a search for secrets: search before. */
export const percentEncoded = (text: string): string =>
  text.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);

/** Without secrets, and percent-encoded. */
export function printable(text: string): string {
  const redaction = redact(text);
  return percentEncoded(redaction.kind === 'withheld' ? REDACTED : redaction.text);
}
