/** What becomes of a genuine request: its events go to their lanes, and what it was goes on record. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Reading, Reply } from '../../events/sources/source.ts';
import { EVENT_ACCEPTED } from '../audit/entry.ts';
import { asciiJson } from '../model/json.ts';
import { laneOf } from '../model/lane.ts';
import { withDeadline } from '../runtime/deadline.ts';
import type { Admission } from './context.ts';

/** Thrown when the queue did not take every event of a request: the sender must not hear that it did. */
export class NotEnqueued extends Error {
  override readonly name = 'NotEnqueued';
  readonly code = 'not-enqueued';
}

/** So long (ms) before Lambda's end the queue is no longer waited for: what it did not take has to go on record. */
const RECORD_MS = 1_500;

/**
 * Takes a genuine request and what it means; returns the reply, for events only once the queue has accepted all of them.
 * Rejects with NotEnqueued (`not-enqueued`) when it has not in time, and when a record cannot be written: those that were
 * accepted are then sent again by the sender, under the same ids.
 */
export async function acceptReading(admission: Admission, reading: Reading): Promise<Reply> {
  switch (reading.kind) {
    case 'events':
      await enqueue(admission, reading.events);
      await recordIgnored(admission, reading.passedOver ?? []);
      await recordRefused(admission, reading.faults ?? []);
      return reading.reply ?? { status: 202 };
    case 'ignored':
      await recordIgnored(admission, [reading.why]);
      return reading.reply ?? { status: 200 };
    case 'refused':
      await recordRefused(admission, [reading.why]);
      return reading.reply;
  }
}

async function enqueue({ services, endsAt, record }: Admission, events: readonly CanonicalEvent[]): Promise<void> {
  const posts = events.map((event) => ({ event, lane: laneOf(event), body: asciiJson({ ...event }) }));
  const { clock, lanes } = services.ports;
  const taken = new Set<unknown>();
  const sends = posts.map(async (post) => {
    await lanes.send(post.lane, post.body, {});
    taken.add(post);
  });
  await withDeadline(clock, endsAt - RECORD_MS, Promise.allSettled(sends));
  const accepted = posts.filter((post) => taken.has(post));
  for (const { event, lane } of accepted) {
    await record({ phase: 'note', name: 'Event Accepted', detail: EVENT_ACCEPTED }, { event, lane });
  }
  const missing = posts.length - accepted.length;
  if (missing === 0) return;
  // Not every sender tries again: this record is what remains of the event then.
  await record({ phase: 'refusal', detail: `the queue did not take ${missing} of ${events.length} events` });
  throw new NotEnqueued('not-enqueued');
}

/** How often each sentence stands in the list; a request may have thousands of parts of a few kinds. */
const counted = (whys: readonly string[]): readonly (readonly [why: string, times: number])[] => {
  const times = new Map<string, number>();
  for (const why of whys) times.set(why, (times.get(why) ?? 0) + 1);
  return [...times];
};

const sentence = (why: string, times: number): string => (times === 1 ? why : `${why} (${times} times)`);

/** A GET says nothing that could be missed, and anyone may send some of them. */
const isQuestion = ({ request }: Admission): boolean => request.method === 'GET';

async function recordIgnored(admission: Admission, whys: readonly string[]): Promise<void> {
  if (isQuestion(admission)) return;
  for (const [why, times] of counted(whys)) {
    await admission.record({ phase: 'note', name: 'Request Ignored', detail: `ignored: ${sentence(why, times)}` });
  }
}

async function recordRefused(admission: Admission, whys: readonly string[]): Promise<void> {
  if (isQuestion(admission)) return;
  for (const [why, times] of counted(whys)) {
    await admission.record({ phase: 'refusal', detail: sentence(why, times) });
  }
}
