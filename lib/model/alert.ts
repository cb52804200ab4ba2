/** A secret-scanning alert: what was found in its secret, never the secret itself. */
import type { Confidence } from '../../events/data.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import type { Findings } from '../../events/sources/findings.ts';
import type { AlertState } from '../../events/sources/github-state.ts';

export interface AlertName {
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
}

/** Undefined: the `ref` names no GitHub alert. Names that consist of dots are rejected: they would change the path. */
export function alertNameOf(ref: string): AlertName | undefined {
  // Stryker disable next-line ArrayDeclaration: only what stands behind the first place is read
  const [, repository, number] = /^((?!\.+\/)[\w.-]{1,100}\/(?!\.+\/)[\w.-]{1,100})\/([1-9]\d{0,15})$/.exec(ref) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
}

/** `unavailable`: a retry may help. `refused`: it will not. `why` is a fixed text. */
export type AlertFailure =
  | { readonly kind: 'unavailable'; readonly code: string; readonly status?: number; readonly retryAfterS?: number }
  | { readonly kind: 'refused'; readonly why: string; readonly status?: number };

export type AlertResponse =
  | { readonly kind: 'alert'; readonly state: AlertState; readonly findings: Findings }
  | AlertFailure;

/** What was found around the secret, by location. */
export type LocationsResponse = { readonly kind: 'locations'; readonly findings: readonly Findings[] } | AlertFailure;

/** How sure a leak is. `dismissed`: the alert was closed as false or harmless. */
export type LeakConfidence = Confidence | 'dismissed';

/** `left`: credentials in the alert that no call can revoke. */
export interface LeakedCredentials {
  readonly accessKeyIds: readonly AccessKeyId[];
  readonly confidence: LeakConfidence;
  readonly left: 'unmappable' | 'console-only' | undefined;
}

/** Files may name tens of thousands of ids, so each list is searched as a set. */
function isPaired({ accessKeyIds }: Pick<Findings, 'accessKeyIds'>, places: readonly Findings[]): boolean {
  const paired = new Set(places.flatMap(({ pairs }) => pairs));
  return accessKeyIds.every((id) => paired.has(id));
}

/** Whether the texts around the alert's own could tell more. */
export const needsLocations = (own: Findings): boolean =>
  own.secrets + own.accessKeyIds.length > 0 && (own.accessKeyIds.length === 0 || !isPaired(own, [own]));

/** `places`: findings around the secret, one for each place where it leaked. */
export function credentialsIn(own: Findings, places: readonly Findings[]): LeakedCredentials {
  const beside = own.accessKeyIds.length === 0 && own.secrets > 0 ? places.filter(({ pairs }) => pairs.length > 0) : [];
  const accessKeyIds = own.accessKeyIds.length > 0 ? own.accessKeyIds : sharedPairs(beside);
  // Beside other pairs, the alert's secret may be the one that belongs to none of them.
  const hasSecretLeft = own.secrets > accessKeyIds.length || beside.some(({ loose }) => loose > 0);
  return {
    accessKeyIds,
    confidence: isPaired({ accessKeyIds }, [own, ...places]) ? 'pair' : 'key-id-only',
    left: own.apiTokens > 0 ? 'console-only' : hasSecretLeft ? 'unmappable' : undefined,
  };
}

/** The ids that leaked in all of these places: whose secret it is remains open where they disagree. */
function sharedPairs([first, ...others]: readonly Findings[]): readonly AccessKeyId[] {
  const sets = others.map(({ pairs }) => new Set(pairs));
  return (first?.pairs ?? []).filter((id) => sets.every((pairs) => pairs.has(id)));
}

/** The service that stores secret-scanning alerts. No method rejects or takes longer than `timeoutMs`. */
export interface Alerts {
  read(alert: AlertName, timeoutMs: number): Promise<AlertResponse>;
  /** Findings in the files and texts where the secret leaked, as far as they can be read. */
  locations(alert: AlertName, timeoutMs: number): Promise<LocationsResponse>;
  /** Closes the alert as revoked. */
  close(alert: AlertName, timeoutMs: number): Promise<{ readonly kind: 'closed' } | AlertFailure>;
}
