/** Requests as the senders make them, signed. Secrets are made up and put together at run time. */
import { createHmac } from 'node:crypto';
import type { Reading, Source, WebRequest } from '../../../events/sources/source.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

export const SECRET = ['a', 'shared', 'word'].join(' ');
export const SIGNING_BYTES = Buffer.alloc(32, 7);
export const SIGNING_SECRET = `whsec_${SIGNING_BYTES.toString('base64')}`;

export const bytes = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));

/** Takes what differs from a POST to the source's own path; `body` is text, bytes or a JSON value. */
export const request = ({ body, ...rest }: Partial<Omit<WebRequest, 'body'>> & { body?: unknown }): WebRequest => ({
  method: 'POST',
  path: '',
  headers: {},
  ...rest,
  body: bytes(body ?? ''),
});

export const hmac = (key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** A delivery of GitHub's. */
export const fromGithub = (
  event: string,
  body: unknown,
  { secret = SECRET, headers = {} }: { secret?: string; headers?: Record<string, string> } = {},
): WebRequest =>
  request({
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': '00000000-0000-4000-8000-000000000042',
      'x-hub-signature-256': `sha256=${hmac(secret, bytes(body)).toString('hex')}`,
      ...headers,
    },
    body,
  });

/** A call of GitLab's with found tokens. */
export const fromGitlab = (body: unknown, secret: string = SECRET): WebRequest =>
  request({ path: '/v1/revoke_tokens', headers: { authorization: secret }, body });

/** A call of Okta's event hook. */
export const fromOkta = (body: unknown, secret: string = SECRET): WebRequest =>
  request({ headers: { authorization: secret }, body });

/** A delivery of GitGuardian's. */
export const fromGitguardian = (
  body: unknown,
  { secret = SECRET, at = String(EVENT_MS / 1_000) }: { secret?: string; at?: string } = {},
): WebRequest =>
  request({
    headers: {
      timestamp: at,
      'gitguardian-signature': `sha256=${hmac(`${at}${secret}`, bytes(body)).toString('hex')}`,
    },
    body,
  });

export interface Message {
  readonly id?: string;
  /** Epoch seconds. */
  readonly at?: number;
  readonly key?: Uint8Array;
}

/** A Standard Webhooks message. */
export const fromStandardWebhooks = (
  body: unknown,
  { id = 'msg_1', at = EVENT_MS / 1_000, key = SIGNING_BYTES }: Message = {},
): WebRequest =>
  request({
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(at),
      'webhook-signature': `v1,${hmac(key, `${id}.${at}.`, bytes(body)).toString('base64')}`,
    },
    body,
  });

/** Whether the request is genuine under the secrets above, at the factory's time. */
export const isAuthentic = (source: Source, from: WebRequest): boolean =>
  source.isAuthentic(
    from,
    createProofs([source.secretEncoding === 'base64' ? SIGNING_SECRET : SECRET], source.secretEncoding ?? 'text'),
    EVENT_MS,
  );

/** What a genuine request means at the factory's time. Throws when it is not genuine. */
export function reading(source: Source, from: WebRequest): Reading {
  if (!isAuthentic(source, from)) throw new Error('expected a genuine request');
  return source.read(from, EVENT_MS);
}

/** In short, what a person is told: `<reason>, <whom>: <identifiers>` per part that cannot be used. */
export const toldOf = (read: Reading): readonly string[] =>
  read.kind === 'ignored' ? [] : (read.unusable ?? []).map(({ reason, about, text }) => `${reason}, ${about}: ${text}`);

/** In short: `<type> <id> of <source>` per event, or why not. */
export const gist = (read: Reading): readonly string[] =>
  read.kind === 'events'
    ? read.events.map(({ type, id, source }) => `${type} ${id} of ${source}`)
    : [`${read.kind}: ${read.why}`];
