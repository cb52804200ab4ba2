/** For any input, the SCIM endpoint never throws, ignores similar attributes, and discloses no secret. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';
import { SECRETS } from '../planted-secrets.ts';
import { CORE, gist, ID, idOf, NAME, PATCH_OP, patch, read } from './scim-requests.ts';

const LEFT = `offboarded ${NAME}`;
const ACTIVE_TRUE = 'ignored: a create of an active user';

const sample = (file: string): unknown => JSON.parse(readPublished(file));

/** Per file: as a PATCH, a PUT and a POST. What is not here acts in no way, except for its userName. */
const NO_OPERATIONS = 'refused: expected Operations: an array of at least one operation, once';
const OTHER = 'ignored: a change of something other than active';
const ANSWERS: Readonly<Record<string, readonly [patch: string, put?: string]>> = {
  'scim/entra.patch.disable.aadOptscim062020.json': [LEFT],
  'scim/entra.patch.disable.default.json': [LEFT],
  'scim/entra.patch.disable.docs2.json': [LEFT],
  'scim/entra.patch.group-remove-member.default.json': [OTHER],
  'scim/entra.patch.multi.default.json': [OTHER],
  'scim/entra.patch.multi.flag.json': [OTHER],
  'scim/entra.user.list.zero.response.json': [NO_OPERATIONS, OTHER],
  'scim/jackson.patch.mixed.json': [LEFT],
  'scim/okta.patch.deactivate.json': [LEFT],
  'scim/okta.scim11.l505.json': [NO_OPERATIONS, LEFT],
  'scim/okta.scim11.l519.json': [NO_OPERATIONS, `${LEFT}, offboarded test.user@okta.local`],
  'scim/okta.user.inactive.response.json': [NO_OPERATIONS, `${LEFT}, offboarded test.user@okta.local`],
};

describe('the published payloads', () => {
  it('of SCIM are all in the table', () => {
    const others = ['scim/entra.user.create.json', 'scim/variants-in-the-wild.json'];
    const own = PUBLISHED.filter((file) => file.startsWith('scim/') && !others.includes(file));
    expect(own).toEqual(Object.keys(ANSWERS));
  });

  it.each(Object.entries(ANSWERS))('%s by PATCH and PUT', (file, [patched, put = OTHER]) => {
    expect(gist(read('PATCH', `/Users/${ID}`, sample(file)))).toBe(patched);
    expect(gist(read('PUT', `/Users/${ID}`, sample(file)))).toBe(put);
  });

  it('that creates a user does not act, and its user can leave', () => {
    const body = sample('scim/entra.user.create.json');
    const created = read('POST', '/Users', body);
    expect(gist(created)).toBe(ACTIVE_TRUE);
    const { id, userName } = Object(created.reply?.body);
    expect(gist(read('DELETE', `/Users/${id}`))).toBe(`offboarded ${userName}`);
  });

  it.each(sample('scim/variants-in-the-wild.json') as unknown[])(
    'offboards for the operation %j, which directories send',
    (operation) => expect(gist(patch(operation))).toBe(LEFT),
  );

  it.each(PUBLISHED.filter((file) => !file.startsWith('scim/')))('%s acts in no way that it could come', (file) => {
    const ways = [
      read('PATCH', `/Users/${ID}`, sample(file)),
      read('PUT', `/Users/${ID}`, sample(file)),
      read('POST', '/Users', sample(file)),
      read('POST', '', sample(file)),
      read('GET', '/Users', sample(file)),
    ];
    expect(ways.map(({ kind }) => kind)).not.toContain('events');
  });
});

