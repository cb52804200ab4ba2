/** The SCIM endpoint as directories use it: what acts, what is ignored, what is refused, and what they are answered. */
import { describe, expect, it } from 'vitest';
import { scim } from '../../../events/sources/scim.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { request, toldOf } from './requests.ts';
import { CORE, gist, ID, idOf, NAME, PATCH_OP, patch, read } from './scim-requests.ts';

const LEFT = `offboarded ${NAME}`;
const BACK = `reinstated ${NAME}`;
const OTHER = 'ignored: a change of something other than active';
const NO_FLAG = 'refused: expected true or false for active';
const UNREADABLE =
  'refused: expected operations with op, path and value, which replace or add active and userName or leave them alone';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const MISSPELLED = 'refused: expected active and userName under exactly these names';

const replaced = (value: unknown, path: unknown = 'active', op = 'replace') => ({ op, path, value });

describe('a PATCH', () => {
  it.each([
    ['a boolean', replaced(false)],
    ['text with a capital, as Entra sends it', replaced('False')],
    ['text in capitals', replaced('FALSE')],
    ['a capital operation', replaced(false, 'active', 'Replace')],
    ['an addition', replaced(false, 'active', 'Add')],
    ['a value in an array', replaced([{ value: false }])],
    ['a text in an array', replaced([{ value: 'False' }])],
    ['a text in an array beside null, as Entra sends it', replaced([{ $ref: null, value: 'False' }])],
    ['a value in an object', replaced({ value: false })],
    ['a path in other case', replaced(false, 'ACTIVE')],
    ['a path with the URN', replaced(false, `${CORE}:active`)],
    ['a path with the URN in other case', replaced(false, `${CORE.toLowerCase()}:Active`)],
    ['no path', { op: 'replace', value: { active: false } }],
    ['no path and a text', { op: 'Replace', value: { active: 'False', displayName: 'E' } }],
    ['no path and the URN', { op: 'replace', value: { [`${CORE}:active`]: false } }],
    ['no path and an object under the URN', { op: 'replace', value: { [CORE]: { active: false } } }],
    ['an empty path', { op: 'replace', path: '', value: { active: false } }],
    ['a blank path', { op: 'replace', path: ' ', value: { active: false } }],
    ['null for a path', { op: 'replace', path: null, value: { active: false } }],
    ['the URN for a path', { op: 'replace', path: CORE, value: { active: false } }],
    ['no path and a list', { op: 'replace', value: [{ active: false }] }],
    ['the URN for a path and a list', { op: 'replace', path: CORE, value: [{ title: 'x' }, { active: false }] }],
    ['members in other case', { Op: 'Replace', Path: 'active', Value: false }],
  ])('offboards if it sets active to false by %s', (_, operation) => {
    expect(gist(patch(operation))).toBe(LEFT);
  });

  it.each([replaced(true), replaced('True'), { op: 'Replace', value: { active: true } }])(
    'that sets active to true (%#) is a return',
    (operation) => expect(gist(patch(operation))).toBe(BACK),
  );

  it('offboards at any position among the operations and with any other operations', () => {
    const name = replaced('David', 'name.givenName');
    for (const other of [name, { op: 'Remove', path: 'members', value: [{ value: 'x' }] }, { op: 7, value: {} }, {}]) {
      expect(gist(patch(other, name, replaced(false)))).toBe(LEFT);
      expect(gist(patch(replaced(false), other))).toBe(LEFT);
    }
  });

  it.each([
    ['a name', replaced('Pvlo', 'displayName')],
    ['an attribute of an extension', replaced(false, 'urn:ietf:params:scim:schemas:extension:acme:2.0:User:active')],
    ['what is active of an address', replaced(false, 'emails[type eq "work"].active')],
    ['an attribute with a colon in it', replaced(false, `${CORE}act:ive`)],
    ['an attribute that begins alike', replaced(false, 'activeDirectoryName')],
    ['one that ends alike', replaced(false, 'inactive')],
    ['a text about it', replaced('active:false', 'title')],
    ['a value deeper down', { op: 'replace', value: { manager: { active: false } } }],
    ['a value of a list', { op: 'add', value: { roles: [{ active: false }] } }],
    ['a group', { op: 'Remove', path: 'members', value: [{ value: 'u1091' }] }],
  ])('that changes only %s is none', (_, operation) => expect(gist(patch(operation))).toBe(OTHER));

  it.each([
    null,
    0,
    1,
    '',
    'no',
    'disabled',
    ' False',
    'Falsee',
    [],
    [false, true],
    [[false]],
    {},
    { other: false },
    { value: false, other: 1 },
  ])('with %j for active is refused, not guessed', (value) => expect(gist(patch(replaced(value)))).toBe(NO_FLAG));

  it.each([
    ['a removal', { op: 'remove', path: 'active' }],
    ['a removal with a value', replaced(false, 'active', 'remove')],
    ['another operation', replaced(false, 'active', 'move')],
    ['an operation that ends alike', replaced(false, 'active', 'xreplace')],
    ['an operation that begins alike', replaced(false, 'active', 'address')],
    ['two operations in one', { op: 'replace', Op: 'add', path: 'active', value: false }],
    ['no operation', { path: 'active', value: false }],
    ['no text for an operation', { op: { toString: 1 }, path: 'active', value: false }],
    ['no value', { op: 'replace', path: 'active' }],
    ['a path inside', replaced(false, 'active.value')],
    ['a filter', replaced(false, 'active[value eq "True"]')],
    ['a blank', replaced(false, ' active')],
    ['a URN with a point', replaced(false, `${CORE}.active`)],
    ['the URN of no schema', replaced(false, 'urn:ietf:params:scim:schemas:core:2.0:Users:active')],
    ['the URN of another schema', replaced(false, `${ENTERPRISE}:active`)],
    ['the URN of SCIM 1.1', { op: 'replace', value: { 'urn:scim:schemas:core:1.0:active': false } }],
    ['an object under another URN', { op: 'replace', value: { [ENTERPRISE]: { active: false } } }],
    ['an object for the path of another URN', replaced({ active: false }, ENTERPRISE)],
    ['a list of paths', replaced(false, ['active'])],
    ['two paths', { op: 'replace', path: 'title', Path: 'active', value: false }],
    ['two values, one of another attribute', { op: 'replace', value: { title: 'x' }, Value: { active: false } }],
    ['two values', { op: 'replace', path: 'active', value: true, Value: false }],
    ['no path and a text', { op: 'replace', value: 'active' }],
    ['no path and a bare false', { op: 'replace', value: false }],
    ['no path and null', { op: 'replace', value: null }],
    ['no path and a list of texts', { op: 'replace', value: ['active', false] }],
    ['no path and a list in a list', { op: 'replace', value: [[{ active: false }]] }],
    ['no path and an empty list', { op: 'replace', value: [] }],
    ['no path and no value', { op: 'replace' }],
    ['no path, and active in place of the value', { op: 'replace', active: false }],
    ['the URN for a path and a bare false', replaced(false, CORE)],
    ['a name with a blank', { op: 'replace', value: { 'active ': false } }],
    ['a name with a prefix', { op: 'replace', value: { 'user.active': false } }],
    ['a name of JSONPath', { op: 'replace', value: { '$.active': false } }],
    ['a name of JSON Pointer', { op: 'replace', value: { '/active': false } }],
    ['an object for the user', { op: 'replace', value: { User: { active: false } } }],
    ['a path with a prefix', replaced(false, 'user.active')],
    ['a path of JSON Pointer', replaced(false, '/active')],
    ['an unknown operation without a path', { op: 'set', value: { active: false } }],
  ])('that does to active what we cannot read (%s) is refused', (_, operation) => {
    expect(gist(patch(operation))).toBe(UNREADABLE);
  });

  it('that says active twice in one operation is refused', () => {
    expect(gist(patch({ op: 'replace', value: { active: true, Active: false } }))).toBe(
      'refused: expected one value for active',
    );
  });

  it('that says active in several operations is carried out in order: the last one counts', () => {
    expect(gist(patch(replaced(true), replaced(false)))).toBe(LEFT);
    expect(gist(patch(replaced(false), replaced('x', 'title'), replaced('True')))).toBe(BACK);
    expect(gist(patch(replaced('no'), replaced(false)))).toBe(NO_FLAG);
  });

  it('with an item that is no operation still offboards, and is refused without an offboarding', () => {
    for (const garbage of ['x', 7, null, [], {}]) {
      expect(gist(patch(garbage, replaced(false)))).toBe(LEFT);
      expect(gist(patch(garbage, replaced(true)))).toBe(UNREADABLE);
      expect(gist(patch(garbage))).toBe(UNREADABLE);
    }
  });

  it.each([
    ['no object', 'text'],
    ['an array', [replaced(false)]],
    ['no operations', { schemas: [PATCH_OP] }],
    ['an empty list', { Operations: [] }],
    ['an object for a list', { Operations: replaced(false) }],
    ['two lists', { Operations: [replaced(false)], operations: [replaced(true)] }],
    ['the form of SCIM 1.1', { schemas: ['urn:scim:schemas:core:1.0'], id: ID, active: false }],
  ])('of %s is refused', (_, body) => {
    expect(gist(read('PATCH', `/Users/${ID}`, JSON.stringify(body)))).toBe(
      'refused: expected Operations: an array of at least one operation, once',
    );
  });

  it('that renames sends no event for an active user, and offboards both names of a deactivated user', () => {
    const renamed = replaced('new@example.com', 'userName');
    expect(gist(patch(renamed))).toBe('ignored: a change of the name');
    expect(gist(patch(renamed, replaced(true)))).toBe(BACK);
    expect(gist(patch(renamed, replaced(false)))).toBe(`${LEFT}, offboarded new@example.com`);
    expect(gist(patch(replaced(NAME, 'userName'), replaced(false)))).toBe(LEFT);
  });

  it('of a name with 32 hex digits before it is Entra’s soft delete, and no rename', () => {
    const deleted = replaced(`0123456789abcdef0123456789abcdef${NAME}`, 'userName');
    expect(gist(patch(deleted, replaced('False')))).toBe(LEFT);
    expect(gist(patch(deleted))).toBe(OTHER);
    const other = replaced('0123456789abcdef0123456789abcdefx@example.com', 'userName');
    expect(gist(patch(other))).toBe('ignored: a change of the name');
  });

  it('is answered with the user', () => {
    expect(patch(replaced('False')).reply).toStrictEqual({
      status: 200,
      headers: { 'content-type': 'application/scim+json' },
      body: { schemas: [CORE], id: ID, userName: NAME, active: false, meta: { resourceType: 'User' } },
    });
    expect(patch(replaced('x', 'title')).reply).toMatchObject({ status: 200, body: { id: ID } });
  });
});

