/** Shared by the sources: parses bodies, and turns candidates for events into a `Reading`. */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { type JsonText, type Reviver, readJson } from '../json-text.ts';
import type { Refusal } from '../refusal.ts';
import { holdsSecret, REDACTED, redact } from '../secrets.ts';
import { fieldsOf, isRecord, MAX_PARTS } from '../shapes.ts';
import type { Reading, Reply, Unusable, WebRequest } from './source.ts';

/** Largest request body, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

export type Refused = Extract<Reading, { kind: 'refused' }>;

/** `why` is a fixed sentence. Default reply: 200 without a body. */
export const ignored = (why: string, reply?: Reply): Extract<Reading, { kind: 'ignored' }> => ({
  kind: 'ignored',
  why,
  ...(reply === undefined ? {} : { reply }),
});

/** `why` is a fixed sentence; the reply repeats it. */
export const refused = (status: number, why: string): Refused => ({
  kind: 'refused',
  why,
  reply: { status, body: { error: why } },
});

/** `allow`: value of the `Allow` header. (RFC 9110 §15.5.6) */
export const wrongMethod = (allow: string, request: WebRequest): Refused =>
  withWrongUrl(
    { kind: 'refused', why: `expected the method ${allow}`, reply: { status: 405, headers: { allow } } },
    request,
  );

export const noSuchPath = (request: WebRequest): Refused =>
  withWrongUrl(refused(404, 'expected a path of this source'), request);

/**
 * A sender that is set up with a wrong URL or method loses each of its reports: that is one dead letter a day. All
 * methods and paths are one subject, since not every proof covers them.
 */
function withWrongUrl(refusal: Refused, { method, path }: WebRequest): Refused {
  if (method === 'GET') return refusal;
  return withUnusable(refusal, {
    about: ['misdirected'],
    identifiers: present({ method, path: shortText({ path }, 'path') }),
  });
}

export const isRoot = ({ path }: WebRequest): boolean => path === '' || path === '/';

/** Refuses with 400 if the bytes are not UTF-8. */
export function decodeUtf8(body: Uint8Array): string | Refused {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return refused(400, 'expected UTF-8');
  }
}

/** Refuses with 413 above MAX_BODY_BYTES, with 400 if the text is not JSON. */
export function parseText(text: string, reviver?: Reviver): JsonText | Refused {
  const json = readJson(text, MAX_BODY_BYTES, reviver);
  return json.kind === 'json' ? json : refused(json.reason === 'oversize' ? 413 : 400, json.detail);
}

/** Refuses as `decodeUtf8` and `parseText` do. */
export function jsonOf(body: Uint8Array, reviver?: Reviver): JsonText | Refused {
  const text = decodeUtf8(body);
  return typeof text === 'string' ? parseText(text, reviver) : text;
}

/** A candidate for a canonical event, and what the dead letter reports if it is invalid. */
export interface Candidate extends ReportedSubject {
  readonly value: unknown;
}

export interface ReportedSubject {
  /** Names of the subject, best first. The first one that is present and does not look like a secret is used. */
  readonly about: readonly (string | undefined)[];
  /** The sender's identifiers. */
  readonly identifiers: unknown;
}

/** A part of a request that cannot become an event. */
export interface FaultyPart extends ReportedSubject, Pick<Refusal, 'reason' | 'detail'> {}

/** Identifiers that look like secrets are masked. */
export function unusable({ reason, detail, about, identifiers }: FaultyPart): Unusable {
  const masked = JSON.stringify(withoutSecrets(identifiers));
  // A secret may also show only where two texts meet.
  const redaction = redact(masked);
  return {
    reason,
    detail,
    about: about.find((name = '') => name.trim() !== '' && !holdsSecret(name)) ?? '',
    ...(redaction.kind === 'withheld'
      ? { text: '', redacted: true }
      : { text: redaction.text, redacted: redaction.redacted || masked.includes(REDACTED) }),
  };
}

/** Masks each string and property name of a JSON value that contains a secret. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return holdsSecret(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [withoutSecrets(name), withoutSecrets(inner)]);
  return Object.fromEntries(entries);
}

/** Adds a dead letter to the refusal, for senders that do not retry: `oversize` of a 413, else `unreadable`. */
export const withUnusable = (refusal: Refused, report: ReportedSubject): Refused => ({
  ...refusal,
  unusable: [
    unusable({ ...report, reason: refusal.reply.status === 413 ? 'oversize' : 'unreadable', detail: refusal.why }),
  ],
});

