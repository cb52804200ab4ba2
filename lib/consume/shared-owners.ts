/** The owners of the keys of a batch: a read for each key, and key listings where reads fail. */
import type { SharedKeyListing, SharedOwners } from '../context.ts';
import type { KeyListing, KeyOwner } from '../model/key.ts';
import type { Credentials } from '../ports.ts';

/** Reads of one key at most, if they fail for another reason than the load. */
const MAX_READS = 2;
/** Age in ms up to which a listing answers in place of a read. The owner of a key does not change. */
const MAX_OWNER_LISTING_AGE_MS = 300_000;

/** `endsAt`: epoch ms at which the invocation ends. Neither method rejects. */
export function createSharedOwners(
  credentials: Pick<Credentials, 'keyState' | 'recentListing'>,
  keys: Pick<SharedKeyListing, 'first'>,
  endsAt: number,
): SharedOwners {
  const owners = new Map<string, Promise<KeyOwner>>();
  // One attempt for the whole batch: under a rate limit a thousand keys must not ask for a thousand listings.
  let listing: Promise<KeyListing | undefined> | undefined;

  const listed = async (id: string): Promise<string | undefined> => {
    const recent = credentials.recentListing(MAX_OWNER_LISTING_AGE_MS)?.ownerOf(id);
    if (recent) return recent;
    listing ??= keys.first();
    return (await listing)?.ownerOf(id);
  };
  const find = async (id: string): Promise<KeyOwner> => {
    const read = await readOwner(credentials, id, endsAt);
    if (read.kind === 'known') return read;
    const owner = await listed(id);
    return owner ? { kind: 'known', owner } : read;
  };

  return {
    of(id) {
      const found = owners.get(id) ?? find(id);
      owners.set(id, found);
      return found;
    },
    known: async (id) => owners.get(id),
  };
}

async function readOwner(credentials: Pick<Credentials, 'keyState'>, id: string, endsAt: number): Promise<KeyOwner> {
  let found: KeyOwner = { kind: 'unknown' };
  for (let read = 1; read <= MAX_READS; read += 1) {
    const state = await credentials.keyState(id, endsAt);
    if (state.kind === 'gone') return { kind: 'known', owner: '', ...(state.how === 'deleted' && { deleted: true }) };
    // A live key has an owner: one that the API does not name may be protected.
    if (state.kind === 'live' && state.owner !== '') return { kind: 'known', owner: state.owner };
    found = state.kind === 'live' ? { kind: 'unknown' } : { ...state, kind: 'unknown' };
    if (found.throttled) break;
  }
  return found;
}
