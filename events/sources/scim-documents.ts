/** Replies of the SCIM endpoint: discovery, users, lists and errors. (RFC 7643 §5 to §7, RFC 7644 §3.12) */
import { fieldsOf } from '../shapes.ts';
import { type Refused, withoutSecrets } from './reading.ts';
import type { ScimFault } from './scim-changes.ts';
import type { Person } from './scim-name.ts';
import type { Reply } from './source.ts';

const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
const SCHEMAS = 'urn:ietf:params:scim:schemas:core:2.0';

const HEADERS = { 'content-type': 'application/scim+json' };

export const scimReply = (status: number, body: unknown): Reply => ({ status, headers: HEADERS, body });

/** `why` is a fixed sentence. `scimType`: see RFC 7644 §3.12. */
export const scimRefused = (status: number, why: string, scimType?: ScimFault['scimType']): Refused => ({
  kind: 'refused',
  why,
  reply: scimReply(status, {
    schemas: [`${MESSAGES}:Error`],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: why,
  }),
});

/** The store cannot be read, so a reply about users might be wrong. */
export function scimUnavailable(): Refused {
  const { reply, ...rest } = scimRefused(503, 'the directory cannot be reached, retry later');
  return { ...rest, reply: { ...reply, headers: { ...reply.headers, 'retry-after': '5' } } };
}

/** Attributes that the endpoint sets or never returns, regardless of the request. */
const OWN: ReadonlySet<string> = new Set(['schemas', 'id', 'username', 'active', 'meta', 'password']);

/**
 * A user document. Includes the attributes of the request, which some directories compare, and `active` only if it is
 * known. Texts that look like a secret are masked.
 */
export function userDocument(
  { id, userName, active }: Person & { readonly active?: boolean | null },
  { sent = {} }: { readonly sent?: Readonly<Record<string, unknown>> } = {},
): unknown {
  const others = Object.entries(sent).filter(([name]) => !OWN.has(name.toLowerCase().split(':').at(-1) ?? ''));
  return {
    ...fieldsOf(withoutSecrets(Object.fromEntries(others))),
    schemas: Array.isArray(sent.schemas) ? withoutSecrets(sent.schemas) : [`${SCHEMAS}:User`],
    id,
    userName,
    ...(typeof active === 'boolean' ? { active } : {}),
    meta: { resourceType: 'User' },
  };
}

export const listOf = (resources: readonly unknown[]): unknown => ({
  schemas: [`${MESSAGES}:ListResponse`],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});

export const NO_USERS = listOf([]);

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
  ...(type === 'string' ? { caseExact: false } : {}),
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: name === 'userName' ? 'server' : 'none',
});

const userSchema = {
  schemas: [`${SCHEMAS}:Schema`],
  id: `${SCHEMAS}:User`,
  name: 'User',
  description: 'User whose access keys are revoked when they are deactivated',
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

/** Constant documents by path. Directories read `/Groups` even if they provision no groups. */
export const DOCUMENTS: ReadonlyMap<string, unknown> = new Map([
  ['', config],
  ['/ServiceProviderConfig', config],
  ['/Schemas', listOf([userSchema])],
  [`/Schemas/${SCHEMAS}:User`, userSchema],
  ['/ResourceTypes', listOf([userType])],
  ['/ResourceTypes/User', userType],
  ['/Groups', NO_USERS],
]);
