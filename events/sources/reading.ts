/** What the sources share: from the bytes of a body to a value, and from what they made of it to a reading. */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { readJson } from '../json-text.ts';
import type { Refusal } from '../refusal.ts';
import { holdsSecret, REDACTED, redact } from '../secrets.ts';
import { fieldsOf, isRecord } from '../shapes.ts';
import type { Reading, Reply, Unusable, WebRequest } from './source.ts';

/** Most bytes of the body of a request. */
export const MAX_BODY_BYTES = 1_048_576;

export type Refused = Extract<Reading, { kind: 'refused' }>;

/** Takes a fixed sentence and, if it is not 200 without a body, the reply; returns the reading. */
export const ignored = (why: string, reply?: Reply): Extract<Reading, { kind: 'ignored' }> => ({
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

/** A value in the form of a canonical event, and what a person is told if it is none. */
export interface Candidate extends Report {
  readonly value: unknown;
}

export interface Report {
  /** Whom or what it is about, the best name first: the first one that is there and looks like no secret counts. */
  readonly about: readonly (string | undefined)[];
  /** The sender's identifiers. */
  readonly identifiers: unknown;
}

/** What a person is told of a report that cannot be used. */
export function unusable({ reason, detail }: Pick<Refusal, 'reason' | 'detail'>, report: Report): Unusable {
  const masked = JSON.stringify(withoutSecrets(report.identifiers));
  // A secret may also show only where two texts meet.
  const redaction = redact(masked);
  return {
    reason,
    detail,
    about: report.about.find((name) => name !== undefined && !holdsSecret(name)) ?? '',
    ...(redaction.kind === 'withheld'
      ? { text: '', redacted: true }
      : { text: redaction.text, redacted: redaction.redacted || masked !== JSON.stringify(report.identifiers) }),
  };
}

/** A JSON value whose texts and names that hold a secret are masked as a whole. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return holdsSecret(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [withoutSecrets(name), withoutSecrets(inner)]);
  return Object.fromEntries(entries);
}

/** The refusal of a request that cannot be read at all, by a sender that does not send it again. */
export const withUnusable = (refusal: Refused, report: Report): Refused => ({
  ...refusal,
  unusable: [unusable({ reason: 'unreadable', detail: refusal.why }, report)],
});

/** What a request came to besides its events. `nothing`: why it is ignored if there is neither event nor fault. */
export interface Rest {
  readonly passedOver: readonly string[];
  /** Parts that should have been events and are none. */
  readonly faults: readonly Unusable[];
  readonly nothing: string;
  /** Of a request with events or faults, and of one that is ignored; absent: 202, or 200. */
  readonly reply?: Reply;
}

/**
 * Takes values in the form of canonical events, what else was in the request, and now (epoch ms). Returns the events
 * that parse, equal ones once, and the faults; if there are neither, `ignored`.
 */
export function readingOf(candidates: readonly Candidate[], rest: Rest, now: number): Reading {
  const events = new Map<string, CanonicalEvent>();
  const faults = [...rest.faults];
  for (const candidate of candidates) {
    const outcome = parseEvent(candidate.value, now);
    if (outcome.kind === 'refusal') faults.push(unusable(outcome, candidate));
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
    ...(rest.passedOver.length === 0 ? {} : { passedOver: rest.passedOver }),
    ...(fault === undefined ? {} : { unusable: faults }),
    ...(rest.reply === undefined ? {} : { reply: rest.reply }),
  };
}

/** Why a part cannot be used, as audit records and answers say it. */
export const whyOf = ({ reason, detail }: Pick<Unusable, 'reason' | 'detail'>): string => `${reason}: ${detail}`;

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
