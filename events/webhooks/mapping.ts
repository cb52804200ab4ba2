/** What the payload of a webhook means: one canonical event per person, or why there is none. */
import { printable } from '../printable.ts';
import { REDACTED, redact } from '../secrets.ts';
import { fieldsOf, isRecord, MAX_PARTS } from '../shapes.ts';
import {
  type Candidate,
  type FaultyPart,
  MAX_NAME,
  present,
  type Refused,
  type ReportedSubject,
  readingOf,
  refused,
  tooMany,
  withUnusable,
} from '../sources/reading.ts';
import type { Reading, WebRequest } from '../sources/source.ts';
import { fits, type Scope, seenBy, valueOfPath } from './condition.ts';
import { type MomentReader, type MomentReading, momentReader } from './moment.ts';
import { scalarText, valueAt } from './pointer.ts';
import { proofName, signedAt } from './proof.ts';
import { type Condition, isUndated, type Moment, type Path, type Webhook } from './schema.ts';

/** What a condition can make of a person; the names are those of `when`. */
const ACTIONS = {
  offboarded: 'user.offboarded.v1',
  reinstated: 'user.reinstated.v1',
  compromised: 'credential.compromised.v1',
} as const;
type Action = keyof typeof ACTIONS;
const ACTION_NAMES: readonly Action[] = ['offboarded', 'reinstated', 'compromised'];

const IGNORED = 'a change that the configuration of the webhook ignores';
const FAULTS = {
  nothing: 'expected one of the conditions of the webhook to fit',
  several: 'expected only one of the conditions of the webhook to fit',
  noPerson: 'expected a person where the webhook looks for one',
  names: `expected names and ids of at most ${MAX_NAME} characters`,
  noKey: 'expected an access key id or a principal where the webhook looks for one',
  time: 'expected a readable time where the webhook looks for one',
  effectiveAt: 'expected a readable date where the webhook looks for effectiveAt',
} as const;

type Part =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'fault'; readonly fault: FaultyPart };

/** Reads a payload whose sender is proven. Times in epoch ms. */
export type PayloadReader = (payload: unknown, request: WebRequest, now: number) => Reading;

/** Created once per webhook. */
export function payloadReader(name: string, webhook: Webhook): PayloadReader {
  const time = readerOf(webhook.time);
  const effectiveAt = readerOf(webhook.effectiveAt);
  return (payload, request, now) => {
    const items = itemsOf(payload, webhook.each);
    const whole = { root: payload, headers: request.headers, known: new Map<Condition, boolean>() };
    if ('kind' in items) return withUnusable(items, reportWithoutPerson(name, webhook, whole));
    const signed = signedAt(webhook.proof, request);
    const parts = items.map((item): Part => {
      const scope: Scope = { item, ...whole };
      const moments = { time: momentIn(time, scope), effectiveAt: momentIn(effectiveAt, scope) };
      return readPart({ name, webhook, scope, names: namesIn(webhook, scope), moments, signed, now });
    });
    const faults = parts.flatMap((part) => (part.kind === 'fault' ? [part.fault] : []));
    const ignoredReasons = parts.flatMap(({ kind }) => (kind === 'ignored' ? [IGNORED] : []));
    const candidates = parts.flatMap((part) => (part.kind === 'candidate' ? [part.candidate] : []));
    return readingOf(candidates, { ignoredReasons, faults, nothing: IGNORED }, now);
  };
}

function itemsOf(payload: unknown, each: string | undefined): readonly unknown[] | Refused {
  if (each === undefined) return [payload];
  const found = valueAt(payload, each);
  // Converters from XML write a list of one as its only element.
  const list: unknown = isRecord(found) ? [found] : found;
  if (!Array.isArray(list) || list.length === 0) return refused(400, 'expected a list of people at the path of each');
  return list.length <= MAX_PARTS ? list : refused(413, tooMany('people', list.length));
}

const readerOf = (moment: Moment | undefined): MomentReader | undefined =>
  moment === undefined ? undefined : momentReader(moment);

const momentIn = (reader: MomentReader | undefined, scope: Scope): MomentReading =>
  reader === undefined ? { kind: 'absent' } : reader.read(valueOfPath(reader.path, scope));

interface Found {
  readonly name: string;
  readonly webhook: Webhook;
  readonly scope: Scope;
  readonly names: Names;
  readonly moments: Readonly<Record<'time' | 'effectiveAt', MomentReading>>;
  /** When the sender signed the request. */
  readonly signed: number | undefined;
  readonly now: number;
}

/** What the payload names: the event's id, the leaked key, and the person in the order of the configuration. */
interface Names {
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly person: Readonly<Record<string, string>>;
  /** One is longer than MAX_NAME, and left out: with many people, a copy for each would be too much to search. */
  readonly areCut: boolean;
}

function namesIn({ id, accessKeyId, person }: Webhook, scope: Scope): Names {
  let areCut = false;
  const at = (path: Path | undefined): string | undefined => {
    const text = path === undefined ? undefined : nameAt(path, scope);
    const isLong = text !== undefined && text.length > MAX_NAME;
    areCut ||= isLong;
    return isLong ? undefined : text;
  };
  const people = Object.entries(person).map(([kind, path]) => [kind, at(path)] as const);
  return { id: at(id), key: at(accessKeyId), person: present(Object.fromEntries(people)), areCut };
}

/** Of a payload without a list of people: their paths would read something else. */
function reportWithoutPerson(name: string, webhook: Webhook, whole: Omit<Scope, 'item'>): ReportedSubject {
  const scope: Scope = { item: undefined, ...whole };
  return reportOf(name, webhook, scope, { names: namesIn(webhook, scope), idsFrom: whole.root });
}