/** Why a request with more than MAX_PARTS parts is refused. `parts`: what they are, in the plural. */
export const tooMany = (parts: string, count: number): string =>
  `expected at most ${MAX_PARTS} ${parts} in one request, and it has ${count}`;

/** The rest of a request besides its events. `nothing`: why it is ignored without events and faults. */
export interface Rest {
  readonly ignoredReasons: readonly string[];
  readonly faults: readonly FaultyPart[];
  readonly nothing: string;
  /** Absent: 202 with events or faults, else 200. */
  readonly reply?: Reply;
}

/**
 * Equal events are returned once. More than MAX_PARTS candidates and faults are refused as a whole, before any of them
 * is read. `now`: epoch ms.
 */
export function readingOf(candidates: readonly Candidate[], rest: Rest, now: number): Reading {
  const parts = [...candidates, ...rest.faults];
  if (parts.length > MAX_PARTS) return tooManyParts(parts, rest.reply);
  const events = new Map<string, CanonicalEvent>();
  const faults = rest.faults.map(unusable);
  for (const candidate of candidates) {
    const outcome = parseEvent(candidate.value, now);
    if (outcome.kind === 'refusal') faults.push(unusable({ ...candidate, ...outcome }));
    else events.set(JSON.stringify(outcome.event), outcome.event);
  }
  const [first, ...others] = events.values();
  const [fault] = faults;
  if (first === undefined) {
    if (fault === undefined) return ignored(rest.nothing, rest.reply);
    return { kind: 'refused', why: whyOf(fault), reply: rest.reply ?? { status: 202 }, unusable: faults };
  }
  return {
    kind: 'events',
    events: [first, ...others],
    ...(rest.ignoredReasons.length === 0 ? {} : { ignoredReasons: rest.ignoredReasons }),
    ...(fault === undefined ? {} : { unusable: faults }),
    ...(rest.reply === undefined ? {} : { reply: rest.reply }),
  };
}

/** A person is told of it, so the sender gets the reply to a request that was taken: a retry would not help. */
function tooManyParts(parts: readonly ReportedSubject[], reply: Reply = { status: 202 }): Reading {
  const distinct = new Map(parts.map(({ identifiers }) => [JSON.stringify(identifiers), identifiers]));
  const identifiers = { parts: parts.length, first: [...distinct.values()].slice(0, MAX_LISTED) };
  const detail = tooMany('parts', parts.length);
  const whole = unusable({ reason: 'oversize', detail, about: [JSON.stringify(identifiers)], identifiers });
  return { kind: 'refused', why: whyOf(whole), reply, unusable: [whole] };
}

/** The text in audit records and replies. */
export const whyOf = ({ reason, detail }: Pick<Unusable, 'reason' | 'detail'>): string => `${reason}: ${detail}`;

/** Removes fields that are undefined. */
export const present = (fields: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));

/** Characters of a name or an id. */
export const MAX_NAME = 512;

/** The field if it is a string of 1 to MAX_NAME characters. */
export function shortText(value: unknown, key: string): string | undefined {
  const text = fieldsOf(value)[key];
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_NAME ? text : undefined;
}

/** Names or identifiers that a dead letter lists of one request. */
const MAX_LISTED = 100;

/** The first of each list, and how many there are of each. The counts come first: a dead letter's text may be cut. */
export const listed = (lists: Readonly<Record<string, readonly unknown[]>>): Readonly<Record<string, unknown>> => ({
  counts: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length])),
  ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(0, MAX_LISTED)])),
});

/** The values of all properties with this name in a JSON value, in order. */
export function valuesNamed(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesNamed(name, each));
  const entries = Object.entries(fieldsOf(value));
  return entries.flatMap(([key, inner]) => (key === name ? [inner] : valuesNamed(name, inner)));
}

/** The match of the pattern's only group. */
export const firstGroup = (pattern: RegExp, text: string | undefined): string | undefined =>
  text === undefined ? undefined : pattern.exec(text)?.[1];

/**
 * The start of the hour (RFC 3339), for ids of events whose sender gives no time. A retry in the same hour has the same
 * id. A retry in the next hour is another event, which is harmless: revoking a key twice changes nothing.
 */
export const hourOf = (now: number): string => `${new Date(now).toISOString().slice(0, 13)}:00:00Z`;