describe('a PUT', () => {
  const put = (body: unknown) => read('PUT', `/Users/${ID}`, body);

  it.each([
    [{ userName: NAME, active: false }, LEFT],
    [{ active: 'False' }, LEFT],
    [{ [CORE]: { active: false } }, LEFT],
    [{ [CORE]: null, active: false }, LEFT],
    [{ userName: NAME, UserName: 'new@example.com', active: false }, 'refused: expected one value for userName'],
    [{ userName: NAME, UserName: NAME, active: false }, LEFT],
    [{ schemas: ['urn:scim:schemas:core:1.0'], id: 'x', userName: NAME, active: false, groups: [] }, LEFT],
    [{ userName: NAME, active: true }, BACK],
    [{ userName: NAME, displayName: 'User' }, OTHER],
    [{ userName: 'new@example.com', active: true }, BACK],
    [{ userName: 'new@example.com', active: false }, `${LEFT}, offboarded new@example.com`],
    [{ userName: NAME, active: null }, NO_FLAG],
    [{ userName: NAME, active: 'inactive' }, NO_FLAG],
    [{ userName: NAME, 'active ': false }, MISSPELLED],
    [{ userName: NAME, User: { active: false } }, MISSPELLED],
    [{ userName: 7, active: false }, 'refused: expected userName: 1 to 256 bytes of printable characters, no secret'],
    [[], 'refused: expected a user: a JSON object'],
  ])('of %j: %s', (body, expected) => expect(gist(put(body))).toBe(expected));
});

