/**
 * CoreWeave credentials in a text that a scanner matched. Only key ids come out; of secrets and tokens it is told how
 * many there were. (API reference, key formats)
 */
import type { Confidence } from '../data.ts';
import { type AccessKeyId, accessKeyId } from '../ids.ts';
import { holdsSecret } from '../secrets.ts';

export interface Findings {
  /** Each once, in the order of the text. */
  readonly accessKeyIds: readonly AccessKeyId[];
  /** Distinct secrets of access keys. */
  readonly secrets: number;
  /** Distinct API tokens. */
  readonly apiTokens: number;
}

/** Providers of references to what no resolver can turn into a key: `ref` is the place of the leak. */
export const SECRET_WITHOUT_ID = 'coreweave-secret';
export const API_TOKEN = 'coreweave-api-token';

const TOKENS = /CW-SECRET-[A-Za-z0-9][\w.~+/=-]{7,}/g;
/** A secret has 40 characters behind `cwo`; no more, since a scanner may put the key id right behind it. */
const SECRETS = /cwo[A-Za-z0-9]{20,40}/g;
const KEY_IDS = /(?<![A-Za-z0-9_])CW[A-Z0-9]{10,30}(?![A-Za-z0-9_])/g;

/** Takes a text; returns what is in it. Secrets are cut out first, so that no part of one is taken for a key id. */
export function findingsIn(text: string): Findings {
  const withoutTokens = without(TOKENS, text);
  const withoutSecrets = without(SECRETS, withoutTokens);
  return {
    accessKeyIds: [...new Set(withoutSecrets.match(KEY_IDS))].map((id) => accessKeyId.parse(id)),
    secrets: new Set(withoutTokens.match(SECRETS)).size,
    apiTokens: new Set(text.match(TOKENS)).size,
  };
}

/** What stands on both sides of a secret is not joined: it could become a key id that nobody wrote. */
const without = (pattern: RegExp, text: string): string => text.replace(pattern, ' ');

/**
 * Takes what was found in one place; returns how sure its key ids are. An id alone is no secret (every presigned URL
 * has one); fewer secrets than ids leave open whose they are, and that is never guessed.
 */
export const confidenceOf = ({ accessKeyIds, secrets }: Findings): Confidence =>
  secrets > 0 && secrets >= accessKeyIds.length ? 'pair' : 'key-id-only';

/** A key, the first of the places that are surest about it, and how sure that is. */
export interface Sighting<Place> {
  readonly accessKeyId: AccessKeyId;
  readonly confidence: Confidence;
  readonly place: Place;
}

/** Takes places, each with what was found in it; returns one sighting per key, in the order in which the keys come. */
export function sightingsIn<Place extends { readonly found: Findings }>(
  places: readonly Place[],
): readonly Sighting<Place>[] {
  const surest = new Map<AccessKeyId, Sighting<Place>>();
  for (const place of places) {
    const confidence = confidenceOf(place.found);
    for (const accessKeyId of place.found.accessKeyIds) {
      const known = surest.get(accessKeyId)?.confidence;
      if (known === undefined || (known !== 'pair' && confidence === 'pair'))
        surest.set(accessKeyId, { accessKeyId, confidence, place });
    }
  }
  return [...surest.values()];
}

/**
 * Takes what was found in one place; returns the providers of references to what no call can revoke: a person has to
 * look.
 */
export const unnamedIn = ({ secrets, accessKeyIds, apiTokens }: Findings): readonly string[] => [
  ...(secrets > accessKeyIds.length ? [SECRET_WITHOUT_ID] : []),
  ...(apiTokens > 0 ? [API_TOKEN] : []),
];

/**
 * Takes what a sender calls the place of a leak; returns it as printable ASCII of at most 400 characters, or undefined
 * when it is empty or holds a secret. A cut in the middle keeps apart what differs at either end.
 */
export function placeText(place: string): string | undefined {
  const text = place.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
  if (text === '' || holdsSecret(text)) return undefined;
  return text.length <= 400 ? text : `${text.slice(0, 200)}...${text.slice(-197)}`;
}
