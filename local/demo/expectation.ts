/** What must come of an event, beside what came of it. Pure: the whole judgement of the demo is here. */
import { isReason, type Reason } from '../../lib/model/reasons.ts';
import type { Story } from './journal.ts';

export interface Expectation {
  /** The event's id, or our name for a message that has none. */
  readonly name: string;
  /** A key id or a principal; empty when the message names none. */
  readonly target: string;
  /** The code of each audit record about it, intents left out, in order. The last one is its outcome. */
  readonly trail: readonly string[];
  /** Revocations that are asked of the API for it. */
  readonly attempts: number;
}

export interface Letter {
  readonly reason: string;
  readonly name: string;
  readonly detail: string;
}

export interface KeyState {
  readonly accessKeyId: string;
  readonly owner: string;
  readonly live: boolean;
  /** Why it must be live in the end; absent: it must be gone. */
  readonly survives?: string;
}

/** What was there in the end. */
export interface Seen {
  /** By name. Names that nobody expected are a mismatch. */
  readonly stories: ReadonlyMap<string, Story>;
  readonly letters: readonly Letter[];
  readonly depths: Readonly<Record<string, number>>;
  readonly keys: readonly KeyState[];
  /** Where the composed secret, or something like one, came to light. */
  readonly leaks: readonly string[];
  /** Lines of the audit log that were no audit records. */
  readonly unreadableLines: number;
}

export const NO_STORY: Story = { trail: [], attempts: 0 };

/** A replay is put on record once the lane has the event: what comes of it may be told before. */
const REPLAYED = 'replayed';
const withoutReplays = (trail: readonly string[]): readonly string[] => trail.filter((code) => code !== REPLAYED);
const replaysIn = (trail: readonly string[]): number => trail.length - withoutReplays(trail).length;

/** The last code of a trail but for replays; a dead letter's reason, if it is one. */
export const outcomeOf = ({ trail }: Pick<Story, 'trail'>): string => withoutReplays(trail).at(-1) ?? 'nothing';

/** The reason of the one dead letter that the event must leave; undefined: none. */
export const letterOf = (expected: Pick<Expectation, 'trail'>): Reason | undefined => {
  const outcome = outcomeOf(expected);
  return isReason(outcome) ? outcome : undefined;
};

/** `met`: exactly as expected. `under-way`: as expected so far. `strayed`: it can no longer end as expected. */
export function standing(expected: Expectation, { trail, attempts }: Story): 'met' | 'under-way' | 'strayed' {
  const codes = withoutReplays(expected.trail);
  const follows = withoutReplays(trail).every((code, at) => code === codes[at]);
  const tooMany = replaysIn(trail) > replaysIn(expected.trail);
  if (!follows || tooMany || attempts > expected.attempts) return 'strayed';
  return trail.length === expected.trail.length && attempts === expected.attempts ? 'met' : 'under-way';
}

const wording = ({ trail, attempts }: Story): string =>
  `${trail.join(', ') || 'nothing'} after ${attempts} attempt${attempts === 1 ? '' : 's'}`;

/** Takes all expectations and what was seen; returns a sentence per difference, none when all is exactly as expected. */
export function mismatches(expectations: readonly Expectation[], seen: Seen): readonly string[] {
  const names = new Set(expectations.map(({ name }) => name));
  const letter = ({ reason, name }: Pick<Letter, 'reason' | 'name'>) => `${reason} of ${name}`;
  const wanted = expectations.flatMap(({ name, trail }) => {
    const reason = letterOf({ trail });
    return reason === undefined ? [] : [letter({ reason, name })];
  });
  return [
    ...expectations.flatMap((expected) => {
      const story = seen.stories.get(expected.name) ?? NO_STORY;
      if (standing(expected, story) === 'met') return [];
      return [`${expected.name}: expected ${wording(expected)}, saw ${wording(story)}`];
    }),
    ...[...seen.stories]
      .filter(([name]) => !names.has(name))
      .map(([name, story]) => `${name}: expected no such event, saw ${wording(story)}`),
    ...differences(wanted, seen.letters.map(letter)),
    ...seen.keys
      .filter(({ live, survives }) => live !== (survives !== undefined))
      .map(({ accessKeyId, owner, live }) => {
        const [expected, saw] = live ? ['gone', 'live'] : ['live', 'gone'];
        return `key ${accessKeyId} of ${owner}: expected it ${expected}, saw it ${saw}`;
      }),
    ...Object.entries(seen.depths)
      .filter(([queue, depth]) => depth !== (queue === 'deadLetters' ? wanted.length : 0))
      .map(
        ([queue, depth]) =>
          `queue ${queue}: expected ${queue === 'deadLetters' ? wanted.length : 0} messages, saw ${depth}`,
      ),
    ...seen.leaks.map((place) => `a secret came to light in ${place}`),
    ...(seen.unreadableLines === 0 ? [] : [`the audit log has ${seen.unreadableLines} lines that are no records`]),
  ];
}

/** Dead letters as lists: one too few or too many counts, also when another one is like it. */
function differences(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const extra = [...found];
  const missing = wanted.filter((letter) => {
    const at = extra.indexOf(letter);
    if (at >= 0) extra.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((letter) => `dead letter ${letter}: expected, not seen`),
    ...extra.map((letter) => `dead letter ${letter}: seen, not expected`),
  ];
}
