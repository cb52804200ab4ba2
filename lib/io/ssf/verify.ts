/** Verifies signatures of security event tokens with the keys of their issuer. */
import { type CompactVerifyGetKey, compactVerify, errors } from 'jose';
import type { Signature, VerifySignature } from '../../../events/ssf/ssf-source.ts';
import type { SecurityEventToken } from '../../../events/ssf/token.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createIssuerKeys, type IssuerKeysOptions } from './issuer-keys.ts';

/** Rejects with AdapterError `keys-unavailable`. */
export function createVerifySignature(options: IssuerKeysOptions): VerifySignature {
  const keys = createIssuerKeys(options);
  return async (token) => {
    const signature = await signatureOf(token, (await keys.current()).keys);
    if (signature !== 'unknown-key') return signature;
    const renewal = await keys.renew();
    switch (renewal.kind) {
      case 'changed':
        return signatureOf(token, renewal.value.keys);
      case 'same':
        return 'unknown-key';
      case 'resting':
        return 'too-soon';
      case 'failed':
        throw new AdapterError('keys-unavailable', 'the key of a token is not among those that are known');
    }
  };
}

async function signatureOf(token: SecurityEventToken, keys: CompactVerifyGetKey): Promise<Signature> {
  try {
    await compactVerify(token.text, keys, { algorithms: [token.algorithm] });
    return 'genuine';
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown-key';
    if (error instanceof errors.JWKSMultipleMatchingKeys) return anyOf(token, error);
    if (!(error instanceof errors.JOSEError)) return 'unusable-key';
    // The one key that fits may have followed another since.
    return token.namesKey ? 'wrong' : 'unknown-key';
  }
}

/** Of a token that names no key, or one of several with one id. */
async function anyOf(
  token: SecurityEventToken,
  candidates: AsyncIterable<Awaited<ReturnType<CompactVerifyGetKey>>>,
): Promise<Signature> {
  for await (const key of candidates) {
    if ((await signatureOf(token, async () => key)) === 'genuine') return 'genuine';
  }
  return 'unknown-key';
}
