/** Compares what was expected of each event with what was observed. Pure: the whole judgment of the demo is here. */
import { isReason, type Reason } from '../../lib/model/reasons.ts';
import { pluralize } from '../../terminal/format.ts';
import type { EventHistory } from './journal.ts';

export interface Expectation {
  /** The event's id, or a name for a message without an event. */
  readonly name: string;
  /** A key id or a principal; empty where the message names none. */
  readonly target: string;
  /** The codes of its audit records in order, without intents. The last one is the outcome. */
  readonly trail: readonly string[];
  /** Revocation calls. */
  readonly attempts: number;
}

export interface ObservedDeadLetter {
  readonly reason: string;
  readonly name: string;
  readonly detail: string;
}

export interface ObservedKey {
  readonly accessKeyId: string;
  readonly owner: string;
  readonly live: boolean;
  /** Why the key must be live at the end. Absent: it must be revoked. */
  readonly survives?: string;
}

/** The state at the end of the run. */
export interface Observed {
  /** By name. A name that is not expected is a mismatch. */
  readonly histories: ReadonlyMap<string, EventHistory>;
  readonly deadLetters: readonly ObservedDeadLetter[];
  readonly depths: Readonly<Record<string, number>>;
  readonly keys: readonly ObservedKey[];
  /** Places where the secret of the scenario was found. */
  readonly leaks: readonly string[];
  /** Lines of the audit log that are no audit records. */
  readonly unreadableLines: number;
}

export const NO_HISTORY: EventHistory = { trail: [], attempts: 0 };

/** A replay writes its record after it sends the event, so the records of the event may come first. */
const REPLAYED = 'replayed';
const withoutReplays = (trail: readonly string[]): readonly string[] => trail.filter((code) => code !== REPLAYED);
const replaysIn = (trail: readonly string[]): number => trail.length - withoutReplays(trail).length;

/** The last code that is not `replayed`: an outcome, or the reason code of a dead letter. */
export const lastOutcome = ({ trail }: Pick<EventHistory, 'trail'>): string =>
  withoutReplays(trail).at(-1) ?? 'nothing';

/** The reason code of the dead letter that the event must leave; undefined where it leaves none. */
export const expectedReason = (expected: Pick<Expectation, 'trail'>): Reason | undefined => {
  const outcome = lastOutcome(expected);
  return isReason(outcome) ? outcome : undefined;
};

/** `met`: as expected. `under-way`: as expected so far. `failed`: it can no longer end as expected. */
export function compareHistory(
  expected: Expectation,
  { trail, attempts }: EventHistory,
): 'met' | 'under-way' | 'failed' {
  const codes = withoutReplays(expected.trail);
  const follows = withoutReplays(trail).every((code, at) => code === codes[at]);
  const tooMany = replaysIn(trail) > replaysIn(expected.trail);
  if (!follows || tooMany || attempts > expected.attempts) return 'failed';
  return trail.length === expected.trail.length && attempts === expected.attempts ? 'met' : 'under-way';
}

const describeHistory = ({ trail, attempts }: EventHistory): string =>
  `${trail.join(', ') || 'nothing'} after ${pluralize(attempts, 'attempt')}`;

/** One sentence for each difference; none where everything is exactly as expected. */
export function findMismatches(expectations: readonly Expectation[], observed: Observed): readonly string[] {
  const expectedDeadLetters = expectations.flatMap(({ name, trail }) => {
    const reason = expectedReason({ trail });
    return reason === undefined ? [] : [describeDeadLetter({ reason, name })];
  });
  return [
    ...historyMismatches(expectations, observed),
    ...listMismatches(expectedDeadLetters, observed.deadLetters.map(describeDeadLetter)),
    ...keyMismatches(observed),
    ...depthMismatches(observed, expectedDeadLetters.length),
    ...observed.leaks.map((place) => `a secret came to light in ${place}`),
    ...(observed.unreadableLines === 0
      ? []
      : [`the audit log has ${observed.unreadableLines} lines that are no records`]),
  ];
}

const describeDeadLetter = ({ reason, name }: Pick<ObservedDeadLetter, 'reason' | 'name'>): string =>
  `${reason} of ${name}`;

function historyMismatches(expectations: readonly Expectation[], { histories }: Observed): readonly string[] {
  const names = new Set(expectations.map(({ name }) => name));
  const differing = expectations.flatMap((expected) => {
    const history = histories.get(expected.name) ?? NO_HISTORY;
    if (compareHistory(expected, history) === 'met') return [];
    return [`${expected.name}: expected ${describeHistory(expected)}, saw ${describeHistory(history)}`];
  });
  const unexpected = [...histories]
    .filter(([name]) => !names.has(name))
    .map(([name, history]) => `${name}: expected no such event, saw ${describeHistory(history)}`);
  return [...differing, ...unexpected];
}

const keyMismatches = ({ keys }: Observed): readonly string[] =>
  keys
    .filter(({ live, survives }) => live !== (survives !== undefined))
    .map(({ accessKeyId, owner, live }) => {
      const [expected, saw] = live ? ['gone', 'live'] : ['live', 'gone'];
      return `key ${accessKeyId} of ${owner}: expected it ${expected}, saw it ${saw}`;
    });

const depthMismatches = ({ depths }: Observed, deadLetterCount: number): readonly string[] =>
  Object.entries(depths).flatMap(([queue, depth]) => {
    const expected = queue === 'deadLetters' ? deadLetterCount : 0;
    return depth === expected ? [] : [`queue ${queue}: expected ${expected} messages, saw ${depth}`];
  });

/** Compares as lists, not as sets: a second dead letter that equals an expected one is a mismatch too. */
function listMismatches(expected: readonly string[], found: readonly string[]): readonly string[] {
  const extra = [...found];
  const missing = expected.filter((deadLetter) => {
    const at = extra.indexOf(deadLetter);
    if (at >= 0) extra.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((deadLetter) => `dead letter ${deadLetter}: expected, not seen`),
    ...extra.map((deadLetter) => `dead letter ${deadLetter}: seen, not expected`),
  ];
}
