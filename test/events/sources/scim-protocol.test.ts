/** SCIM 2.0 as the connectors of Microsoft Entra ID and Okta go through it, and what they ask of any server. */
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../../events/sources/reading.ts';
import { DOCUMENTS } from '../../../events/sources/scim-documents.ts';
import { CORE, gist, ID, NAME, PATCH_OP, patch, read } from './scim-requests.ts';

const SCIM = { 'content-type': 'application/scim+json' };
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const EMPTY = { schemas: [LIST], totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] };

describe('the connector of Microsoft Entra ID', () => {
  it('tests the connection by a search without a match', () => {
    expect(read('GET', '/Users').reply).toStrictEqual({ status: 200, headers: SCIM, body: EMPTY });
    expect(read('GET', '/Groups').reply).toStrictEqual({ status: 200, headers: SCIM, body: EMPTY });
  });

  it('searches, creates, reads, disables, enables and deletes a user', () => {
    const disable = { op: 'Replace', path: 'active', value: 'False' };
    const enable = { op: 'Replace', path: 'active', value: 'True' };
    const user = {
      schemas: [CORE, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName: NAME,
      active: true,
      emails: [{ primary: true, type: 'work', value: NAME }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName' },
      roles: [],
    };
    const steps = [read('GET', '/Users'), read('POST', '/Users', user), read('GET', `/Users/${ID}`)];
    const later = [patch(disable), patch(enable), patch(disable), read('DELETE', `/Users/${ID}`)];
    expect([...steps, ...later].map((step) => [step.reply?.status, gist(step)])).toEqual([
      [200, 'ignored: a search'],
      [201, 'ignored: a create of an active user'],
      [200, 'ignored: a question'],
      [200, `offboarded ${NAME}`],
      [200, `reinstated ${NAME}`],
      [200, `offboarded ${NAME}`],
      [204, `offboarded ${NAME}`],
    ]);
  });
});

describe('the connector of Okta', () => {
  it('tests the connection by a page of users', () => {
    const [first] = [read('GET', '/Users')];
    expect(first?.reply).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } });
  });

  it('creates by POST, reads, and deactivates by PUT of the whole user', () => {
    const user = {
      schemas: [CORE],
      userName: NAME,
      name: { givenName: 'Another', familyName: 'User' },
      emails: [{ primary: true, value: NAME, type: 'work' }],
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      active: true,
    };
    expect(gist(read('POST', '/Users', { ...user, password: '1mz050nq' }))).toBe('ignored: a create of an active user');
    const found = read('GET', `/Users/${ID}`).reply?.body;
    expect(found).toStrictEqual({ schemas: [CORE], id: ID, userName: NAME, meta: { resourceType: 'User' } });
    expect(gist(read('PUT', `/Users/${ID}`, { ...Object(found), ...user, active: false }))).toBe(`offboarded ${NAME}`);
  });

  it('deactivates by a PATCH without a path', () => {
    const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', value: { active: false } }] };
    expect(gist(read('PATCH', `/Users/${ID}`, body))).toBe(`offboarded ${NAME}`);
  });
});

