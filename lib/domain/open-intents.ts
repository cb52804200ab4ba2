/**
 * Intents that no record answers. An outcome of the same event and target closes one; so does any later word on the event
 * from another delivery, which took it up again after a crash. Bounded by the calls under way. Pure, but for its state.
 */
import { isRecord } from '../../events/shapes.ts';
import type { Place } from './audit-finding.ts';
import type { AuditLine } from './audit-line.ts';

export interface Intent {
  readonly uid: string;
  readonly time: number;
  readonly request: string;
  readonly place: Place;
  readonly chain?: string;
}

/** By event, then by what was to be called. */
export type OpenIntents = Map<string, Map<string, Intent>>;

const TAKEN_UP: ReadonlySet<unknown> = new Set(['outcome', 'dead-letter', 'hold', 'replay']);

interface Told {
  readonly event: string;
  readonly what: string;
  readonly request: string;
  readonly opens: boolean;
  readonly closes: boolean;
}

/** Takes the open intents, a record and where it stands; opens or closes what it is about. */
export function settle(open: OpenIntents, line: AuditLine, place: Place): void {
  const told = toldBy(line);
  if (told === undefined) return;
  if (told.closes) close(open, told, line.time);
  if (!told.opens) return;
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
  const told = open.size === 0 ? undefined : toldBy(line);
  if (told?.closes) close(open, told, line.time);
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
  const { metadata, unmapped, status_detail: code } = record;
  if (!isRecord(metadata) || !isRecord(unmapped) || !(unmapped.phase === 'intent' || TAKEN_UP.has(unmapped.phase))) {
    return undefined;
  }
  const { phase, target, source, replay, request_id: request } = unmapped;
  const claimed = isRecord(source) ? source.claimed : undefined;
  const opens = phase === 'intent' || (phase === 'replay' && code === 'intent');
  return {
    event: JSON.stringify(
      metadata.correlation_uid === undefined
        ? [metadata.original_event_uid]
        : [claimed ?? null, metadata.correlation_uid],
    ),
    what: isRecord(replay) ? JSON.stringify(['replay', replay.operation_id]) : targetName(target),
    request: String(request),
    opens,
    closes: !opens,
  };
}

const targetName = (target: unknown): string =>
  isRecord(target) ? String(target.accessKeyId ?? target.principalName) : '';

/** Takes the open intents; returns them, the oldest first. */
export const listed = (open: OpenIntents): readonly Intent[] =>
  [...open.values()]
    .flatMap((intents) => [...intents.values()])
    .toSorted((one, other) => one.time - other.time || (one.uid < other.uid ? -1 : 1));
