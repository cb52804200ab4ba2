/** What the API's responses say of access keys. Bodies are unknown values; fields that we do not know are ignored. */
import { isRecord } from '../../events/shapes.ts';
import type { KeyInfo, KeyState } from '../model/key.ts';
import type { ApiResponse } from './api.ts';
import { isNotFound, isThrottled } from './meaning.ts';

/**
 * The only statuses that are not live. The set is open: a status that we do not know, suspended ones included, can
 * become active again.
 */
const GONE_STATUSES: ReadonlyMap<unknown, 'deleted' | 'expired'> = new Map([
  ['DELETED', 'deleted'],
  ['EXPIRED', 'expired'],
] as const);

/**
 * A key is gone if its status is `DELETED` or `EXPIRED`, or if the API reports that it does not exist. A 200 about
 * another key, or without a key, proves nothing. (API reference, AccessKeyInfo)
 */
export function parseKeyState(id: string, response: ApiResponse): KeyState {
  // Stryker disable next-line ConditionalExpression,StringLiteral: for the type only, a fault has no status
  if (response.kind === 'fault') return unreadable(response);
  if (isNotFound(response)) return { kind: 'gone', how: 'not-found' };
  if (response.status !== 200) return unreadable(response);
  const info = field(response.body, 'info');
  const key = keyInfo(info);
  if (key === undefined || key.id !== id) return unreadable(response);
  const how = GONE_STATUSES.get(field(info, 'status'));
  return how === undefined ? { kind: 'live', owner: key.owner } : { kind: 'gone', how };
}

const unreadable = (response: ApiResponse): KeyState => ({
  kind: 'unreadable',
  ...(isThrottled(response) && { throttled: true as const }),
});

export interface KeyPage {
  /** Rows of the page, those that are no keys included. */
  readonly rows: number;
  readonly keys: readonly KeyInfo[];
}

/** Undefined: the response is not a page of `list-keys`. */
export function parseKeyPage(response: ApiResponse): KeyPage | undefined {
  const body = messageOf(response, 'info');
  if (body === undefined) return undefined;
  // An empty list may be left out altogether (proto3 JSON).
  const rows = field(body, 'info') ?? [];
  if (!Array.isArray(rows)) return undefined;
  return { rows: rows.length, keys: rows.map(keyInfo).filter((key) => key !== undefined) };
}

/** Undefined: the response of `can-i` holds no verdict. */
export function parseVerdict(response: ApiResponse): boolean | undefined {
  const body = messageOf(response, 'verdict');
  if (body === undefined) return undefined;
  // proto3 JSON may leave out a false.
  const verdict = field(body, 'verdict') ?? false;
  return typeof verdict === 'boolean' ? verdict : undefined;
}

/**
 * The body of a 200 that can be a message of the API whose only field is `name`. An omitted field means something, so a
 * list, an error or a proxy's message must not pass.
 */
function messageOf(response: ApiResponse, name: string): unknown {
  // Stryker disable next-line ConditionalExpression: the first question is for the type only, a fault has no status
  if (response.kind === 'fault' || response.status !== 200) return undefined;
  const { body } = response;
  return isRecord(body) && (Object.hasOwn(body, name) || Object.keys(body).length === 0) ? body : undefined;
}

/** A key whose status is left out is not known to be gone, so it is live. */
function keyInfo(value: unknown): KeyInfo | undefined {
  const id = field(value, 'accessKeyId');
  const owner = field(value, 'principalName');
  if (typeof id !== 'string') return undefined;
  return { id, owner: typeof owner === 'string' ? owner : '', live: !GONE_STATUSES.has(field(value, 'status')) };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? // Stryker disable next-line OptionalChaining: it has just been seen to be there
      Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