describe('a refusal', () => {
  it.each([
    ['PUT', [], 'invalidSyntax', 'expected a user: a JSON object'],
    ['PUT', '{', 'invalidSyntax', 'expected JSON'],
    ['PUT', { active: null }, 'invalidValue', 'expected true or false for active'],
    ['PUT', { active: true, Active: false }, 'invalidValue', 'expected one value for active'],
    ['PUT', { userName: 'a', UserName: 'b' }, 'invalidValue', 'expected one value for userName'],
    ['PUT', { userName: '' }, 'invalidValue', 'expected userName: 1 to 256 bytes of printable characters, no secret'],
    ['PATCH', {}, 'invalidSyntax', 'expected Operations: an array of at least one operation, once'],
    ['PATCH', { Operations: [replaced(false, ' active')] }, 'invalidSyntax', UNREADABLE.slice('refused: '.length)],
    ['PATCH', { Operations: [replaced(false, ' userName')] }, 'invalidSyntax', UNREADABLE.slice('refused: '.length)],
  ])('of a %s with %j says %s, as RFC 7644 has it', (method, body, scimType, detail) => {
    const refused = read(method, `/Users/${ID}`, body);
    expect(refused).toMatchObject({
      kind: 'refused',
      why: detail,
      reply: {
        status: 400,
        headers: { 'content-type': 'application/scim+json' },
        body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', scimType, detail },
      },
    });
    const text = `{"sender":"scim","method":"${method}","userName":"${NAME}","id":"${ID}"}`;
    expect(toldOf(refused)).toEqual([`${typeof body === 'string' ? 'unreadable' : 'invalid'}, ${NAME}: ${text}`]);
  });

  it.each([
    ['a key twice', '{"active":false,"title":"a","title":"b"}'],
    ['Latin-1', Buffer.from('{"active":false,"displayName":"J\u00fcrgen"}', 'latin1')],
    ['33 levels', `{"active":false,"x":${'['.repeat(32)}${']'.repeat(32)}}`],
  ])('of a body that cannot be read, with %s, tells of the user in the path', (_, body) => {
    for (const method of ['PATCH', 'PUT']) {
      const text = `{"sender":"scim","method":"${method}","userName":"${NAME}","id":"${ID}"}`;
      expect(toldOf(read(method, `/Users/${ID}`, body))).toEqual([`unreadable, ${NAME}: ${text}`]);
    }
    expect(toldOf(read('POST', '/Users', body))).toEqual(['unreadable, : {"sender":"scim","method":"POST"}']);
  });
});

