/**
 * Intents that no record answers. An outcome of the same event and target closes one; so does any later word on the event
 * from another delivery, which took it up again after a crash. Bounded by the calls under way. Pure, but for its state.
 */
import { fieldsOf } from '../../events/shapes.ts';
import type { Place } from '../../cli/audit/findings.ts';
import type { AuditLine } from '../audit/read-line.ts';

export interface Intent {
  readonly uid: string;
  readonly time: number;
  readonly request: string;
  readonly place: Place;
  readonly chain?: string;
}

/** By event, then by what was to be called. */
export type OpenIntents = Map<string, Map<string, Intent>>;

/** Records that open or close an intent. */
const PHASES: ReadonlySet<unknown> = new Set(['intent', 'outcome', 'dead-letter', 'hold', 'replay']);

interface Told {
  readonly event: string;
  readonly what: string;
  readonly request: string;
  /** An intent; whatever else is told closes one. */
  readonly opens: boolean;
}

/** Takes the open intents, a record and where it stands; opens or closes what it is about. */
export function settle(open: OpenIntents, line: AuditLine, place: Place): void {
  const told = toldBy(line);
  if (told === undefined) return;
  if (!told.opens) {
    close(open, told, line.time);
    return;
  }
  const intents = open.get(told.event) ?? new Map<string, Intent>();
  const known = intents.get(told.what);
  if (known === undefined || known.time <= line.time) {
    const chain = line.attested === undefined ? {} : { chain: line.attested.chain };
    intents.set(told.what, { uid: line.uid, time: line.time, request: told.request, place, ...chain });
  }
  open.set(told.event, intents);
}

/** Takes the open intents and a record, wherever it was read; closes what it answers. For files whose order in time is not known. */
export function answer(open: OpenIntents, line: AuditLine): void {
  const told = toldBy(line);
  if (told?.opens === false) close(open, told, line.time);
}

function close(open: OpenIntents, { event, what, request }: Told, time: number): void {
  const intents = open.get(event);
  if (intents === undefined) return;
  for (const [name, intent] of intents) {
    if (intent.time <= time && (name === what || intent.request !== request)) intents.delete(name);
  }
  if (intents.size === 0) open.delete(event);
}

function toldBy({ record }: AuditLine): Told | undefined {
  const { phase, target, source, replay, request_id: request } = fieldsOf(record.unmapped);
  if (!PHASES.has(phase)) return undefined;
  const { correlation_uid: event, original_event_uid: message } = fieldsOf(record.metadata);
  const { operation_id: operation } = fieldsOf(replay);
  const { accessKeyId, principalName } = fieldsOf(target);
  return {
    event: JSON.stringify(event === undefined ? [message] : [fieldsOf(source).claimed, event]),
    what: String(operation ?? accessKeyId ?? principalName),
    request: String(request),
    opens: record.status_detail === 'intent',
  };
}

/** Takes the open intents; returns them, the oldest first, those of one moment as they were read. */
export const listed = (open: OpenIntents): readonly Intent[] =>
  [...open.values()].flatMap((intents) => [...intents.values()]).toSorted((one, other) => one.time - other.time);
