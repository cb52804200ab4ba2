/** A secret-scanning alert: what was found in its secret, never the secret itself. */
import type { Confidence } from '../../events/data.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import { confidenceOf, type Findings } from '../../events/sources/findings.ts';

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
  | { readonly kind: 'alert'; readonly open: boolean; readonly findings: Findings }
  | AlertFailure;

/** What was found around the secret, by location. */
export type LocationsResponse = { readonly kind: 'locations'; readonly findings: readonly Findings[] } | AlertFailure;

/** `left`: credentials in the alert that no call can revoke. */
export interface LeakedCredentials {
  readonly accessKeyIds: readonly AccessKeyId[];
  readonly confidence: Confidence;
  readonly left: 'unmappable' | 'console-only' | undefined;
}

/** Whether the alert's locations could add a key id, or raise the confidence. */
export const needsLocations = (own: Findings): boolean =>
  own.secrets + own.accessKeyIds.length > 0 && (own.accessKeyIds.length === 0 || confidenceOf(own) !== 'pair');

/** `own`: findings in the secret itself; `locations`: in the texts around it. */
export function credentialsIn(own: Findings, locations: readonly Findings[]): LeakedCredentials {
  const pairs = locations.filter((location) => location.accessKeyIds.length > 0 && confidenceOf(location) === 'pair');
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

/**
 * The key ids beside the secret. None if the locations disagree, that is, if there are more ids than any location has
 * secrets.
 */
function idsBeside(pairs: readonly Findings[]): readonly AccessKeyId[] {
  const ids = [...new Set(pairs.flatMap(({ accessKeyIds }) => accessKeyIds))];
  return ids.length <= Math.max(0, ...pairs.map(({ secrets }) => secrets)) ? ids : [];
}

/** The service that stores secret-scanning alerts. No method rejects or takes longer than `timeoutMs`. */
export interface Alerts {
  read(alert: AlertName, timeoutMs: number): Promise<AlertResponse>;
  /** Findings in the files and texts where the secret leaked, as far as they can be read. */
  locations(alert: AlertName, timeoutMs: number): Promise<LocationsResponse>;
  /** Closes the alert as revoked. */
  close(alert: AlertName, timeoutMs: number): Promise<{ readonly kind: 'closed' } | AlertFailure>;
}