describe('a POST', () => {
  const post = (body: unknown) => read('POST', '/Users', body);

  it('of an active user is a create, and no event', () => {
    for (const body of [{ userName: NAME, active: true }, { userName: NAME }, { UserName: NAME, active: 'True' }]) {
      expect(post(body)).toStrictEqual({
        kind: 'ignored',
        why: 'a create of an active user',
        reply: {
          status: 201,
          headers: { 'content-type': 'application/scim+json', location: `/scim/Users/${ID}` },
          body: { schemas: [CORE], id: ID, userName: NAME, active: true, meta: { resourceType: 'User' } },
        },
        save: {
          users: [{ id: ID, userName: NAME, names: [NAME], active: true, deleted: false }],
          required: true,
        },
      });
    }
  });

  it('of an inactive user is staged: it is held only if there are keys', () => {
    const reading = post({ userName: NAME, active: false });
    expect(gist(reading)).toBe(LEFT);
    expect(reading.reply).toMatchObject({ status: 201, body: { id: ID, active: false } });
    expect(reading).toMatchObject({ events: [{ data: { staged: true } }] });
  });

  it.each([
    {},
    { userName: '' },
    { userName: 7 },
    { userName: 'a\nb' },
    { userName: 'x'.repeat(257) },
    { userName: 'ä'.repeat(129) },
  ])('without a name that we can keep (%j) is refused', (body) => {
    expect(post(body)).toMatchObject({ kind: 'refused', reply: { status: 400, body: { scimType: 'invalidValue' } } });
  });
});

