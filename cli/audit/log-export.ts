/**
 * Events of a log in the forms in which CloudWatch Logs gives them out, a line at a time: as they were written, behind a
 * time and a stream (`aws logs tail`), in the JSON of `filter-log-events` and `get-query-results`, indented or not, and in
 * that of a subscription. Pure. (CloudWatch Logs API reference; subscription filters)
 */
import { isRecord } from '../../events/shapes.ts';
import { mayHoldAuditRecord } from '../../lib/audit/read-line.ts';

/** What stands before a line of ours (`lib/audit/record.ts`): a prefix of another kind, nothing that encloses it. */
const BEFORE_OWN = /^(?!\[)[^"{]*(?=\{"activity_id")/;
/** Firehose puts one document behind the other. Inside a text the quotes would be escaped. */
const SEAM = '}{"messageType"';

/** Takes text of an export; returns its lines, each document of a subscription on one of its own. */
export const linesIn = (text: string): string[] => text.replaceAll(SEAM, '}\n{"messageType"').split('\n');

/** Takes one line of an export; returns the texts of the events in it that may be audit records. */
export function eventsIn(line: string): readonly string[] {
  if (!mayHoldAuditRecord(line)) return [];
  const text = line.trim();
  const before = BEFORE_OWN.exec(text)?.[0];
  if (before !== undefined) return [text.slice(before.length)];
  const value = parsed(text);
  // A line of indented JSON is a member of the object around it.
  return unwrapped(typeof value === 'string' ? parsed(`{${value.replace(/,$/, '')}}`) : value, text);
}

/** What is no JSON stays as it is: whoever reads it says what is wrong with it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unwrapped(value: unknown, text: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  // Stryker disable next-line ConditionalExpression: for the type only, a text has none of these members
  if (!isRecord(value)) return [text];
  const inner = [value.logEvents, value.events, value.results].find(Array.isArray);
  if (inner !== undefined) return inner.flatMap(membersOf);
  const message = messageOf(value);
  return message === undefined ? [text] : textsOf(message);
}

/** An event, or the fields of a query's result. */
function membersOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value
      .filter((field) => isRecord(field) && field.field === '@message')
      .flatMap(({ value: text }) => textsOf(text));
  }
  return isRecord(value) ? textsOf(messageOf(value) ?? value) : [];
}

/** What stands where an export puts the text of an event. */
const messageOf = (value: Readonly<Record<string, unknown>>): unknown =>
  value.message ?? value['@message'] ?? value.value;

/** The text of an event, as it was written or as a value that some tool has parsed. */
function textsOf(message: unknown): readonly string[] {
  if (typeof message === 'string') return mayHoldAuditRecord(message) ? [message.trim()] : [];
  return isRecord(message) ? [JSON.stringify(message)] : [];
}
