/** The calls of the API as a table: method and path → action, target, behavior (API reference, endpoints). */
import * as calls from './calls.ts';
import type { Call } from './faults.ts';
import type { Answer } from './status.ts';

export interface Route {
  readonly call: Call;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absent: `/v1/cwobject`. */
  readonly prefix?: string;
  /** Below the prefix; its group is the key id. */
  readonly path: RegExp;
  /** The permission that the token needs. Undefined: a valid token is enough. */
  readonly action?: string;
  /** The key id or principal that the request is about. */
  target(request: Pick<calls.CallRequest, 'id' | 'body'>): string | undefined;
  answer(request: calls.CallRequest): Answer;
}

const PREFIX = '/v1/cwobject';

const none = () => undefined;
const targetIn =
  (field: string) =>
  ({ body }: Pick<calls.CallRequest, 'body'>) =>
    calls.textIn(body, field);

/** Actions: the first two [D], the others by the pattern of the method names [G]. */
const ROUTES: readonly Route[] = [
  {
    call: 'revoke-key',
    method: 'POST',
    path: /^\/revoke-access-key\/access-key$/,
    action: 'cwobject:RevokeAccessKeyByAccessKey',
    target: targetIn('accessKey'),
    answer: calls.revokeKey,
  },
  {
    call: 'list-keys',
    method: 'GET',
    path: /^\/access-key$/,
    action: 'cwobject:ListAccessKeyInfo',
    target: none,
    answer: calls.listKeys,
  },
  {
    call: 'revoke-principal',
    method: 'POST',
    path: /^\/revoke-access-key\/principal$/,
    action: 'cwobject:RevokeAccessKeysByPrincipal',
    target: targetIn('principalName'),
    answer: calls.revokePrincipal,
  },
  {
    call: 'read-key',
    method: 'GET',
    path: /^\/access-key\/([^/]+)$/,
    action: 'cwobject:GetAccessKeyInfo',
    target: ({ id }) => id,
    answer: calls.readKey,
  },
  {
    call: 'set-status',
    method: 'PUT',
    path: /^\/access-key-status$/,
    action: 'cwobject:UpdateAccessKeyStatus',
    target: targetIn('principalName'),
    answer: calls.setStatus,
  },
  { call: 'can-i', method: 'POST', path: /^\/auth\/can-i$/, target: none, answer: calls.canI },
  { call: 'whoami', method: 'GET', prefix: '/v1beta1', path: /^\/auth\/whoami$/, target: none, answer: calls.whoami },
];

/** `unknown`: no such path. `method`: the path exists with another method. */
export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly id: string }
  | { readonly kind: 'unknown' | 'method' };

/** `path` is without its query. Byte-exact: a trailing or double slash does not match. */
export const matchRoute = (method: string, path: string): Match => {
  const there = ROUTES.filter((route) => route.path.test(belowPrefix(route, path) ?? ''));
  const route = there.find((candidate) => candidate.method === method);
  if (route === undefined) return { kind: there.length > 0 ? 'method' : 'unknown' };
  return { kind: 'route', route, id: route.path.exec(belowPrefix(route, path) ?? '')?.[1] ?? '' };
};

const belowPrefix = ({ prefix = PREFIX }: Route, path: string): string | undefined =>
  path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
