/**
 * Reads a secret by one signed request. The client of Secrets Manager would take a quarter of a cold start, most of it
 * for what no function needs: other calls, other credentials than those of Lambda, another HTTP client.
 * (Secrets Manager API reference, GetSecretValue; JSON 1.1)
 */
import { isRecord } from '../../../events/shapes.ts';
import type { Chance, Clock } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { quickPauseMs } from '../../runtime/retry.ts';
import { plainName } from '../aws/sdk.ts';
import type { Environment } from '../config/environment.ts';
import type { SecretReader, SecretVersion } from '../secrets/token.ts';
import { type ExchangeResult, exchange } from './exchange.ts';
import { createPool } from './pool.ts';

/** As in SDK_SETTINGS. */
const ATTEMPTS = 3;
const TIMEOUT_MS = 3_000;
/** A secret has at most 65,536 bytes; in JSON each may take six. (Secrets Manager quotas) */
const MAX_BYTES = 6 * 65_536 + 4_096;

export interface SignedSecretsOptions {
  /**
   * `AWS_REGION`, the credentials that Lambda sets, and maybe `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL`
   * or `AWS_USE_FIPS_ENDPOINT`.
   * (Lambda guide, defined runtime environment variables; SDK reference, service-specific endpoints)
   */
  readonly env: Environment;
  readonly clock: Clock;
  readonly chance: Pick<Chance, 'fraction'>;
}

/** Rejects as `secretReader` does; a fault of the transport is named `timeout`, `connect` or `reset`. */
export const signedSecretReader =
  ({ env, clock, chance }: SignedSecretsOptions): SecretReader =>
  (id) =>
  async () => {
    const url = endpointOf(env);
    const pool = createPool({ origin: url.origin, connections: 1, now: clock.now });
    const ask = async (): Promise<ExchangeResult> => {
      const request = { ...(await signed(url, id, env, clock.now())), maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS };
      return pool.use((dispatcher) => exchange(dispatcher, request));
    };
    try {
      for (let attempt = 1; ; attempt++) {
        const result = await ask();
        if (attempt === ATTEMPTS || !mayPass(result)) return versionOf(result);
        await clock.sleep(quickPauseMs(attempt, chance.fraction()));
      }
    } finally {
      // Nothing waits for it, and a rejection would end the process.
      pool.close().catch(() => undefined);
    }
  };

/** By the first part of the region. Other partitions need the variable: an isolated one is not `amazonaws.com`. */
const DOMAINS: Readonly<Record<string, string>> = { cn: 'amazonaws.com.cn', eusc: 'amazonaws.eu' };

/**
 * That of the SDK: Secrets Manager has one host for IPv4 and dual stack, and another for FIPS. Throws AdapterError
 * `token-unavailable`. (AWS general reference, service endpoints; SDK reference, dual-stack and FIPS endpoints)
 */
export function endpointOf({ AWS_REGION: region, ...env }: Environment): URL {
  const given = env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL;
  if (!region) throw new AdapterError('token-unavailable', 'AWS_REGION is not set');
  const host = env.AWS_USE_FIPS_ENDPOINT === 'true' ? 'secretsmanager-fips' : 'secretsmanager';
  const domain = DOMAINS[region.split('-')[0] ?? ''] ?? 'amazonaws.com';
  const url = URL.parse(given || `https://${host}.${region}.${domain}`);
  if (url === null) throw new AdapterError('token-unavailable', 'the endpoint of Secrets Manager is no URL');
  return url;
}

/** A request in AWS' JSON 1.1, as `exchange` takes it. */
async function signed(url: URL, id: string, env: Environment, now: number) {
  const { signRequest } = await import('./signer.ts');
  const request = {
    url,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: id }),
  };
  return {
    method: 'POST' as const,
    path: '/',
    body: request.body,
    headers: await signRequest('secretsmanager', request, env, now),
  };
}

/** Another attempt can help. (AWS general reference, error retries) */
const mayPass = (result: ExchangeResult): boolean =>
  result.kind === 'fault' ||
  result.status >= 500 ||
  result.status === 429 ||
  /Throttl|InternalServiceError/.test(errorName(result.body));

function versionOf(result: ExchangeResult): SecretVersion {
  if (result.kind === 'fault') throw new AdapterError('token-unavailable', result.fault);
  const { status, body } = result;
  if (status !== 200 || !isRecord(body)) {
    throw new AdapterError('token-unavailable', errorName(body) || `status ${status}`);
  }
  if (typeof body.SecretString !== 'string') {
    throw new AdapterError('token-malformed', 'the secret is binary, not a string');
  }
  return {
    text: body.SecretString,
    storedAt: typeof body.CreatedDate === 'number' ? body.CreatedDate * 1_000 : undefined,
  };
}

/** `__type`, without the namespace before it; empty: none is given. */
const errorName = (body: unknown): string =>
  isRecord(body) && typeof body.__type === 'string' ? plainName(body.__type.replace(/^.*#/, '')) : '';
