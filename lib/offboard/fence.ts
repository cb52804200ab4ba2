/** The fence: the live keys of an event's principals when it was first seen. What was minted later is someone's replacement. */

/** Most keys in a fence. Ids of up to 22 characters then also stay under MAX_FENCE_BYTES. */
export const MAX_FENCE_KEYS = 15_000;
/** Bytes that a fence may take, three of overhead counted for each id: the rest of DynamoDB's 400 KB is for the rest of the row. */
const MAX_FENCE_BYTES = 380_000;
/** How old a listing may be, in ms, for a principal-wide revocation that must not reach beyond it. */
export const FRESH_MS = 5_000;

/** Takes key ids; returns whether they can be kept as a fence. */
export const fits = (ids: readonly string[]): boolean =>
  ids.length <= MAX_FENCE_KEYS && ids.reduce((sum, id) => sum + id.length + 3, 0) <= MAX_FENCE_BYTES;

/**
 * Takes whether late keys are to be revoked too, whether the fence was made in this delivery, and how old its listing is
 * (ms); returns how to revoke. By principal reaches every key that exists; by key, only the fence.
 */
export const reach = ({
  late,
  first,
  ageMs,
}: {
  late: boolean;
  first: boolean;
  ageMs: number;
}): 'principal' | 'keys' => (late || (first && ageMs <= FRESH_MS) ? 'principal' : 'keys');
