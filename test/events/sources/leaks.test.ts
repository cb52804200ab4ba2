/** A secret planted into any string, key name or header of any payload appears in no output. */
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { ofLogStream } from '../../../events/sources/okta.ts';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded } from '../../support/event-factory.ts';
import { SECRETS } from '../planted-secrets.ts';
import { forms, isClean, pieces, planted } from '../planting.ts';
import { fromGitguardian, fromGithub, fromGitlab, fromOkta, fromStandardWebhooks } from './requests.ts';

const GITHUB = {
  action: 'created',
  alert: {
    number: 42,
    created_at: '2026-11-23T09:00:00Z',
    updated_at: '2026-11-23T09:10:00Z',
    html_url: 'https://github.com/acme/app/security/secret-scanning/42',
    state: 'open',
    secret_type: 'coreweave_key',
    secret: 'matched',
    publicly_leaked: false,
  },
  location: {
    type: 'commit',
    details: { path: 'a.txt', commit_sha: 'ab'.repeat(20), start_line: 3, issue_url: 'x/7' },
  },
  repository: { full_name: 'acme/app', html_url: 'https://github.com/acme/app' },
  sender: { login: 'octocat' },
};
const GITLAB = [
  { type: 'coreweave_access_key_pair', token: KEY_ID, location: 'https://git.example/acme/app/-/blob/abc/a.env' },
  { type: 'coreweave_access_key_secret', token: `cwo${'Zy9q'.repeat(10)}`, location: 'https://git.example/b' },
];
const OKTA = {
  source: 'https://acme.okta.com',
  data: {
    events: [
      {
        uuid: 'ab62c0bc',
        published: '2026-11-23T09:15:12.862Z',
        eventType: 'user.lifecycle.suspend',
        actor: { id: '00u1', alternateId: 'admin@example.com' },
        outcome: { result: 'SUCCESS', reason: 'x' },
        target: [{ id: '00u2', type: 'User', alternateId: 'user@example.com', displayName: 'User' }],
      },
    ],
  },
};
const GITGUARDIAN = {
  timestamp: '2026-11-23T09:15:12.862Z',
  action: 'new_occurrence',
  incident: {
    id: 42,
    detector: { name: 'coreweave_access_key' },
    gitguardian_url: 'https://dashboard.gitguardian.com/workspace/1/incidents/42',
  },
  occurrence: { filepath: `keys/${KEY_ID}`, author_info: 'noreply@github.com' },
};
const BATCH = [keyLeak({ data: { accessKeyId: KEY_ID, evidence: { detector: 'd', url: 'u' } } }), offboarded()];

const PAYLOADS: readonly (readonly [string, string, unknown, (body: unknown) => WebRequest])[] = [
  ['github', 'an alert', GITHUB, (body) => fromGithub('secret_scanning_alert', body)],
  ['github', 'a place', GITHUB, (body) => fromGithub('secret_scanning_alert_location', body)],
  ['gitlab', 'tokens', GITLAB, fromGitlab],
  ['gitguardian', 'an incident', GITGUARDIAN, fromGitguardian],
  ['okta', 'a call', OKTA, fromOkta],
  ['standard-webhooks', 'a batch', BATCH, fromStandardWebhooks],
];

describe.each(PAYLOADS)('%s, %s', (name, _what, payload, sign) => {
  const source = SOURCES.get(name);
  const read = (body: unknown) => source?.read(sign(body), EVENT_MS);

  it('acts as long as nothing is planted', () => expect(read(payload)).toMatchObject({ kind: 'events' }));

  it.each(Object.entries(SECRETS))('never gives a %s away', (_kind, secret) => {
    const traces = pieces(secret);
    let bodies = 0;
    for (const form of forms(secret)) {
      for (const body of planted(payload, form)) {
        if (!isClean(read(body), traces)) expect.fail(`a secret came out of ${JSON.stringify(body)}`);
        bodies++;
      }
    }
    expect(bodies).toBeGreaterThan(20);
  });

  it.each(Object.entries(SECRETS))('never gives a %s in a header or behind the body away', (_kind, secret) => {
    const traces = pieces(secret);
    const from = sign(payload);
    for (const header of Object.keys(from.headers)) {
      const odd = { ...from, headers: { ...from.headers, [header]: secret } };
      expect(isClean(source?.read(odd, EVENT_MS), traces)).toBe(true);
    }
    expect(isClean(read(`${JSON.stringify(payload)}${secret}`), traces)).toBe(true);
    expect(isClean(source?.read({ ...from, path: `/${secret}`, method: secret }, EVENT_MS), traces)).toBe(true);
  });
});

it.each(Object.entries(SECRETS))('a %s in a log event by EventBridge does not outlive the parse', (_kind, secret) => {
  const [logEvent] = OKTA.data.events;
  const traces = pieces(secret);
  const outcomes = (body: unknown) => {
    const read = ofLogStream(body);
    return read.kind === 'ignored' ? [read] : read.values.map((value) => parseEvent(value, EVENT_MS));
  };
  const copies = forms(secret).flatMap((form) => [...planted(logEvent, form)]);
  expect(outcomes(logEvent)).toMatchObject([{ kind: 'event' }]);
  expect(copies.filter((body) => !isClean(outcomes(body), traces))).toEqual([]);
});

it('a secret of no known form in the tokens of GitLab does not come out either', () => {
  const token = ['hunter', '2!'].join('-').repeat(4);
  const body = [
    { type: 't', token: `${KEY_ID} ${token}`, location: `https://x.example/${KEY_ID} ${token}` },
    { type: 't', token, location: `https://x.example/?q=${token}` },
  ];
  expect(JSON.stringify(SOURCES.get('gitlab')?.read(fromGitlab(body), EVENT_MS))).not.toContain(token);
});
