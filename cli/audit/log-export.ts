/**
 * Extracts log events from the export formats of CloudWatch Logs, one line at a time: plain lines, lines after a time
 * and a stream (`aws logs tail`), JSON of `filter-log-events` and `get-query-results` (indented or not), CSV of
 * Insights, and subscriptions. Pure. (CloudWatch Logs API reference; subscription filters)
 */
import { isRecord } from '../../events/shapes.ts';
import { mayHoldAuditRecord } from '../../lib/audit/read-line.ts';

/**
 * A prefix before a record of `lib/audit/record.ts`; JSON that encloses the record is no prefix. Records of 0.1.0
 * begin with `activity_id`.
 */
const BEFORE_OWN = /^(?!\[)[^"{]*(?=\{"(?:action|activity_id)")/;
/** A record in a field of CSV, whose quotes are doubled. (RFC 4180) */
const IN_CSV = /"\{""(?:action|activity_id)""/;
/** Twice the longest record that is read. */
const MAX_FIELD = 524_288;
/** Firehose writes documents without a separator. Inside a string the quotes would be escaped. */
const SEAM = '}{"messageType"';

/** Lines of an export; each document of a subscription is a line of its own. */
export const splitLines = (text: string): string[] => text.replaceAll(SEAM, '}\n{"messageType"').split('\n');

/** The events of a line that may be audit records. */
export function extractEvents(line: string): readonly string[] {
  if (!mayHoldAuditRecord(line)) return [];
  const text = line.trim();
  const before = BEFORE_OWN.exec(text)?.[0];
  if (before !== undefined) return [text.slice(before.length)];
  const inCsv = text.search(IN_CSV);
  if (inCsv >= 0) return [readCsvField(text.slice(inCsv + 1, inCsv + MAX_FIELD))];
  const value = parseOrText(text);
  // A line of indented JSON is a member of an object.
  return unwrap(typeof value === 'string' ? parseOrText(`{${value.replace(/,$/, '')}}`) : value, text);
}

/** `text` begins behind the quote. The field may end on the next line: messages of Lambda end with a line feed. */
function readCsvField(text: string): string {
  const [field = ''] = text.replaceAll('""', '\0').split('"', 1);
  return field.replaceAll('\0', '"').trim();
}

/** Text that is no JSON stays as it is: reading the record reports it. */
function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unwrap(value: unknown, text: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOfMember);
  // Stryker disable next-line ConditionalExpression: for the type only, a text has none of these members
  if (!isRecord(value)) return [text];
  const inner = [value.logEvents, value.events, value.results].find(Array.isArray);
  if (inner !== undefined) return inner.flatMap(textsOfMember);
  const message = messageOf(value);
  return message === undefined ? [text] : textsOf(message);
}

/** An event, or the fields of a query result. */
function textsOfMember(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value
      .filter((field) => isRecord(field) && field.field === '@message')
      .flatMap(({ value: text }) => textsOf(text));
  }
  return isRecord(value) ? textsOf(messageOf(value) ?? value) : [];
}

/** The field in which an export puts the text of an event. */
const messageOf = (value: Readonly<Record<string, unknown>>): unknown =>
  value.message ?? value['@message'] ?? value.value;

/** An event as text, or as a value that another tool has parsed. */
function textsOf(message: unknown): readonly string[] {
  if (typeof message === 'string') return mayHoldAuditRecord(message) ? [message.trim()] : [];
  return isRecord(message) ? [JSON.stringify(message)] : [];
}
