/** Follows an event that was sent to its outcome: what the API, the ledger and the dead-letter queue show of it, look after look. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { AccessKeyId, PrincipalName } from '../events/ids.ts';
import type { Observation } from './domain/api.ts';
import { sightOf } from './domain/keys.ts';
import type { Letter } from './domain/letter.ts';
import { eventKey, readEvent } from './ledger.ts';
import { ownedKeys } from './owned-keys.ts';
import type { Ports } from './ports.ts';

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

/** `gone`: the key is. `done`: the event is settled; `live` are the principal's keys since, undefined when they cannot be listed. `pending`: time is up; `seen` says what was seen last. */
export type Followed =
  | { readonly kind: 'gone' }
  | { readonly kind: 'done'; readonly live: readonly string[] | undefined }
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'pending'; readonly seen: string; readonly observed?: Observation };

const LOOK_EVERY_MS = 1_000;
/** A look through the dead-letter queue hides its letters meanwhile: the third look, and then every fifth, is one. */
const isLetterLook = (look: number): boolean => look % 5 === 3;

/** Takes the event about a key, and the key; resolves with what became of it. Rejects when the dead-letter queue cannot be read. */
export async function followKey(
  following: Following,
  event: CanonicalEvent,
  accessKeyId: AccessKeyId,
): Promise<Followed> {
  const { ports, timeoutMs, letterOf } = following;
  return looks(following, async (look) => {
    const observed = await ports.api.send({ call: 'read-key', accessKeyId }, timeoutMs);
    const { kind } = sightOf(accessKeyId, observed);
    if (kind === 'gone') return { kind };
    const letter = isLetterLook(look) ? await letterOf(event) : undefined;
    if (letter !== undefined) return { kind: 'letter', letter };
    return { kind: 'pending', seen: kind === 'live' ? 'the key is live' : 'the key cannot be read', observed };
  });
}

/** Takes the event about a principal, and the principal; resolves with what became of it. Rejects when ledger or dead-letter queue cannot be read. */
export async function followPrincipal(
  following: Following,
  event: CanonicalEvent,
  principal: PrincipalName,
): Promise<Followed> {
  const { ports, timeoutMs, letterOf } = following;
  return looks(following, async () => {
    const state = (await readEvent(ports, eventKey(ports, event)))?.row.state;
    if (state === 'done') {
      const owned = await ownedKeys(ports.api, principal, timeoutMs);
      return {
        kind: 'done',
        live: 'failed' in owned ? undefined : owned.keys.filter(({ live }) => live).map(({ id }) => id),
      };
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
