/**
 * What the SCIM endpoint answers: its description of itself, users, lists and errors. (RFC 7643 §5 to §7, RFC 7644
 * §3.12)
 */
import type { Refused } from './reading.ts';
import type { Fault } from './scim-changes.ts';
import type { Person } from './scim-name.ts';
import type { Reply } from './source.ts';

const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
const SCHEMAS = 'urn:ietf:params:scim:schemas:core:2.0';

const HEADERS = { 'content-type': 'application/scim+json' };

/** Takes an HTTP status and a document; returns the reply. */
export const scimReply = (status: number, body: unknown): Reply => ({ status, headers: HEADERS, body });

/**
 * Takes an HTTP status, a fixed sentence and, where RFC 7644 has one, its `scimType`; returns the refusal, which tells
 * both.
 */
export const scimRefused = (status: number, why: string, scimType?: Fault['scimType']): Refused => ({
  kind: 'refused',
  why,
  reply: scimReply(status, {
    schemas: [`${MESSAGES}:Error`],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: why,
  }),
});

/**
 * Takes a person and, if the request told it, whether they are active. Returns the user: without `active` when nothing
 * was told, since we keep no users and must not make it up.
 */
export const userDocument = ({ id, userName }: Person, active?: boolean): unknown => ({
  schemas: [`${SCHEMAS}:User`],
  id,
  userName,
  ...(active === undefined ? {} : { active }),
  meta: { resourceType: 'User' },
});

const list = (resources: readonly unknown[]): unknown => ({
  schemas: [`${MESSAGES}:ListResponse`],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});

export const NOBODY = list([]);

const config = {
  schemas: [`${SCHEMAS}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'The secret of this source in the Authorization header',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig' },
};

const attribute = (name: string, type: string, { required }: { readonly required: boolean }): unknown => ({
  name,
  type,
  multiValued: false,
  description: '',
  required,
  ...(type === 'string' ? { caseExact: true } : {}),
  mutability: name === 'userName' ? 'immutable' : 'readWrite',
  returned: 'default',
  uniqueness: name === 'userName' ? 'server' : 'none',
});

const userSchema = {
  schemas: [`${SCHEMAS}:Schema`],
  id: `${SCHEMAS}:User`,
  name: 'User',
  description: 'Someone whose access keys are revoked when they leave',
  attributes: [
    attribute('userName', 'string', { required: true }),
    attribute('active', 'boolean', { required: false }),
  ],
  meta: { resourceType: 'Schema' },
};

const userType = {
  schemas: [`${SCHEMAS}:ResourceType`],
  id: 'User',
  name: 'User',
  endpoint: '/Users',
  description: 'User',
  schema: `${SCHEMAS}:User`,
  meta: { resourceType: 'ResourceType' },
};

/** What is always the same, by path. Groups are asked for even by directories that are set up to send none. */
export const DOCUMENTS: ReadonlyMap<string, unknown> = new Map([
  ['/ServiceProviderConfig', config],
  ['/Schemas', list([userSchema])],
  [`/Schemas/${SCHEMAS}:User`, userSchema],
  ['/ResourceTypes', list([userType])],
  ['/ResourceTypes/User', userType],
  ['/Groups', NOBODY],
]);
