/** Failures of calls to the CoreWeave API. */
import type { ApiResponse } from '../lib/coreweave/api.ts';
import { optional } from '../lib/io/config/environment.ts';
import { isLoopback } from '../lib/io/config/parse.ts';
import { V } from '../lib/io/config/variables.ts';
import { systemClock } from '../lib/io/node.ts';
import { tokenSource } from '../lib/io/secrets/token.ts';
import { explainFailure } from './explain-failure.ts';
import { CliError, type Failure, START_STACK } from './failure.ts';
import { OWN_SECRETS, readConfigFor } from './services.ts';

type ApiFailure = Pick<Failure, 'code' | 'message' | 'next'>;

const API_FAILURES_BY_STATUS: ReadonlyMap<number, ApiFailure> = new Map([
  [
    401,
    {
      code: 'api-unauthenticated',
      message: 'the API refused the token (401)',
      next: 'store a valid API token in the secret or in COREWEAVE_API_TOKEN',
    },
  ],
  [
    403,
    {
      code: 'api-forbidden',
      message: 'the token lacks a permission (403)',
      next: 'run `revoker doctor` to find the missing permission',
    },
  ],
  [429, { code: 'api-throttled', message: 'API rate limit exceeded (429)', next: 'retry in a minute' }],
]);
const apiDown = (message: string): ApiFailure => ({
  code: 'api-unavailable',
  message,
  next: 'retry; if the error persists, check the status page of CoreWeave',
});
const NOT_THE_API: ApiFailure = {
  code: 'api-misdirected',
  message: 'the response is not from the CoreWeave API',
  next: 'check COREWEAVE_API_URL and proxies',
};
const API_UNREACHABLE: ApiFailure = {
  code: 'api-unreachable',
  message: 'the API could not be reached',
  next: 'check COREWEAVE_API_URL and the network',
};

function answerFailure(status: number): ApiFailure {
  if (status >= 500) return apiDown(`the CoreWeave API is not available (HTTP ${status})`);
  if (status === 200) return apiDown('the response of the API cannot be read');
  return API_FAILURES_BY_STATUS.get(status) ?? NOT_THE_API;
}

/** The token was refused, lacks a permission, or could not be read: it is not the API that fails. */
export const isTokenFailure = (observed: ApiResponse): boolean =>
  observed.kind === 'answer' ? observed.status === 401 || observed.status === 403 : observed.fault === 'token';

/** The failure of an API call that gave no usable response. Reads the token once more where that is the cause. */
export async function explainApiFailure(observed: ApiResponse, env: NodeJS.ProcessEnv): Promise<ApiFailure> {
  if (observed.kind === 'answer') return answerFailure(observed.status);
  const url = optional(env, V.apiUrl);
  switch (observed.fault) {
    case 'token':
      return tokenFailure(env);
    case 'timeout':
      return { ...API_UNREACHABLE, message: 'the API did not answer in time' };
    case 'connect':
    case 'reset':
      return url === undefined || !isLoopback(url)
        ? API_UNREACHABLE
        : { ...API_UNREACHABLE, message: `cannot connect to ${url.host}`, next: START_STACK };
  }
}

/** It is readable now, or did not come in time. */
const NO_TOKEN: ApiFailure = {
  code: 'token-unavailable',
  message: 'no API token available',
  next: 'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your permission to read the secret',
};

async function tokenFailure(env: NodeJS.ProcessEnv): Promise<ApiFailure> {
  const source = tokenSource(readConfigFor(env, 'api').token, systemClock.now, OWN_SECRETS);
  return source.current().then(
    () => NO_TOKEN,
    (error: unknown) => explainFailure(error, env),
  );
}

export const apiError = async (observed: ApiResponse, env: NodeJS.ProcessEnv): Promise<CliError> =>
  new CliError(await explainApiFailure(observed, env));
