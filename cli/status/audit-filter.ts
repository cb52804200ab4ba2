/** Which audit records a search is for, and how CloudWatch Logs is asked for them. Pure. */
import { fieldsOf } from '../../events/shapes.ts';
import type { AuditLine } from '../../lib/audit/read-line.ts';

/**
 * `events`: records of the events or messages with these ids, of their follow-up checks, replays and discards.
 * `target`: records that name a key or a principal.
 */
export type AuditFilter =
  | { readonly kind: 'events'; readonly ids: readonly string[] }
  | { readonly kind: 'target'; readonly name: string };

/** Whether the record is one that the filter means. Searches of logs may return more. */
export function matchesFilter({ record }: AuditLine, filter: AuditFilter): boolean {
  if (filter.kind === 'target') return namesIn(fieldsOf(record.unmapped)).includes(filter.name);
  return [...ID_FIELDS, 'unmapped.discard.origin'].some((path) => {
    const id = path.split('.').reduce<unknown>((value, name) => fieldsOf(value)[name], record);
    return typeof id === 'string' && filter.ids.includes(id);
  });
}

/** The target of a record, and the live keys that it lists. */
function namesIn(unmapped: Readonly<Record<string, unknown>>): readonly unknown[] {
  const target = fieldsOf(unmapped.target);
  const lists = [unmapped.keys_before, unmapped.keys_after].map((keys) => fieldsOf(keys).ids);
  return [target.accessKeyId, target.principalName, ...lists.flatMap((ids) => (Array.isArray(ids) ? ids : []))];
}

/** What both find together is what is asked for: each text has a limit. */
export interface LogQueries {
  /** CloudWatch Logs Insights. */
  readonly insights: readonly string[];
  /** Filter patterns of FilterLogEvents. */
  readonly patterns: readonly string[];
}

/** The log groups have an index of them (serverless.yml). Discards are in the file of the CLI alone. */
export const ID_FIELDS = [
  'metadata.correlation_uid',
  'metadata.original_event_uid',
  'unmapped.parent.id',
  'unmapped.replay.origin',
] as const;

/** Ids, keys and principals are printable ASCII, so that only `"` and `\\` are escaped, with a backslash. */
const quote = (text: string): string => JSON.stringify(text);

/** Characters. (CloudWatch Logs API reference, StartQuery and FilterLogEvents) */
const MAX_INSIGHTS = 10_000;
const MAX_PATTERN = 1_024;

/** (CloudWatch Logs user guide, query syntax; filter and pattern syntax) */
export function toLogQueries(filter: AuditFilter): LogQueries {
  if (filter.kind === 'target') {
    // The text of a record is searched, where the name is escaped already.
    const name = quote(quote(filter.name).slice(1, -1));
    return { insights: [insightsOf(`@message like ${name}`)], patterns: [name] };
  }
  const ids = filter.ids.map(quote);
  const terms = ID_FIELDS.flatMap((field) => ids.map((id) => `($.${field} = ${id})`));
  return {
    insights: textsOf(ids, MAX_INSIGHTS, (some) =>
      insightsOf(ID_FIELDS.map((field) => `${field} in [${some.join(', ')}]`).join(' or ')),
    ),
    patterns: textsOf(terms, MAX_PATTERN, (some) => `{ ${some.join(' || ')} }`),
  };
}

/** A text for all items, or several where it would be longer than `max`: each has one item at least. */
function textsOf(
  items: readonly string[],
  max: number,
  textOf: (some: readonly string[]) => string,
): readonly string[] {
  const last = items.findLastIndex((_, index) => textOf(items.slice(0, index + 1)).length <= max);
  const count = Math.max(1, last + 1);
  const rest = items.slice(count);
  return [textOf(items.slice(0, count)), ...(rest.length === 0 ? [] : textsOf(rest, max, textOf))];
}

const MAX_QUERY_RESULTS = 10_000;

const insightsOf = (condition: string): string =>
  `fields @message | filter class_uid = 3007 and (${condition}) | sort @timestamp asc | limit ${MAX_QUERY_RESULTS}`;
