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

/** Milliseconds for which one instance may send while the others wait; then it counts as dead. */
const CLAIM_MS = 1_500;
const POLL_MS = 100;

/**
 * Claims, sends, audits, then notes in the ledger that it is done: a crash between leaves a second dead letter, never
 * none. Without the ledger each report is sent. Rejects if the queue does not take a dead letter, or a record cannot be
 * written.
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
    const claim = await claimReport(request, pk);
    if (claim === 'told') return;
    try {
      await send(request, part);
      const counted = { sender: request.source.name, why: part.reason, times: 1 };
      await request.record({ phase: 'dead-letter', reason: part.reason, detail: whyOf(part), counted });
    } catch (error) {
      // The sender may try again at once.
      await note(request, { pk, version: claim.version, data: { claimedUntil: 0 } });
      throw error;
    }
    await note(request, { pk, version: claim.version, data: {} });
  });
}

/** `version`: of the row as the instance left it; undefined if there is none, or another instance has it. */
interface Claim {
  readonly version: number | undefined;
}

/** Resolves with `told` if the dead letter was sent today. Waits for another instance that is about to send it. */
async function claimReport(request: SourceRequest, pk: string): Promise<'told' | Claim> {
  const { clock, table } = request.services.ports;
  const until = clock.now() + CLAIM_MS;
  for (;;) {
    const seen = await fromLedger(request.services.ports, table.get(pk));
    if (seen === undefined) return { version: undefined };
    const { version, data = { claimedUntil: 0 } } = seen.value ?? {};
    if (data.claimedUntil === undefined) return 'told';
    const now = clock.now();
    if (Number(data.claimedUntil) <= now) {
      const claimed = await note(request, { pk, version, data: { claimedUntil: now + CLAIM_MS } });
      if (claimed !== false) return { version: claimed === true ? (version ?? 0) + 1 : undefined };
    }
    if (now >= until) return { version: undefined };
    await clock.sleep(POLL_MS);
  }
}

/** Resolves with whether the row still had this version, or undefined without the ledger. */
async function note(
  { services: { ports } }: SourceRequest,
  { pk, version, data }: Claim & { readonly pk: string; readonly data: { readonly claimedUntil?: number } },
): Promise<boolean | undefined> {
  const expiresAt = Math.ceil(ports.clock.now() / 1_000) + 2 * DAY_S;
  const row = { pk, version: (version ?? 0) + 1, expiresAt, data };
  return (await fromLedger(ports, ports.table.put(row, version)))?.value;
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
