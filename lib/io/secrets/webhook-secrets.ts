/**
 * The senders' secrets, kept in memory, as proofs. Up to two are active at a time, so that one can follow the other.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Mac, Proofs, SecretEncoding, Source } from '../../../events/sources/source.ts';
import type { SenderSecrets } from '../../ingest/context.ts';
import { AdapterError } from '../aws/sdk.ts';
import { withTimeout } from '../node.ts';

/** The age in ms at which a secret is loaded again. */
const MAX_AGE_MS = 300_000;
/** How long after a load, in ms, a failed proof is no reason for another: forgers must not wear out the store. */
const RENEW_PAUSE_MS = 30_000;
/** How long after a failed load, in ms, the store is left alone. */
const FAILURE_PAUSE_MS = 5_000;
/** How long after it was loaded, in ms, a secret serves while the store fails or hangs. */
const MAX_STALE_MS = 86_400_000;
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

/** Once loaded, secrets serve for a day while the store fails or hangs. */
export const createWebhookSecrets = (options: WebhookSecretsOptions): SenderSecrets => {
  const { ids, load } = options;
  const holders = new Map<string, Holder>();
  const holderOf = (source: Source): Holder | undefined => {
    const id = ids.get(source.name);
    if (id === undefined) return undefined;
    const holder = holders.get(source.name) ?? createHolder(source, () => load(id), options);
    holders.set(source.name, holder);
    return holder;
  };
  return {
    proofs: async (source) => holderOf(source)?.current(),
    reload: async (source) => holderOf(source)?.renew(),
  };
};

interface Holder {
  current(): Promise<Proofs>;
  renew(): Promise<Proofs | undefined>;
}

const createHolder = (
  { secretEncoding = 'text' }: Source,
  load: () => Promise<string>,
  { now, maxWaitMs = MAX_WAIT_MS }: Pick<WebhookSecretsOptions, 'now' | 'maxWaitMs'>,
): Holder => {
  let held: { readonly text: string; readonly proofs: Proofs; readonly loadedAt: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let loading: Promise<Proofs> | undefined;

  const reload = async (): Promise<Proofs> => {
    triedAt = now();
    try {
      const text = await load();
      const proofs = held?.text === text ? held.proofs : createProofs(secretsIn(text), secretEncoding);
      held = { text, proofs, loadedAt: now() };
      failure = undefined;
      return proofs;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const shared = (): Promise<Proofs> => {
    loading ??= reload().finally(() => {
      loading = undefined;
    });
    return loading;
  };

  return {
    async current() {
      const rests = now() - triedAt < (failure === undefined ? MAX_AGE_MS : FAILURE_PAUSE_MS);
      const usable = held !== undefined && now() - held.loadedAt < MAX_STALE_MS ? held.proofs : undefined;
      if (usable === undefined) return failure !== undefined && rests ? Promise.reject(failure) : shared();
      // A load that is under way has kept a request waiting already.
      if (loading !== undefined || rests) return usable;
      return (await withTimeout(shared(), maxWaitMs)) ?? usable;
    },
    async renew() {
      if (now() - triedAt < RENEW_PAUSE_MS) return undefined;
      const before = held?.proofs;
      const proofs = await withTimeout(shared(), maxWaitMs);
      return proofs === before ? undefined : proofs;
    },
  };
};

/**
 * One secret as plain text, or a JSON list of one or two. Throws AdapterError `token-malformed`, without any of the
 * text.
 */
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
 * Takes a source's active secrets (at least one; two while they are rotated) and how they are written. Surrounding
 * white space is trimmed. Returns the proofs: each secret is tried, whichever fits, so that the time tells nothing.
 * Throws AdapterError `token-malformed` when there is no secret, one is empty, or one is no base64 of at least 24 bytes
 * where that is expected. (RFC 2104; Standard Webhooks, signing secrets)
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
