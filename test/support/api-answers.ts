/** What the API can show of a call, as observations. (API reference, errors and AccessKeyInfo) */
import type { ApiResponse, Fault } from '../../lib/coreweave/api.ts';

/** An answer with a readable body ({} by default); `headers` as received. */
export const answer = (
  status: number,
  body: unknown = {},
  headers: { readonly retryAfter?: string; readonly date?: string } = {},
): ApiResponse => ({ kind: 'answer', status, body, latencyMs: 1, ...headers });

/** An error with a body of the API itself (google.rpc.Status). */
export const apiError = (status: number, code: number): ApiResponse =>
  answer(status, { code, message: 'refused', details: [] });

/** An answer that is no JSON: a proxy's page, or one that was cut off. */
export const page = (status: number): ApiResponse => ({ kind: 'answer', status, body: undefined, latencyMs: 1 });

export const fault = (kind: Fault): ApiResponse => ({ kind: 'fault', fault: kind, latencyMs: 1 });

export const OK = answer(200);
export const NOT_FOUND = apiError(404, 5);
export const REJECTED = apiError(400, 3);
export const LOST = fault('reset');

/** A key as `read-key` shows it. */
export const keyShown = (accessKeyId: string, status = 'ACTIVE', principalName = 'coreweave/owner'): ApiResponse =>
  answer(200, { info: { accessKeyId, principalName, status } });
