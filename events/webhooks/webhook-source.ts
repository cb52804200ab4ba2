/** Configured webhooks as sources of requests: `/webhook/<name>`. */
import { exactInteger } from '../json-text.ts';
import { isRoot, jsonOf, noSuchPath, withUnusable, wrongMethod } from '../sources/reading.ts';
import type { Source } from '../sources/source.ts';
import { payloadReader } from './mapping.ts';
import { type ParsedWebhooks, parseWebhooks } from './parse.ts';
import { withoutValueAt } from './pointer.ts';
import { hasValidProof, isHandshake, secretEncodingOf } from './proof.ts';
import type { Webhook } from './schema.ts';

type Problems = Extract<ParsedWebhooks, { kind: 'problems' }>;

export interface ConfiguredWebhook {
  readonly source: Source;
  /** Name or ARN. */
  readonly secretId: string;
}

/** The webhooks of WEBHOOKS, or all problems of its text. */
export function configuredWebhooks(
  text: string,
): { readonly kind: 'webhooks'; readonly webhooks: readonly ConfiguredWebhook[] } | Problems {
  const parsed = parseWebhooks(text);
  if (parsed.kind === 'problems') return parsed;
  const webhooks = [...parsed.webhooks].map(([name, webhook]) => ({
    source: webhookSource(name, webhook),
    secretId: webhook.secret,
  }));
  return { kind: 'webhooks', webhooks };
}

/** The path below the API, and the name of the secrets. */
export const webhookPath = (name: string): string => `webhook/${name}`;

/** Nothing of a body that cannot be read: the secret may be anywhere in it. */
function textWithout(body: Uint8Array, pointer: string): string {
  const json = jsonOf(body, exactInteger);
  return json.kind === 'json' ? JSON.stringify(withoutValueAt(json.value, pointer)) : '';
}

export function webhookSource(name: string, webhook: Webhook): Source {
  const { proof, handshake } = webhook;
  const read = payloadReader(name, webhook);
  return {
    name: webhookPath(name),
    secretEncoding: secretEncodingOf(proof),
    handshake: (request) => (isHandshake(handshake, request) ? { status: 200 } : undefined),
    isAuthentic: (request, proofs, now) =>
      hasValidProof(proof, { request, path: `/${webhookPath(name)}${request.path}` }, proofs, now),
    ...(proof.kind === 'body' ? { withoutProof: (body: Uint8Array) => textWithout(body, proof.at) } : {}),
    read(request, now) {
      if (!isRoot(request)) return noSuchPath(request);
      if (request.method !== 'POST') return wrongMethod('POST', request);
      const json = jsonOf(request.body, exactInteger);
      if (json.kind !== 'json') return withUnusable(json, { about: [], identifiers: { sender: webhookPath(name) } });
      return read(proof.kind === 'body' ? withoutValueAt(json.value, proof.at) : json.value, request, now);
    },
  };
}