describe('a secret', () => {
  const bodies = (secret: string): readonly unknown[] => [
    { userName: secret, active: false },
    { userName: `${NAME} ${secret}`, active: false },
    { userName: NAME, active: secret },
    { userName: NAME, active: false, password: secret, [secret]: secret },
    { userName: NAME, active: true, externalId: secret, emails: [{ value: secret }], schemas: [secret] },
    { Operations: [{ op: secret, path: 'active', value: false }] },
    { Operations: [{ op: 'replace', path: secret, value: false }] },
    { Operations: [{ op: 'replace', path: `active ${secret}`, value: secret }] },
    {
      Operations: [
        { op: 'replace', path: 'userName', value: secret },
        { op: 'replace', path: 'active', value: false },
      ],
    },
    {
      Operations: [
        { op: 'add', path: 'password', value: secret },
        { op: 'replace', path: 'active', value: false },
      ],
    },
    `{"active": ${secret}}`,
    secret,
  ];

  it.each(Object.entries(SECRETS))('%s never comes out', (_, secret) => {
    const traces = [secret, idOf(secret), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].flatMap(
      (form) => Array.from({ length: form.length - 9 }, (_each, at) => form.slice(at, at + 10)),
    );
    const readings = [
      ...bodies(secret).flatMap((body) => [
        read('POST', '/Users', body),
        read('PUT', `/Users/${ID}`, body),
        read('PATCH', `/Users/${ID}`, body),
      ]),
      ...['GET', 'PUT', 'PATCH', 'DELETE', secret].flatMap((method) => [
        read(method, `/Users/${idOf(secret)}`, { active: false }),
        read(method, `/Users/${secret}`, { active: false }),
        read(method, `/${secret}`, { active: false }),
      ]),
      read('GET', '/Users', secret),
    ];
    const shown = JSON.stringify(readings);
    expect(traces.filter((trace) => shown.includes(trace))).toEqual([]);
    expect(readings.some(({ kind }) => kind === 'events')).toBe(true);
  });
});

describe('whatever comes', () => {
  const flag = fc.constantFrom(false, 'False', true, 'True', null, 'x', [{ value: false }], { value: 'False' }, [], {});
  const path = fc.constantFrom(
    undefined,
    null,
    '',
    'active',
    'Active',
    `${CORE}:active`,
    CORE,
    'userName',
    'title',
    ' active',
    7,
    {},
  );
  const value = fc.oneof(
    flag,
    fc.jsonValue(),
    flag.map((active) => ({ active })),
    flag.map((active) => ({ [CORE]: { active } })),
  );
  const op = fc.constantFrom(
    'replace',
    'Replace',
    'Add',
    'remove',
    undefined,
    7,
    { toString: 1 },
    JSON.parse('{"__proto__":1}'),
  );
  const operation = fc.oneof(fc.record({ op, path, value }, { requiredKeys: [] }), fc.jsonValue());
  const operations = fc.oneof(fc.array(operation, { maxLength: 5 }), fc.jsonValue());
  const body = fc.oneof(
    fc.record(
      { Operations: operations, operations, schemas: fc.constant([PATCH_OP]) },
      { requiredKeys: ['Operations'] },
    ),
    fc.record({ active: flag, Active: flag, userName: fc.string() }, { requiredKeys: [] }),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  );
  const where = fc.oneof(
    fc.constantFrom(`/Users/${ID}`, '/Users', '/Users/', '/Groups', ''),
    fc.string().map((id) => `/Users/${id}`),
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE');

  it('is read without a throw, and comes to events that stand, or to an answer of SCIM', () => {
    fc.assert(
      fc.property(method, where, body, (by, at, text) => {
        const reading = read(by, at, text);
        if (reading.kind === 'events') {
          expect(reading.events.map((event) => parseEvent(event, EVENT_MS))).toEqual(
            reading.events.map((event) => ({ kind: 'event', event })),
          );
        } else expect(reading.reply?.headers).toMatchObject({ 'content-type': 'application/scim+json' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('acts by PATCH only if the one value of active in it is a flag', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (all) => {
        const reading = patch(...all);
        if (reading.kind !== 'events') return;
        const text = JSON.stringify(all).toLowerCase();
        const isLeaving = reading.events.every(({ type }) => type === 'user.offboarded.v1');
        expect(text).toContain('active');
        expect(text).toContain(isLeaving ? 'false' : 'true');
        expect(reading.events.every(({ data }) => 'identity' in data)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of names makes ids that lead back to them, each to its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (userName) => {
        const created = read('POST', '/Users', { userName });
        if (created.kind === 'refused') return;
        expect(Object(created.reply?.body).id).toBe(idOf(userName));
        expect(gist(read('DELETE', `/Users/${idOf(userName)}`))).toBe(`offboarded ${userName}`);
      }),
      { numRuns: 500 },
    );
  });

  it('of ids leads to a name only if it is the id of that name, or of a later user of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABCabc019-_=+./%'), maxLength: 40 }), (id) => {
        const reading = read('DELETE', `/Users/${id}`);
        if (reading.kind !== 'events') return;
        const [event] = reading.events;
        expect('identity' in event.data && 'login' in event.data.identity && idOf(event.data.identity.login)).toBe(
          id.replace(/^\/+|\/+$/g, '').replace(/\.(?:[2-9]|[1-9]\d{1,3})$/, ''),
        );
      }),
      { numRuns: 1_000, examples: [['cA.100'], ['cA//']] },
    );
  });
});
