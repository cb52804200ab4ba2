/** Access keys as the API describes them: read from unknown bodies, tolerant of fields that we do not know. */
import { isRecord } from '../../events/shapes.ts';
import type { Observation } from './api.ts';
import { isApiError, isNotFound } from './outcome.ts';

export interface KeyInfo {
  readonly id: string;
  readonly owner: string;
  readonly live: boolean;
}

/** The only statuses that are not live. The set is open: a status that we do not know (suspended ones too) can come back to life. */
const GONE: ReadonlySet<unknown> = new Set(['DELETED', 'EXPIRED']);

/** What a look at one key showed. `unseen`: the answer proves nothing. */
export type KeySight =
  | { readonly kind: 'gone' }
  | { readonly kind: 'live'; readonly owner: string }
  | { readonly kind: 'unseen' };

const UNSEEN: KeySight = { kind: 'unseen' };

/**
 * Takes the id asked for and what `read-key` showed; returns what is proven. Gone is `DELETED`, `EXPIRED` or a not-found
 * of the API; a 200 about another key, or about none, proves nothing. (API reference, AccessKeyInfo)
 */
export function sightOf(id: string, observed: Observation): KeySight {
  // Stryker disable next-line ConditionalExpression,StringLiteral: for the type only, a fault has no status
  if (observed.kind === 'fault') return UNSEEN;
  if (observed.status === 404 && isNotFound(observed.body)) return { kind: 'gone' };
  if (observed.status !== 200) return UNSEEN;
  const key = keyInfo(field(observed.body, 'info'));
  if (key === undefined || key.id !== id) return UNSEEN;
  return key.live ? { kind: 'live', owner: key.owner } : { kind: 'gone' };
}

/** Takes what `list-keys` showed; returns the keys of the page and how many rows it had, or undefined when it was no page. */
export function pageOf(
  observed: Observation,
): { readonly rows: number; readonly keys: readonly KeyInfo[] } | undefined {
  const body = messageOf(observed);
  if (body === undefined) return undefined;
  // An empty list may be left out altogether (proto3 JSON).
  const rows = field(body, 'info') ?? [];
  if (!Array.isArray(rows)) return undefined;
  return { rows: rows.length, keys: rows.map(keyInfo).filter((key) => key !== undefined) };
}

/** Takes what `can-i` showed; returns its verdict, or undefined when there was none. */
export function verdictOf(observed: Observation): boolean | undefined {
  const body = messageOf(observed);
  if (body === undefined) return undefined;
  // proto3 JSON may leave out a false.
  const verdict = field(body, 'verdict') ?? false;
  return typeof verdict === 'boolean' ? verdict : undefined;
}

/** The body of a 200 that can be a message of the API: what is left out of it counts, so a list or an error must not pass. */
const messageOf = (observed: Observation): unknown =>
  // Stryker disable next-line ConditionalExpression: the first question is for the type only, a fault has no status
  observed.kind === 'answer' && observed.status === 200 && isRecord(observed.body) && !isApiError(observed.body)
    ? observed.body
    : undefined;

/** A key whose status is left out is not known to be gone, so it is live. */
function keyInfo(value: unknown): KeyInfo | undefined {
  const id = field(value, 'accessKeyId');
  const owner = field(value, 'principalName');
  if (typeof id !== 'string') return undefined;
  return { id, owner: typeof owner === 'string' ? owner : '', live: !GONE.has(field(value, 'status')) };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? // Stryker disable next-line OptionalChaining: it has just been seen to be there
      Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
