/** Every way in which a sender's text enters: what comes out for a batch of texts, put where that sender puts names. */
import { SOURCES } from '../../../events/sources/registry.ts';
import type { WebRequest } from '../../../events/sources/source.ts';
import type { Issuer } from '../../../events/ssf/issuer.ts';
import { readSet } from '../../../events/ssf/set.ts';
import { EVENT_MS, EVENT_TIME, KEY_ID, keyLeak, offboarded } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import { outcomes } from '../outcomes.ts';
import { gitleaksEntry, trufflehogEntry } from '../reports/findings.ts';
import { request } from '../sources/requests.ts';
import { CORE, idOf, scimRequest } from '../sources/scim-requests.ts';
import { readyText, sourceOf, VENDORS } from '../webhooks/vendors.ts';

export interface Read {
  /** All that comes out: events, dead letters, what is kept, answers. */
  readonly shown: unknown;
  /** Of the texts of the batch, how many went through. */
  readonly passed: number;
}
export type Reader = (batch: readonly string[]) => Read;

const keyId = (at: number): string => `CW1${String(at).padStart(13, '0')}`;
const evidenceOf = (text: string, at = 1) => ({
  accessKeyId: keyId(at),
  evidence: { detector: text, url: text, fingerprint: text },
});

const count = (outcome: unknown, isOurs: (source: string) => boolean = () => true): number => {
  if (typeof outcome !== 'object' || outcome === null) return 0;
  if ('unusable' in outcome && outcome.unusable !== undefined) return 0;
  if (!('events' in outcome)) return 'specversion' in outcome ? 1 : 0;
  return (outcome.events as readonly { readonly source: string }[]).filter(({ source }) => isOurs(source)).length;
};

const onQueue =
  (event: (text: string, at: number) => unknown, wrap = (values: readonly unknown[]): readonly unknown[] => [values]) =>
  (batch: readonly string[]): Read => {
    const shown = wrap(batch.map(event)).flatMap((message) => outcomes(JSON.stringify(message)));
    return { shown, passed: shown.reduce<number>((sum, each) => sum + count(each), 0) };
  };

const sourceNamed = (name: string) => {
  const source = SOURCES.get(name);
  if (source === undefined) throw new Error(`expected the source ${name}`);
  return source;
};
const inOneRequest =
  (name: string, from: (batch: readonly string[]) => WebRequest, isOurs?: (source: string) => boolean): Reader =>
  (batch) => {
    const shown = sourceNamed(name).read(from(batch), EVENT_MS);
    return { shown, passed: count(shown, isOurs) };
  };
const oneByOne =
  (
    name: string,
    from: (text: string) => WebRequest,
    passes = (shown: unknown): boolean => count(shown) === 1,
  ): Reader =>
  (batch) => {
    const shown = batch.map((text) => sourceNamed(name).read(from(text), EVENT_MS));
    return { shown, passed: shown.filter(passes).length };
  };

const logEvent = (text: string, at: number) => ({
  uuid: `${at}`,
  published: EVENT_TIME,
  eventType: 'user.lifecycle.suspend',
  outcome: { result: 'SUCCESS', reason: text },
  target: [{ type: 'User', alternateId: text, displayName: text }],
});

function githubAlert(text: string): WebRequest {
  const full_name = /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(text) ? text : 'acme/app';
  const alert = {
    number: 7,
    secret_type: text,
    secret_type_display_name: text,
    updated_at: EVENT_TIME,
    html_url: text,
  };
  const body = { action: 'created', alert, repository: { full_name, html_url: text }, sender: { login: text } };
  return request({ headers: { 'x-github-event': 'secret_scanning_alert' }, body });
}

const incident = (text: string): WebRequest =>
  request({
    body: {
      action: 'new_occurrence',
      timestamp: EVENT_TIME,
      incident: { id: 42, detector: { name: text }, gitguardian_url: text },
      occurrence: { filepath: `${KEY_ID} ${text}`, author_name: text },
    },
  });

/** A configured webhook, with texts where the vendor puts the person. */
const [VENDOR] = VENDORS.filter(({ name }) => name === 'hibob');
const HIBOB = sourceOf(readyText('hibob'));
const fromHibob = (text: string) => {
  const body = { type: 'employee.left', triggeredAt: '2026-11-23T09:00:00', data: { employeeId: text, name: text } };
  return HIBOB.read(request({ path: '/', body: { ...(VENDOR?.offboarding('') as object), ...body } }), EVENT_MS);
};

/** A configured webhook, with texts where the vendor puts the id of its event. */
const BY_ID = sourceOf(
  JSON.stringify({
    hr: {
      secret: 'hr',
      proof: { kind: 'header', header: 'x-token' },
      when: { offboarded: { at: '/type', in: ['left'] } },
      person: { externalId: '/person' },
      id: '/id',
    },
  }),
);

const ISSUER: Issuer = {
  ...{ issuer: 'https://idp.example', audience: 'us', algorithms: ['ES256'], sessionRevoked: 'ignore' },
  ...{
    subjectIssuers: [],
    subjects: { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
  },
};
const fromIssuer = (text: string) =>
  readSet(
    'idp',
    ISSUER,
    {
      kind: 'token',
      ...{ text: '', algorithm: 'ES256', namesKey: true },
      claims: {
        jti: text,
        iat: EVENT_MS / 1_000,
        sub_id: { format: 'email', email: 'user@example.com' },
        events: { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} },
      },
    },
    EVENT_MS,
  );

