/**
 * Genuine reports that cannot be used. Few senders send a refused report again, so each becomes a dead letter: at most
 * one per sender, person and reason a day, also across instances.
 */
import { whyOf } from '../../events/sources/reading.ts';
import type { Unusable } from '../../events/sources/source.ts';
import { rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { httpsSender } from '../model/sender.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import type { SourceRequest } from './context.ts';
import { fromLedger } from './directory.ts';

/** Dead letters that are looked up and sent at once. */
const CONCURRENT = 8;
/** Epoch seconds of a day; a row lives for two, so that it outlasts the day in which it is written. */
const DAY_S = 86_400;

/**
 * Sends, then audits, then notes in the ledger: a crash between leaves a second dead letter, never none. Without the
 * ledger each report is sent. Rejects if the queue does not take a dead letter, or a record cannot be written.
 */
export async function deadLetterUnusable(request: SourceRequest, parts: readonly Unusable[]): Promise<void> {
  const { clock, sha256 } = request.services.ports;
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const byKey = new Map(
    parts.map((part) => {
      const told = JSON.stringify([request.source.name, part.about, part.reason, day]);
      return [`directory#told#${sha256(told)}`, part] as const;
    }),
  );
  await mapWithConcurrency(CONCURRENT, [...byKey], async ([pk, part]) => {
    if (await wasTold(request, pk)) return;
    await send(request, part);
    const counted = { sender: request.source.name, why: part.reason, times: 1 };
    await request.record({ phase: 'dead-letter', reason: part.reason, detail: whyOf(part), counted });
    await note(request, pk);
  });
}

const wasTold = async ({ services: { ports } }: SourceRequest, pk: string): Promise<boolean> =>
  (await fromLedger(ports, ports.table.get(pk)))?.value !== undefined;

async function note({ services: { ports } }: SourceRequest, pk: string): Promise<void> {
  const expiresAt = Math.ceil(ports.clock.now() / 1_000) + 2 * DAY_S;
  await fromLedger(ports, ports.table.put({ pk, version: 1, expiresAt, data: {} }, undefined));
}

function send({ services: { ports }, source, gatewayId }: SourceRequest, part: Unusable): Promise<void> {
  const { clock, deadLetters, sha256 } = ports;
  const { reason, detail, text, redacted } = part;
  const now = new Date(clock.now()).toISOString();
  const raw = rawText(text, sha256);
  return deadLetters.send(
    serializeDeadLetter({
      reason,
      detail,
      event: null,
      // A part of what was received: enough for a person, never to be replayed.
      raw: { ...raw, redacted: raw.redacted || redacted, truncated: true },
      lane: 'bulk',
      attempts: 1,
      firstSeen: now,
      lastSeen: now,
      lastStatus: null,
      replays: 0,
      messageId: gatewayId,
      sender: httpsSender(source.name),
    }),
  );
}