interface Named {
  readonly names: Names;
  /** Where an operator finds ids of a person whom no path names. */
  readonly idsFrom: unknown;
}

/** Who and what the payload names, and what the conditions looked at. */
function reportOf(name: string, webhook: Webhook, scope: Scope, { names, idsFrom }: Named): ReportedSubject {
  const { id, key, person } = names;
  const looked = Object.values(webhook.when).flatMap((condition) => seenBy(condition, scope));
  const texts = looked.filter(([, value]) => typeof value !== 'object' && String(value).length <= MAX_SEEN);
  const seen = Object.fromEntries(texts);
  // The id alone names no one: all people of a list may have the same.
  const isNamed = key !== undefined || Object.keys(person).length > 0;
  // A vendor may mask keys, so its id tells leaks apart. A person who is reported again under another id is the same.
  const incident = webhook.accessKeyId === undefined ? undefined : id;
  return {
    // What was seen is a part of it: a second report about the same user may be of another kind.
    about: isNamed ? [JSON.stringify({ incident, key, person, seen })] : [],
    identifiers: {
      sender: `webhook/${name}`,
      ...present({ id, accessKeyId: key === undefined ? undefined : shownKey(key) }),
      person,
      ...(isNamed ? {} : { ids: idsIn(idsFrom) }),
      seen,
    },
  };
}

/** Bounds of the ids that an operator is shown: characters of one, their number, and the depth of their fields. */
const MAX_ID = 64;
const MAX_IDS = 10;
const ID_DEPTH = 3;

/** Ids of the item, where it names no person: an operator can find the person by them in the vendor's system. */
function idsIn(value: unknown, at = '', depth = 1): Readonly<Record<string, string>> {
  const found = Object.entries(fieldsOf(value)).flatMap(([name, field]): readonly (readonly [string, string])[] => {
    const pointer = `${at}/${name}`;
    const text = /^id$|[_-]id$|Id$|ID$/.test(name) ? scalarText(field) : undefined;
    if (text !== undefined) return text.length <= MAX_ID ? [[pointer, text]] : [];
    return depth < ID_DEPTH ? Object.entries(idsIn(field, pointer, depth + 1)) : [];
  });
  return Object.fromEntries(found.slice(0, MAX_IDS));
}

/** Beside its secret, the id of a key is still shown. */
function shownKey(key: string): string {
  const redaction = redact(key);
  return redaction.kind === 'text' ? redaction.text : REDACTED;
}

/** Characters of a value that a condition looked at; longer ones name nothing. */
const MAX_SEEN = 200;

function readPart(found: Found): Part {
  const { name, webhook, scope, names, moments } = found;
  const report = reportOf(name, webhook, scope, { names, idsFrom: scope.item });
  const fault = (why: keyof typeof FAULTS): Part => ({
    kind: 'fault',
    fault: { ...report, reason: 'invalid', detail: FAULTS[why] },
  });
  const { when } = webhook;
  const [action, second] = ACTION_NAMES.filter((each) => when[each] !== undefined && fits(when[each], scope));
  if (action === undefined) {
    return when.ignored !== undefined && fits(when.ignored, scope) ? { kind: 'ignored' } : fault('nothing');
  }
  if (second !== undefined) return fault('several');
  if (names.areCut) return fault('names');
  const target = targetOf(action, names);
  if (target === undefined) return fault(action === 'compromised' ? 'noKey' : 'noPerson');
  const { kind } = moments.time;
  if (kind === 'unreadable' || (kind === 'absent' && isUndated(webhook.proof))) return fault('time');
  if (action === 'offboarded' && moments.effectiveAt.kind === 'unreadable') return fault('effectiveAt');
  return { kind: 'candidate', candidate: { ...report, value: eventOf(action, target, found) } };
}

interface Target {
  readonly name: string;
  readonly data: object;
}

/** The first of the configured names that the payload has. */
function targetOf(action: Action, { key, person }: Names): Target | undefined {
  if (action === 'compromised' && key !== undefined) return { name: key, data: { accessKeyId: key } };
  const first = Object.entries(person).find(([kind]) => action !== 'compromised' || kind === 'principalName');
  if (first === undefined) return undefined;
  const [kind, name] = first;
  if (kind !== 'principalName') return { name, data: { identity: { [kind]: name } } };
  const scoped = action === 'compromised' ? { scope: 'principal' } : {};
  return { name, data: { principalName: name, ...scoped } };
}

/** Some vendors number their people. */
function nameAt(path: Path, scope: Scope): string | undefined {
  const value = valueOfPath(path, scope);
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

/**
 * The ledger holds a second event of one id and another time. So the time is a part of the id: a delivery that the
 * sender repeats with its time is the same event, and one without a time is an event of its own.
 */
function eventOf(action: Action, target: Target, { name, webhook, names, moments, signed, now }: Found): unknown {
  const { time, effectiveAt } = moments;
  const at = time.kind === 'instant' ? time.at : new Date(signed ?? now).toISOString();
  const sourceEventId = names.id === undefined ? undefined : printable(names.id);
  const ends = action === 'offboarded' && effectiveAt.kind === 'instant' ? { effectiveAt: effectiveAt.at } : {};
  return {
    specversion: '1.0',
    type: ACTIONS[action],
    id: [action, ...(sourceEventId === undefined ? [] : [sourceEventId]), at, printable(target.name)].join('/'),
    source: `webhook://${name}`,
    time: at,
    data: {
      ...target.data,
      ...ends,
      evidence: present({
        receivedVia: 'webhook',
        verifiedBy: proofName(webhook.proof),
        sourceEventId,
      }),
    },
  };
}
