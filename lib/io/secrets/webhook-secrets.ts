/**
 * The senders' secrets, kept in memory, as proofs. Up to two are active at a time, so that one can follow the other.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Mac, Proofs, SecretEncoding } from '../../../events/sources/source.ts';
import type { SecretOwner, SenderSecrets } from '../../ingest/context.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createRenewable, type Renewable } from '../renewable.ts';

/** How long a request waits for the store, in ms, if a loaded secret exists: senders give up after 3 to 10 s. */
const MAX_WAIT_MS = 1_000;
const MOST_SECRETS = 2;
/** Shorter ones can be guessed. */
const LEAST_LENGTH = 16;
/** Of a secret in base64, once it is decoded. (Standard Webhooks, signature scheme: at least 24 bytes) */
const LEAST_BYTES = 24;

export interface WebhookSecretsOptions {
  /** Names or ARNs of secrets by the names of sources. */
  readonly ids: ReadonlyMap<string, string>;
  /** Takes such a name; resolves to the text of the secret. */
  readonly load: (id: string) => Promise<string>;
  /** Epoch ms. */
  readonly now: () => number;
  /** In place of MAX_WAIT_MS. */
  readonly maxWaitMs?: number;
}

/** With proofs in memory, a store that fails or hangs stops no proof for a day. */
export const createWebhookSecrets = ({
  ids,
  load,
  now,
  maxWaitMs = MAX_WAIT_MS,
}: WebhookSecretsOptions): SenderSecrets => {
  const holders = new Map<string, Renewable<Held>>();
  const holderOf = ({ name, secretEncoding = 'text' }: SecretOwner): Renewable<Held> | undefined => {
    const id = ids.get(name);
    if (id === undefined) return undefined;
    const holder =
      holders.get(name) ?? createRenewable({ load: loader(() => load(id), secretEncoding), now, maxWaitMs });
    holders.set(name, holder);
    return holder;
  };
  return {
    proofs: async (owner) => (await holderOf(owner)?.current())?.proofs,
    reload: async (owner) => {
      const renewal = await holderOf(owner)?.renew();
      return renewal?.kind === 'changed' ? renewal.value.proofs : undefined;
    },
  };
};

interface Held {
  readonly text: string;
  readonly proofs: Proofs;
}

const loader =
  (load: () => Promise<string>, encoding: SecretEncoding) =>
  async (held: Held | undefined): Promise<Held> => {
    const text = await load();
    return held?.text === text ? held : { text, proofs: createProofs(secretsIn(text), encoding) };
  };

/** One secret, or a JSON list of one or two. Throws AdapterError `token-malformed` without the text. */
const secretsIn = (text: string): readonly string[] => {
  const trimmed = text.trim();
  const secrets = trimmed.startsWith('[') ? listIn(trimmed) : [trimmed];
  if (trimmed.startsWith('{')) throw malformed('expected a webhook secret as plain text, or a JSON list of two');
  if (secrets.some((secret) => secret.trim().length < LEAST_LENGTH)) {
    throw malformed(`expected webhook secrets of at least ${LEAST_LENGTH} characters`);
  }
  return secrets;
};

const listIn = (text: string): readonly string[] => {
  const list = parsed(text);
  const isList = Array.isArray(list) && list.length >= 1 && list.length <= MOST_SECRETS;
  if (!isList || !list.every((item) => typeof item === 'string')) {
    throw malformed(`expected a JSON list of one or ${MOST_SECRETS} webhook secrets`);
  }
  return list;
};

/** Errors of JSON.parse quote their input: they end here. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const malformed = (detail: string): AdapterError => new AdapterError('token-malformed', detail);
/**
 * `secrets`: the active secrets, two during a rotation. Surrounding white space is trimmed. All secrets are tried even
 * after a match, so that timing discloses nothing. Throws AdapterError `token-malformed` without secrets, for an empty
 * secret, and for base64 of fewer than 24 bytes. (RFC 2104; Standard Webhooks, signing secrets)
 */
export function createProofs(secrets: readonly string[], encoding: SecretEncoding): Proofs {
  if (secrets.length === 0) throw malformed('expected at least one webhook secret');
  const keys = secrets.map((secret) => createSecretKey(bytesOf(secret.trim(), encoding)));
  const digests = secrets.map((secret) => digest(secret.trim()));
  const proofs: Proofs = {
    hmacSha256: (message, signature) => proofs.hmac({ algorithm: 'sha256', message }, signature),
    hmac(mac, signature) {
      const given = Buffer.from(signature);
      return anyOf(keys, (key) => isSame(given, hmac(key, mac)));
    },
    secret(text) {
      const given = digest(text);
      return anyOf(digests, (expected) => timingSafeEqual(given, expected));
    },
  };
  return proofs;
}

function bytesOf(secret: string, encoding: SecretEncoding): Buffer {
  if (secret === '') throw malformed('expected no empty webhook secret');
  if (encoding === 'text') return Buffer.from(secret);
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what is no base64: a secret that was cut or mistyped would become another, shorter one.
  if (bytes.length === 0 || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw malformed('expected a webhook secret in base64, with or without whsec_ before it');
  }
  if (bytes.length < LEAST_BYTES)
    throw malformed(`expected a webhook secret of at least ${LEAST_BYTES} bytes in base64`);
  return bytes;
}

/** Asks all: leaving at the first that fits would tell which it was. */
const anyOf = <Item>(items: readonly Item[], fits: (item: Item) => boolean): boolean =>
  items.map((item) => fits(item)).includes(true);
/** Lengths are no secret: a signature of another length cannot be right. */
const isSame = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected);
const hmac = (key: KeyObject, { algorithm, message, keyPrefix = '' }: Mac): Buffer =>
  createHmac(algorithm, keyPrefix === '' ? key : Buffer.concat([Buffer.from(keyPrefix), key.export()]))
    .update(message)
    .digest();
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
