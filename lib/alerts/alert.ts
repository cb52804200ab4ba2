/** A secret-scanning alert as far as we look at it: never its secret, only what was found in it. */
import type { Confidence } from '../../events/data.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import type { Findings } from '../../events/sources/findings.ts';

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
  /** If `left` is a secret: what stands beside it in the form of an id, but has no digit. */
  readonly words: readonly AccessKeyId[];
}

const isPaired = ({ accessKeyIds, pairs }: Findings): boolean => accessKeyIds.every((id) => pairs.includes(id));

/** Whether the texts around the alert's own could tell more. */
export const asksForPlaces = (own: Findings): boolean =>
  own.secrets + own.accessKeyIds.length > 0 && (own.accessKeyIds.length === 0 || !isPaired(own));

/** Takes what the alert itself holds, and what stands around it in each place where it leaked. */
export function credentialsIn(own: Findings, places: readonly Findings[]): Credentials {
  const beside = own.accessKeyIds.length === 0 && own.secrets > 0 ? places.filter(({ pairs }) => pairs.length > 0) : [];
  const accessKeyIds = own.accessKeyIds.length > 0 ? own.accessKeyIds : sharedPairs(beside);
  const paired = accessKeyIds.every((id) => [own, ...places].some(({ pairs }) => pairs.includes(id)));
  // Beside other pairs, the alert's secret may be the one that belongs to none of them.
  const hasSecretLeft = own.secrets > accessKeyIds.length || beside.some(({ loose }) => loose > 0);
  return {
    accessKeyIds,
    confidence: paired ? 'pair' : 'key-id-only',
    left: own.apiTokens > 0 ? 'console-only' : hasSecretLeft ? 'unmappable' : undefined,
    words: hasSecretLeft ? [...new Set([own, ...places].flatMap(({ words }) => words))] : [],
  };
}

/** The ids that leaked in all of these places: whose secret it is remains open where they disagree. */
function sharedPairs([first, ...others]: readonly Findings[]): readonly AccessKeyId[] {
  return (first?.pairs ?? []).filter((id) => others.every(({ pairs }) => pairs.includes(id)));
}

/** Secret-scanning alerts, where they are kept. No method rejects or takes longer than `timeoutMs`. */
export interface Alerts {
  read(alert: AlertName, timeoutMs: number): Promise<AlertSight>;
  /** What stands around the secret in the files and texts where it leaked, as far as they can be read. */
  places(alert: AlertName, timeoutMs: number): Promise<PlacesSight>;
  /** Closes the alert as revoked. */
  close(alert: AlertName, timeoutMs: number): Promise<{ readonly kind: 'closed' } | NoAnswer>;
}