describe('the endpoint', () => {
  it('describes itself: PATCH, filters and a bearer token, no bulk', () => {
    expect(read('GET', '/ServiceProviderConfig')).toStrictEqual({
      kind: 'ignored',
      why: 'a question',
      reply: {
        status: 200,
        headers: SCIM,
        body: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
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
        },
      },
    });
  });

  it('has users for its only resource, by list and by name', () => {
    const type = read('GET', '/ResourceTypes/User').reply?.body;
    const schema = read('GET', `/Schemas/${CORE}`).reply?.body;
    expect(type).toStrictEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      description: 'User',
      schema: CORE,
      meta: { resourceType: 'ResourceType' },
    });
    const attribute = { multiValued: false, description: '', returned: 'default' };
    expect(schema).toStrictEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
      id: CORE,
      name: 'User',
      description: 'User whose access keys are revoked when they are deactivated',
      attributes: [
        {
          ...attribute,
          name: 'userName',
          type: 'string',
          required: true,
          caseExact: false,
          mutability: 'readWrite',
          uniqueness: 'server',
        },
        {
          ...attribute,
          name: 'active',
          type: 'boolean',
          required: false,
          mutability: 'readWrite',
          uniqueness: 'none',
        },
      ],
      meta: { resourceType: 'Schema' },
    });
    const one = { ...EMPTY, totalResults: 1, itemsPerPage: 1 };
    expect(read('GET', '/ResourceTypes').reply?.body).toStrictEqual({ ...one, Resources: [type] });
    expect(read('GET', '/Schemas/').reply?.body).toStrictEqual({ ...one, Resources: [schema] });
  });

  it.each([...DOCUMENTS])('answers a question for %s, and refuses a change of it', (path, body) => {
    expect(read('GET', path).reply).toStrictEqual({ status: 200, headers: SCIM, body });
    expect(read('DELETE', path).kind).toBe('refused');
  });

  it.each(['//Users', '/v2/Users', '/v2//Users', '//v2/Users'])('is also at %s, as base URLs are written', (users) => {
    expect(read('GET', users).reply).toStrictEqual({ status: 200, headers: SCIM, body: EMPTY });
    expect(gist(read('DELETE', `${users}/${ID}`))).toBe(`offboarded ${NAME}`);
  });

  it('describes itself at its base, by any spelling of it', () => {
    for (const base of ['', '/', '//', '/v2', '/v2/']) {
      expect(read('GET', base).reply).toStrictEqual(read('GET', '/ServiceProviderConfig').reply);
    }
  });

  it('takes a path with a slash at its end', () => {
    expect(gist(read('DELETE', `/Users/${ID}/`))).toBe(`offboarded ${NAME}`);
    expect(gist(read('POST', '/Users/', { userName: NAME }))).toBe('ignored: a create of an active user');
  });

  it.each([
    '/users',
    '/Users/a/b',
    '/Groups/42',
    '/Me',
    '/Bulk',
    '/Users/.search/x',
    '/__proto__',
    '/v3/Users',
    '/v2/v2/Users',
    '/v2Users',
  ])('has nothing at %j', (path) => {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      expect(read(method, path, '{"active":false}')).toStrictEqual({
        kind: 'refused',
        why: 'expected a path of this source; it has users and no groups',
        reply: {
          status: 404,
          headers: SCIM,
          body: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
            status: '404',
            detail: 'expected a path of this source; it has users and no groups',
          },
        },
      });
    }
  });

  it.each([
    ['/Users', 'DELETE', 'GET, POST'],
    ['/Users', 'PATCH', 'GET, POST'],
    [`/Users/${ID}`, 'POST', 'GET, PUT, PATCH, DELETE'],
    [`/Users/${ID}`, 'HEAD', 'GET, PUT, PATCH, DELETE'],
    [`/Users/${ID}`, 'delete', 'GET, PUT, PATCH, DELETE'],
    ['/ServiceProviderConfig', 'POST', 'GET'],
    ['/Groups', 'POST', 'GET'],
  ])('at %s answers %s with 405 and what it knows', (path, method, allow) => {
    expect(read(method, path, '{}')).toMatchObject({
      kind: 'refused',
      reply: {
        status: 405,
        headers: { ...SCIM, allow },
        body: { status: '405', detail: `expected the method ${allow}` },
      },
    });
  });

  it.each([
    ['no JSON', '{', 400],
    ['no UTF-8', new Uint8Array([0x7b, 0xff]), 400],
    ['the same key twice', '{"active":true,"active":false}', 400],
    ['too deep a body', `${'['.repeat(40)}${']'.repeat(40)}`, 400],
    ['too long a body', `"${'x'.repeat(MAX_BODY_BYTES)}"`, 413],
    ['no body', '', 400],
  ])('answers %s with an error of SCIM', (_, body, status) => {
    for (const reading of [
      read('POST', '/Users', body),
      read('PATCH', `/Users/${ID}`, body),
      read('PUT', `/Users/${ID}`, body),
    ]) {
      expect(reading).toMatchObject({
        kind: 'refused',
        reply: {
          status,
          headers: SCIM,
          body: { status: String(status), ...(status === 400 ? { scimType: 'invalidSyntax' } : {}) },
        },
      });
      if (status !== 400) expect(reading.reply?.body).not.toHaveProperty('scimType');
    }
  });
});
