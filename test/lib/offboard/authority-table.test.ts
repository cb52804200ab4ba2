/**
 * What comes of two words about one user, for each pair of those who speak: in a deployment with SENDERS, in one
 * without, and where version 0.1 wrote the rows of the first word. Each pair is lived to its end: the day of an
 * offboarding that was announced, and every follow-up check.
 */
import { describe, expect, it } from 'vitest';
import { FOLLOW_UP_SOURCE } from '../../../lib/model/follow-up.ts';
import type { SenderSettings } from '../../../lib/model/sender.ts';
import { approve } from '../../support/approval.ts';
import { check, offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { eventKeyOf, openWorld, type World } from '../../support/memory-world.ts';
import { asWrittenBy01 } from '../../support/rows-of-01.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();

const SENDERS: SenderSettings = {
  ...UNBOUND,
  bindings: [
    { name: 'on-call', senderId: 'AROAOPS', sources: [''], authority: 'operator' },
    { name: 'hr', senderId: 'AROAHR', sources: ['//hr.example/'], authority: 'hr' },
    { name: 'payroll, once hr', senderId: 'AROAPAYROLL', sources: ['//payroll.example/'], authority: 'hr' },
    { name: 'directory', senderId: 'https:scim', sources: ['scim://'], authority: 'directory' },
  ],
};

type Speaker = 'HR' | 'HR, renamed' | 'directory' | 'operator' | 'stranger';
const ARRIVALS: Readonly<Record<Speaker, { source: string; senderId: string; attributes?: Record<string, string> }>> = {
  HR: { source: '//hr.example/acme', senderId: 'AROAHR:s' },
  'HR, renamed': { source: '//payroll.example/acme', senderId: 'AROAPAYROLL:s' },
  directory: { source: 'scim://users', senderId: `${ROLE_IDS.ingest}:i`, attributes: { sender: 'https:scim' } },
  operator: { source: '//revoker.cli/ann', senderId: 'AROAOPS:ann' },
  stranger: { source: '//stranger.example/x', senderId: 'AROASTRANGER:AROAHR' },
};

const AUTHORITIES: Readonly<Record<Speaker, string>> = {
  HR: 'hr',
  'HR, renamed': 'hr',
  directory: 'directory',
  operator: 'operator',
  stranger: '',
};

/** `announces`: offboards on the next day. `defers`: in 300 days. `repeats`, `checks`: the first event. */
type Verb = 'announces' | 'defers' | 'offboards' | 'reinstates' | 'repeats' | 'checks';
interface Word {
  readonly speaker: Speaker;
  readonly verb: Verb;
}
const DUE_MS: Readonly<Partial<Record<Verb, number>>> = { announces: DAY_MS, defers: 300 * DAY_MS };

function eventOf({ speaker, verb }: Word, timeMs: number) {
  const { source } = ARRIVALS[speaker];
  const due = DUE_MS[verb];
  const data = { principalName: SAML_PRINCIPAL, ...(due === undefined ? {} : { effectiveAt: iso(due) }) };
  const factory = verb === 'reinstates' ? reinstated : offboarded;
  return factory({ id: `${verb}-${timeMs}`, source, time: iso(timeMs), data });
}

function secondOf(first: Word, second: Word) {
  const before = eventOf(first, 0);
  if (second.verb === 'repeats') return before;
  if (second.verb !== 'checks') return eventOf(second, HOUR_MS);
  const parent = { source: before.source, id: before.id };
  return check({ data: { parent, principalName: SAML_PRINCIPAL, generation: 1 } });
}

type Mode = 'SENDERS' | 'unbound' | 'rows of 0.1';
/** What becomes of the dead letter of the second word: moved back by the console, or replayed. */
type Sequel = 'redriven' | 'replayed' | 'approved' | undefined;

interface Pair {
  readonly mode: Mode;
  readonly first: Word;
  readonly second: Word;
  readonly sequel: Sequel;
}
type Event = ReturnType<typeof eventOf>;
type Arrival = (typeof ARRIVALS)[Speaker];

const deliver = (
  world: World,
  { mode }: Pair,
  body: Event | string,
  { senderId, attributes = {} }: Omit<Arrival, 'source'>,
) => world.instance({ senders: mode === 'unbound' ? UNBOUND : SENDERS }).deliver([body], { senderId, attributes });

async function follow(world: World, pair: Pair, event: Event): Promise<void> {
  const [deadLetter] = world.deadLetters;
  const [body = ''] = world.sealed;
  if (deadLetter === undefined || pair.sequel === undefined) return;
  if (pair.sequel === 'redriven') {
    await deliver(world, pair, body, { senderId: `${ROLE_IDS.revoke}:r` });
    return;
  }
  const targets = [deadLetter.standing ?? []].flat().map((standing) => eventKeyOf(Object(standing)));
  const approved =
    pair.sequel === 'approved' ? await approve(world, event, [deadLetter.reason], { targets }) : undefined;
  const attributes = { replays: '1', ...approved?.attributes, sender: String(deadLetter.sender) };
  await deliver(world, pair, event, { senderId: `${ROLE_IDS.replay}:r`, attributes });
}

/** Two days later, and six hours more: what is due falls due, and every follow-up check is made. */
async function passTime(world: World, pair: Pair): Promise<void> {
  for (let step = 0; step < 6; step += 1) {
    world.now = START + 2 * DAY_MS + step * HOUR_MS;
    await world.schedules.fireDue(world.now);
    for (const { body } of world.sent.splice(0)) {
      const role = body.includes('revocation.check.v1') ? ROLE_IDS.revoke : ROLE_IDS.scheduler;
      await deliver(world, pair, body, { senderId: `${role}:s` });
    }
  }
}

/** Whether the user has a live key in the end, of those created after both words too; then what operators see. */
async function outcomeOf(pair: Pair): Promise<string> {
  const { mode, first, second } = pair;
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  await deliver(world, pair, eventOf(first, 0), ARRIVALS[first.speaker]);
  if (mode === 'rows of 0.1') await asWrittenBy01(world, eventOf(first, 0), AUTHORITIES[first.speaker]);
  world.now += HOUR_MS;
  const event = secondOf(first, second);
  await deliver(world, pair, event, ARRIVALS[second.speaker]);
  await follow(world, pair, event);
  if (world.store.liveKeys(SAML_PRINCIPAL).length === 0) world.store.createKeys(SAML_PRINCIPAL);
  await passTime(world, pair);
  const isRevoked = world.store.liveKeys(SAML_PRINCIPAL).length === 0;
  const isIgnored = world.trail(event).includes('note:not-own-word');
  const held = world.deadLetters.map((deadLetter) => `${deadLetter.reason} ${nameOf(deadLetter.event, first)}`);
  return [isRevoked ? 'revoked' : 'kept', ...(isIgnored ? ['not-own-word'] : []), ...held].join(', ');
}

/** Which of the words a dead letter is about. */
function nameOf({ source, id }: { readonly source?: unknown; readonly id: string }, first: Word): string {
  if (source === FOLLOW_UP_SOURCE) return 'check';
  return id === eventOf(first, 0).id ? '#1' : '#2';
}

/** First word, second word, outcome with SENDERS, without, and with rows of 0.1. */
const TABLE = `
HR announces        | HR reinstates                | kept, held-superseded #1 | same | same
HR announces        | HR, renamed reinstates       | kept, held-superseded #1 | revoked, held-authority #2 | same
HR announces        | HR defers                    | kept | same | same
HR announces        | HR offboards                 | revoked | same | same
HR announces        | directory reinstates         | revoked, not-own-word | same | same
HR announces        | directory defers             | revoked | same | same
HR announces        | directory offboards          | revoked | same | same
HR announces        | operator reinstates          | revoked, held-authority #2 | same | same
HR announces        | operator reinstates, redriven | revoked, held-authority #2, held-authority #2 | same | same
HR announces        | operator reinstates, replayed | revoked, held-authority #2, held-authority #2 | same | same
HR announces        | operator reinstates, approved | kept, held-authority #2, held-superseded #1 | same | same
HR announces        | operator offboards           | revoked | same | same
HR announces        | stranger reinstates          | revoked, held-unknown-sender #2 | revoked, held-authority #2 | same
HR announces        | stranger defers              | revoked, held-unknown-sender #2 | revoked | same
HR announces        | stranger repeats             | revoked, held-unknown-sender #1 | revoked | same
HR announces        | stranger checks              | revoked, held-unknown-sender check | same | same
HR offboards        | HR reinstates                | kept, held-superseded check | same | same
HR offboards        | HR, renamed reinstates       | kept, held-superseded check | revoked, held-authority #2 | same
HR offboards        | HR defers                    | revoked | same | same
HR offboards        | directory reinstates         | revoked, not-own-word | same | same
HR offboards        | directory defers             | revoked | same | same
HR offboards        | directory offboards          | revoked | same | same
HR offboards        | operator reinstates          | revoked, held-authority #2 | same | revoked
HR offboards        | operator reinstates, redriven | revoked, held-authority #2, held-authority #2 | same | revoked
HR offboards        | operator reinstates, replayed | revoked, held-authority #2, held-authority #2 | same | revoked
HR offboards        | operator reinstates, approved | kept, held-authority #2, held-superseded check | same | revoked
HR offboards        | operator offboards           | revoked | same | same
HR offboards        | stranger reinstates          | revoked, held-unknown-sender #2 | revoked, held-authority #2 | same
HR offboards        | stranger defers              | revoked, held-unknown-sender #2 | revoked | same
HR offboards        | stranger repeats             | revoked, held-unknown-sender #1 | revoked | same
HR offboards        | stranger checks              | revoked, held-unknown-sender check | same | same
directory offboards | HR reinstates                | revoked, held-authority #2 | same | revoked
directory offboards | HR, renamed reinstates       | revoked, held-authority #2 | same | revoked
directory offboards | HR defers                    | revoked | same | same
directory offboards | HR offboards                 | revoked | same | same
directory offboards | directory reinstates         | kept, held-superseded check | same | revoked, not-own-word
directory offboards | directory defers             | revoked | same | same
directory offboards | operator reinstates          | revoked, held-authority #2 | same | revoked
directory offboards | operator reinstates, redriven | revoked, held-authority #2, held-authority #2 | same | revoked
directory offboards | operator reinstates, replayed | revoked, held-authority #2, held-authority #2 | same | revoked
directory offboards | operator reinstates, approved | kept, held-authority #2, held-superseded check | same | revoked
directory offboards | operator offboards           | revoked | same | same
directory offboards | stranger reinstates          | revoked, held-unknown-sender #2 | revoked, held-authority #2 | same
directory offboards | stranger defers              | revoked, held-unknown-sender #2 | revoked | same
directory offboards | stranger repeats             | revoked, held-unknown-sender #1 | revoked | same
directory offboards | stranger checks              | revoked, held-unknown-sender check | same | same
operator offboards  | HR reinstates                | revoked, held-authority #2 | same | revoked
operator offboards  | HR, renamed reinstates       | revoked, held-authority #2 | same | revoked
operator offboards  | HR defers                    | revoked | same | same
operator offboards  | HR offboards                 | revoked | same | same
operator offboards  | directory reinstates         | revoked, not-own-word | same | same
operator offboards  | directory defers             | revoked | same | same
operator offboards  | directory offboards          | revoked | same | same
operator offboards  | operator reinstates          | kept, held-superseded check | same | same
operator offboards  | operator reinstates, redriven | kept, held-superseded check | same | same
operator offboards  | operator reinstates, replayed | kept, held-superseded check | same | same
operator offboards  | operator reinstates, approved | kept, held-superseded check | same | same
operator offboards  | stranger reinstates          | revoked, held-unknown-sender #2 | revoked, held-authority #2 | same
operator offboards  | stranger defers              | revoked, held-unknown-sender #2 | revoked | same
operator offboards  | stranger repeats             | revoked, held-unknown-sender #1 | revoked | same
operator offboards  | stranger checks              | revoked, held-unknown-sender check | same | same
HR reinstates       | HR, renamed reinstates       | kept | same | same
HR reinstates       | HR defers                    | kept | same | same
HR reinstates       | HR offboards                 | revoked | same | same
HR reinstates       | directory reinstates         | kept, not-own-word | same | same
HR reinstates       | directory defers             | kept | same | same
HR reinstates       | directory offboards          | revoked | same | same
HR reinstates       | operator reinstates          | kept | same | same
HR reinstates       | operator reinstates, redriven | kept | same | same
HR reinstates       | operator reinstates, replayed | kept | same | same
HR reinstates       | operator reinstates, approved | kept | same | same
HR reinstates       | operator offboards           | revoked | same | same
HR reinstates       | stranger reinstates          | kept, held-unknown-sender #2 | kept | same
HR reinstates       | stranger defers              | kept, held-unknown-sender #2 | kept | same
HR reinstates       | stranger repeats             | kept, held-unknown-sender #1 | kept | same
HR reinstates       | stranger checks              | kept, held-unknown-sender check | same | same
`;

const PAIRS = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

const wordIn = (text: string): { readonly word: Word; readonly sequel: Sequel } => {
  const [, speaker, verb, sequel] = FORM.exec(text) ?? [];
  return { word: { speaker: speaker as Speaker, verb: verb as Verb }, sequel: sequel as Sequel };
};
const FORM = /^(.+) (announces|defers|offboards|reinstates|repeats|checks)(?:, (\w+))?$/;

describe('two words about one user', () => {
  it.each(PAIRS)('%s, then %s: %s', async (one = '', other = '', bound = '', unbound = '', old = '') => {
    const first = wordIn(one).word;
    const { word: second, sequel } = wordIn(other);
    const outcome = (mode: Mode) => outcomeOf({ mode, first, second, sequel });
    expect(await outcome('SENDERS')).toBe(bound);
    expect(await outcome('unbound')).toBe(unbound.replace('same', bound));
    expect(await outcome('rows of 0.1')).toBe(old.replace('same', bound));
  });

  it('are all pairs of five first words with 16 second ones, but for the same word twice', () => {
    expect(new Set(PAIRS.map(([one, other]) => `${one}, ${other}`)).size).toBe(5 * 16 - 4);
  });
});
