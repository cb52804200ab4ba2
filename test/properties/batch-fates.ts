/** What can befall one record of a batch, as a table: its body, its API, the port that fails it, and how. */
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import { answer, LOST, OK, page, REJECTED } from '../support/api-answers.ts';
import type { Turn } from '../support/memory-api.ts';
import type { Step } from '../support/memory-ports.ts';

export interface Fate {
  /** Turns of the revocation calls for the record's key, in order; after the last one all goes well. */
  readonly posts?: readonly Turn[];
  /** What each look at the key shows in place of the truth. */
  readonly reads?: Turn;
  /** Not an event. */
  readonly poison?: true;
  /** A port that fails for this record, from its `nth` step there on (from 1). */
  readonly fails?: { readonly port: Step['port']; readonly nth?: number };
  /** The failure is that it never answers. */
  readonly hangs?: true;
  /** Settled, when nothing else in the batch takes the time away. */
  readonly settles: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const instead = (observed: ApiResponse, more: Omit<Turn, 'answer'> = {}): Turn => ({ answer: observed, ...more });
const always = (turn: Turn): readonly Turn[] => Array(3).fill(turn);
const LIVE = { reads: instead(answer(500)) };

const FATES = {
  fine: { settles: true },
  'fine, a little slow': { posts: [{ takesMs: 900 }], settles: true },
  'fine at the second try': { posts: [instead(answer(503))], settles: true },
  'fine after a pause': { posts: [instead(answer(503, {}, { retryAfter: '2' }))], settles: true },
  'lost, but done': { posts: [instead(LOST, { applied: true })], settles: true },
  'lost, then done': { posts: [instead(LOST)], settles: true },
  refused: { posts: [instead(REJECTED)], settles: true },
  'accepted only': { ...LIVE, settles: true },
  throttled: { posts: always(instead(answer(429))), settles: false },
  'throttled for long': { posts: always(instead(answer(429, {}, { retryAfter: '600' }))), settles: false },
  down: { posts: always(instead(answer(500))), settles: false },
  'down for long': { posts: always(instead(answer(503))), settles: false },
  lost: { posts: always(instead(LOST)), settles: false },
  misdirected: { posts: [instead(page(404))], settles: false },
  silent: { posts: always(instead(OK, { takesMs: NEVER })), reads: instead(OK, { takesMs: NEVER }), settles: false },
  poison: { poison: true, settles: true },
  'no intent': { fails: { port: 'audit' }, settles: false },
  'no outcome': { fails: { port: 'audit', nth: 2 }, settles: false },
  'no second outcome': { posts: [instead(LOST)], fails: { port: 'audit', nth: 3 }, settles: false },
  'no dead letter': { poison: true, fails: { port: 'dead-letters' }, settles: false },
  'no record of its dead letter': { poison: true, fails: { port: 'audit' }, settles: false },
  'no dead letter for the refusal': { posts: [instead(REJECTED)], fails: { port: 'dead-letters' }, settles: false },
  'no check': { ...LIVE, fails: { port: 'send' }, settles: false },
  'no return': { posts: always(instead(answer(500))), fails: { port: 'return' }, settles: false },
  'hanging audit': { fails: { port: 'audit' }, hangs: true, settles: false },
  'hanging dead letter': { poison: true, fails: { port: 'dead-letters' }, hangs: true, settles: false },
  'hanging return': { posts: always(instead(answer(500))), fails: { port: 'return' }, hangs: true, settles: false },
  'hanging check': { ...LIVE, fails: { port: 'send' }, hangs: true, settles: false },
} as const satisfies Readonly<Record<string, Fate>>;

export type FateName = keyof typeof FATES;
export const FATE_NAMES = Object.keys(FATES).filter((name): name is FateName => name in FATES);
export const fateOf = (name: FateName): Fate => FATES[name];

/** Fates that use up time, or open the circuit breaker for other messages. */
export const SELFISH: ReadonlySet<FateName> = new Set(
  FATE_NAMES.filter((name) => name === 'silent' || name === 'misdirected' || name === 'lost' || 'hangs' in FATES[name]),
);
