/** Signs a request to a service of AWS with AWS' own signer. The bundles have it in a file of its own. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Environment } from '../config/environment.ts';

/** A POST to the root of a service. */
interface UnsignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers of the request with those of its signature. `env`: `AWS_REGION` and the credentials that Lambda sets;
 * `now`: epoch ms. (Signature Version 4; Lambda guide, defined runtime environment variables)
 */
export async function signRequest(
  service: string,
  { url: { protocol, host, hostname, port }, headers, body }: UnsignedRequest,
  env: Environment,
  now: number,
): Promise<Readonly<Record<string, string>>> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN } = env;
  const signer = new SignatureV4({
    service,
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}) },
    sha256: Sha256,
  });
  const unsigned = {
    method: 'POST',
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: '/',
    query: {},
    headers: { host, ...headers },
    body,
  };
  return (await signer.sign(unsigned, { signingDate: new Date(now) })).headers;
}

/** SHA-256 in the form that the signer asks for; with a secret, HMAC. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secretOf(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('a signature needs each hash once');
  }
}

const secretOf = (secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array => {
  if (typeof secret === 'string') return secret;
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
};
