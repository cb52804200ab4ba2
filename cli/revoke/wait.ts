/** Waits for the outcome of an event: polls the API, the ledger and the dead-letter queue. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { Api, ApiResponse } from '../../lib/coreweave/api.ts';
import { parseKeyState } from '../../lib/coreweave/key-state.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import type { LedgerPorts } from '../../lib/ledger/events.ts';
import { eventKey, readEvent } from '../../lib/ledger/events.ts';
import { listPrincipalKeys } from './principal-keys.ts';

export interface WaitContext {
  readonly ports: LedgerPorts & { readonly api: Api };
  /** The dead letter of the event, if there is one now. */
  readonly findDeadLetter: (event: CanonicalEvent) => Promise<StoredDeadLetter | undefined>;
  /** For one API call, in ms. */
  readonly timeoutMs: number;
  /** Epoch ms after which there is no further poll. */
  readonly endsAt: number;
  /** Asked after each poll; true ends the wait. */
  readonly shouldStop: () => boolean;
}

/** What the API shows of a key. `unreadable`: the response proves nothing. */
export type ObservedKeyState = 'live' | 'gone' | 'not-found' | 'unreadable';

/**
 * - `gone`: the key is revoked and, as far as that could be seen, was not before.
 * - `gone-before`: the key was already revoked.
 * - `not-found`: the API has never shown the key.
 * - `done`: the event is settled. `live`: the live keys of the principal since; undefined where they cannot be listed.
 * - `no-keys`: the event is settled, and there was no live key before it either.
 * - `pending`: the timeout has passed. `seen`: what the last poll showed.
 * - `stopped`: the operator has ended the wait.
 */
export type WaitResult =
  | { readonly kind: 'gone' | 'gone-before' | 'not-found' | 'no-keys' }
  | { readonly kind: 'done'; readonly live: readonly string[] | undefined }
  | { readonly kind: 'dead-letter'; readonly deadLetter: StoredDeadLetter }
  | { readonly kind: 'pending' | 'stopped'; readonly seen: string; readonly observed?: ApiResponse };

const POLL_EVERY_MS = 1_000;
/** Reading the dead-letter queue hides its messages from others: only the third poll and then every fifth does so. */
const readsDeadLetters = (poll: number): boolean => poll % 5 === 3;

export async function readKeyState(
  api: Api,
  accessKeyId: AccessKeyId,
  timeoutMs: number,
): Promise<{ readonly state: ObservedKeyState; readonly observed: ApiResponse }> {
  const observed = await api.send({ call: 'read-key', accessKeyId }, timeoutMs);
  const state = parseKeyState(accessKeyId, observed);
  return { state: state.kind === 'gone' && state.how === 'not-found' ? 'not-found' : state.kind, observed };
}

/**
 * `before`: the state of the key before the event was sent. A key that the API has never shown may be mistyped, so
 * that its absence proves nothing. Rejects where the dead-letter queue cannot be read.
 */
export async function waitForKey(
  context: WaitContext,
  event: CanonicalEvent,
  accessKeyId: AccessKeyId,
  before: ObservedKeyState,
): Promise<WaitResult> {
  const { ports, timeoutMs, findDeadLetter } = context;
  let known = before;
  return poll(context, async (number) => {
    const { state, observed } = await readKeyState(ports.api, accessKeyId, timeoutMs);
    if (state === 'live') known = state;
    if (state === 'gone' || state === 'not-found') {
      return { kind: known === 'live' ? 'gone' : known === 'gone' ? 'gone-before' : state };
    }
    const deadLetter = readsDeadLetters(number) ? await findDeadLetter(event) : undefined;
    if (deadLetter !== undefined) return { kind: 'dead-letter', deadLetter };
    return { kind: 'pending', seen: state === 'live' ? 'the key is live' : 'the key cannot be read', observed };
  });
}

/** Ids of the live keys; undefined where they cannot be listed. */
export async function listKeysOfPrincipal(
  api: Api,
  principal: PrincipalName,
  timeoutMs: number,
): Promise<readonly string[] | undefined> {
  const listed = await listPrincipalKeys(api, principal, timeoutMs);
  return 'failed' in listed ? undefined : listed.keys.filter(({ live }) => live).map(({ id }) => id);
}

/**
 * `before`: the live keys before the event was sent; undefined where they could not be listed. Rejects where the
 * ledger or the dead-letter queue cannot be read.
 */
export async function waitForPrincipal(
  context: WaitContext,
  event: CanonicalEvent,
  principal: PrincipalName,
  before: readonly string[] | undefined,
): Promise<WaitResult> {
  const { ports, timeoutMs, findDeadLetter } = context;
  return poll(context, async () => {
    const state = (await readEvent(ports, eventKey(ports, event)))?.row.state;
    if (state === 'done') {
      const live = await listKeysOfPrincipal(ports.api, principal, timeoutMs);
      return live?.length === 0 && before?.length === 0 ? { kind: 'no-keys' } : { kind: 'done', live };
    }
    const deadLetter = state === 'held' || state === 'dead' ? await findDeadLetter(event) : undefined;
    if (deadLetter !== undefined) return { kind: 'dead-letter', deadLetter };
    return { kind: 'pending', seen: state === undefined ? 'nothing has taken it up' : `the ledger says ${state}` };
  });
}

async function poll(
  { ports: { clock }, endsAt, shouldStop }: WaitContext,
  observe: (number: number) => Promise<WaitResult>,
): Promise<WaitResult> {
  for (let number = 1; ; number += 1) {
    const result = await observe(number);
    if (result.kind !== 'pending') return result;
    if (shouldStop()) return { ...result, kind: 'stopped' };
    if (clock.now() + POLL_EVERY_MS > endsAt) return result;
    await clock.sleep(POLL_EVERY_MS);
  }
}
