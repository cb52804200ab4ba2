/**
 * 100,000 names that are no secrets: none is refused, and none is masked. All are judged by themselves; of the sources
 * each reads one in `NAMES_SHARE` (1: all, which takes minutes).
 */
import { describe, expect, it } from 'vitest';
import { type CanonicalEvent, parseEvent } from '../../../events/canonical.ts';
import { readReport } from '../../../events/reports/report.ts';
import { holdsSecret } from '../../../events/secrets.ts';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS, EVENT_TIME, keyLeak } from '../../support/event-factory.ts';
import { type Kind, KNOWN, names } from '../../support/name-corpus.ts';
import { bytes, request } from './requests.ts';

const KINDS: readonly Kind[] = ['person', 'repository', 'domain', 'file', 'url'];
const CORPUS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...KINDS.map((kind) => [kind, names(kind, 20_000)] as const),
  ['known', KNOWN],
]);

/** Parts of at most `size` items. */
const inParts = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

function eventsOf(source: string, from: WebRequest): readonly CanonicalEvent[] {
  const read = SOURCES.get(source)?.read(from, EVENT_MS);
  return read?.kind === 'events' && read.unusable === undefined ? read.events : [];
}

const keyId = (at: number): string => `CW1${String(at).padStart(13, '0')}`;

/** Events that a source makes of a thousand names, which must be as many, and whole. */
const READERS: Readonly<Record<string, (batch: readonly string[]) => readonly unknown[]>> = {
  'an event on the queue': (batch) =>
    batch
      .map((name) => parseEvent(keyLeak({ id: name, source: name, data: evidenceOf(name) }), EVENT_MS))
      .flatMap((parsed) => (parsed.kind === 'event' ? [parsed.event] : [])),
  'standard webhooks': (batch) =>
    eventsOf(
      'standard-webhooks',
      request({
        body: batch.map((name, at) => keyLeak({ id: `${at}/${name}`, source: `//x/${name}`, data: evidenceOf(name) })),
      }),
    ),
  okta: (batch) =>
    eventsOf(
      'okta',
      request({
        body: {
          data: {
            events: batch.map((name, at) => ({
              uuid: String(at),
              published: EVENT_TIME,
              eventType: 'user.lifecycle.suspend',
              outcome: { result: 'SUCCESS' },
              target: [{ type: 'User', alternateId: name }],
            })),
          },
        },
      }),
    ),
  gitlab: (batch) =>
    eventsOf(
      'gitlab',
      request({
        path: '/v1/revoke_tokens',
        body: batch.map((name, at) => ({
          token: keyId(at),
          type: name,
          location: `https://git.example/${name}/${at}`,
        })),
      }),
    ).filter((event) => event.source === 'gitlab://git.example'),
  scim: (batch) =>
    batch.flatMap((name) =>
      eventsOf('scim', {
        ...request({ path: `/Users/${Buffer.from(name).toString('base64url')}`, method: 'DELETE' }),
      }),
    ),
  github: (batch) =>
    batch.flatMap((name) => {
      const alert = { number: 7, secret_type: name, updated_at: EVENT_TIME, html_url: name };
      const repository = { full_name: name.replace(/^(.{1,99}?)[^\w.-].*$/u, '$1/x').replace(/[^\w./-]/gu, '') };
      if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository.full_name)) repository.full_name = 'acme/app';
      return eventsOf('github', {
        ...request({ headers: { 'x-github-event': 'secret_scanning_alert' } }),
        body: bytes({ action: 'created', alert, repository }),
      });
    }),
  'a report': (batch) => {
    const report = readReport(
      'gitleaks',
      JSON.stringify(
        batch.map((name, at) => ({
          RuleID: name,
          Secret: keyId(at),
          Match: keyId(at),
          File: `${at}/${name}`,
          StartLine: 1,
          Fingerprint: name,
        })),
      ),
      EVENT_MS,
    );
    return report.kind === 'report' ? report.events : [];
  },
};

const evidenceOf = (name: string) => ({ accessKeyId: keyId(1), evidence: { detector: name, url: name } });

const SHARE = Number(process.env.NAMES_SHARE ?? 7);

describe.each([...CORPUS])('names: %s', (_kind, corpus) => {
  it('hold no secret', () => expect(corpus.filter(holdsSecret)).toEqual([]));

  it.each(Object.entries(READERS))('go through %s', (source, read) => {
    const offset = Object.keys(READERS).indexOf(source) % SHARE;
    const share = corpus.length < 1_000 ? corpus : corpus.filter((_name, at) => at % SHARE === offset);
    const lost = inParts(share, 1_000).flatMap((batch) => {
      const events = read(batch);
      const isWhole = events.length === batch.length && !JSON.stringify(events).includes('redacted');
      return isWhole
        ? []
        : batch.filter((name) => read([name]).length !== 1 || JSON.stringify(read([name])).includes('[redacted'));
    });
    expect(lost.slice(0, 10)).toEqual([]);
  });
});