describe('the answer to a POST or PUT', () => {
  const user = {
    schemas: [CORE, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
    externalId: '42',
    userName: NAME,
    active: true,
    emails: [{ value: NAME, primary: true }],
  };

  it('repeats what was sent, since some directories compare it', () => {
    const answer = { ...user, id: ID, meta: { resourceType: 'User' } };
    const sent = { ...user, id: 'theirs', meta: { resourceType: 'X' } };
    expect(read('POST', '/Users', sent).reply?.body).toStrictEqual(answer);
    expect(read('PUT', `/Users/${ID}`, sent).reply?.body).toStrictEqual(answer);
  });

  it('repeats no password, and nothing twice', () => {
    const sent = { ...user, password: 'x', Active: 'True', [`${CORE}:active`]: true, [`${CORE}:password`]: 'x' };
    expect(read('PUT', `/Users/${ID}`, sent).reply?.body).toStrictEqual({
      ...user,
      id: ID,
      meta: { resourceType: 'User' },
    });
  });
});

describe('a DELETE', () => {
  it('offboards and replies without a body', () => {
    const reading = read('DELETE', `/Users/${ID}`);
    expect(gist(reading)).toBe(LEFT);
    expect(reading.reply).toStrictEqual({ status: 204 });
  });

  it.each(['Äpfel & Söhne', '日本語@example.com', 'a', 'ab', 'abc', 'DOMAIN\\user', 'x'.repeat(256), '?>?>', 'ÿÿÿ'])(
    'knows %s by the id that the create gave out',
    (userName) => {
      const created = read('POST', '/Users', { userName });
      expect(created.reply?.body).toMatchObject({ id: idOf(userName) });
      expect(gist(read('DELETE', `/Users/${idOf(userName)}`))).toBe(`offboarded ${userName}`);
    },
  );

  it.each([
    ['a number', '42'],
    ['a character left over', 'abcde'],
    ['a UUID', '48e0a2da-0999-4f2c-87f4-80432cfe6617'],
    ['padding', `${idOf('user')}==`],
    ['bits that are left over', idOf('a').replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))],
    ['plain base64', Buffer.from('>>>').toString('base64')],
    ['a control character', idOf('user\u0000')],
    ['a right-to-left override', idOf('user\u202e')],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0x41]).toString('base64url')],
    ['a byte order mark', idOf('\ufeffuser')],
    ['a longer name', idOf('x'.repeat(257))],
    ['a whole megabyte', 'QUFB'.repeat(250_000)],
    ['a step up', '..'],
    ['a wildcard', '*'],
    ['a percent', `${ID}%00`],
    ['a white space', `${ID} `],
    ['__proto__', '__proto__'],
  ])('of an id that was never given out, with %s, is answered 404', (_, id) => {
    expect(read('DELETE', `/Users/${id}`)).toMatchObject({
      kind: 'refused',
      why: 'expected the id of a user that this endpoint returned',
      reply: { status: 404, body: { status: '404' } },
    });
  });

  const STRANGER = '00u1gdwy1s9Qfb6YX4h7';
  it.each<[user: string, method: string, body: unknown, about: string | undefined]>([
    ['inactive by a PUT', 'PUT', { userName: NAME, active: 'False' }, NAME],
    ['inactive by a PUT without a name', 'PUT', { active: false }, STRANGER],
    ['inactive by a PATCH', 'PATCH', { Operations: [replaced(false)] }, STRANGER],
    ['deleted', 'DELETE', undefined, STRANGER],
    ['perhaps inactive by a PATCH', 'PATCH', { Operations: [replaced('no')] }, STRANGER],
    ['inactive by a PATCH that is cut off', 'PATCH', '{"Operations":[{"op":"re', STRANGER],
    ['active by a PUT', 'PUT', { userName: NAME, active: true }, undefined],
    ['active by a PATCH', 'PATCH', { Operations: [replaced(true)] }, undefined],
    ['asked for', 'GET', undefined, undefined],
  ])('of another service, of a user who is %s, is told if the user may have left', (_, method, body, about) => {
    const reading = read(method, `/Users/${STRANGER}`, body);
    expect(reading).toMatchObject({ kind: 'refused', reply: { status: 404 } });
    const names = about === NAME ? `"userName":"${NAME}","id":"${STRANGER}"` : `"id":"${STRANGER}"`;
    expect(toldOf(reading)).toEqual(
      about === undefined ? [] : [`invalid, ${about}: {"sender":"scim","method":"${method}",${names}}`],
    );
  });

  it('of another service is told under another version of the path', () => {
    expect(toldOf(read('DELETE', `/v1/Users/${STRANGER}`))).toHaveLength(1);
  });

  it('of another service that is too long is told without it', () => {
    expect(toldOf(read('DELETE', `/Users/${'x'.repeat(513)}`))).toEqual([
      'invalid, : {"sender":"scim","method":"DELETE"}',
    ]);
  });
});

