/** The senders' secrets, kept in memory, as proofs. Up to two are active at a time, so that one can follow the other. */
import type { Proofs, Source } from '../../../events/sources/source.ts';
import type { Senders } from '../../ports.ts';
import { AdapterError } from '../adapter-error.ts';
import { createProofs } from '../verify.ts';

/** The age in ms at which a secret is loaded again. */
const MAX_AGE_MS = 300_000;
/** How long after a load, in ms, a failed proof is no reason for another: forgers must not wear out the store. */
const RENEW_PAUSE_MS = 30_000;
/** How long after a failed load, in ms, the store is left alone. */
const FAILURE_PAUSE_MS = 5_000;
const MOST_SECRETS = 2;
/** Shorter ones can be guessed. */
const LEAST_LENGTH = 16;

export interface WebhookSecretsOptions {
  /** Names or ARNs of secrets by the names of sources. */
  readonly ids: ReadonlyMap<string, string>;
  /** Takes such a name; resolves to the text of the secret. */
  readonly load: (id: string) => Promise<string>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Takes the options; returns the port. With proofs in hand, a store that fails stops no proof. */
export const createWebhookSecrets = ({ ids, load, now }: WebhookSecretsOptions): Senders => {
  const holders = new Map<string, Holder>();
  const holderOf = (source: Source): Holder | undefined => {
    const id = ids.get(source.name);
    if (id === undefined) return undefined;
    const holder = holders.get(source.name) ?? createHolder(source, () => load(id), now);
    holders.set(source.name, holder);
    return holder;
  };
  return {
    proofs: async (source) => holderOf(source)?.current(),
    renewed: async (source) => holderOf(source)?.renew(),
  };
};

interface Holder {
  current(): Promise<Proofs>;
  renew(): Promise<Proofs | undefined>;
}

const createHolder = ({ secretEncoding = 'text' }: Source, load: () => Promise<string>, now: () => number): Holder => {
  let held: { readonly text: string; readonly proofs: Proofs } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let loading: Promise<Proofs> | undefined;

  const reload = async (): Promise<Proofs> => {
    triedAt = now();
    try {
      const text = await load();
      const proofs = held?.text === text ? held.proofs : createProofs(secretsIn(text), secretEncoding);
      held = { text, proofs };
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
      const age = now() - triedAt;
      if (failure === undefined && held !== undefined && age < MAX_AGE_MS) return held.proofs;
      const rests = failure !== undefined && age < FAILURE_PAUSE_MS;
      if (held === undefined) return rests ? Promise.reject(failure) : shared();
      return rests ? held.proofs : shared().catch(() => held?.proofs ?? Promise.reject(failure));
    },
    async renew() {
      if (now() - triedAt < RENEW_PAUSE_MS) return undefined;
      const before = held?.proofs;
      const proofs = await shared().catch(() => before);
      return proofs === before ? undefined : proofs;
    },
  };
};

/**
 * Takes the text of a secret: one as it stands, or a JSON list of one or two. Returns them. Throws AdapterError
 * `token-malformed`, without any of the text.
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
