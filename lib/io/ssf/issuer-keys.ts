/**
 * The keys that an issuer publishes, the only thing that the webhook endpoint asks a sender for. URLs come from the
 * configuration, or from the issuer's own document on its own origin, never from a token. (RFC 7517 §5, SSF 1.0 §7.2)
 */
import { createLocalJWKSet } from 'jose';
import { fieldsOf } from '../../../events/shapes.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { exchange } from '../http/exchange.ts';
import { createPool } from '../http/pool.ts';
import { createRenewable, type Renewable } from '../renewable.ts';

/** Of one exchange, in ms: some transmitters give up after a few seconds. */
const TIMEOUT_MS = 2_500;
/** How long a request waits for a load, in ms, if there are keys. */
const MAX_WAIT_MS = 3_000;
const MAX_BYTES = 65_536;
const MAX_KEYS = 50;

type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly jwksUrl: string | undefined;
  /** Epoch ms. */
  readonly now: () => number;
}

interface Loaded {
  readonly text: string;
  readonly keys: KeySet;
}

/**
 * At most one load in 30 s after one that succeeded, and one in 5 s after one that failed; keys of the last success
 * serve for a day. Rejects with AdapterError `keys-unavailable`.
 */
export function createIssuerKeys({ issuer, jwksUrl, now }: IssuerKeysOptions): Renewable<Loaded> {
  const home = new URL(jwksUrl ?? issuer);
  const pool = createPool({ origin: home.origin, connections: 1, now });
  const get = async (url: URL): Promise<unknown> => {
    const result = await pool.use((connections) =>
      exchange(connections, {
        method: 'GET',
        path: `${url.pathname}${url.search}`,
        headers: { accept: 'application/json', 'user-agent': 'coreweave-revocation-handler' },
        body: undefined,
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
      }),
    );
    if (result.kind === 'fault') throw unavailable(result.fault);
    if (result.status !== 200) throw unavailable(`HTTP ${result.status}`);
    if (result.body === undefined) throw unavailable('expected JSON');
    return result.body;
  };
  const urlOfKeys = async (): Promise<URL> =>
    jwksUrl === undefined ? keysUrlIn(await get(configurationUrl(home)), issuer, home) : home;
  return createRenewable<Loaded>({
    load: async (held) => {
      const body = await get(await urlOfKeys());
      const text = JSON.stringify(body);
      return held?.text === text ? held : { text, keys: keySetOf(body) };
    },
    now,
    maxWaitMs: MAX_WAIT_MS,
  });
}

const unavailable = (detail: string): AdapterError => new AdapterError('keys-unavailable', detail);

/** The well-known part stands between host and path. (SSF 1.0 §7.2) */
function configurationUrl(issuer: URL): URL {
  const path = issuer.pathname.replace(/\/$/, '');
  return new URL(`/.well-known/ssf-configuration${path}`, issuer.origin);
}

function keysUrlIn(configuration: unknown, issuer: string, { origin }: URL): URL {
  const { issuer: named, jwks_uri: uri } = fieldsOf(configuration);
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  if (named !== issuer || url === null || url.origin !== origin) {
    throw unavailable('expected a configuration of the issuer, with jwks_uri on its origin');
  }
  return url;
}

function keySetOf(body: unknown): KeySet {
  const { keys } = fieldsOf(body);
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw unavailable(`expected at most ${MAX_KEYS} keys`);
  try {
    return createLocalJWKSet({ keys });
  } catch {
    // Its message may quote the keys.
    throw unavailable('expected a JSON Web Key Set');
  }
}
