/** `revoker send`: validates the events in a file as the function does, and sends each to its queue. */
import type { Command } from 'commander';
import type { CanonicalEvent } from '../../events/canonical.ts';
import { asciiJson, type Json } from '../../lib/model/json.ts';
import { laneOf } from '../../lib/model/lane.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { readInput } from '../arguments.ts';
import { type Context, confirm, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { describeTarget } from '../event.ts';
import { parseEventText } from '../event-text.ts';
import { explainFailure } from '../explain-failure.ts';
import { CliError, type Failure } from '../failure.ts';
import { createQueueAdmin } from '../io/queue-admin.ts';
import { readConfigFor } from '../services.ts';

export function configureSend(command: Command, runAction: RunAction): void {
  command
    .argument('<file>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText(
        [
          ['send leak.json', 'shows the events, asks, and sends each to its queue'],
          ['send - --yes', 'the event from stdin, which leaves no terminal to ask at'],
        ],
        '{"sent":[{"lane","messageId","eventId","source","target"}],"failed":[{"eventId","source","code"}]}',
      ),
    )
    .action((file: string, { yes = false }: { yes?: boolean }) =>
      runAction((context) => sendFile(context, file, { yes })),
    );
}

export interface LaneMessage {
  readonly event: CanonicalEvent;
  readonly lane: Lane;
  readonly body: string;
}

/** Sends either all events or none. Throws CliError `event-refused`, `dead-letter-body`, and as `confirm`. */
async function sendFile(context: Context, file: string, { yes }: { readonly yes: boolean }): Promise<Report> {
  const { terminal, clock, optionWords } = context;
  const text = await readInput(terminal, file);
  const messages = readMessages(text, { now: clock.now(), optionWords });
  await confirmMessages(context, messages, yes);
  return toSendReport(await sendMessages(context, messages), terminal.columns);
}

function readMessages(text: string, facts: Parameters<typeof parseEventText>[1]): readonly LaneMessage[] {
  const parts = parseEventText(text, facts);
  const refused = parts.flatMap((part, index) =>
    part.kind === 'refusal' ? [`${parts.length > 1 ? `event ${index + 1}: ` : ''}${part.reason}: ${part.detail}`] : [],
  );
  if (refused.length > 0) {
    throw new CliError({
      code: 'event-refused',
      message: refused.join('\n'),
      next: 'nothing was sent; correct the file and send it again',
    });
  }
  return parts.flatMap((part) => (part.kind === 'event' ? [toMessage(part.event)] : []));
}

export const toMessage = (event: CanonicalEvent): LaneMessage => ({
  event,
  lane: laneOf(event),
  body: asciiJson({ ...event }),
});

/** Shows what would be sent, and asks. Throws as `confirm`. */
export async function confirmMessages(context: Context, messages: readonly LaneMessage[], yes: boolean): Promise<void> {
  if (yes || messages.length === 0) return;
  const { terminal } = context;
  if (terminal.canAsk) printNotice(context, formatMessages(messages, terminal.columns));
  await confirm(context, `Send ${pluralize(messages.length, 'event')}?`, { yes });
}

/** What would be sent, as a table; nothing, if there is none. */
export const formatMessages = (messages: readonly LaneMessage[], width: number): readonly Line[] =>
  formatSent(
    ['queue', 'target', 'event'],
    messages.map(({ event, lane }) => [lane, describeTarget(event), event.id]),
    width,
  );

const formatSent = (header: readonly string[], rows: readonly (readonly Span[])[], width: number): readonly Line[] =>
  rows.length === 0 ? [] : [...formatTable({ header, rows, width, whole: true }), []];

export interface SendResult {
  readonly message: LaneMessage;
  readonly sent: { readonly messageId: string } | { readonly failure: Failure };
}

/** Sends one after the other; a failure does not stop the others. Throws ConfigError. */
export const sendMessages = (context: Context, messages: readonly LaneMessage[]): Promise<readonly SendResult[]> =>
  withProgressMessage(context, `sending ${pluralize(messages.length, 'event')}`, () => sendEach(context.env, messages));

async function sendEach(env: Context['env'], messages: readonly LaneMessage[]): Promise<readonly SendResult[]> {
  const { urgentQueueUrl: urgent, bulkQueueUrl: bulk } = readConfigFor(env, 'lanes');
  const urls = { urgent, bulk };
  const queues = createQueueAdmin();
  const results: SendResult[] = [];
  for (const message of messages) {
    const sent = await queues.send(urls[message.lane], message.body).then(
      (messageId) => ({ messageId }),
      async (error: unknown) => ({ failure: await explainFailure(error, env) }),
    );
    results.push({ message, sent });
  }
  return results;
}

interface SendReport extends Omit<Report, 'json'> {
  readonly json: { readonly [field: string]: Json };
}

export function toSendReport(results: readonly SendResult[], width: number): SendReport {
  const failed = results.flatMap(({ message: { event }, sent }) =>
    'failure' in sent ? [{ event, failure: sent.failure }] : [],
  );
  const sent = results.flatMap(({ message, sent }) =>
    'messageId' in sent ? [{ ...message, messageId: sent.messageId }] : [],
  );
  const rows = results.map(({ message: { event, lane }, sent }) => [
    lane,
    'messageId' in sent ? sent.messageId : { text: `not sent [${sent.failure.code}]`, color: 'red' as const },
    describeTarget(event),
    event.id,
  ]);
  const next = failed[0]?.failure.next;
  return {
    json: {
      sent: sent.map(({ event, lane, messageId }) => ({
        lane,
        messageId,
        eventId: event.id,
        source: event.source,
        target: describeTarget(event),
      })),
      failed: failed.map(({ event, failure }) => ({ eventId: event.id, source: event.source, code: failure.code })),
    },
    lines: [
      ...formatSent(['queue', 'message', 'target', 'event'], rows, width),
      [`${pluralize(sent.length, 'event')} sent${failed.length > 0 ? `, ${failed.length} not` : ''}`],
      ...(next === undefined ? [] : [[`next: ${next}`]]),
    ],
    ...(failed.length > 0 ? { exitCode: 1 } : {}),
  };
}
