/**
 * Whatever is sent to a source: it is judged and read without a throw, is never genuine by chance, and no answer
 * repeats a secret.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { Reading, WebRequest } from '../../../events/sources/source.ts';
import { readHttpEvent } from '../../../lib/io/lambda/http-event.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { SECRET, SIGNING_SECRET } from '../../events/sources/requests.ts';
import { READY, readyText, sourceOf } from '../../events/webhooks/vendors.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { anyText, MARK, markedValue, mutilated, SAMPLES, SEED } from './texts.ts';

const NAMES = [
  ...['x-github-event', 'x-github-delivery', 'x-hub-signature-256', 'authorization', 'content-type'],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature', 'x-okta-verification-challenge', MARK],
  ...['timestamp', 'gitguardian-signature'],
];

const headerText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...['secret_scanning_alert', 'secret_scanning_alert_location', 'ping', 'application/json', '', MARK],
    ...['sha256=', `sha256=${'0'.repeat(64)}`, 'v1,', `v1,${'A'.repeat(44)}`, 'Bearer ', String(EVENT_MS / 1_000)],
  ),
);

const body = fc.oneof(
  mutilated(SAMPLES),
  anyText.map((text) => Buffer.from(text)),
  markedValue.map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 200 }),
);

const request: fc.Arbitrary<WebRequest> = fc.record({
  method: fc.constantFrom('POST', 'GET', 'PATCH', 'PUT', 'DELETE', 'BREW'),
  path: fc.oneof(
    fc.constantFrom('', '/', '/Users', '/Users/dXNlckBleGFtcGxlLmNvbQ', '/v1/revoke_tokens', '/Groups/x', `/${MARK}`),
    fc.string().map((text) => `/${text}`),
  ),
  headers: fc.dictionary(fc.constantFrom(...NAMES), headerText),
  body: body.map((bytes) => new Uint8Array(bytes)),
});

/**
 * Everything that a reading passes on: to the queue, to the audit log and to the sender. Only replies of a directory
 * repeat text of the sender.
 */
const words = (reading: Reading): string =>
  JSON.stringify(
    reading.kind === 'events'
      ? [reading.events, reading.ignoredReasons, reading.unusable]
      : [reading.kind, reading.why, ...(reading.kind === 'refused' ? [reading.reply.status, reading.unusable] : [])],
  );

const WEBHOOKS = READY.map((name) => sourceOf(readyText(name))).map((source) => [source.name, source] as const);

describe.each([...SOURCES, ...WEBHOOKS])('%s', (_name, source) => {
  const isBase64 = source.secretEncoding === 'base64';
  const proofs = createProofs([isBase64 ? SIGNING_SECRET : SECRET], source.secretEncoding ?? 'text');

  it('authenticates no random request except a verification request of the sender', () => {
    fc.assert(
      fc.property(request, (from) => {
        const asks = source.name === 'okta' && from.method === 'GET';
        if (!asks) expect(source.isAuthentic(from, proofs, EVENT_MS)).toBe(false);
        else expect(source.read(from, EVENT_MS).kind).not.toBe('events');
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  it('reads any request, and passes on no secret', () => {
    fc.assert(
      fc.property(request, (from) => {
        const reading = source.read(from, EVENT_MS);
        expect(words(reading)).not.toContain(MARK);
        if (reading.kind === 'events') expect(reading.events.length).toBeGreaterThan(0);
      }),
      { ...SEED, numRuns: 600 },
    );
  });
});

describe('an event of the HTTP API', () => {
  const part = fc.oneof(fc.anything(), fc.constantFrom<unknown>('2.0', '/github', `/${MARK}`, 'POST', MARK));
  const event = fc.oneof(
    fc.anything(),
    fc.record(
      {
        version: fc.constantFrom<unknown>('2.0', '1.0', MARK),
        rawPath: part,
        rawQueryString: fc.oneof(part, fc.constantFrom('%', '%zz=%', `${MARK}=1&__proto__=2`)),
        headers: fc.oneof(part, fc.dictionary(fc.constantFrom('A', 'a', '__proto__', MARK), part)),
        body: part,
        isBase64Encoded: part,
        requestContext: fc.oneof(part, fc.record({ http: fc.record({ method: part }), stage: part, requestId: part })),
      },
      { requiredKeys: [] },
    ),
  );

  it('is a request of texts and bytes, or refused by our own error', () => {
    let requests = 0;
    fc.assert(
      fc.property(event, (value) => {
        try {
          const { request, gatewayId, address } = readHttpEvent(value);
          requests += 1;
          const texts = [request.method, request.path, gatewayId, address];
          expect([...texts, ...Object.values(request.headers)].filter((text) => typeof text !== 'string')).toEqual([]);
          expect(request.body).toBeInstanceOf(Uint8Array);
        } catch (error) {
          expect(error).toMatchObject({ code: 'not-http' });
          expect(String(error)).not.toContain(MARK);
        }
      }),
      { ...SEED, numRuns: 3_000 },
    );
    expect(requests).toBeGreaterThan(20);
  });
});
