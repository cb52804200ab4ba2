/** One step of an event as one line for a person. */
import { isReason } from '../../lib/model/reasons.ts';
import type { Entry } from './journal.ts';
import { type Colour, cut, type Layout } from './table.ts';

const NAME_WIDTH = 21;
const CODE_WIDTH = 18;

/** Codes after which nothing is left to do. */
const GOOD = new Set(['confirmed', 'not-found', 'no-keys', 'duplicate', 'would-revoke', 'reinstated', 'late-keys: 1']);

/** Takes an outcome or reason: green when all is done, yellow when a person must look, none for what is under way. */
export const colourOf = (code: string): Colour | undefined => {
  if (GOOD.has(code)) return 'green';
  return isReason(code) ? 'yellow' : undefined;
};

/** What follows, or what it means. */
const MEANINGS: Readonly<Record<string, string>> = {
  accepted: 'not seen gone yet: a check will look again',
  'not-found': 'the API knows no such key',
  'no-keys': 'had no live key',
  duplicate: 'was settled before',
  'would-revoke': 'dry run: nothing is called',
  throttled: 'comes back later',
  unavailable: 'is tried again',
  unknown: 'looks whether it was revoked',
  reinstated: 'what was said before is void',
};

/** Why there was no readable answer (`Fault` in `lib/coreweave/api.ts`). */
const FAULTS: Readonly<Record<string, string>> = {
  connect: 'no connection',
  reset: 'connection lost',
  timeout: 'no answer in time',
  token: 'no API token',
};

const joined = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(', ');

const intentText = ({ target, attempt, delivery }: Entry): string => {
  const whose = target.includes('/') ? `all keys of ${target}` : target;
  return joined(`revoke ${whose}`, attempt > 1 ? `try ${attempt}` : '', delivery > 1 ? `delivery ${delivery}` : '');
};

const outcomeText = ({ code, answer, keysBefore, verifiedBy, late }: Entry): string => {
  if (code !== 'confirmed') return joined(answer === 'HTTP 200' ? '' : (FAULTS[answer] ?? answer), MEANINGS[code]);
  const what = keysBefore === undefined ? '' : `${keysBefore} ${keysBefore === 1 ? 'key' : 'keys'} `;
  return joined(late ? 'a key minted after they left' : '', `${what}gone by ${verifiedBy || 'listing'}`);
};

/** What an entry says beside its code. */
export function textOf(entry: Entry): string {
  switch (entry.phase) {
    case 'intent':
      return intentText(entry);
    case 'outcome':
      return outcomeText(entry);
    case 'hold':
      return `held, ${entry.detail}`;
    case 'dead-letter':
      return `dead letter, ${entry.detail}`;
    case 'replay':
    case 'checkpoint':
      return entry.detail;
    case 'note':
      return joined(entry.detail === entry.code ? '' : entry.detail, MEANINGS[entry.code]);
  }
}

/** Takes the name of an event, its entry and when the run began (epoch ms); returns the line, at most as wide as the layout. */
export function liveLine(
  name: string,
  entry: Entry,
  { began, paint, width }: Layout & { readonly began: number },
): string {
  const seconds = `${((entry.at - began) / 1_000).toFixed(2)} s`.padStart(8);
  const code = cut(entry.code, CODE_WIDTH).padEnd(CODE_WIDTH);
  const colour = entry.phase === 'intent' ? 'dim' : colourOf(entry.code);
  const text = cut(textOf(entry), width - seconds.length - NAME_WIDTH - CODE_WIDTH - 6);
  return [
    paint(seconds, 'dim'),
    cut(name, NAME_WIDTH).padEnd(NAME_WIDTH),
    colour === undefined ? code : paint(code, colour),
    paint(text, 'dim'),
  ]
    .join('  ')
    .trimEnd();
}
