/** An audit record as one line for the terminal. */
import type { Phase } from '../../lib/audit/ocsf-terms.ts';
import { isReason } from '../../lib/model/reasons.ts';
import { formatSeconds, pluralize } from '../../terminal/format.ts';
import { type Color, dim, type Line } from '../../terminal/lines.ts';
import { fitColumns, truncate } from '../../terminal/text.ts';
import type { Entry } from './journal.ts';

const TIME_WIDTH = 8;
const NAME_WIDTH = 21;
const CODE_WIDTH = 18;
const GAP = '  ';

/** Codes after which nothing is left to do. */
const FINAL = new Set([
  'confirmed',
  'already-revoked',
  'not-found',
  'no-keys',
  'duplicate',
  'would-revoke',
  'reinstated',
  'late-keys: 1',
]);

/** Green for a final outcome, yellow for what needs an operator, none for what continues by itself. */
export const colorOfCode = (code: string): Color | undefined => {
  if (FINAL.has(code)) return 'green';
  return isReason(code) ? 'yellow' : undefined;
};

const MEANINGS: Readonly<Record<string, string>> = {
  accepted: 'still live: a follow-up check will verify it',
  'already-revoked': 'revoked before this event',
  'not-found': 'the API does not know the key',
  'no-keys': 'no live key',
  duplicate: 'already done',
  'would-revoke': 'dry run, no call',
  throttled: 'retried later',
  unavailable: 'retried',
  unknown: 'reads the key back',
  reinstated: 'cancels earlier offboardings',
};

/** Codes that mean something else in a note than in an outcome. */
const NOTES: Readonly<Record<string, string>> = { accepted: 'a genuine request: its event is queued' };

/** By `Fault` of `lib/coreweave/api.ts`: why there is no readable response. */
const FAULTS: Readonly<Record<string, string>> = {
  connect: 'no connection',
  reset: 'connection lost',
  timeout: 'timeout',
  token: 'no API token',
};

const joinTexts = (...texts: readonly (string | undefined)[]): string => texts.filter(Boolean).join(', ');

const describeIntent = ({ target, attempt, delivery }: Entry): string => {
  const keys = target.includes('/') ? `all keys of ${target}` : target;
  return joinTexts(`revoke ${keys}`, attempt > 1 ? `try ${attempt}` : '', delivery > 1 ? `delivery ${delivery}` : '');
};

const describeOutcome = ({ code, answer, keysBefore, verifiedBy, late }: Entry): string => {
  if (code !== 'confirmed') return joinTexts(answer === 'HTTP 200' ? '' : (FAULTS[answer] ?? answer), MEANINGS[code]);
  const keys = keysBefore === undefined ? '' : `${pluralize(keysBefore, 'key')} `;
  return joinTexts(late ? 'newly created key' : '', `${keys}gone, verified by ${verifiedBy || 'listing'}`);
};

const detailOf = ({ detail }: Entry): string => detail;

const DESCRIPTIONS: Readonly<Record<Phase, (entry: Entry) => string>> = {
  intent: describeIntent,
  outcome: describeOutcome,
  hold: ({ detail }) => `held, ${detail}`,
  'dead-letter': ({ detail }) => `dead letter, ${detail}`,
  note: ({ code, detail }) => joinTexts(detail === code ? '' : detail, NOTES[code] ?? MEANINGS[code]),
  refusal: detailOf,
  replay: detailOf,
  discard: detailOf,
  reconcile: detailOf,
  checkpoint: detailOf,
};

/** The text of an entry beside its code. */
export const describeEntry = (entry: Entry): string => DESCRIPTIONS[entry.phase](entry);

/** The line of an entry, no wider than `width`. `began`: epoch ms at which the run began. */
export function formatEntry(
  name: string,
  entry: Entry,
  { began, width }: { readonly began: number; readonly width: number },
): Line {
  const code = fitColumns(entry.code, CODE_WIDTH);
  const color = entry.phase === 'intent' ? 'dim' : colorOfCode(entry.code);
  const textWidth = width - TIME_WIDTH - NAME_WIDTH - CODE_WIDTH - 3 * GAP.length;
  return [
    dim(formatSeconds(entry.at - began, 2).padStart(TIME_WIDTH)),
    GAP,
    fitColumns(name, NAME_WIDTH),
    GAP,
    color === undefined ? code : { text: code, color },
    GAP,
    dim(truncate(describeEntry(entry), textWidth)),
  ];
}
