/**
 * What each authority last said about a principal: one row per principal, without expiry. It tells whose offboarding
 * stands when somebody else reinstates the principal.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Json } from '../model/json.ts';
import type { Row } from '../ports.ts';
import { LeaseLost, type LedgerPorts } from './events.ts';

export interface Word {
  readonly authority: string;
  readonly state: 'scheduled' | 'offboarded' | 'reinstated';
  /** RFC 3339: the event's own time. */
  readonly time: string;
  /** The event. */
  readonly source: string;
  readonly id: string;
}

/** More would make room for words that a stranger invents; a word beyond is not kept, and acts all the same. */
const MAX_AUTHORITIES = 50;
const MAX_WRITE_ATTEMPTS = 5;
const STATES: ReadonlySet<unknown> = new Set(['scheduled', 'offboarded', 'reinstated']);

/** A principal may hold `#`: it is hashed, so that no name reaches another row. */
const wordsKey = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, principal: PrincipalName): string =>
  `offboarded#${sha256(principal)}`;

export const wordOf = (
  { time, source, id }: Pick<CanonicalEvent, 'time' | 'source' | 'id'>,
  { authority, state }: Pick<Word, 'authority' | 'state'>,
): Word => ({ authority, state, time, source, id });

export async function readWords(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  principal: PrincipalName,
): Promise<readonly Word[]> {
  return wordsIn(await ports.table.get(wordsKey(ports, principal)));
}

/** The word replaces an older one of its authority, and no newer one. Rejects if the row cannot be written. */
export async function writeWord(ports: LedgerPorts, principal: PrincipalName, word: Word): Promise<void> {
  const pk = wordsKey(ports, principal);
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const stored = await ports.table.get(pk);
    const words = wordsIn(stored);
    const others = words.filter(({ authority }) => authority !== word.authority);
    const [own] = words.filter(({ authority }) => authority === word.authority);
    if (own !== undefined && msOf(own) > msOf(word)) return;
    if (own === undefined && others.length >= MAX_AUTHORITIES) return;
    const data: Row['data'] = { principal, words: [...others, word].map((each): Json => ({ ...each })) };
    if (await ports.table.put({ pk, version: (stored?.version ?? 0) + 1, data }, stored?.version)) return;
  }
  throw new LeaseLost('lease-lost');
}

/** Whether the word still offboards at `time` (RFC 3339) or did before. */
export const standsAt = ({ state, time }: Word, at: string): boolean =>
  state !== 'reinstated' && (instantMs(time) ?? 0) <= (instantMs(at) ?? 0);

const msOf = ({ time }: Word): number => instantMs(time) ?? 0;

/** What this product did not write is no word. */
function wordsIn(row: Row | undefined): readonly Word[] {
  const words: unknown = row?.data.words;
  return Array.isArray(words) ? words.filter(isWord) : [];
}

function isWord(value: unknown): value is Word {
  if (typeof value !== 'object' || value === null) return false;
  const { authority, state, time, source, id }: Partial<Word> = value;
  return STATES.has(state) && [authority, time, source, id].every((text) => typeof text === 'string');
}