const reportOf =
  (format: string, write: (batch: readonly string[]) => string): Reader =>
  (batch) => {
    const shown = readReport(format, write(batch), EVENT_MS);
    return { shown, passed: shown.kind === 'report' && shown.faults.length === 0 ? shown.events.length : 0 };
  };
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const csv = (batch: readonly string[]): string =>
  [
    'RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,Fingerprint',
    ...batch.map((text, at) =>
      [text, 'ab', `${at}/${text}`, '', keyId(at), keyId(at), '1', text].map(quoted).join(','),
    ),
  ].join('\n');
const sarif = (batch: readonly string[]): string =>
  JSON.stringify({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gitleaks' } },
        results: batch.map((text, at) => ({
          ruleId: text,
          message: { text },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: `${at}/${text}` },
                region: { startLine: 1, snippet: { text: keyId(at) } },
              },
            },
          ],
          partialFingerprints: { commitSha: 'ab', email: text, author: text },
        })),
      },
    ],
  });

export const READERS: Readonly<Record<string, Reader>> = {
  'an event on the queue': onQueue((text, at) =>
    keyLeak({ id: `${at}/${text}`, source: `//x/${text}`, data: evidenceOf(text) }),
  ),
  'an event by EventBridge': onQueue(
    (text, at) => keyLeak({ id: `${at}/${text}`, data: evidenceOf(text) }),
    (values) => values.map((detail) => ({ 'detail-type': 'leak', detail })),
  ),
  'a log event of Okta by EventBridge': onQueue(logEvent, (values) =>
    values.map((detail) => ({ source: 'aws.partner/okta.com/acme/log', 'detail-type': 'x', detail })),
  ),
  'standard webhooks': inOneRequest('standard-webhooks', (batch) =>
    request({
      body: batch.map((text, at) =>
        keyLeak({ id: `${at}/${text}`, source: `//x/${text}`, data: evidenceOf(text, at) }),
      ),
    }),
  ),
  'standard webhooks about people': inOneRequest('standard-webhooks', (batch) =>
    request({ body: batch.map((login, at) => offboarded({ id: `${at}`, data: { identity: { login } } })) }),
  ),
  okta: inOneRequest('okta', (batch) => request({ body: { data: { events: batch.map(logEvent) } } })),
  gitlab: inOneRequest(
    'gitlab',
    (batch) =>
      request({
        path: '/v1/revoke_tokens',
        body: batch.map((text, at) => ({
          token: keyId(at),
          type: text,
          location: `https://git.example/${text}/${at}`,
        })),
      }),
    (source) => source === 'gitlab://git.example',
  ),
  github: oneByOne('github', githubAlert),
  gitguardian: oneByOne('gitguardian', incident),
  'a delete by SCIM': oneByOne('scim', (text) => scimRequest('DELETE', `/Users/${idOf(text)}`)),
  'a create by SCIM': oneByOne(
    'scim',
    (text) =>
      scimRequest('POST', '/Users', {
        schemas: [CORE],
        userName: text,
        displayName: text,
        externalId: text,
        active: true,
      }),
    (shown) => JSON.stringify(shown).includes('"status":201'),
  ),
  'a configured webhook': (batch) => {
    const shown = batch.map(fromHibob);
    return { shown, passed: shown.reduce((sum, each) => sum + count(each), 0) };
  },
  'a security event token': (batch) => {
    const shown = batch.map(fromIssuer);
    return { shown, passed: shown.reduce((sum, each) => sum + count(each), 0) };
  },
  'a report of gitleaks': reportOf('gitleaks', (batch) =>
    JSON.stringify(
      batch.map((text, at) => ({
        ...gitleaksEntry(keyId(at), { file: `${at}/${text}`, line: 1 }),
        ...{ Match: keyId(at), RuleID: text, Fingerprint: text, Author: text, Message: text },
      })),
    ),
  ),
  'a report of gitleaks with links': reportOf('gitleaks', (batch) =>
    JSON.stringify(batch.map((text, at) => gitleaksEntry(keyId(at), { file: `${at}`, link: text }))),
  ),
  'a report of gitleaks in CSV': reportOf('gitleaks', csv),
  'a report in SARIF': reportOf('sarif', sarif),
  'a report of trufflehog': reportOf('trufflehog', (batch) =>
    batch
      .map((text, at) => ({ ...trufflehogEntry(keyId(at), { file: `${at}/${text}` }), ExtraData: { name: text } }))
      .map((entry) => JSON.stringify(entry))
      .join('\n'),
  ),
};

/** Readers for secrets alone: a name meets a date in the id of the event, and may read like a token with it. */
export const ID_READERS: Readonly<Record<string, Reader>> = {
  'a configured webhook with ids': (batch) => {
    const shown = batch.map((id) =>
      BY_ID.read(request({ path: '/', body: { type: 'left', person: 'user', id } }), EVENT_MS),
    );
    return { shown, passed: shown.reduce((sum, each) => sum + count(each), 0) };
  },
};

/** Parts of at most `size` items. */
export const inParts = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
