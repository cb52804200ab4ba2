/** The timeline of `status`: every audit record of the events that an id, a key or a principal is part of. */
import { accessKeyId, principalName } from '../../events/ids.ts';
import { fieldsOf } from '../../events/shapes.ts';
import type { AuditLine } from '../../lib/audit/read-line.ts';
import type { AuditStep } from '../../lib/audit/read-step.ts';
import type { Json } from '../../lib/model/json.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { createIncidentReader, type EventHistory, isCheck } from '../audit/incidents.ts';
import {
  describeStep,
  eventTitle,
  formatInstant,
  nameStep,
  STATUS_LABELS,
  toIsoInstant,
} from '../audit/report/format.ts';
import { explainAwsError } from '../aws-failure.ts';
import type { AuditSearch, FoundRecords } from './audit-search.ts';

/** What `status` is asked about. `event`: the id of an event, or of a message. */
export interface StatusSubject {
  readonly kind: 'event' | 'key' | 'principal';
  readonly id: string;
}

export function parseSubject(id: string): StatusSubject {
  if (accessKeyId.safeParse(id).success) return { kind: 'key', id };
  return { kind: principalName.safeParse(id).success ? 'principal' : 'event', id };
}

export interface Timeline {
  readonly from: AuditSearch['from'] | 'nowhere';
  /** In the order of their first records. */
  readonly events: readonly EventHistory[];
  /** False: the search found more than it may return. */
  readonly complete: boolean;
  /** The name of the error because of which there are no events. */
  readonly error?: string;
}

/** The whole history is read of so many events. */
const MAX_EVENTS = 50;

/** `source`: only events of this source, and their follow-up checks. Never rejects with AdapterError. */
export async function readTimeline(
  search: AuditSearch | undefined,
  subject: StatusSubject,
  source: string | undefined,
): Promise<Timeline> {
  if (search === undefined) return { from: 'nowhere', events: [], complete: true };
  try {
    const { lines, complete } = await findLines(search, subject);
    const incident = createIncidentReader();
    for (const line of lines.toSorted((one, other) => one.time - other.time)) incident.take(line);
    const { events } = incident.end();
    const wanted = events.filter((event) => source === undefined || event.source === source || isCheck(event));
    return { from: search.from, events: wanted, complete };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { from: search.from, events: [], complete: false, error: error.detail };
  }
}

/** A key, a principal or a message leads to events, and a dead letter to its message, whose records are read then. */
async function findLines(search: AuditSearch, { kind, id }: StatusSubject) {
  const found = await search.find(kind === 'event' ? { kind: 'events', ids: [id] } : { kind: 'target', name: id });
  const records = [...found.lines, ...found.operatorLines];
  const events = records.map(eventIdOf);
  const origins = records.filter((line) => eventIdOf(line) === '').flatMap(originsOf);
  const ids = [...new Set([...events, ...origins])].filter((each) => each !== '' && each !== id);
  if (ids.length === 0 || events.includes(id)) return { lines: linesOfStack([found]), complete: found.complete };
  const whole = await search.find({ kind: 'events', ids: ids.slice(0, MAX_EVENTS) });
  const complete = found.complete && whole.complete && ids.length <= MAX_EVENTS;
  return { lines: linesOfStack([found, whole]), complete };
}

/** What operators did, as far as the log of the stack has the message: event ids may repeat elsewhere. */
function linesOfStack(found: readonly FoundRecords[]): readonly AuditLine[] {
  const lines = found.flatMap((each) => each.lines);
  const messages = new Set(lines.flatMap(messageIdsOf));
  const own = found
    .flatMap((each) => each.operatorLines)
    .filter((line) => messageIdsOf(line).some((id) => messages.has(id)));
  return [...new Map([...lines, ...own].map((line) => [line.uid, line])).values()];
}

/** Of the message, and of the one that it was before it became a dead letter. */
function messageIdsOf({ record }: AuditLine): readonly string[] {
  const id = fieldsOf(record.metadata).original_event_uid;
  return [...(typeof id === 'string' ? [id] : []), ...originsOf({ record })];
}

function originsOf({ record }: Pick<AuditLine, 'record'>): readonly string[] {
  const { replay, discard } = fieldsOf(record.unmapped);
  return [fieldsOf(replay).origin, fieldsOf(discard).origin].filter((id) => typeof id === 'string');
}

function eventIdOf({ record }: AuditLine): string {
  const id = fieldsOf(record.metadata).correlation_uid;
  return typeof id === 'string' ? id : '';
}

export const toTimelineJson = ({ from, events, complete, error }: Timeline): Json => ({
  from,
  complete,
  ...(error === undefined ? {} : { error }),
  events: events.map(({ id, source, type, status, code, sender, lane, messageId, targets, steps }) => ({
    eventId: id,
    source,
    type,
    status,
    code,
    sender,
    lane,
    messageId,
    targets: [...targets],
    steps: steps.map(toStepJson),
  })),
});

const toStepJson = (step: AuditStep): Json => ({
  time: toIsoInstant(step.time),
  phase: step.phase,
  code: step.code,
  target: step.target,
  detail: step.detail,
  attempt: step.attempt,
  delivery: step.delivery,
  answer: step.answer,
  verifiedBy: step.verifiedBy,
  ...(step.replay === undefined ? {} : { replay: { ...step.replay } }),
});

const HINTS: Readonly<Record<Timeline['from'], string>> = {
  nowhere: 'no audit log: give --audit <file>, or set REVOKER_LOG_GROUPS to the log groups of the functions',
  files: 'no audit record in the files',
  cloudwatch: 'no audit record since then: look further back with --since; at most 400 days are kept',
};

export function timelineLines({ from, events, complete, error }: Timeline, width: number): readonly Line[] {
  if (error !== undefined) return unsearchedLines(error);
  if (events.length === 0) return [[dim(`  ${HINTS[from]}`)]];
  const more = 'there are more records: give a shorter --since, or export the logs and give --audit';
  return [
    ...events.flatMap((event, index) => [...(index === 0 ? [] : [[]]), ...eventLines(event, width)]),
    ...(complete ? [] : [[], [{ text: more, color: 'yellow' } as const]]),
  ];
}

function unsearchedLines(error: string): readonly Line[] {
  const next = 'check your right to search the log groups, or export them and give --audit <file>';
  const explained = explainAwsError(error, { service: 'CloudWatch Logs', env: {}, next });
  const text = `  the log groups cannot be searched: ${explained.message}`;
  return [[{ text, color: 'yellow' }], [`  next: ${explained.next}`]];
}

const COLORS = { good: 'green', warn: 'yellow', bad: 'red', calm: 'dim' } as const;

function eventLines(event: EventHistory, width: number): readonly Line[] {
  const [words, tone] = STATUS_LABELS[event.status];
  const { id, source, sender, lane, messageId, claimedTime, steps } = event;
  const facts = [
    ['source', source],
    ['event time', claimedTime],
    ['sender', sender],
    ['queue', lane],
    ['message', messageId],
  ] as const;
  return [
    [bold(eventTitle(event)), id === '' ? '' : ` ${id}`, ': ', { text: words, color: COLORS[tone] }],
    ...formatFields(
      facts.filter(([, value]) => value !== ''),
      '  ',
    ),
    ...formatTable({
      header: ['  time (UTC)', 'step'],
      rows: steps.map((step) => [`  ${formatInstant(step.time)}`, describe(step)]),
      width,
      wrap: true,
    }),
  ];
}

const describe = (step: AuditStep): string =>
  [nameStep(step), step.target, describeStep(step)].filter(Boolean).join(', ');
