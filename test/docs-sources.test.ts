/** docs/sources.md says what the sources do: each row of its tables is sent to its source. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../events/envelope.ts';
import { SOURCES } from '../events/sources/registry.ts';
import type { Directory } from '../events/sources/scim-directory.ts';
import type { Reading, WebRequest } from '../events/sources/source.ts';
import type { Issuer } from '../events/ssf/issuer.ts';
import { ssfSource } from '../events/ssf/ssf-source.ts';
import { parseSsfIssuers } from '../lib/io/config/ssf-issuers.ts';
import { isReason } from '../lib/model/reasons.ts';
import { quotedIn, rowsOf, sectionOf } from './docs/markdown.ts';
import {
  fromGitguardian,
  fromGithub,
  fromGitlab,
  fromOkta,
  fromStandardWebhooks,
  request,
  SECRET,
} from './events/sources/requests.ts';
import { check, EVENT_MS, EVENT_TIME, KEY_ID, keyLeak, offboarded, reinstated } from './support/event-factory.ts';
import { AUDIENCE, CAEP, claimsOf, ecKey, push, RISC, SSF, signed } from './support/idp.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TEXT = readFileSync(join(ROOT, 'docs/sources.md'), 'utf8');
const HEADINGS: Readonly<Record<string, string>> = {
  github: '## GitHub',
  gitlab: '## GitLab',
  gitguardian: '## GitGuardian',
  okta: '## Okta',
  scim: '## SCIM',
  'standard-webhooks': '## Standard Webhooks',
};

const github = (event: string, alert: object = {}) => {
  const [name = '', action = ''] = event.split('.');
  const known = { number: 42, secret_type: 'coreweave_access_key_pair', updated_at: EVENT_TIME };
  return fromGithub(name, { action, alert: { ...known, ...alert }, repository: { full_name: 'acme/app' } });
};
const location = 'secret_scanning_alert_location.created';
const LEAKED_ID = 'CWABCDEFGH1JKLMN';
const MANY_IDS = Array.from({ length: 1_001 }, (_, at) => `CW${String(at).padStart(14, '0')}`).join(' ');
const pair = `${LEAKED_ID} cwo${'Z9yX8wV7'.repeat(5)}`;
const token = (text: string) => fromGitlab([{ type: 't', token: text, location: 'https://gitlab.example/a' }]);
const incident = (action: string, fields: object = {}) =>
  fromGitguardian({
    action,
    timestamp: EVENT_TIME,
    incident: { id: 42, detector: { name: 'coreweave_key' }, ...fields },
  });
const logEvent = (eventType: string, fields: object = {}) => ({
  uuid: 'u-1',
  published: EVENT_TIME,
  eventType,
  outcome: { result: 'SUCCESS' },
  target: [{ type: 'User', id: '00u1', alternateId: 'user@example.com' }],
  ...fields,
});
const okta = (eventType: string, fields: object = {}) => fromOkta({ data: { events: [logEvent(eventType, fields)] } });
const scim = (
  method: string,
  body: unknown,
  path = `/Users/${Buffer.from('user@example.com').toString('base64url')}`,
) => request({ method, path, headers: { authorization: `Bearer ${SECRET}` }, body });
const patch = (path: string, value: unknown) => scim('PATCH', { Operations: [{ op: 'Replace', path, value }] });
const KNOWN = { id: 'dXNlckBleGFtcGxlLmNvbQ', userName: 'user@example.com', active: true, deleted: false };
const known: Directory = [{ ...KNOWN, names: [KNOWN.userName] }];
const user = (fields: object) => ({ userName: 'user@example.com', ...fields });

/** By source, a request for each row of its table, under the row's first cell. */
const ROWS: Readonly<Record<string, Readonly<Record<string, WebRequest & { readonly directory?: Directory }>>>> = {
  github: {
    '`secret_scanning_alert.created`': github('secret_scanning_alert.created'),
    '`secret_scanning_alert.reopened`': github('secret_scanning_alert.reopened'),
    '`secret_scanning_alert.publicly_leaked`': github('secret_scanning_alert.publicly_leaked'),
    '`secret_scanning_alert.validated`, found active': github('secret_scanning_alert.validated', {
      validity: 'active',
    }),
    '`secret_scanning_alert.validated`, not found active': github('secret_scanning_alert.validated', {
      validity: 'unknown',
    }),
    '`secret_scanning_alert_location.created`, of an open alert': github(location),
    '`secret_scanning_alert_location.created`, of a closed alert': github(location, { state: 'resolved' }),
    '`secret_scanning_alert.resolved`, our own closing too': github('secret_scanning_alert.resolved', {
      resolution: 'revoked',
    }),
    '`secret_scanning_alert.assigned`': github('secret_scanning_alert.assigned'),
    '`secret_scanning_alert.unassigned`': github('secret_scanning_alert.unassigned'),
    '`ping`': github('ping'),
    '`push`, and any other event': github('push'),
    'an alert without an action': github('secret_scanning_alert'),
    'an alert without the header `X-GitHub-Event`': github('.created'),
    'an alert without `secret_type`, number or repository': github('secret_scanning_alert.created', {
      secret_type: undefined,
    }),
    'an alert that cannot be read': fromGithub('secret_scanning_alert', '{'),
  },
  gitlab: {
    '`revocable_token_types`': request({ method: 'GET', path: '/v1/revocable_token_types' }),
    '`revoke_tokens` with key id and secret in one file': token(pair),
    '`revoke_tokens` with a key id alone': token(KEY_ID),
    '`revoke_tokens` with a secret alone, or an API token': token(pair.replace(LEAKED_ID, '')),
    '`revoke_tokens` without a CoreWeave credential': token('xoxb'),
    '`revoke_tokens` with an entry without a token beside one with a key': fromGitlab([
      { type: 't' },
      { token: KEY_ID },
    ]),
    '`revoke_tokens` with nothing but entries without a token': fromGitlab([{ type: 't' }]),
    '`revoke_tokens` with more than 1,000 keys and places': token(MANY_IDS),
    '`revoke_tokens` that is no list, or cannot be read': fromGitlab({}),
  },
  gitguardian: {
    '`incident_triggered` of a CoreWeave detector': incident('incident_triggered'),
    '`new_occurrence` of a CoreWeave detector': incident('new_occurrence'),
    '`incident_reopened` of a CoreWeave detector': incident('incident_reopened'),
    '`incident_regression` of a CoreWeave detector': incident('incident_regression'),
    '`incident_validity_changed` to `valid`': incident('incident_validity_changed', { validity: 'valid' }),
    'one of these, without the name of a detector': incident('incident_triggered', { detector: null }),
    'one of these, of another detector': incident('incident_triggered', { detector: { name: 'aws_iam' } }),
    'one of these, of any detector, in which a key id stands': incident('incident_triggered', {
      detector: { name: 'aws_iam' },
      path: LEAKED_ID,
    }),
    'one of these, in which more than 1,000 key ids stand': incident('incident_triggered', { path: MANY_IDS }),
    '`incident_resolved`': incident('incident_resolved'),
    '`incident_ignored`': incident('incident_ignored'),
    '`incident_access_revoked`, and any other action': incident('incident_access_revoked'),
    'an action and `matches`': fromGitguardian({
      action: 'incident_triggered',
      incident: { id: 42, detector: { name: 'coreweave_key' } },
      matches: [],
    }),
    '`matches` without the text of an action, as of version 1, in which a key id stands': fromGitguardian({
      action: null,
      matches: [{ match: LEAKED_ID }],
    }),
    'neither an action nor `matches`': fromGitguardian({}),
  },
  okta: {
    '`user.lifecycle.deactivate`': okta('user.lifecycle.deactivate'),
    '`user.lifecycle.suspend`': okta('user.lifecycle.suspend'),
    '`user.lifecycle.delete.initiated`': okta('user.lifecycle.delete.initiated'),
    '`user.lifecycle.deactivate` that failed': okta('user.lifecycle.deactivate', { outcome: { result: 'FAILURE' } }),
    '`user.lifecycle.deactivate` without a known outcome': okta('user.lifecycle.deactivate', { outcome: {} }),
    '`user.lifecycle.delete.completed`': okta('user.lifecycle.delete.completed'),
    '`user.lifecycle.reactivate`': okta('user.lifecycle.reactivate'),
    '`user.lifecycle.unsuspend`': okta('user.lifecycle.unsuspend'),
    '`user.session.start`, and any other type': okta('user.session.start'),
    'the verification of the hook': request({ method: 'GET', headers: { 'x-okta-verification-challenge': 'abc' } }),
    '`user.lifecycle.deactivate` of two users, of whom one cannot be named': okta('user.lifecycle.deactivate', {
      target: [{ type: 'User' }, { type: 'User', alternateId: 'user@example.com' }],
    }),
    '`user.lifecycle.deactivate` without a user who could be named': okta('user.lifecycle.deactivate', { target: [] }),
    'a call with more than 1,000 users': okta('user.lifecycle.deactivate', {
      target: Array.from({ length: 1_001 }, (_, at) => ({ type: 'User', alternateId: `user-${at}@example.com` })),
    }),
    '`user.lifecycle.deactivate` whose type is missing': okta('', {}),
    'a log event without `data.events` around it': fromOkta(logEvent('user.lifecycle.deactivate')),
    'a call without `data.events`, or that cannot be read': fromOkta('{'),
  },
  scim: {
    '`PATCH` of `active` to false, in any of the spellings in use': patch('active', 'False'),
    '`PATCH` of `active` to true': patch('active', true),
    '`PATCH` of `userName`': patch('userName', 'new@example.com'),
    '`PATCH` of anything else': patch('displayName', 'x'),
    '`PUT` with `active` false': scim('PUT', user({ active: false })),
    '`PUT` without `active`': scim('PUT', user({})),
    '`DELETE`': scim('DELETE', ''),
    '`POST` of an active user': scim('POST', user({ active: true }), '/Users'),
    '`POST` of an inactive user': scim('POST', user({ active: false }), '/Users'),
    '`POST` of an active user who is there': { ...scim('POST', user({}), '/Users'), directory: known },
    '`POST` of an inactive user who is there': {
      ...scim('POST', user({ active: false }), '/Users'),
      directory: known,
    },
    '`GET`': scim('GET', '', '/Users'),
    '`PATCH` or `PUT` that may be about `active` and cannot be read': patch('active', 'no'),
    '`POST` without a usable `userName`': scim('POST', {}, '/Users'),
    '`PATCH`, `PUT` or `POST` whose body cannot be read': scim('PATCH', '{"active":true,"active":false}'),
    '`DELETE`, and `active` false, of an id that was never given out': scim('DELETE', '', '/Users/42'),
    '`PATCH` or `PUT` of such an id that may be about `active` and cannot be read': {
      ...patch('active', 'no'),
      path: '/Users/42',
    },
    'anything else of such an id': { ...patch('active', true), path: '/Users/42' },
    '`POST` to `/Bulk`, and any other path': scim('POST', {}, '/Bulk'),
  },
  'standard-webhooks': {
    '`credential.compromised.v1`': fromStandardWebhooks(keyLeak()),
    '`user.offboarded.v1`': fromStandardWebhooks(offboarded()),
    '`user.reinstated.v1`': fromStandardWebhooks(reinstated()),
    '`revocation.check.v1`': fromStandardWebhooks(check()),
    '`contact.created`, and any other type': fromStandardWebhooks({ type: 'contact.created' }),
    '`user.offboarded` without a version': fromStandardWebhooks({ ...offboarded(), type: 'user.offboarded' }),
    '`user.purged`, `secretFound`': fromStandardWebhooks({ type: 'secretFound' }),
    '`user.expired_password`, `cache.purge`': fromStandardWebhooks({ type: 'user.expired_password' }),
    '`employee.terminated`, and any type that tells of a leak or an offboarding': fromStandardWebhooks({
      type: 'employee.terminated',
    }),
    'an event of ours that is invalid': fromStandardWebhooks(keyLeak({ data: {} })),
    'a list of events, of which one is invalid': fromStandardWebhooks([keyLeak(), keyLeak({ data: {} })]),
    'a list of events, and something without a type': fromStandardWebhooks([keyLeak(), {}]),
    'an event without a type': fromStandardWebhooks({ data: {} }),
    'an empty list': fromStandardWebhooks([]),
    'a list of more than 1,000 events': fromStandardWebhooks(Array.from({ length: 1_001 }, () => keyLeak())),
    'a body that cannot be read': fromStandardWebhooks('{'),
  },
};

