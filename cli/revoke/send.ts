/** `revoker send`: an event of one's own, checked as the function would check it, onto the lane where it belongs. */
import type { Command } from 'commander';
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type EventPart, readMessage } from '../../lib/consume/parse-message.ts';
import type { Json } from '../../lib/model/json.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { laneOf } from '../../lib/model/lane.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { pluralize } from '../../terminal/format.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Act, type Context, helpEnd, type Report } from '../context.ts';
import { orRegionMissing } from '../doctor/region.ts';
import { aboutOf } from '../event.ts';
import { CliError, type Failure, failureOf } from '../failure.ts';
import { readInput } from '../input.ts';
import { createQueueDesk } from '../io/queue-admin.ts';
import { configFor } from '../services.ts';

export function addSend(parent: Command, act: Act): void {
  parent
    .command('send <file>')
    .description('check the events in a file (or -), and send each to its lane')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['send leak.json', 'a leaked key goes to the urgent lane, all about principals to bulk'],
          ['send -', 'the event from stdin'],
          ['send letter.json', 'a dead letter that was exported: a replay of it, without approval'],
        ],
        '{"sent":[{"lane","messageId","eventId","source","target"}],"failed":[{"eventId","source","code"}]}',
      ),
    )
    .action((file: string) => act((context) => send(context, file)));
}

/** One message to be sent, and the event in it. */
export interface Post {
  readonly event: CanonicalEvent;
  readonly lane: Lane;
  readonly body: string;
}

/** Takes a path or `-`; sends what is in it, or nothing at all. Throws CliError `event-refused`, `many-letters`. */
export async function send({ terminal, env, clock }: Context, file: string): Promise<Report> {
  const text = await readInput(terminal, file);
  const posts = postsOf(text, clock.now());
  return sentReport(await sendAll(env, posts), terminal.columns);
}

function postsOf(text: string, now: number): readonly Post[] {
  const parts = readMessage(text, now);
  const refused = parts.flatMap((part, index) =>
    part.kind === 'refusal' ? [`${parts.length > 1 ? `event ${index + 1}: ` : ''}${part.reason}: ${part.detail}`] : [],
  );
  if (refused.length > 0) {
    throw new CliError({
      code: 'event-refused',
      message: refused.join('\n'),
      next: 'nothing was sent; mend the file and send it again',
    });
  }
  const events = parts.filter((part) => part.kind === 'event');
  const [letter] = events.filter((part) => part.letter !== undefined);
  if (letter === undefined) return events.map(({ event }) => postOf(event));
  if (events.length > 1) {
    throw new CliError({
      code: 'many-letters',
      message: 'a file may hold one dead letter',
      next: 'nothing was sent; send letters one by one',
    });
  }
  return [letterPost(letter, text)];
}

/** Takes an event; returns its message. */
export const postOf = (event: CanonicalEvent): Post => ({
  event,
  lane: laneOf(event),
  body: asciiJson({ ...event }),
});

/** Only in its letter does an event reopen its row: it goes as it is. */
const letterPost = ({ event }: EventPart, text: string): Post => ({ event, lane: laneOf(event), body: text });

export interface Outcome {
  readonly post: Post;
  readonly sent: { readonly messageId: string } | { readonly failure: Failure };
}

/** Takes the environment and messages; sends one after the other. What failed stops none of the others. Throws ConfigError. */
export async function sendAll(env: Context['env'], posts: readonly Post[]): Promise<readonly Outcome[]> {
  const { urgentQueueUrl: urgent, bulkQueueUrl: bulk } = configFor(env, 'lanes');
  const urls = { urgent, bulk };
  const desk = createQueueDesk();
  const outcomes: Outcome[] = [];
  for (const post of posts) {
    const sent = await desk.send(urls[post.lane], post.body).then(
      (messageId) => ({ messageId }),
      async (error: unknown) => ({ failure: await orRegionMissing(failureOf(error), env) }),
    );
    outcomes.push({ post, sent });
  }
  return outcomes;
}

interface SentReport extends Omit<Report, 'json'> {
  readonly json: { readonly [field: string]: Json };
}

/** Takes what was sent and what not, and a width; returns the report. Its JSON has `sent` and `failed`. */
export function sentReport(outcomes: readonly Outcome[], width: number): SentReport {
  const failed = outcomes.flatMap(({ post: { event }, sent }) =>
    'failure' in sent ? [{ event, failure: sent.failure }] : [],
  );
  const sent = outcomes.flatMap(({ post, sent }) =>
    'messageId' in sent ? [{ ...post, messageId: sent.messageId }] : [],
  );
  const rows = outcomes.map(({ post: { event, lane }, sent }) => [
    lane,
    'messageId' in sent ? sent.messageId : { text: `not sent [${sent.failure.code}]`, color: 'red' as const },
    event.id,
    aboutOf(event),
  ]);
  const advice = failed[0]?.failure.next;
  return {
    json: {
      sent: sent.map(({ event, lane, messageId }) => ({
        lane,
        messageId,
        eventId: event.id,
        source: event.source,
        target: aboutOf(event),
      })),
      failed: failed.map(({ event, failure }) => ({ eventId: event.id, source: event.source, code: failure.code })),
    },
    lines: [
      ...formatTable({ header: ['lane', 'message', 'event', 'target'], rows, width }),
      [],
      [`${pluralize(sent.length, 'event')} sent${failed.length > 0 ? `, ${failed.length} not` : ''}`],
      ...(advice === undefined ? [] : [[`next: ${advice}`]]),
    ],
    ...(failed.length > 0 ? { exitCode: 1 } : {}),
  };
}
