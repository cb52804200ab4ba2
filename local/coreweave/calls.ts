/**
 * What each call of the API does (API reference, endpoints): strict about its body and query.
 */
import { type Answer, badField, ok, rpcError } from './status.ts';
import type { Reach, Store } from './store.ts';
import type { Switches } from './switches.ts';

/** A matched request. `body` is the parsed JSON, undefined if there was none or it was not JSON. */
export interface CallRequest {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly store: Store;
  readonly switches: Switches;
  readonly reach: Reach;
}

type Fields = Readonly<Record<string, unknown>>;
type Body = { readonly fields: Fields } | { readonly refused: Answer };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The text of `field`, undefined if it is missing. */
export const textIn = (body: unknown, field: string): string | undefined => {
  const value = isFields(body) ? body[field] : undefined;
  return typeof value === 'string' ? value : undefined;
};
const notFound = (what: string): Answer => rpcError('not_found', `${what} not found`);

/** The body if it has only these fields; otherwise as the switch for unknown fields says. */
const strictBody = ({ body, switches }: CallRequest, known: readonly string[]): Body => {
  if (!isFields(body)) return { refused: rpcError('invalid_argument', 'the body is no JSON object') };
  if (Object.keys(body).every((field) => known.includes(field))) return { fields: body };
  if (switches.unknownFields === 'accept') return { refused: ok({}) };
  if (switches.unknownFields === 'not-found') return { refused: notFound('access key') };
  return { refused: rpcError('invalid_argument', 'the body has an unknown field') };
};

/** Found: 200 `{}` [D]. Unknown: 404 [C]. Already DELETED: by switch. */
export const revokeKey = (request: CallRequest): Answer => {
  const body = strictBody(request, ['accessKey']);
  if ('refused' in body) return body.refused;
  const accessKey = textIn(body.fields, 'accessKey') ?? '';
  if (accessKey === '') return badField('accessKey', 'must be a non-empty text');
  const seen = request.store.revokeKey(accessKey, request.reach);
  return seen === 'unknown' || (seen === 'already' && request.switches.secondRevoke === 'not-found')
    ? notFound('access key')
    : ok({});
};

/** 200 `{}` without a count or ids [D]; without keys: by switch. */
export const revokePrincipal = (request: CallRequest): Answer => {
  const body = strictBody(request, ['principalName']);
  if ('refused' in body) return body.refused;
  const principalName = textIn(body.fields, 'principalName') ?? '';
  if (principalName === '') return badField('principalName', 'must be a non-empty text');
  const count = request.store.revokePrincipal(principalName, request.reach);
  return count === 0 && request.switches.emptyPrincipal === 'not-found' ? notFound('principal') : ok({});
};

const STATUSES: ReadonlyMap<string, 'ACTIVE' | 'FULL_SUSPENDED'> = new Map([
  ['ACCESS_KEY_STATUS_ACTIVE', 'ACTIVE'],
  ['ACCESS_KEY_STATUS_SUSPENDED', 'FULL_SUSPENDED'],
]);

/** Suspends or reactivates a principal's keys [D]; never those that are DELETED or EXPIRED [G]. */
export const setStatus = (request: CallRequest): Answer => {
  const body = strictBody(request, ['principalName', 'status']);
  if ('refused' in body) return body.refused;
  const principalName = textIn(body.fields, 'principalName') ?? '';
  if (principalName === '') return badField('principalName', 'must be a non-empty text');
  const status = STATUSES.get(textIn(body.fields, 'status') ?? '');
  if (status === undefined) return badField('status', 'must be ACCESS_KEY_STATUS_ACTIVE or _SUSPENDED');
  const count = request.store.setStatus(principalName, status);
  return count === 0 && request.switches.emptyPrincipal === 'not-found' ? notFound('principal') : ok({});
};

/** Used when `limit` is absent: undocumented, small, so that a client without paging fails [G]. */
const DEFAULT_LIMIT = '100';
const MOST_PER_PAGE = 1_000;
const UINT32 = 2 ** 32 - 1;
const uint = (text: string): number => (/^\d{1,10}$/.test(text) ? Number(text) : Number.NaN);

/** One page, by offset and limit [D]; an empty list is omitted from the response, as in proto3 JSON [G]. */
export const listKeys = ({ query, store }: CallRequest): Answer => {
  for (const name of query.keys())
    if (!['offset', 'limit', 'status'].includes(name)) return rpcError('invalid_argument', 'unknown query parameter');
  const offset = uint(query.get('offset') ?? '0');
  const limit = uint(query.get('limit') ?? DEFAULT_LIMIT);
  const filter = query.get('status');
  const status = STATUSES.get(filter ?? '');
  if (!(offset <= UINT32)) return badField('offset', 'must be a uint32');
  if (!(limit >= 1 && limit <= MOST_PER_PAGE)) return badField('limit', 'must be from 1 to 1000');
  if (filter !== null && status === undefined) return badField('status', 'must be a status of the filter');
  const info = store.page({ offset, limit, ...(status === undefined ? {} : { status }) });
  return ok(info.length === 0 ? {} : { info });
};

/** A key, DELETED ones too; 404 for unknown ones [C]. */
export const readKey = ({ id, store }: CallRequest): Answer => {
  const info = store.read(id);
  return info === undefined ? notFound('access key') : ok({ info });
};

/** Whose token it is [C: Terraform provider]. */
export const whoami = ({ store, switches }: CallRequest): Answer =>
  ok({ principal: { orgUid: store.orgId, uid: switches.tokenOwner } });

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');

/** The verdict is true only if all actions on all resources are allowed [D]; only `*` is a resource here [G]. */
export const canI = (request: CallRequest): Answer => {
  const body = strictBody(request, ['actions', 'resources']);
  if ('refused' in body) return body.refused;
  const { actions, resources } = body.fields;
  if (!isTextList(actions)) return badField('actions', 'must be a list of texts');
  if (!isTextList(resources)) return badField('resources', 'must be a list of texts');
  const allowed = (action: string) => action.startsWith('cwobject:') && !request.switches.forbidden.has(action);
  return ok({ verdict: actions.every(allowed) && resources.every((resource) => resource === '*') });
};
