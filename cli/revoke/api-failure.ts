/** What an answer of the API that was no help means to an operator. */
import type { Observation } from '../../lib/coreweave/api.ts';
import { CliError, type Failure } from '../failure.ts';

type Row = Pick<Failure, 'code' | 'message' | 'next'>;

const TOKEN: Row = {
  code: 'api-unauthenticated',
  message: 'the API refused the token (401)',
  next: 'put a valid API token into the secret, or into COREWEAVE_API_TOKEN',
};
const FORBIDDEN: Row = {
  code: 'api-forbidden',
  message: 'the token may not do this (403)',
  next: 'run `revoker doctor`: it says which permission is missing',
};
const BUSY: Row = {
  code: 'api-throttled',
  message: 'the API asks for patience (429)',
  next: 'wait a minute and run it again',
};
const DOWN: Row = {
  code: 'api-unavailable',
  message: 'the API did not answer as it should',
  next: 'run it again; if it stays so, look at the status of CoreWeave',
};
const ELSEWHERE: Row = {
  code: 'api-misdirected',
  message: 'something that is not the CoreWeave API answered',
  next: 'check COREWEAVE_API_URL, and proxies on the way',
};
const NO_TOKEN: Row = {
  code: 'token-unavailable',
  message: 'there is no API token to be had',
  next: 'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your right to read it',
};
const UNREACHED: Row = {
  code: 'api-unreachable',
  message: 'the API could not be reached',
  next: 'check COREWEAVE_API_URL and the network',
};

const BY_STATUS: ReadonlyMap<number, Row> = new Map([
  [401, TOKEN],
  [403, FORBIDDEN],
  [429, BUSY],
]);

/** Takes what was observed instead of an answer that helps; returns code, sentence and next step. */
export function apiFailureOf(observed: Observation): Row {
  if (observed.kind === 'fault') return observed.fault === 'token' ? NO_TOKEN : UNREACHED;
  const { status } = observed;
  return BY_STATUS.get(status) ?? (status >= 500 || status === 200 ? DOWN : ELSEWHERE);
}

/** The same as an error to throw. */
export const apiFailure = (observed: Observation): CliError => new CliError(apiFailureOf(observed));
