/** Settings that every AWS SDK client shares, and the only part of an SDK error that may travel on: its name. */

/**
 * Time-outs in ms for NodeHttpHandler, attempts and retry mode (its defaults change, aws-sdk-js-v3#8037).
 * `requestTimeout` only logs a warning unless `throwOnRequestTimeout` is set, and it ends with the response's headers:
 * `socketTimeout` is what ends a body that stalls.
 */
export const SDK_SETTINGS = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/**
 * What tests and the local stack set on a client. In production this is empty: region, credentials and endpoint come
 * from the SDK's own environment variables (`AWS_REGION`, `AWS_ENDPOINT_URL[_SQS|…]`).
 */
export interface SdkOverrides {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts?: number;
  readonly requestHandler?: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly socketTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

/** Names and codes as the SDK and Node spell them (`ThrottlingException`, `ECONNREFUSED`). */
const PLAIN_NAME = /^[A-Za-z0-9_.:-]{1,80}$/;

/**
 * Takes whatever a client threw and returns its `name`, or its `code` when the name says nothing (`Error`), or
 * `unknown`. Everything else of an SDK error (message, headers, `$response`) may quote the request.
 */
export const sdkErrorName = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? error.code : undefined;
  const named = error.name === 'Error' && typeof code === 'string' ? code : error.name;
  return PLAIN_NAME.test(named) ? named : 'unknown';
};

/** What adapters reject with: a stable code, and at most the name that the other side gave its error. */
export type AdapterErrorCode =
  | 'token-malformed'
  | 'token-unavailable'
  | 'queue-refused'
  | 'queue-unavailable'
  | 'audit-too-long'
  | 'audit-unavailable';
/** Never has a `cause`: errors of SDKs and streams may quote requests. `detail` is a name, a code or a fixed sentence. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;
  readonly detail: string;

  constructor(code: AdapterErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}
