/** What happened on an outside, in short lines that a test can compare. */
import type { AuditRecord } from '../../lib/audit/record.ts';
import { callLine } from './memory-api.ts';
import type { Outside, Step } from './memory-ports.ts';

/** What a dead letter holds, as a reader of the queue sees it. */
export interface SentDeadLetter {
  readonly v: number;
  readonly reason: string;
  readonly detail: string;
  readonly event: { readonly id: string; readonly [field: string]: unknown } | null;
  readonly raw?: { readonly sha256: string; readonly size: number; readonly text?: string };
  readonly parts?: unknown;
  readonly lane: string;
  readonly attempts: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly lastStatus: number | null;
  readonly replays: number;
  readonly messageId: string;
  readonly sender?: string;
  readonly check?: string;
  readonly asOf?: string;
  readonly principals?: readonly string[];
  readonly approvals?: readonly string[];
}

/** The dead letters on the dead-letter queue, opened. */
export const deadLettersOf = ({ deadLetters }: Outside): readonly SentDeadLetter[] =>
  deadLetters.map(({ body }) => JSON.parse(body));

/** The parts of an audit record that tell which step of which event it reports. */
const told = (
  record: AuditRecord,
): { readonly eventId?: string; readonly messageId: string; readonly line: string } => {
  const { metadata, unmapped, status_detail } = JSON.parse(JSON.stringify(record));
  const shared = unmapped.shared ? ' (shared)' : '';
  return {
    eventId: metadata.correlation_uid,
    messageId: metadata.original_event_uid,
    line: `${unmapped.phase === status_detail ? '' : `${unmapped.phase} `}${status_detail}${shared}`,
  };
};

/**
 * One line for an audit record: `intent`, `outcome confirmed`, `hold held-protected`; `(shared)` when another event
 * made the call.
 */
export const auditLine = (record: AuditRecord): string => told(record).line;

/** The message that an audit record belongs to. */
export const auditedMessage = (record: AuditRecord): string => told(record).messageId;

/** The audit of one event, a line for each record. */
export const trailOf = ({ audit }: Outside, eventId: string): readonly string[] =>
  audit.map(told).flatMap((record) => (record.eventId === eventId ? [record.line] : []));

/** One line for a step at a port. */
function stepLine(step: Step): string {
  switch (step.port) {
    case 'api':
      return `api ${callLine(step.request)}`;
    case 'alerts':
      return `alerts ${step.operation}`;
    case 'audit':
      return `audit ${auditLine(step.record)}`;
    case 'dead-letters':
      return `dead letter ${step.deadLetter.attributes.reason}`;
    case 'return':
      return `return ${step.returned.receiptHandle} ${step.returned.seconds}`;
    case 'send':
      return `send ${step.message.lane} ${step.message.delaySeconds}`;
    case 'table':
      return `table ${step.operation}`;
    case 'schedules':
      return `schedules ${step.operation}`;
    case 'inbox':
      return `inbox ${step.operation}`;
  }
}

/** All effects at the ports, in order. */
export const stepsOf = ({ steps }: Outside): readonly string[] => steps.map(stepLine);

/** The calls of one kind, with the virtual ms since `began`. */
export const callsOf = ({ api }: Outside, began: number): readonly string[] =>
  api.calls.map(({ request, at }) => `${at - began} ${callLine(request)}`);
