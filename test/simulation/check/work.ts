/** What one message can cause, whatever is in it: dead letters and their bytes, audit records, calls, and keys. */
import { FREE_KEYS, MAX_UNCOUNTED_KEYS } from '../../../lib/ledger/key-limits.ts';
import { FAILURE_REASONS } from '../../../lib/model/reasons.ts';
import type { Called, DeliveredMessage, Invoked } from '../history.ts';
import { claimedSender } from '../senders.ts';
import { eventsOf, type Facts, type Violation } from './facts.ts';
import { causesOf } from './harm.ts';

/** Parts are refused for six of these; a dead letter of each has the text once, at most 64 KiB before its escapes. */
const MOST_REFUSALS = 6;
const MAX_DEAD_LETTER_BYTES = 72_000;
const EVENT_DEAD_LETTER_BYTES = 8_000;
/** Records about refused parts, and about an event with all tries for all keys that there are. */
const MOST_NOTES = 2 * FAILURE_REASONS.length;
const MOST_RECORDS_OF_EVENT = 400;
const MOST_CALLS_OF_EVENT = 400;

/** No delivery of a message causes more than its events can. */
export function tooMuchWork(facts: Facts): readonly Violation[] {
  return facts.history.invoked.flatMap((invoked) => [
    ...invoked.messages.flatMap((message) => worksOf(facts, invoked, message)),
    ...callsOf(facts, invoked),
  ]);
}

const isWithin = ({ n, end, process }: Invoked, each: { readonly n: number; readonly process: string }): boolean =>
  each.process === process && each.n > n && each.n < (end?.n ?? Number.POSITIVE_INFINITY);

function worksOf({ history }: Facts, invoked: Invoked, message: DeliveredMessage): readonly Violation[] {
  const { messageId, body } = message;
  const events = eventsOf(message).length;
  const deadLetters = history.deadLetters.filter((each) => each.messageId === messageId && isWithin(invoked, each));
  const bytes = deadLetters.reduce((sum, deadLetter) => sum + deadLetter.body.length, 0);
  const records = history.audit.filter(
    ({ view }) => view.messageId === messageId && view.requestId === invoked.requestId,
  ).length;
  // A replaced or cancelled offboarding has a dead letter in addition to that of the event.
  const most = {
    deadLetters: 2 * events + MOST_REFUSALS,
    bytes:
      2 * events * EVENT_DEAD_LETTER_BYTES + MOST_REFUSALS * Math.min(MAX_DEAD_LETTER_BYTES, 6 * body.length + 2_000),
    records: MOST_NOTES + events * MOST_RECORDS_OF_EVENT,
  };
  return [
    ...over('dead letters', deadLetters.length, most.deadLetters),
    ...over('bytes of dead letters', bytes, most.bytes),
    ...over('records', records, most.records),
  ].map((detail) => ({ promise: 'work', detail: `${messageId} in ${invoked.requestId}: ${detail}` }));
}

const over = (what: string, count: number, most: number): readonly string[] =>
  count > most ? [`${count} ${what}, at most ${most}`] : [];

function callsOf(facts: Facts, invoked: Invoked): readonly Violation[] {
  const calls = facts.callsOf(invoked.process).filter((call) => isWithin(invoked, call)).length;
  const events = invoked.messages.flatMap(eventsOf).length;
  return over('calls', calls, events * MOST_CALLS_OF_EVENT).map((detail) => ({
    promise: 'work',
    detail: `${invoked.requestId}: ${detail}`,
  }));
}

const WINDOW_MS = 600_000;

/** Distinct leaked keys of one sender that were revoked, against the stated bound: limit + instances x free keys. */
export function keysOverLimit(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const limit = history.terms.keyLimits.senderKeysPer10Minutes;
  if (limit === 'off') return [];
  const revoked = new Map<string, Set<string>>();
  for (const call of history.calls) {
    // A call that the API refused counts for nothing: its key's place is free again.
    if (call.request.call !== 'revoke-key' || call.kills.length === 0) continue;
    const sender = senderBehind(facts, call);
    if (sender === undefined) continue;
    revoked.set(sender, (revoked.get(sender) ?? new Set()).add(call.request.accessKeyId));
  }
  return [...revoked].flatMap(([sender, keys]) =>
    over('leaked keys revoked', keys.size, mostKeysOf(facts, sender, limit)).map((detail) => ({
      promise: 'limit',
      detail: `${sender}: ${detail}`,
    })),
  );
}

/** Whose leak is behind a call, if it is one that the limit counts. */
function senderBehind(facts: Facts, call: Called): string | undefined {
  const senders = causesOf(facts, call).map(({ view }) => {
    const message = facts.invocation(view.requestId)?.messages.find(({ messageId }) => messageId === view.messageId);
    const event = facts.eventOf(view);
    // A leak of a whole principal is counted by other limits.
    const isLeak = event?.type === 'credential.compromised.v1' && event.data.principalName === undefined;
    const isApproved = facts.approved(view.event, 'held-limit', call, { checks: ['key limits'] });
    if (!isLeak || message === undefined || isApproved) return undefined;
    return claimedSender(message);
  });
  // Another cause may call the key, too.
  return senders.includes(undefined) ? undefined : senders[0];
}

/** Each window in which the sender's messages were processed admits its limit, and each instance its free keys. */
function mostKeysOf({ history }: Facts, sender: string, limit: number): number {
  const instances = new Map<number, Set<string>>();
  for (const { at, end, process, messages } of history.invoked) {
    if (!messages.some((message) => claimedSender(message) === sender)) continue;
    for (const ms of [at, end?.at ?? at + WINDOW_MS]) {
      const window = Math.floor(ms / WINDOW_MS);
      instances.set(window, (instances.get(window) ?? new Set()).add(process));
    }
  }
  // While the ledger does not answer, an instance admits keys by itself.
  const free = hasLedgerTrouble(history.told) ? MAX_UNCOUNTED_KEYS : FREE_KEYS;
  return [...instances.values()].reduce((sum, each) => sum + limit + each.size * free, 0);
}

const hasLedgerTrouble = (told: readonly string[]): boolean =>
  told.some((line) =>
    / (?:counts|uncounts|reads|writes|removes) (?:window#keys|key)#.*: (?:hangs|slow|fails-before|fails-after)$/.test(
      line,
    ),
  );
