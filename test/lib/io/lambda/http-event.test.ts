import { describe, expect, it } from 'vitest';
import { httpResponse, readHttpEvent } from '../../../../lib/io/lambda/http-event.ts';

const event = (fields: object = {}, context: object = {}) => ({
  version: '2.0',
  rawPath: '/github',
  rawQueryString: '',
  headers: {},
  requestContext: {
    stage: '$default',
    requestId: 'gateway-1',
    http: { method: 'POST', sourceIp: '192.0.2.1' },
    ...context,
  },
  isBase64Encoded: false,
  ...fields,
});
const read = (fields: object = {}, context: object = {}) => readHttpEvent(event(fields, context));
const bytes = (body: Uint8Array) => Buffer.from(body).toString('hex');

describe('an event of the HTTP API', () => {
  it('is a request with its ids', () => {
    expect(read({ headers: { 'X-GitHub-Event': 'ping' }, body: '{}' })).toEqual({
      request: {
        method: 'POST',
        path: '/github',
        headers: { 'x-github-event': 'ping' },
        body: new TextEncoder().encode('{}'),
      },
      gatewayId: 'gateway-1',
      address: '192.0.2.1',
    });
  });

  it.each([
    ['text', { body: 'ä😀' }, Buffer.from('ä😀')],
    [
      'base64',
      { body: Buffer.from([0, 255, 128]).toString('base64'), isBase64Encoded: true },
      Buffer.from([0, 255, 128]),
    ],
    ['nothing', {}, Buffer.from('')],
    ['null', { body: null }, Buffer.from('')],
  ])('has its body byte for byte: %s', (_name, fields, expected) => {
    expect(bytes(read(fields).request.body)).toBe(bytes(expected));
  });

  it.each([
    ['/github', '$default', '/github'],
    ['/prod/github', 'prod', '/github'],
    ['/prod/scim/Users/x', 'prod', '/scim/Users/x'],
    ['/production/github', 'prod', '/production/github'],
    ['/prod', 'prod', ''],
    ['/$default/x', '$default', '/$default/x'],
  ])('%s of the stage %s is %s', (rawPath, stage, path) => {
    expect(read({ rawPath }, { stage }).request.path).toBe(path);
  });

  it('has its query as it was sent, if there is one', () => {
    expect(read({ rawQueryString: 'filter=a%20b&x=' }).request.query).toBe('filter=a%20b&x=');
    for (const rawQueryString of ['', undefined, 7])
      expect(read({ rawQueryString }).request).not.toHaveProperty('query');
  });

  it('joins a header that came in two spellings, as one that came twice', () => {
    expect(read({ headers: { 'Webhook-Id': 'a', 'webhook-id': 'b', odd: 7 } }).request.headers).toEqual({
      'webhook-id': 'a,b',
    });
  });

  it.each([
    undefined,
    null,
    [],
    { Records: [] },
    event({ version: '1.0' }),
    event({ requestContext: undefined }),
    event({ rawPath: undefined }),
    event({}, { http: {} }),
  ])('is nothing else: %#', (value) => {
    expect(() => readHttpEvent(value)).toThrow('not-http: expected an event of an HTTP API, payload format 2.0');
  });
});

describe('a reply', () => {
  it('is JSON and must not be cached', () => {
    expect(httpResponse({ status: 400, body: { error: 'x' } })).toEqual({
      statusCode: 400,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
      body: '{"error":"x"}',
      isBase64Encoded: false,
    });
  });

  it('may have no body, and a type of its own', () => {
    expect(httpResponse({ status: 204 })).toMatchObject({ headers: { 'cache-control': 'no-store' }, body: '' });
    expect(httpResponse({ status: 200, headers: { 'content-type': 'application/scim+json' }, body: {} })).toMatchObject(
      {
        headers: { 'content-type': 'application/scim+json' },
      },
    );
  });
});
