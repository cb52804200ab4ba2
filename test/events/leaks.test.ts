/** A secret is planted into every string and every key name of every accepted sample: it may come out nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { check, EVENT_MS, KEY_ID, keyLeak, offboarded, principalLeak } from '../support/event-factory.ts';
import { outcomes } from './outcomes.ts';
import { ENCODINGS, SECRETS } from './planted-secrets.ts';
import { forms, isClean, pieces, planted } from './planting.ts';

const SAMPLES = new URL('../../events/samples/accepted/', import.meta.url);
const KEY_SECRET = SECRETS['key secret'] ?? '';

describe.each(readdirSync(SAMPLES))('%s', (file) => {
  const sample: unknown = JSON.parse(readFileSync(new URL(file, SAMPLES), 'utf8'));

  test.each(Object.entries(SECRETS))('never gives a %s away', (_kind, secret) => {
    const traces = pieces(secret);
    let bodies = 0;
    for (const form of forms(secret)) {
      for (const body of planted(sample, form)) {
        if (!isClean(outcomes(JSON.stringify(body)), traces)) expect.fail('a secret came out');
        bodies++;
      }
    }
    expect(bodies).toBeGreaterThan(20);
  });
});

const secretLike = (path: string) => ({
  kind: 'refusal',
  reason: 'secret-like-target',
  detail: `${path}: expected no secret, but it looks like one`,
});

describe.each(Object.entries(SECRETS))('a %s', (_kind, secret) => {
  const encoded = Object.values(ENCODINGS).map((encode) => encode(secret));

  test.each([
    ['data.accessKeyId', (text: string) => keyLeak({ data: { accessKeyId: text } })],
    ['data.principalName', (text: string) => keyLeak({ data: { accessKeyId: KEY_ID, principalName: text } })],
    ['data.principalName', (text: string) => principalLeak({ data: { principalName: text, scope: 'principal' } })],
    ['data.principalName', (text: string) => offboarded({ data: { principalName: `saml/${text}` } })],
    ['data.identity.email', (text: string) => offboarded({ data: { identity: { email: text } } })],
    ['data.identity.login', (text: string) => offboarded({ data: { identity: { login: text } } })],
    ['data.identity.externalId', (text: string) => offboarded({ data: { identity: { externalId: text } } })],
  ])('as a target in %s has a reason of its own, plain or encoded', (path, make) => {
    for (const text of [secret, ...encoded]) expect(parseEvent(make(text), EVENT_MS)).toStrictEqual(secretLike(path));
  });

  test.each([
    ['id', (text: string) => keyLeak({ id: text })],
    ['source', (text: string) => keyLeak({ source: text })],
    ['data.reference.ref', (text: string) => keyLeak({ data: { reference: { provider: 'github', ref: text } } })],
    ['data.reference.provider', (text: string) => keyLeak({ data: { reference: { provider: text, ref: '7' } } })],
    [
      'data.parent.id',
      (text: string) => check({ data: { parent: { source: 'x', id: text }, accessKeyId: KEY_ID, generation: 1 } }),
    ],
    [
      'data.parent.source',
      (text: string) => check({ data: { parent: { source: text, id: 'x' }, accessKeyId: KEY_ID, generation: 1 } }),
    ],
  ])('in %s is cut out, plain or encoded, and the event goes on', (_path, make) => {
    for (const text of [secret, ...encoded]) {
      const parsed = parseEvent(make(text), EVENT_MS);
      expect(parsed.kind).toBe('event');
      expect(JSON.stringify(parsed)).toContain('[redacted]');
    }
  });

  test('in the evidence is cut out, plain or encoded, and the event goes on', () => {
    const leak = (url: string) => keyLeak({ id: 'a', data: { accessKeyId: KEY_ID, evidence: { detector: 'd', url } } });
    for (const text of [secret, `see ${secret}`, secret.repeat(50), ...encoded]) {
      expect(parseEvent(leak(text), EVENT_MS)).toStrictEqual({ kind: 'event', event: leak('[redacted]') });
    }
  });
});

test('a secret-like target is told alone, whatever else is wrong', () => {
  const value = keyLeak({ id: '', data: { accessKeyId: KEY_SECRET, principalName: KEY_SECRET, [KEY_SECRET]: 1 } });
  expect(parseEvent(value, EVENT_MS)).toStrictEqual({
    kind: 'refusal',
    reason: 'secret-like-target',
    detail:
      'data.accessKeyId: expected no secret, but it looks like one; data.principalName: expected no secret, ' +
      'but it looks like one',
  });
});
