/** Findings by place: two rules find a key id and its secret, which belong together if they are near each other. */
import type { Confidence } from '../data.ts';
import type { AccessKeyId } from '../ids.ts';
import { holdsSecret } from '../secrets.ts';
import {
  type Clue,
  clueOf,
  type Findings,
  judge,
  type Part,
  placeText,
  SECRET_WITHOUT_ID,
  unnamedIn,
} from './findings.ts';

/** Who says it, and what a person is told about where something was found. */
export interface Trace {
  /** The `source` of its events. */
  readonly source: string;
  /** Safe to show. */
  readonly url: string | undefined;
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
}

/** A finding as the sender tells it. */
export interface Sighting {
  /** The full name of the file in one version, never cut: what is in it belongs together. Absent: it stands alone. */
  readonly place: string | undefined;
  /** What was matched. */
  readonly parts: readonly Part[];
  /** Where, for people. */
  readonly url: string;
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
  /** The `source` of its events. */
  readonly source: string;
}

/** What became of one finding: `claimed` and `open` count its secrets. */
export interface Entry {
  readonly accessKeyIds: readonly AccessKeyId[];
  readonly claimed: number;
  readonly open: number;
  readonly apiTokens: number;
}

export interface Place {
  /** Unlike that of any other place, and safe to show. */
  readonly name: string;
  /** The number of its finding in place of the name. */
  readonly alias: string;
  /** Of the first finding whose secret belongs to no id; else of the first. */
  readonly trace: Trace;
  readonly found: Findings;
  /** One per finding. */
  readonly entries: readonly Entry[];
  /** The first finding of each key. */
  readonly keys: ReadonlyMap<AccessKeyId, Trace>;
}

/** `aliasOf` names a place by the number of its finding (from 1), for one that cannot be shown. */
export function placesOf(sightings: readonly Sighting[], aliasOf: (number: number) => string): readonly Place[] {
  const groups = Map.groupBy(
    sightings.map((sighting, index) => ({ sighting, number: index + 1 })),
    ({ sighting, number }) => sighting.place ?? number,
  );
  const names = new Set<string>();
  return [...groups.values()].flatMap((group) => {
    const clues = group.map((member) => ({ ...member, clue: clueOf(member.sighting.parts, group.length === 1) }));
    const { findings, open } = judge(clues.map(({ clue }) => clue));
    const ids = new Set(findings.accessKeyIds);
    const members = clues.map(({ clue, ...member }) => ({ ...member, entry: entryOf(clue, ids, open) }));
    const shown = members.find(({ entry }) => entry.open > 0) ?? members[0];
    if (shown === undefined) return [];
    const trace = traceOf(shown.sighting);
    const alias = aliasOf(shown.number);
    const name = trace.url === undefined || names.has(trace.url) ? alias : trace.url;
    names.add(name);
    const entries = members.map(({ entry }) => entry);
    return [{ name, alias, trace, found: findings, entries, keys: keysOf(members) }];
  });
}

interface Member {
  readonly sighting: Sighting;
  readonly entry: Entry;
}

function keysOf(members: readonly Member[]): ReadonlyMap<AccessKeyId, Trace> {
  const keys = new Map<AccessKeyId, Trace>();
  for (const { sighting, entry } of members) {
    for (const id of entry.accessKeyIds) if (!keys.has(id)) keys.set(id, traceOf(sighting));
  }
  return keys;
}

function entryOf(clue: Clue, ids: ReadonlySet<AccessKeyId>, open: ReadonlySet<string>): Entry {
  const own = clue.tokens.flatMap((token) => (token.kind === 'id' ? [token.value] : []));
  const secrets = clue.tokens.flatMap((token) => (token.kind === 'secret' ? [token.value] : []));
  const all = new Set([...secrets, ...clue.doubtful]);
  const openHere = [...all].filter((secret) => open.has(secret)).length;
  return {
    accessKeyIds: [...new Set([...own, ...clue.words])].filter((id) => ids.has(id)),
    claimed: all.size - openHere,
    open: openHere,
    apiTokens: clue.apiTokens.size,
  };
}

const traceOf = ({ source, url, detector, fingerprint }: Sighting): Trace => ({
  source,
  url: placeText(url),
  detector,
  fingerprint,
});

/** A key, how sure it is that it leaked, and the first place that is surest. */
export interface LeakedKey {
  readonly accessKeyId: AccessKeyId;
  readonly confidence: Confidence;
  readonly trace: Trace;
}

/** One per key, in the order in which the keys come. */
export function keysIn(places: readonly Place[]): readonly LeakedKey[] {
  const surest = new Map<AccessKeyId, LeakedKey>();
  for (const { found, keys } of places) {
    const pairs = new Set(found.pairs);
    for (const [accessKeyId, trace] of keys) {
      const confidence = pairs.has(accessKeyId) ? 'pair' : 'key-id-only';
      const known = surest.get(accessKeyId)?.confidence;
      if (known === undefined || (known !== 'pair' && confidence === 'pair'))
        surest.set(accessKeyId, { accessKeyId, confidence, trace });
    }
  }
  return [...surest.values()];
}

/** Something that no call can revoke. `ref` tells a person where to look. */
export interface Unnamed {
  readonly provider: string;
  readonly ref: string;
  readonly place: Place;
}

export const unnamedAt = (place: Place): readonly Unnamed[] =>
  unnamedIn(place.found).map((provider) => ({
    provider,
    ref: provider === SECRET_WITHOUT_ID ? withWords(place) : place.name,
    place,
  }));

/** Words that a reference has room for. */
const MOST_WORDS = 3;

/** The place, and what stands there in the form of an id: only a person can tell whether the secret belongs to it. */
function withWords({ name, found: { words } }: Place): string {
  const named = words.slice(0, MOST_WORDS).join(', ');
  return named === '' ? name : `${name}; beside ${named}`;
}

/** The id of an event about what no call can revoke. A place that would look like a secret in it goes by its number. */
export function unnamedId({ provider, place }: Unnamed, idOf: (provider: string, place: string) => string): string {
  const id = idOf(provider, place.name);
  return holdsSecret(id) ? idOf(provider, place.alias) : id;
}
