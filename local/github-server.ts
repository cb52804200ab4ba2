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
  /** Told of each alert that was closed, as the hook of the repository would be. */
  onResolved: (path: string) => void;
}

interface Place {
  readonly alerts: GithubServer['alerts'];
  readonly documents: GithubServer['documents'];
  onResolved: GithubServer['onResolved'];
}

const NOT_FOUND: Instead = { status: 404, body: { message: 'Not Found', status: '404' } };

/** The path of an alert, its fields as they are shown, and what may be changed of them. */
const shown = (path: string, { secret, secretType, state, resolution }: Alert): object => ({
  number: Number(path.split('/').at(-1)),
  url: path,
  html_url: path,
  state,
  resolution,
  secret_type: secretType,
  secret,
  validity: 'unknown',
  publicly_leaked: false,
});

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
  const alert = place.alerts.get(path);
  if (alert !== undefined) return { status: 200, body: shown(path, alert) };
  const listed = place.alerts.get(path.replace(/\/locations$/, ''));
  if (listed !== undefined && query === 'per_page=100') return { status: 200, body: listed.locations ?? [] };
  const document = place.documents.get(path);
  return document === undefined ? NOT_FOUND : { status: 200, body: document };
};

const isGenuine = ({ headers }: IncomingMessage, token: string): boolean =>
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
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const body = await textOf(request);
    const asked = `${method} ${url}`;
    requests.push(asked);
    const refused = isGenuine(request, token) ? undefined : { status: 401, body: { message: 'Bad credentials' } };
    const given: Instead = own.instead(asked) ?? refused ?? answerTo(own, method, url, body);
    response.writeHead(given.status, { 'content-type': 'application/json; charset=utf-8', ...given.headers });
    response.end(given.body === undefined ? '' : JSON.stringify(given.body));
  };
  const server = createServer((request, response) => void answer(request, response));
  return Object.assign(own, await listenOnLoopback(server));
};
