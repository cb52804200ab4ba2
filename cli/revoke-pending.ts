/** What it means that a wait has run out of time, and what to do next: the function may be fine, and our own look may have failed. */
import type { CanonicalEvent } from '../events/canonical.ts';
import { sightOf } from '../lib/domain/keys.ts';
import type { Followed } from '../lib/follow.ts';
import { apiFailureOf } from './api-failure.ts';
import type { Line } from './lines.ts';
import { shellWord } from './shown.ts';

type Pending = Extract<Followed, { kind: 'pending' }>;

const DEPLOYED = 'next: is the function deployed, and not in dry run?';

/** Takes what was seen last, and the event; returns it in words. */
export function pendingLines({ seen, observed }: Pending, { id, source, data }: CanonicalEvent): readonly Line[] {
  const head = (more = ''): Line => [{ text: 'pending', colour: 'yellow' }, `: ${seen}${more}`];
  const key = 'accessKeyId' in data ? data.accessKeyId : undefined;
  if (observed === undefined || key === undefined) {
    return [
      head(),
      [`${DEPLOYED} Look again with`],
      [`  revoker status ${shellWord(id)} --source ${shellWord(source)}`],
    ];
  }
  // The ledger has no row of a key, confirmed or not: a look there would tell nothing.
  const records = `look for the event ${id} in the function's audit records`;
  if (sightOf(key, observed).kind === 'live') return [head(), [`${DEPLOYED} Then ${records}`]];
  const { message, next } = apiFailureOf(observed);
  return [
    head(` (${message})`),
    [`next: your own look failed, not the function: ${next}`],
    [`  what the function did: ${records}`],
  ];
}
