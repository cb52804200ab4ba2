/** The sources of configured issuers, with the code that verifies signatures: one module, so that it is one chunk. */
import type { SignedSource } from '../events/sources/source.ts';
import { ssfSource } from '../events/ssf/ssf-source.ts';
import { parseSsfIssuers } from '../lib/io/config/ssf-issuers.ts';
import { createVerifySignature } from '../lib/io/ssf/verify.ts';

export interface ConfiguredIssuer {
  readonly source: SignedSource;
  /** Name or ARN; undefined: the issuer sends no secret. */
  readonly secretId: string | undefined;
}

export type ConfiguredIssuers =
  | { readonly kind: 'issuers'; readonly issuers: readonly ConfiguredIssuer[] }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** The issuers of the text of SSF_ISSUERS, or all of its problems; `now` in epoch ms. */
export function configuredIssuers(text: string, now: () => number): ConfiguredIssuers {
  const parsed = parseSsfIssuers(text);
  if (parsed.kind === 'problems') return parsed;
  const issuers = [...parsed.issuers].map(([name, { jwksUrl, secret, ...issuer }]) => {
    const verify = createVerifySignature({ issuer: issuer.issuer, jwksUrl, now });
    return { source: ssfSource(name, { issuer, verify, hasSecret: secret !== undefined }), secretId: secret };
  });
  return { kind: 'issuers', issuers };
}
