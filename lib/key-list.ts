/** Key ids as the audit shows them. */
import type { KeyList } from './audit/entry.ts';

const SHOWN = 100;

/** Takes key ids and a hash; returns at most 100 of them, sorted, with count and hash of all (the sorted ids, one a line). */
export function keyList(ids: readonly string[], sha256: (text: string) => string): KeyList {
  const sorted = ids.toSorted();
  return { count: sorted.length, sha256: sha256(sorted.join('\n')), ids: sorted.slice(0, SHOWN) };
}
