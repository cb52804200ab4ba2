/**
 * What the SCIM endpoint answers: its description of itself, users, lists and errors. (RFC 7643 §5 to §7, RFC 7644
 * §3.12)
 */
import { fieldsOf } from '../shapes.ts';
import { type Refused, withoutSecrets } from './reading.ts';
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

/** The directory cannot be read at the moment: nothing is said of users that may be wrong. */
export function scimUnavailable(): Refused {
  const { reply, ...rest } = scimRefused(503, 'the directory cannot be reached, retry later');
  return { ...rest, reply: { ...reply, headers: { ...reply.headers, 'retry-after': '5' } } };
}

/** Attributes of a user that we set, or never repeat, whatever was sent. */
const OWN: ReadonlySet<string> = new Set(['schemas', 'id', 'username', 'active', 'meta', 'password']);

/**
 * The user: with what was sent just now, which some directories compare, and without `active` if it was never said.
 * Texts that resemble a secret are masked.
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

export const NOBODY = listOf([]);

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
  ['', config],
  ['/ServiceProviderConfig', config],
  ['/Schemas', listOf([userSchema])],
  [`/Schemas/${SCHEMAS}:User`, userSchema],
  ['/ResourceTypes', listOf([userType])],
  ['/ResourceTypes/User', userType],
  ['/Groups', NOBODY],
]);
