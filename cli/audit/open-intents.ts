/** Calls that were announced in the log and of which no later record tells the result. */
import { fieldsOf } from '../../events/shapes.ts';
import { type AuditLine, readAuditLine } from '../../lib/audit/read-line.ts';
import type { AuditFinding, LogPosition, LogTexts } from './findings.ts';

/** The record of a call that was announced. */
export interface Intent {
  readonly uid: string;
  readonly time: number;
  readonly request: string;
  readonly place: LogPosition;
  readonly chain?: string;
  readonly sequence?: number;
}

/** By event, then by the target of the call. */
export type OpenIntents = Map<string, Map<string, Intent>>;

/** Phases of records that open or close an intent. */
const PHASES: ReadonlySet<unknown> = new Set(['intent', 'outcome', 'dead-letter', 'hold', 'replay', 'discard']);

interface IntentStep {
  readonly event: string;
  readonly target: string;
  readonly request: string;
  /** True for an intent; any other record closes one. */
  readonly opens: boolean;
}

/** Changes `open`: the record opens or closes an intent, or does neither. */
export function updateIntents(open: OpenIntents, line: AuditLine, place: LogPosition): void {
  const step = toIntentStep(line);
  if (step === undefined) return;
  if (!step.opens) {
    closeIntents(open, step, line);
    return;
  }
  const intents = open.get(step.event) ?? new Map<string, Intent>();
  const known = intents.get(step.target);
  if (known === undefined || isFollowedBy(known, line)) {
    const { chain, sequence } = line.attestation ?? {};
    const position = chain === undefined || sequence === undefined ? {} : { chain, sequence };
    intents.set(step.target, { uid: line.uid, time: line.time, request: step.request, place, ...position });
  }
  open.set(step.event, intents);
}

/** Changes `open`: the record closes an intent, whatever their order in the files. */
export function answerIntent(open: OpenIntents, line: AuditLine): void {
  const step = toIntentStep(line);
  if (step?.opens === false) closeIntents(open, step, line);
}

/** Of one chain the sequence decides: clocks may be set back, and records may share a millisecond. */
function isFollowedBy({ chain, sequence, time }: Intent, line: AuditLine): boolean {
  const own = line.attestation;
  return own === undefined || own.chain !== chain || own.sequence === sequence
    ? time <= line.time
    : (sequence ?? 0) < own.sequence;
}

function closeIntents(open: OpenIntents, { event, target, request }: IntentStep, line: AuditLine): void {
  const intents = open.get(event);
  if (intents === undefined) return;
  for (const [name, intent] of intents) {
    // A record of a later invocation shows that the earlier one has ended.
    if (isFollowedBy(intent, line) && (name === target || intent.request !== request)) intents.delete(name);
  }
  if (intents.size === 0) open.delete(event);
}

function toIntentStep({ record }: AuditLine): IntentStep | undefined {
  const { phase, target, source, replay, discard, request_id: request } = fieldsOf(record.unmapped);
  if (!PHASES.has(phase)) return undefined;
  const { correlation_uid: event, original_event_uid: message } = fieldsOf(record.metadata);
  const { operation_id: operation } = fieldsOf(replay ?? discard);
  const { accessKeyId, principalName } = fieldsOf(target);
  return {
    event: JSON.stringify(event === undefined ? [message] : [fieldsOf(source).claimed, event]),
    target: String(operation ?? accessKeyId ?? principalName),
    request: String(request),
    opens: record.status_detail === 'intent',
  };
}

/** The oldest first; those of the same time in the order in which they were read. */
export const listOpenIntents = (open: OpenIntents): readonly Intent[] =>
  [...open.values()].flatMap((intents) => [...intents.values()]).toSorted((one, other) => one.time - other.time);

/** Reads the log a second time: a record may be in a file that was read before the file of its intent. */
export async function answerIntents(intents: OpenIntents, texts: LogTexts): Promise<void> {
  for await (const { text } of texts) {
    const read = readAuditLine(text);
    if (read.kind === 'record') answerIntent(intents, read.line);
  }
}

export const openIntentFindings = (intents: OpenIntents): readonly AuditFinding[] =>
  listOpenIntents(intents).map(({ uid, place, chain }) => ({
    kind: 'open-intent',
    place,
    uid,
    ...(chain === undefined ? {} : { chain }),
  }));
