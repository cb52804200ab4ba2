/** Handles an authenticated request: its events are enqueued, and the result is written to the audit log. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { whyOf } from '../../events/sources/reading.ts';
import type { Reading, Reply, Save, Unusable } from '../../events/sources/source.ts';
import { EVENT_ACCEPTED } from '../audit/entry.ts';
import { asciiJson } from '../model/json.ts';
import { laneOf } from '../model/lane.ts';
import { httpsSender } from '../model/sender.ts';
import { withDeadline } from '../runtime/deadline.ts';
import type { SourceRequest } from './context.ts';
import { keep } from './directory.ts';
import { deadLetterUnusable, withCount } from './unusable.ts';

/** Thrown if the queue did not accept every event of a request: the sender must not get a success response. */
class NotEnqueued extends Error {
  override readonly name = 'NotEnqueued';
  readonly code = 'not-enqueued';
}

/** Time (ms) reserved before the invocation's end for the audit records of events that the queue did not accept. */
const AUDIT_RESERVE_MS = 1_500;

/**
 * Replies only once the queues have accepted all events and dead letters. Rejects with NotEnqueued (`not-enqueued`) if
 * they have not in time, and if an audit record cannot be written: the sender then retries all events, under the same
 * ids.
 */
export async function handleParsedRequest(request: SourceRequest, reading: Reading): Promise<Reply> {
  switch (reading.kind) {
    case 'events':
      await enqueue(request, reading.events);
      await recordUnusable(request, reading.unusable ?? []);
      await recordIgnored(request, reading.ignoredReasons ?? []);
      await keepUsers(request, reading.save);
      return reading.reply ?? { status: 202 };
    case 'ignored':
      await recordIgnored(request, [reading.why]);
      await keepUsers(request, reading.save);
      return reading.reply ?? { status: 200 };
    case 'refused':
      if (reading.unusable === undefined) await recordRefused(request, [reading.why]);
      else await recordUnusable(request, reading.unusable);
      return reading.reply;
  }
}

/** After the events: a directory that is not kept must not hold up who leaves. */
const keepUsers = async ({ services, store }: SourceRequest, save: Save | undefined): Promise<void> => {
  if (store !== undefined && save !== undefined) await keep(services.ports, store, save);
};

async function enqueue(
  { services, source, endsAt, record }: SourceRequest,
  events: readonly CanonicalEvent[],
): Promise<void> {
  // The consumer believes it, since only this function's role can have sent it.
  const attributes = { sender: httpsSender(source.name) };
  const messages = events.map((event) => ({ event, lane: laneOf(event), body: asciiJson({ ...event }) }));
  const { clock, lanes } = services.ports;
  const sent = new Set<unknown>();
  const sends = messages.map(async (message) => {
    await lanes.send(message.lane, message.body, { attributes });
    sent.add(message);
  });
  await withDeadline(clock, endsAt - AUDIT_RESERVE_MS, Promise.allSettled(sends));
  const accepted = messages.filter((message) => sent.has(message));
  for (const { event, lane } of accepted) {
    await record({ phase: 'note', name: 'Event Accepted', detail: EVENT_ACCEPTED }, { event, lane });
  }
  const missing = messages.length - accepted.length;
  if (missing === 0) return;
  // Not every sender retries: then this record is the only trace of the event.
  await record({ phase: 'refusal', detail: `the queue did not take ${missing} of ${events.length} events` });
  throw new NotEnqueued('not-enqueued');
}

/** Counts equal texts: a request may have thousands of parts of a few kinds. */
const countEach = (whys: readonly string[]): readonly (readonly [why: string, times: number])[] => {
  const times = new Map<string, number>();
  for (const why of whys) times.set(why, (times.get(why) ?? 0) + 1);
  return [...times];
};

/** The refusals are recorded first: they are the trace of what the dead-letter queue does not take. */
async function recordUnusable(request: SourceRequest, parts: readonly Unusable[]): Promise<void> {
  await recordRefused(request, parts.map(whyOf));
  const { clock } = request.services.ports;
  let sent = parts.length === 0;
  const all = deadLetterUnusable(request, parts).then(() => {
    sent = true;
  });
  await withDeadline(clock, request.endsAt - AUDIT_RESERVE_MS, all);
  if (!sent) throw new NotEnqueued('not-enqueued');
}

/** A GET reports nothing, and for some sources anyone may send it: it gets no audit record. */
const isReadOnly = ({ request }: SourceRequest): boolean => request.method === 'GET';

async function recordIgnored(request: SourceRequest, whys: readonly string[]): Promise<void> {
  if (isReadOnly(request)) return;
  for (const [why, times] of countEach(whys)) {
    const counted = { sender: request.source.name, why, times };
    const detail = `ignored: ${withCount(why, times)}`;
    await request.record({ phase: 'note', name: 'Request Ignored', detail, counted });
  }
}

async function recordRefused(request: SourceRequest, whys: readonly string[]): Promise<void> {
  if (isReadOnly(request)) return;
  for (const [why, times] of countEach(whys)) {
    const counted = { sender: request.source.name, why, times };
    await request.record({ phase: 'refusal', detail: withCount(why, times), counted });
  }
}
