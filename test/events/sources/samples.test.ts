/**
 * What becomes of every published payload. Each is offered to all sources, as if it had come from there with the right
 * signature: an unsigned imitation must not act on any path.
 */
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { Reading, WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';
import { fromGitguardian, fromGithub, fromGitlab, fromOkta, fromStandardWebhooks } from './requests.ts';

/** How a file could come to each source. GitHub names the event in a header, which the signature does not cover. */
const GITHUB_EVENTS = ['secret_scanning_alert', 'secret_scanning_alert_location', 'ping', 'organization'];
const deliveries = (body: string): readonly (readonly [string, string, WebRequest])[] => [
  ...GITHUB_EVENTS.map((event) => ['github', event, fromGithub(event, body)] as const),
  ['gitlab', '', fromGitlab(body)],
  ['gitguardian', '', fromGitguardian(body)],
  ['okta', '', fromOkta(body)],
  ['standard-webhooks', '', fromStandardWebhooks(body)],
];

const whom = (reading: Reading): readonly string[] =>
  reading.kind === 'events'
    ? reading.events.map(({ type, data }) => {
        const { evidence: _, ...rest } = { evidence: undefined, ...data };
        return `${type} ${JSON.stringify(rest)}`;
      })
    : [];

/** All that may act: by file, then by source and event of GitHub. */
const ACTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'github/secret_scanning_alert.reopened.json': {
    'github secret_scanning_alert': [reference('Codertocat/Hello-World/191')],
  },
  'github/secret_scanning_alert.reopened.ghes-3.5.json': {
    'github secret_scanning_alert': [reference('Codertocat/Hello-World/191')],
  },
  'github/secret_scanning_alert_location.created.json': {
    'github secret_scanning_alert': [reference('octocat-repo/hello-world/42')],
    'github secret_scanning_alert_location': [reference('octocat-repo/hello-world/42')],
  },
  'okta/event-hook.user.lifecycle.deactivate.COMPOSED.json': { okta: [offboarding('john.doe@example.com')] },
  'okta/event-hook.two-events-one-failed.COMPOSED.json': { okta: [offboarding('john.doe@example.com')] },
};

function reference(ref: string): string {
  return `credential.compromised.v1 ${JSON.stringify({ reference: { provider: 'github', ref } })}`;
}
function offboarding(login: string): string {
  return `user.offboarded.v1 ${JSON.stringify({ identity: { login } })}`;
}

/** Why the senders' own files do not act where they belong. */
const ANSWERS: readonly (readonly [file: string, source: string, event: string, kind: string, why: string])[] = [
  ['github/ping.app.json', 'github', 'ping', 'ignored', 'a ping'],
  ['github/ping.organization.json', 'github', 'ping', 'ignored', 'a ping'],
  ['github/ping.repository.json', 'github', 'ping', 'ignored', 'a ping'],
  ...[
    'github/github_app_authorization.revoked.json',
    'github/membership.removed.json',
    'github/organization.member_removed.ae.json',
    'github/organization.member_removed.ghes-3.5.json',
  ].map((file) => [file, 'github', 'organization', 'ignored', 'an event of GitHub that we do not act on'] as const),
  ['gitlab/revoke_tokens.request.json', 'gitlab', '', 'ignored', 'no CoreWeave credential in the tokens'],
  ['okta/event-hook.user.session.start.json', 'okta', '', 'ignored', 'a log event that we do not act on'],
  ['okta/logevent.user.lifecycle.deactivate.json', 'okta', '', 'refused', 'expected data.events'],
  [
    'standard-webhooks/contact.created.full.json',
    'standard-webhooks',
    '',
    'ignored',
    'an event type that we do not act on',
  ],
];

describe('the published payloads', () => {
  it('are there', () => expect(PUBLISHED.length).toBeGreaterThan(150));

  it.each(PUBLISHED)('%s acts only where it should', (file) => {
    const body = readPublished(file);
    const acted = deliveries(body).flatMap(([name, event, from]) => {
      const reading = SOURCES.get(name)?.read(from, EVENT_MS);
      const found = reading === undefined ? ['no source'] : whom(reading);
      return found.length === 0 ? [] : [[`${name} ${event}`.trim(), found]];
    });
    expect(Object.fromEntries(acted)).toStrictEqual(ACTS[file] ?? {});
  });

  it.each(ANSWERS)('%s by %s %s is %s: %s', (file, name, event, kind, why) => {
    const body = readPublished(file);
    const [, , from] = deliveries(body).find((each) => each[0] === name && each[1] === event) ?? [];
    expect(from && SOURCES.get(name)?.read(from, EVENT_MS)).toMatchObject({ kind, why });
  });

  it('with two log events of Okta, one of them failed, tell of the other', () => {
    const body = readPublished('okta/event-hook.two-events-one-failed.COMPOSED.json');
    expect(SOURCES.get('okta')?.read(fromOkta(body), EVENT_MS)).toMatchObject({
      ignoredReasons: ['a log event of something that did not succeed'],
    });
  });
});

describe('the registry', () => {
  it('names each source by its path', () => {
    expect([...SOURCES].map(([path, { name }]) => [path, name])).toEqual(
      ['github', 'gitlab', 'gitguardian', 'okta', 'standard-webhooks', 'scim'].map((name) => [name, name]),
    );
  });
});
