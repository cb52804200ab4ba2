/** Requests to GitHub's REST API: token, version, and what a status means. (GitHub REST API 2022-11-28) */
import { isRecord } from '../../../events/shapes.ts';
import type { AlertFailure } from '../../model/alert.ts';
import { retryAfterSeconds } from '../../runtime/retry.ts';
import { withTimeout } from '../node.ts';
import type { Token, TokenSource } from '../secrets/token.ts';
import { type ExchangeResult, exchange } from './exchange.ts';
import { createPool } from './pool.ts';

const CONNECTIONS = 4;
/** Of an answer. A file of 1 MiB takes 1.4 as base64. */
const MAX_BYTES = 4 * 1_048_576;

export interface GithubOptions {
  /** The API, maybe with a path, from the configuration alone: no message may say where the token goes. */
  readonly url: URL;
  readonly token: TokenSource;
  /** Epoch ms. */
  readonly now: () => number;
}

interface Question {
  readonly path: string;
  /** Absent: the question is a GET. */
  readonly patch?: object;
}

type Answered = Extract<ExchangeResult, { kind: 'answer' }>;
/** `link`: the header of that name. (RFC 8288) */
type Answer = { readonly kind: 'answer'; readonly body: unknown; readonly link?: string } | AlertFailure;
export type Ask = (question: Question) => Promise<Answer>;

export interface GithubRequests {
  /** All questions together have so many ms. */
  within(timeoutMs: number): Ask;
  /** The API as its own answers name it, without a slash at the end. */
  readonly api: string;
  end(): Promise<void>;
}

/**
 * Connects with the first request; `end` closes the connections. `refused`:
 * 404, 403, 410 and the like, redirects too; `unavailable`: time-out, reset, 429, 5xx, no token, 401 (once a renewed
 * token is refused too), and 403 for a rate limit. (GitHub REST API, rate limits)
 */
export function createGithubRequests({ url, token, now }: GithubOptions): GithubRequests {
  const base = url.pathname.replace(/\/$/, '');
  const pool = createPool({ origin: url.origin, connections: CONNECTIONS, now });
  const within = (timeoutMs: number): Ask => {
    const endsAt = now() + timeoutMs;
    const left = (): number => endsAt - now();
    const once = (question: Question, { reveal }: Token): Promise<ExchangeResult> => {
      const wire = wireOf({ ...question, path: `${base}${question.path}` }, reveal());
      const request = { ...wire, maxBytes: MAX_BYTES, timeoutMs: Math.max(1, left()) };
      return pool.use((dispatcher) => exchange(dispatcher, request));
    };
    return async (question) => {
      const first = await withTimeout(token.current(), left());
      if (first === undefined) return { kind: 'unavailable', code: 'github-token' };
      const result = await once(question, first);
      if (result.kind !== 'answer' || result.status !== 401) return answerOf(result, now());
      const renewed = await withTimeout(token.renew(first), left());
      const other = renewed !== undefined && renewed.reveal() !== first.reveal();
      return answerOf(other ? await once(question, renewed) : result, now());
    };
  };
  return { within, api: `${url.origin}${base}`, end: () => pool.close() };
}

const wireOf = ({ path, patch }: Question, token: string) => ({
  method: patch === undefined ? ('GET' as const) : ('PATCH' as const),
  path,
  headers: {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'user-agent': 'coreweave-revocation-handler',
    'x-github-api-version': '2022-11-28',
    ...(patch === undefined ? {} : { 'content-type': 'application/json' }),
  },
  body: patch === undefined ? undefined : JSON.stringify(patch),
});

/** Statuses after which another try can help; a rate limit may also be a 403. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429]);

const answerOf = (result: ExchangeResult, now: number): Answer => {
  if (result.kind === 'fault') return { kind: 'unavailable', code: `github-${result.fault}` };
  const { status, body, link } = result;
  if (status === 200) {
    if (body === undefined) return { kind: 'unavailable', code: 'github-unreadable', status };
    return { kind: 'answer', body, ...(link === undefined ? {} : { link }) };
  }
  const retryAfterS = waitOf(result, now);
  const limited = status === 403 && (retryAfterS !== undefined || isRateLimit(body));
  if (status >= 500 || PASSING.has(status) || limited) {
    const code = limited || status === 429 ? 'github-throttled' : 'github-unavailable';
    return { kind: 'unavailable', code, status, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  }
  if (status === 401) return { kind: 'unavailable', code: 'github-unauthenticated', status };
  return { kind: 'refused', why: 'GitHub does not show or change it with our token', status };
};

/** Seconds. The primary limit tells no `Retry-After`, but the second of the epoch at which it ends. */
const waitOf = ({ retryAfter, limitEnds, date }: Answered, now: number): number | undefined =>
  retryAfterSeconds(retryAfter ?? (limitEnds && String(Math.ceil(Number(limitEnds) - now / 1_000))), date, now);

const isRateLimit = (body: unknown): boolean =>
  isRecord(body) && typeof body.message === 'string' && /\brate limit\b/i.test(body.message);
