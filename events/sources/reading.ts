/** What the sources share: from the bytes of a body to a value, and from what they made of it to a reading. */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { readJson } from '../json-text.ts';
import { fieldsOf } from '../shapes.ts';
import type { Reading, Reply, WebRequest } from './source.ts';

/** Most bytes of the body of a request. */
export const MAX_BODY_BYTES = 1_048_576;

export type Refused = Extract<Reading, { kind: 'refused' }>;

/** Takes a fixed sentence and, if it is not 200 without a body, the reply; returns the reading. */
export const ignored = (why: string, reply?: Reply): Reading => ({
  kind: 'ignored',
  why,
  ...(reply === undefined ? {} : { reply }),
});

/** Takes an HTTP status and a fixed sentence; returns the reading, which tells the sender the sentence. */
export const refused = (status: number, why: string): Refused => ({
  kind: 'refused',
  why,
  reply: { status, body: { error: why } },
});

/** Takes the methods that a path knows, as `Allow` spells them; returns the refusal of any other. (RFC 9110 §15.5.6) */
export const wrongMethod = (allow: string): Refused => ({
  kind: 'refused',
  why: `expected the method ${allow}`,
  reply: { status: 405, headers: { allow } },
});

export const NO_SUCH_PATH = refused(404, 'expected a path of this source');

/** Takes a request; returns whether it is for the source's own path. */
export const isRoot = ({ path }: WebRequest): boolean => path === '' || path === '/';

/** Takes bytes; returns them as text, or a refusal with 400 when they are no UTF-8. */
export function textOf(body: Uint8Array): string | Refused {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return refused(400, 'expected UTF-8');
  }
}

/** Takes a JSON text; returns its value, or a refusal: 413 when it is over MAX_BODY_BYTES, else 400. */
export function parseText(text: string): { readonly kind: 'json'; readonly value: unknown } | Refused {
  const json = readJson(text, MAX_BODY_BYTES);
  return json.kind === 'json' ? json : refused(json.reason === 'oversize' ? 413 : 400, json.detail);
}

/** Takes the bytes of a JSON text; returns its value, or a refusal as of `textOf` and `parseText`. */
export function jsonOf(body: Uint8Array): { readonly kind: 'json'; readonly value: unknown } | Refused {
  const text = textOf(body);
  return typeof text === 'string' ? parseText(text) : text;
}

/** What a request came to besides its events. `nothing`: why it is ignored when there is neither event nor fault. */
export interface Rest {
  readonly passedOver: readonly string[];
  /** Why parts that should have been events are none. They spoil the request only if nothing else of it can be used. */
  readonly faults: readonly string[];
  readonly nothing: string;
  readonly reply?: Reply;
}

/**
 * Takes values in the form of canonical events, what else was in the request, and now (epoch ms). Returns the events
 * that parse, equal ones once; if there are none, a refusal with 400 for the first fault, else `ignored`.
 */
export function readingOf(candidates: readonly unknown[], rest: Rest, now: number): Reading {
  const events = new Map<string, CanonicalEvent>();
  const faults = [...rest.faults];
  for (const candidate of candidates) {
    const outcome = parseEvent(candidate, now);
    if (outcome.kind === 'refusal') faults.push(`${outcome.reason}: ${outcome.detail}`);
    else events.set(JSON.stringify(outcome.event), outcome.event);
  }
  const [first, ...others] = events.values();
  const [fault] = faults;
  if (first === undefined) return fault === undefined ? ignored(rest.nothing, rest.reply) : refused(400, fault);
  return {
    kind: 'events',
    events: [first, ...others],
    ...(rest.passedOver.length === 0 ? {} : { passedOver: rest.passedOver }),
    ...(fault === undefined ? {} : { faults }),
    ...(rest.reply === undefined ? {} : { reply: rest.reply }),
  };
}

/** Takes fields that may be missing; returns those that are there. */
export const present = (fields: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));

/** Takes any value and a key; returns what is there if it is text of 1 to 512 characters. */
export function shortText(value: unknown, key: string): string | undefined {
  const text = fieldsOf(value)[key];
  return typeof text === 'string' && text.length > 0 && text.length <= 512 ? text : undefined;
}

/** Takes a pattern with one group, and a text if there is one; returns what the group matched, or undefined. */
export const groupOf = (pattern: RegExp, text: string | undefined): string | undefined =>
  text === undefined ? undefined : pattern.exec(text)?.[1];

/**
 * Takes now (epoch ms); returns the beginning of its hour, RFC 3339: for the id of an event whose sender gives no time,
 * and for GitHub also its time. A retry soon after has the same id, except across the hour: then there are two events,
 * which is harmless for those that have such an id (a key that is revoked twice).
 */
export const hourOf = (now: number): string => `${new Date(now).toISOString().slice(0, 13)}:00:00Z`;
