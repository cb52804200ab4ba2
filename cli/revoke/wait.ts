/** Follows an event that was sent to its outcome: what the API, the ledger and the dead-letter queue show of it, look after look. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { Ports } from '../../lib/context.ts';
import { sightOf } from '../../lib/coreweave/access-key.ts';
import type { Api, Observation } from '../../lib/coreweave/api.ts';
import type { Letter } from '../../lib/dead-letters/read.ts';
import { eventKey, readEvent } from '../../lib/ledger/ledger.ts';
import { ownedKeys } from './principal-keys.ts';

export interface Following {
  readonly ports: Pick<Ports, 'api' | 'clock' | 'table' | 'sha256'>;
  /** The event's dead letter, if there is one now. */
  readonly letterOf: (event: CanonicalEvent) => Promise<Letter | undefined>;
  /** Milliseconds for one call of the API. */
  readonly timeoutMs: number;
  /** Epoch ms of the last look. */
  readonly endsAt: number;
  /** True: no further look. */
  readonly halt: () => boolean;
}

/** What the API shows of a key. `unseen`: the answer proves nothing. */
export type KeyState = 'live' | 'gone' | 'not-found' | 'unseen';

/**
 * `gone`: the key is, and was not before, as far as that could be seen. `gone-before`: it was so already. `not-found`: the
 * API has never shown it. `done`: the event is settled; `live` are the principal's keys since, undefined when they cannot
 * be listed. `no-keys`: it is settled, and there was no live key before it either. `pending`: time is up; `seen` says what
 * was seen last.
 */
export type Followed =
  | { readonly kind: 'gone' | 'gone-before' | 'not-found' | 'no-keys' }
  | { readonly kind: 'done'; readonly live: readonly string[] | undefined }
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'pending'; readonly seen: string; readonly observed?: Observation };

const LOOK_EVERY_MS = 1_000;
/** A look through the dead-letter queue hides its letters meanwhile: the third look, and then every fifth, is one. */
const isLetterLook = (look: number): boolean => look % 5 === 3;

/** Takes a key, and the ms for the call; resolves with its state and the answer that shows it. */
export async function lookAtKey(
  api: Api,
  accessKeyId: AccessKeyId,
  timeoutMs: number,
): Promise<{ readonly state: KeyState; readonly observed: Observation }> {
  const observed = await api.send({ call: 'read-key', accessKeyId }, timeoutMs);
  const { kind } = sightOf(accessKeyId, observed);
  const isUnknown = kind === 'gone' && observed.kind === 'answer' && observed.status === 404;
  return { state: isUnknown ? 'not-found' : kind, observed };
}

/**
 * Takes the event about a key, the key, and its state before the event was sent; resolves with what became of it. A key
 * that no look has shown may be a mistyped one: that it is not to be found proves nothing. Rejects when the dead-letter
 * queue cannot be read.
 */
export async function followKey(
  following: Following,
  event: CanonicalEvent,
  accessKeyId: AccessKeyId,
  before: KeyState,
): Promise<Followed> {
  const { ports, timeoutMs, letterOf } = following;
  let known = before;
  return looks(following, async (look) => {
    const { state, observed } = await lookAtKey(ports.api, accessKeyId, timeoutMs);
    if (state === 'live') known = state;
    if (state === 'gone' || state === 'not-found') {
      return { kind: known === 'live' ? 'gone' : known === 'gone' ? 'gone-before' : state };
    }
    const letter = isLetterLook(look) ? await letterOf(event) : undefined;
    if (letter !== undefined) return { kind: 'letter', letter };
    return { kind: 'pending', seen: state === 'live' ? 'the key is live' : 'the key cannot be read', observed };
  });
}

/** Takes a principal, and the ms per call; resolves with the ids of its live keys, or with undefined when they cannot be listed. */
export async function liveKeys(
  api: Api,
  principal: PrincipalName,
  timeoutMs: number,
): Promise<readonly string[] | undefined> {
  const owned = await ownedKeys(api, principal, timeoutMs);
  return 'failed' in owned ? undefined : owned.keys.filter(({ live }) => live).map(({ id }) => id);
}

/**
 * Takes the event about a principal, the principal, and its live keys before the event was sent, if they could be listed;
 * resolves with what became of it. Rejects when ledger or dead-letter queue cannot be read.
 */
export async function followPrincipal(
  following: Following,
  event: CanonicalEvent,
  principal: PrincipalName,
  before: readonly string[] | undefined,
): Promise<Followed> {
  const { ports, timeoutMs, letterOf } = following;
  return looks(following, async () => {
    const state = (await readEvent(ports, eventKey(ports, event)))?.row.state;
    if (state === 'done') {
      const live = await liveKeys(ports.api, principal, timeoutMs);
      return live?.length === 0 && before?.length === 0 ? { kind: 'no-keys' } : { kind: 'done', live };
    }
    const letter = state === 'held' || state === 'dead' ? await letterOf(event) : undefined;
    if (letter !== undefined) return { kind: 'letter', letter };
    return { kind: 'pending', seen: state === undefined ? 'nothing has taken it up' : `the ledger says ${state}` };
  });
}

async function looks(
  { ports: { clock }, endsAt, halt }: Following,
  look: (number: number) => Promise<Followed>,
): Promise<Followed> {
  for (let number = 1; ; number += 1) {
    const followed = await look(number);
    if (followed.kind !== 'pending' || halt() || clock.now() + LOOK_EVERY_MS > endsAt) return followed;
    await clock.sleep(LOOK_EVERY_MS);
  }
}