const KEY = ecKey('key');
const ISSUER: Issuer = {
  issuer: 'https://idp.example',
  audience: AUDIENCE,
  algorithms: ['ES256'],
  sessionRevoked: 'ignore',
  subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
  subjectIssuers: ['https://idp.example'],
};
const signal = (claims: object, issuer: Partial<Issuer> = {}) => ({ claims, issuer: { ...ISSUER, ...issuer } });
const about = (type: string, content: object = {}, issuer: Partial<Issuer> = {}) =>
  signal({ events: { [type]: content } }, issuer);

/** For each row of the table of Shared Signals, the claims of a token and the issuer. */
const SIGNALS: Readonly<Record<string, ReturnType<typeof signal>>> = {
  'RISC `account-disabled`': about(`${RISC}account-disabled`),
  'RISC `account-purged`': about(`${RISC}account-purged`),
  'RISC `account-purged` with `http:`, with a slash at its end, or in capitals': about(
    `${RISC}account-purged/`.replace('https:', 'http:'),
  ),
  'RISC `account-enabled`': about(`${RISC}account-enabled`),
  'RISC `credential-compromise`, with `principal`': about(
    `${RISC}credential-compromise`,
    {},
    { principal: 'saml/{email}' },
  ),
  'RISC `credential-compromise`, without `principal`': about(`${RISC}credential-compromise`),
  'CAEP `session-revoked`, with `sessionRevoked` `ignore`': about(`${CAEP}session-revoked`),
  'CAEP `session-revoked`, with `sessionRevoked` `hold`': about(
    `${CAEP}session-revoked`,
    {},
    { sessionRevoked: 'hold' },
  ),
  'CAEP `session-revoked`, with `sessionRevoked` `offboarded`': about(
    `${CAEP}session-revoked`,
    {},
    { sessionRevoked: 'offboarded' },
  ),
  'SSF `verification`': about(`${SSF}verification`, { state: 'x' }),
  'SSF `stream-updated` to `enabled`': about(`${SSF}stream-updated`, { status: 'enabled' }),
  'SSF `stream-updated` to `paused` or `disabled`': about(`${SSF}stream-updated`, { status: 'paused' }),
  'CAEP `credential-change`, and any other type': about(`${CAEP}credential-change`),
  'a type that tells of a leak or an offboarding, such as SCIM `prov:deactivate`': about(
    'urn:ietf:params:scim:event:prov:deactivate',
  ),
  '`user-purged` of a vendor': about('https://vendor.example/event/user-purged'),
  'SCIM `prov:put` or `prov:patch` that may make a user inactive': about('urn:ietf:params:scim:event:prov:put:full', {
    data: { active: false },
  }),
  'a subject that names no person, or one that is not configured': signal({ sub_id: { format: 'uri', uri: 'x' } }),
  'two types that ask for different actions': signal({
    events: { [`${RISC}account-disabled`]: {}, [`${RISC}account-enabled`]: {} },
  }),
  'RISC `account-enabled`, and a type of which a dead letter is made': signal({
    events: { [`${RISC}account-enabled`]: {}, [`${SSF}stream-updated`]: { status: 'paused' } },
  }),
  'RISC `account-disabled`, and a type of which a dead letter is made': signal({
    events: { [`${RISC}account-disabled`]: {}, [`${SSF}stream-updated`]: { status: 'paused' } },
  }),
  'no `jti`, `iat` or `events`': signal({ jti: undefined }),
  'an `iat` more than 5 minutes ahead': signal({ iat: EVENT_MS / 1_000 + 301 }),
};

