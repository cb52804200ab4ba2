/** The localhost stack for one test file. Keeps its output for assertions. Needs `npm run build`. */
import {
  type StackOptions as LocalOptions,
  type Stack as LocalStack,
  startStack as startLocal,
} from '../../local/stack.ts';
import { withoutLongPolls } from '../support/long-polls.ts';
import { usualAccessKey } from '../support/senders.ts';

export interface AuditLine {
  readonly status_detail: string;
  readonly status_code?: string;
  readonly activity_name: string;
  readonly metadata: { readonly correlation_uid?: string; readonly original_event_uid: string };
  readonly unmapped: { readonly phase: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface SentDeadLetter {
  readonly reason: string;
  readonly detail: string;
  readonly event: Record<string, unknown> | null;
  readonly raw?: { readonly text?: string; readonly redacted: boolean; readonly truncated: boolean };
  readonly [field: string]: unknown;
}

export interface Stack extends Omit<LocalStack, 'deadLetters'> {
  /** Parsed lines of the function's stdout: the audit log, without its checkpoints. */
  readonly audit: readonly AuditLine[];
  /** Every line that the function wrote, stdout and stderr. */
  readonly output: readonly string[];
  /** `action` and body of every request that the queue server got. */
  readonly queueRequests: readonly { readonly action: string; readonly body: unknown }[];
  /** As `trailOf`. */
  trail(eventId: string): readonly string[];
  /** All dead letters; they stay on the queue. */
  deadLetters(): Promise<readonly SentDeadLetter[]>;
}

export type StackOptions = Omit<LocalOptions, 'onAudit' | 'onLog' | 'onRequest'>;

/** The audit record in a line of stdout; undefined for a checkpoint, which is about no event, or holds metrics. */
export function stepsIn(line: string): readonly AuditLine[] {
  const record: AuditLine = JSON.parse(line);
  return '_aws' in record || record.unmapped.phase === 'checkpoint' ? [] : [record];
}

/** The audit lines of one event, `phase:status_detail`, in order. */
export const trailOf = (audit: readonly AuditLine[], eventId: string): readonly string[] =>
  audit
    .filter(({ metadata }) => metadata.correlation_uid === eventId)
    .map(({ unmapped, status_detail }) => `${unmapped.phase}:${status_detail}`);

/** Starts everything on free ports. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const queueRequests: { action: string; body: unknown }[] = [];
  const output: string[] = [];
  const audit: AuditLine[] = [];
  const stack = await startLocal({
    ...options,
    onRequest(request) {
      withoutLongPolls(request);
      queueRequests.push(request);
    },
    onAudit: (line) => {
      output.push(line);
      audit.push(...stepsIn(line));
    },
    onLog: (line) => output.push(line),
  });
  return {
    ...stack,
    send: (lane, body, attributes = {}, accessKeyId = usualAccessKey(body, attributes)) =>
      stack.send(lane, body, attributes, accessKeyId),
    audit,
    output,
    queueRequests,
    trail: (eventId) => trailOf(audit, eventId),
    deadLetters: async () => (await stack.deadLetters()).map((body) => JSON.parse(body)),
  };
}
