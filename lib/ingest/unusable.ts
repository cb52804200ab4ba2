/**
 * Genuine reports that cannot be used. Few senders send a refused report again, so each becomes a dead letter: at most
 * one per sender, subject, reason and fault a day, also across instances. Reports that name no subject share one only
 * if they are equal parts of equal requests, and are limited by sender and day.
 */
import { whyOf } from '../../events/sources/reading.ts';
import type { Unusable } from '../../events/sources/source.ts';
import { rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { httpsSender } from '../model/sender.ts';
import type { Row } from '../ports.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import type { IngestPorts, SourceRequest } from './context.ts';
import { fromLedger } from './directory.ts';

/** Dead letters of one sender a day that name no subject. */
export const MAX_NAMELESS_PER_DAY = 100;
const MAX_WRITE_ATTEMPTS = 3;

/** Dead letters that are looked up and sent at once. */
const CONCURRENT = 8;
/** Seconds of a day; a row lives for two, so that it outlasts the day in which it is written. */
const DAY_S = 86_400;

/** Milliseconds for which one instance may send while the others wait; then it counts as dead. */
const CLAIM_MS = 1_500;
const POLL_MS = 100;

/** The parts of a request that have one dead letter. */
interface Report {
  readonly pk: string;
  readonly part: Unusable;
  readonly times: number;
}

/**
 * Without the ledger each report is sent. Rejects if the queue does not take a dead letter, or a record cannot be
 * written.
 */
export async function deadLetterUnusable(request: SourceRequest, parts: readonly Unusable[]): Promise<void> {
  const { named = [], nameless = [] } = Object.groupBy(parts, ({ about }) => (about === '' ? 'nameless' : 'named'));
  const reports = reportsOf(request, named, ({ about }) => about);
  const all = [
    mapWithConcurrency(CONCURRENT, reports, (report) => sendOnce(request, report)),
    sendNameless(request, nameless),
  ];
  // One that fails does not keep the others: few senders send them again.
  await Promise.allSettled(all);
  await Promise.all(all);
}

function reportsOf(
  request: SourceRequest,
  parts: readonly Unusable[],
  subjectOf: (part: Unusable) => unknown,
): readonly Report[] {
  const reports = new Map<string, Report>();
  for (const part of parts) {
    const pk = dailyKey(request, subjectOf(part), whyOf(part));
    reports.set(pk, { pk, part, times: (reports.get(pk)?.times ?? 0) + 1 });
  }
  return [...reports.values()];
}

function dailyKey({ services: { ports }, source }: SourceRequest, ...about: readonly unknown[]): string {
  const day = new Date(ports.clock.now()).toISOString().slice(0, 10);
  return `directory#told#${ports.sha256(JSON.stringify([source.name, ...about, day]))}`;
}

/**
 * Claims, sends, audits, then notes in the ledger that it is done: a crash between leaves a second dead letter, never
 * none. Resolves with whether it was sent now.
 */
async function sendOnce(request: SourceRequest, report: Report): Promise<boolean> {
  const { pk, part } = report;
  const claim = await claimReport(request, pk);
  if (claim === 'told') return false;
  try {
    await send(request, report);
    const counted = { sender: request.source.name, why: part.reason, times: 1 };
    await request.record({ phase: 'dead-letter', reason: part.reason, detail: whyOf(part), counted });
  } catch (error) {
    // The sender may try again at once.
    await note(request, { pk, version: claim.version, data: { claimedUntil: 0 } });
    throw error;
  }
  await note(request, { pk, version: claim.version, data: {} });
  return true;
}

/** They are counted once they are sent, so a queue that is down uses up nothing; requests at once may pass together. */
async function sendNameless(request: SourceRequest, parts: readonly Unusable[]): Promise<void> {
  if (parts.length === 0) return;
  const { ports } = request.services;
  // Of the bytes that were received: texts about two secrets are equal once these are masked.
  const digest = ports.digest(request.request.body);
  const reports = reportsOf(request, parts, ({ text }) => [digest, text]);
  const pk = dailyKey(request);
  const row = await fromLedger(ports, ports.table.get(pk));
  const admitted = reports.slice(0, Math.max(0, MAX_NAMELESS_PER_DAY - sentIn(row?.value)));
  const over = reports.length - admitted.length;
  if (over > 0) ports.log.warn('unusable-over-limit', { source: request.source.name, reports: over });
  let sent = 0;
  const all = mapWithConcurrency(CONCURRENT, admitted, async (report) => {
    if (await sendOnce(request, report)) sent += 1;
  });
  await all.finally(() => (row === undefined || sent === 0 ? undefined : countSent(ports, pk, sent)));
}

const sentIn = (row: Row | undefined): number => Number(row?.data.sent ?? 0);

async function countSent(ports: IngestPorts, pk: string, sent: number): Promise<void> {
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const seen = await fromLedger(ports, ports.table.get(pk));
    if (seen === undefined) return;
    const { value: row } = seen;
    const data = { sent: sentIn(row) + sent };
    const next = { pk, version: (row?.version ?? 0) + 1, expiresAt: expiryAt(ports.clock.now()), data };
    if ((await fromLedger(ports, ports.table.put(next, row?.version)))?.value !== false) return;
  }
}

const expiryAt = (now: number): number => Math.ceil(now / 1_000) + 2 * DAY_S;

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
  const row = { pk, version: (version ?? 0) + 1, expiresAt: expiryAt(ports.clock.now()), data };
  return (await fromLedger(ports, ports.table.put(row, version)))?.value;
}

function send({ services: { ports }, source, gatewayId }: SourceRequest, { part, times }: Report): Promise<void> {
  const { clock, deadLetters, sha256 } = ports;
  const { reason, detail, text, redacted } = part;
  const now = new Date(clock.now()).toISOString();
  const raw = rawText(text, sha256);
  return deadLetters.send(
    serializeDeadLetter({
      reason,
      detail: withCount(detail, times),
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

export const withCount = (why: string, times: number): string => (times === 1 ? why : `${why} (${times} times)`);