describe('an event', () => {
  it('is of the request: its time and id are those of its arrival', () => {
    expect(read('DELETE', `/Users/${ID}`, undefined, EVENT_MS + 7)).toStrictEqual({
      kind: 'events',
      reply: { status: 204 },
      save: {
        users: [{ id: ID, userName: NAME, names: [NAME], active: false, deleted: true }],
        required: false,
      },
      events: [
        {
          specversion: '1.0',
          type: 'user.offboarded.v1',
          id: `inactive/2026-11-23T09:30:00.007Z/${ID}`,
          source: 'scim://users',
          time: '2026-11-23T09:30:00.007Z',
          data: {
            identity: { login: NAME },
            evidence: { detector: 'DELETE active', receivedVia: 'scim', verifiedBy: 'bearer-token' },
          },
        },
      ],
    });
  });

  it('of a return is one of another type', () => {
    expect(read('PUT', `/Users/${ID}`, { active: true })).toMatchObject({
      events: [
        {
          type: 'user.reinstated.v1',
          id: `active/2026-11-23T09:30:00.000Z/${ID}`,
          data: { evidence: { detector: 'PUT active', receivedVia: 'scim', verifiedBy: 'bearer-token' } },
        },
      ],
    });
  });

  it('of a second leaving is another, later than the return between them', () => {
    const at = (active: boolean, now: number) => {
      const reading = read('PUT', `/Users/${ID}`, { active }, now);
      return reading.kind === 'events' ? reading.events[0] : undefined;
    };
    const all = [at(false, EVENT_MS), at(true, EVENT_MS + 1), at(false, EVENT_MS + 2)];
    expect(new Set(all.map((event) => event?.id)).size).toBe(3);
    expect(all.map((event) => event?.time)).toEqual(all.map((event) => event?.time).toSorted());
    expect(at(false, EVENT_MS)).toEqual(all[0]);
  });
});

describe('the token', () => {
  const proofs = createProofs(['scim-secret', 'older-secret'], 'text');
  const isAuthentic = (authorization?: string) =>
    scim.isAuthentic(request({ headers: authorization === undefined ? {} : { authorization } }), proofs, EVENT_MS);

  it.each(['Bearer scim-secret', 'bearer scim-secret', 'Bearer  scim-secret', 'Bearer older-secret'])(
    'in %j is taken',
    (authorization) => expect(isAuthentic(authorization)).toBe(true),
  );
  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'scim-secret',
    'Basic scim-secret',
    'Bearer scim-secre',
    'Bearer scim-secret2',
    'Bearer Scim-secret',
    'Bearer scim-secret, Bearer scim-secret',
    ' Bearer scim-secret',
    'Bearer\tscim-secret',
    'Bearer scim-secret ',
    `Bearer ${'x'.repeat(5_000)}`,
  ])('in %j is not', (authorization) => expect(isAuthentic(authorization)).toBe(false));
});