async function readSignal({ claims, issuer }: ReturnType<typeof signal>): Promise<Reading> {
  const source = ssfSource('idp', { issuer, verify: async () => 'genuine', hasSecret: false });
  const opened = await source.open(push(signed(KEY, claimsOf(issuer.issuer, claims))), EVENT_MS);
  if (opened.kind === 'rejected') throw new Error(opened.why);
  return opened.reading;
}

/** What becomes of a request, and the status of its answer. */
function resultOf(reading: Reading | undefined): readonly [string, string] {
  const result = reading?.kind === 'events' ? 'acts' : reading?.kind === 'ignored' ? 'ignored' : 'refused';
  const told = reading?.kind !== 'ignored' && reading?.unusable !== undefined;
  const status = reading?.reply?.status ?? (result === 'acts' ? 202 : 200);
  return [told ? (result === 'acts' ? 'acts, dead letter' : 'dead letter') : result, String(status)];
}
/** The first table of a section: the others end with their own heads. */
const tableOf = (name: string) => {
  const section = sectionOf(TEXT, { ...HEADINGS, ssf: '## Shared Signals' }[name] ?? '');
  return rowsOf(section.slice(0, section.indexOf('|\n\n') + 1));
};

describe('docs/sources.md', () => {
  it('has a section and a path for every source', () => {
    expect(Object.keys(HEADINGS).toSorted()).toEqual([...SOURCES.keys()].toSorted());
    const [overview = ''] = TEXT.split('\n## How it works');
    const paths = quotedIn(overview).flatMap((text) => /\/([a-z-]+)/.exec(text)?.[1] ?? []);
    expect([...new Set(paths)].toSorted()).toEqual([...SOURCES.keys(), 'ssf'].toSorted());
  });

  it('says what Shared Signals do, row by row', async () => {
    const done = await Promise.all(
      Object.entries(SIGNALS).map(async ([row, given]) => [row, ...resultOf(await readSignal(given))]),
    );
    expect(tableOf('ssf')).toEqual(done);
  });

  it('has an example of issuers that is valid, and describes each of their fields', () => {
    const [section = ''] = sectionOf(TEXT, '### Issuers').split('\n## ');
    const example = /```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
    expect(parseSsfIssuers(example)).toMatchObject({ kind: 'issuers' });
    const fields = rowsOf(section).flatMap(([name = '']) => quotedIn(name));
    const parsed = parseSsfIssuers(
      '{"idp":{"issuer":"https://idp.example","audience":"a","principal":"saml/{email}"}}',
    );
    const known = parsed.kind === 'issuers' ? Object.keys(Object(parsed.issuers.get('idp'))) : [];
    expect(fields.toSorted()).toEqual(known.toSorted());
  });

  it.each([...SOURCES.keys()])('says what %s does, row by row', (name) => {
    const source = SOURCES.get(name);
    const done = Object.entries(ROWS[name] ?? {}).map(([row, from]) => [
      row,
      ...resultOf(source?.read(from, EVENT_MS, from.directory)),
    ]);
    expect(tableOf(name)).toEqual(done);
  });

  it('says what Okta’s log stream does beside its hook', () => {
    const parts = (eventType: string) =>
      unwrap(
        JSON.stringify({ source: 'aws.partner/okta.com/x/y', 'detail-type': 'z', detail: logEvent(eventType, {}) }),
      );
    expect(parts('user.lifecycle.suspend')).toMatchObject({ kind: 'parts', parts: [{ kind: 'value' }] });
    expect(parts('user.session.start')).toMatchObject({ kind: 'refusal', ignored: true });
    const rule = JSON.parse(/```json\n([\s\S]*?)```/.exec(sectionOf(TEXT, '## Okta'))?.[1] ?? '');
    const acting = tableOf('okta').flatMap(([event = '', does]) => (does === 'acts' ? quotedIn(event) : []));
    expect(rule.detail.eventType).toEqual(acting);
  });

  it('names no reason for a dead letter that is none', () => {
    const after = TEXT.matchAll(/(?:letter|is) `([a-z-]+)`/g);
    const named = [...after].map(([, reason = '']) => reason).filter((word) => word !== 'revoke');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((reason) => !isReason(reason))).toEqual([]);
  });
});
