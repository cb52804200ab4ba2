/**
 * A stand-in for the part of GitHub's REST API that alerts are resolved with, strict about paths, version and token.
 * (GitHub REST API 2022-11-28: secret scanning alerts and their locations, git blobs, issues)
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';

export interface Alert {
  readonly secret: string;
  readonly secretType: string;
  readonly locations?: readonly unknown[];
  state: 'open' | 'resolved';
  resolution: string | null;
  comment?: string;
  /** RFC 3339. */
  readonly createdAt?: string;
}

/** Answered in place of GitHub's own answer. */
export interface Instead {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GithubServer extends Listening {
  readonly token: string;
  /** By `/repos/<owner>/<name>/secret-scanning/alerts/<number>`. */
  readonly alerts: Map<string, Alert>;
  /** JSON of any other resource by its path, such as a blob. */
  readonly documents: Map<string, unknown>;
  /** Method and path of each request, in order. */
  readonly requests: readonly string[];
  /** Asked before each answer; what it returns is answered, without an effect. */
  instead: (request: string) => Instead | undefined;
  /** Alerts on one page of a list: GitHub's 100, unless a test has fewer. */
  listPage: number;
  /** Told of each alert that was closed, as the hook of the repository would be. */
  onResolved: (path: string) => void;
}

interface Place {
  readonly alerts: GithubServer['alerts'];
  readonly documents: GithubServer['documents'];
  onResolved: GithubServer['onResolved'];
  listPage: number;
}

const NOT_FOUND: Instead = { status: 404, body: { message: 'Not Found', status: '404' } };

/** The path of an alert, its fields as they are shown, and what may be changed of them. */
const shown = (path: string, { secret, secretType, state, resolution, createdAt }: Alert) => ({
  number: Number(path.split('/').at(-1)),
  url: path,
  html_url: path,
  state,
  resolution,
  secret_type: secretType,
  secret,
  validity: 'unknown',
  publicly_leaked: false,
  created_at: createdAt ?? '2026-11-20T08:00:00Z',
});

const LIST = /^\/(?:repos\/([^/]+\/[^/]+)|orgs\/([^/]+))\/secret-scanning\/alerts$/;

const OPEN = 'open,created,asc,true,100';
const CLOSED = 'resolved,created,asc,true,100';

/** A page of open or closed alerts, oldest first; the cursor counts what came before. (List secret scanning alerts) */
const listed = ({ alerts, listPage }: Place, path: string, query: URLSearchParams): Instead => {
  const [, repository, org] = LIST.exec(path) ?? [];
  const asked = ['state', 'sort', 'direction', 'hide_secret', 'per_page'].map((name) => query.get(name)).join();
  if (asked !== OPEN && asked !== CLOSED) return { status: 422, body: { message: 'Validation Failed' } };
  const home = `/repos/${repository ?? `${org}/`}`;
  const wanted = query.get('resolution')?.split(',');
  const found = [...alerts].filter(
    ([name, { state, resolution }]) =>
      name.startsWith(home) && state === query.get('state') && (wanted?.includes(resolution ?? '') ?? true),
  );
  const from = Number(query.get('after') ?? 0);
  const rows = found.slice(from, from + listPage).map(([name, alert]) => {
    const { secret: _, ...row } = shown(name, alert);
    const [, , owner, app] = name.split('/');
    return org === undefined ? row : { ...row, repository: { full_name: `${owner}/${app}` } };
  });
  const next = `<https://api.github.com${path}?per_page=100&after=${from + listPage}>; rel="next"`;
  return { status: 200, body: rows, headers: from + listPage < found.length ? { link: next } : {} };
};

const patched = (place: Place, path: string, body: string): Instead => {
  const alert = place.alerts.get(path);
  if (alert === undefined) return NOT_FOUND;
  const { state, resolution, resolution_comment: comment } = JSON.parse(body);
  const right = state === 'resolved' && ['false_positive', 'wont_fix', 'revoked', 'used_in_tests'].includes(resolution);
  if (!right || String(comment).length > 280) return { status: 422, body: { message: 'Validation Failed' } };
  Object.assign(alert, { state, resolution, comment });
  place.onResolved(path);
  return { status: 200, body: shown(path, alert) };
};

const answerTo = (place: Place, method: string, url: string, body: string): Instead => {
  const [path = '', query] = url.split('?');
  if (method === 'PATCH') return patched(place, path, body);
  if (LIST.test(path)) return listed(place, path, new URLSearchParams(query));
  const alert = place.alerts.get(path);
  if (alert !== undefined) return { status: 200, body: shown(path, alert) };
  const located = place.alerts.get(path.replace(/\/locations$/, ''));
  if (located !== undefined && query === 'per_page=100') return { status: 200, body: located.locations ?? [] };
  const document = place.documents.get(path);
  return document === undefined ? NOT_FOUND : { status: 200, body: document };
};

const isAuthentic = ({ headers }: IncomingMessage, token: string): boolean =>
  headers.authorization === `Bearer ${token}` &&
  headers['x-github-api-version'] === '2022-11-28' &&
  headers.accept === 'application/vnd.github+json' &&
  headers['user-agent'] !== undefined;

/** Starts the stand-in on a free port, without alerts. */
export const startGithubServer = async (): Promise<GithubServer> => {
  const token = ['ghp', randomUUID().replaceAll('-', '')].join('_');
  const requests: string[] = [];
  const own = {
    token,
    requests,
    alerts: new Map<string, Alert>(),
    documents: new Map<string, unknown>(),
    instead: (_request: string): Instead | undefined => undefined,
    onResolved: (_path: string): void => {},
    listPage: 100,
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const body = await textOf(request);
    const asked = `${method} ${url}`;
    requests.push(asked);
    const refused = isAuthentic(request, token) ? undefined : { status: 401, body: { message: 'Bad credentials' } };
    const given: Instead = own.instead(asked) ?? refused ?? answerTo(own, method, url, body);
    response.writeHead(given.status, { 'content-type': 'application/json; charset=utf-8', ...given.headers });
    response.end(given.body === undefined ? '' : JSON.stringify(given.body));
  };
  const server = createServer((request, response) => void answer(request, response));
  return Object.assign(own, await listenOnLoopback(server));
};
