/** API tokens that cannot be printed, and where they come from: one reload for all who were refused at once. */
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';

/** What `util.inspect` calls. The symbol is public; `node:util` would load 34 modules of Node with it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Holds the token in a closure, so that no serialiser or inspector can reach it. */
export interface Token {
  /** The text for the Authorization header, and nothing else. */
  reveal(): string;
  toJSON(): string;
  toString(): string;
  [INSPECT](): string;
}

export interface TokenSource {
  /** What `current` would resolve with at once; undefined: it would wait. May start a load in the background. */
  held(): Token | undefined;
  /** A token to try; rejects with AdapterError `token-unavailable` or `token-malformed`. */
  current(): Promise<Token>;
  /** What to use after a 401 for `refused`: the same token if there is no other. Rejects like `current`. */
  renew(refused: Token): Promise<Token>;
}

/** An age in ms at which a token is loaded again. */
const MAX_AGE_MS = 300_000;
/** How long, in ms, a store that failed, or that still has the refused value, is not asked again. */
const PAUSE_MS = 30_000;

const REDACTED = '[redacted]';
const redacted = (): string => REDACTED;

/**
 * Trims white space, because a trailing line feed would make every call invalid. Throws AdapterError `token-malformed`
 * for JSON, and for anything but printable ASCII without spaces.
 */
export const parseApiToken = (secret: string): Token => {
  const value = secret.trim();
  if (value === '') throw malformed('the secret is empty');
  if (/^[{["]/.test(value)) throw malformed('the secret must be the token as a plain string, not JSON');
  if (!/^[\x21-\x7e]+$/.test(value)) throw malformed('the secret must be printable ASCII without spaces');
  return { reveal: () => value, toJSON: redacted, toString: redacted, [INSPECT]: redacted };
};

const malformed = (detail: string): AdapterError => new AdapterError('token-malformed', detail);

export const fixedToken = (token: Token): TokenSource => ({
  held: () => token,
  current: async () => token,
  renew: async () => token,
});

/**
 * Caches the token for 5 minutes. Concurrent callers share one load. With a token that was not refused, `current` does
 * not wait: an expired token is reloaded in the background, so that a slow or failing store stops no revocation.
 * `renew` loads only if `refused` is the current token, and not within 30 s of a load that returned the refused value.
 */
export const cachedToken = (load: () => Promise<string>, now: () => number): TokenSource => {
  let held: Token | undefined;
  let refusedToken: Token | undefined;
  let loadAgainAt = 0;
  let renewAgainAt = 0;
  let loading: Promise<Token> | undefined;

  const reload = async (): Promise<Token> => {
    const loaded = parseApiToken(await load());
    // An equal token keeps its identity, so that its refusal is remembered.
    if (held?.reveal() !== loaded.reveal()) held = loaded;
    loadAgainAt = now() + MAX_AGE_MS;
    renewAgainAt = held === refusedToken ? now() + PAUSE_MS : 0;
    return held ?? loaded;
  };

  const shared = (): Promise<Token> => {
    loading ??= reload().finally(() => {
      loading = undefined;
    });
    return loading;
  };

  const usable = (): Token | undefined => {
    const isDue = now() >= loadAgainAt;
    if (held === undefined || (held === refusedToken && isDue)) return undefined;
    if (isDue) {
      loadAgainAt = now() + PAUSE_MS;
      shared().catch(() => undefined);
    }
    return held;
  };

  const current = async (): Promise<Token> => usable() ?? (await shared());

  const renew = async (refused: Token): Promise<Token> => {
    if (held !== undefined && held !== refused) return held;
    refusedToken = refused;
    return held === refused && now() < renewAgainAt ? refused : await shared();
  };

  return { held: usable, current, renew };
};

/** Where the API token comes from. */
export type TokenOrigin =
  | { readonly kind: 'secret'; readonly id: string }
  | { readonly kind: 'plain'; readonly value: Token };
/** The current version of a secret. */
export interface SecretVersion {
  readonly text: string;
  /** Epoch ms; undefined: the service did not say. */
  readonly storedAt: number | undefined;
}

/** Of a secret: what fetches its current version, each time anew. */
export type SecretReader = (secretId: string) => () => Promise<SecretVersion>;

/**
 * Returns its source. Nothing is fetched before the first use. `tell`: called with the date of each version that was
 * fetched (epoch ms).
 */
export const tokenSource = (
  origin: TokenOrigin,
  now: () => number,
  { reader, tell = () => undefined }: { readonly reader: SecretReader; readonly tell?: (storedAt: number) => void },
): TokenSource => {
  if (origin.kind === 'plain') return fixedToken(origin.value);
  const read = reader(origin.id);
  const load = async (): Promise<string> => {
    const { text, storedAt } = await read();
    if (storedAt !== undefined) tell(storedAt);
    return text;
  };
  return cachedToken(load, now);
};

/** As `secretReader`, for the text alone. */
export const secretLoader = (secretId: string, overrides: SdkOverrides = {}): (() => Promise<string>) => {
  const read = secretReader(secretId, overrides);
  return async () => (await read()).text;
};

/**
 * Returns a function that fetches its current version (`SecretString` and
 * `CreatedDate` of AWSCURRENT). Rejects with AdapterError `token-unavailable` (naming the service's or transport's
 * error) or `token-malformed` when the secret is binary.
 */
export const secretReader = (secretId: string, overrides: SdkOverrides = {}): (() => Promise<SecretVersion>) => {
  const fetchVersion = async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = await createSdkClient((settings) => new SecretsManagerClient(settings), overrides);
    try {
      return await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    } catch (error) {
      throw new AdapterError('token-unavailable', sdkErrorName(error));
    } finally {
      client.destroy();
    }
  };

  return async () => {
    const { SecretString: text, CreatedDate: stored } = await fetchVersion();
    if (text === undefined) throw new AdapterError('token-malformed', 'the secret is binary, not a string');
    return { text, storedAt: stored?.getTime() };
  };
};
