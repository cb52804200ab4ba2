/** A secret-scanning alert as far as we look at it: never its secret, only what was found in it. */
import type { Confidence } from '../../events/data.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import { confidenceOf, type Findings } from '../../events/sources/findings.ts';

export interface AlertName {
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
}

/** Takes the `ref` of a reference to GitHub; returns the alert, or undefined when it names none. A name of dots would lead to another path. */
export function alertNameOf(ref: string): AlertName | undefined {
  // Stryker disable next-line ArrayDeclaration: only what stands behind the first place is read
  const [, repository, number] = /^((?!\.+\/)[\w.-]{1,100}\/(?!\.+\/)[\w.-]{1,100})\/([1-9]\d{0,15})$/.exec(ref) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
}

/** Why nothing was learnt or done. `unavailable`: it may be better soon. `refused`: it will not be by itself. `why`: a fixed sentence. */
export type NoAnswer =
  | { readonly kind: 'unavailable'; readonly code: string; readonly status?: number; readonly retryAfterS?: number }
  | { readonly kind: 'refused'; readonly why: string; readonly status?: number };

export type AlertSight = { readonly kind: 'alert'; readonly open: boolean; readonly findings: Findings } | NoAnswer;

/** What stands around the secret, by place. */
export type PlacesSight = { readonly kind: 'places'; readonly findings: readonly Findings[] } | NoAnswer;

/** What an alert comes to. `left`: what no call can revoke. */
export interface Credentials {
  readonly accessKeyIds: readonly AccessKeyId[];
  readonly confidence: Confidence;
  readonly left: 'unmappable' | 'console-only' | undefined;
}

/** Takes what was found in the secret itself; returns whether a look at its places could tell more. */
export const asksForPlaces = (own: Findings): boolean =>
  own.secrets + own.accessKeyIds.length > 0 && (own.accessKeyIds.length === 0 || confidenceOf(own) !== 'pair');

/** Takes what was found in the secret and around it; returns whom to revoke, and how sure that is. */
export function credentialsIn(own: Findings, places: readonly Findings[]): Credentials {
  const pairs = places.filter((place) => place.accessKeyIds.length > 0 && confidenceOf(place) === 'pair');
  const accessKeyIds = own.accessKeyIds.length > 0 ? own.accessKeyIds : idsBeside(pairs);
  const paired =
    confidenceOf(own) === 'pair' || accessKeyIds.every((id) => pairs.some((pair) => pair.accessKeyIds.includes(id)));
  const unnamed = own.secrets > accessKeyIds.length ? 'unmappable' : undefined;
  return {
    accessKeyIds,
    confidence: paired ? 'pair' : 'key-id-only',
    left: own.apiTokens > 0 ? 'console-only' : unnamed,
  };
}

/** The ids that a secret was seen with. Places that disagree leave open whose it is: more ids than any place has secrets. */
function idsBeside(pairs: readonly Findings[]): readonly AccessKeyId[] {
  const ids = [...new Set(pairs.flatMap(({ accessKeyIds }) => accessKeyIds))];
  return ids.length <= Math.max(0, ...pairs.map(({ secrets }) => secrets)) ? ids : [];
}

/** Secret-scanning alerts, where they are kept. No method rejects or takes longer than `timeoutMs`. */
export interface Alerts {
  read(alert: AlertName, timeoutMs: number): Promise<AlertSight>;
  /** What stands around the secret in the files and texts where it leaked, as far as they can be read. */
  places(alert: AlertName, timeoutMs: number): Promise<PlacesSight>;
  /** Closes the alert as revoked. */
  close(alert: AlertName, timeoutMs: number): Promise<{ readonly kind: 'closed' } | NoAnswer>;
}
