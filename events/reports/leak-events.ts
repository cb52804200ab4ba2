/** What was found in reports as events, with what becomes of each entry. */
import type { CanonicalEvent } from '../canonical.ts';
import type { AccessKeyId } from '../ids.ts';
import { keysIn, type Place, type Trace, unnamedAt, unnamedId } from '../sources/places.ts';
import { hourOf, present } from '../sources/reading.ts';

/** A report tells no time but that of commits, which may be years ago: the time is that of its reading. */
export function candidatesOf(places: readonly Place[], now: number): readonly unknown[] {
  const [time, hour] = [new Date(now).toISOString(), hourOf(now)];
  const event = (id: string, data: object, { source, url, detector, fingerprint }: Trace): unknown => ({
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id,
    source,
    time,
    data: { ...data, evidence: present({ detector, url, fingerprint, receivedVia: 'scan-report' }) },
  });
  const named = keysIn(places).map(({ accessKeyId, confidence, trace }) =>
    event(`${hour}/${accessKeyId}/${confidence}`, { accessKeyId, confidence }, trace),
  );
  const unnamed = places.flatMap(unnamedAt).map((leak) => {
    const { provider, ref, place } = leak;
    return event(
      unnamedId(leak, (of, at) => `${hour}/${of}/${at}`),
      { reference: { provider, ref } },
      place.trace,
    );
  });
  return [...named, ...unnamed];
}

/** What becomes of the findings. */
export interface Counts {
  /** Keys that are sent as leaked with their secret: they are revoked. */
  readonly sure: number;
  /** Keys without their secret: a person approves the revocation. */
  readonly held: number;
  /** Secrets without a key id, and API tokens. */
  readonly withoutId: number;
  /** Findings of other providers. */
  readonly others: number;
}

export function countsOf(events: readonly CanonicalEvent[], places: readonly Place[], others: number): Counts {
  const withConfidence = (wanted: string): number =>
    events.filter(({ data }) => 'accessKeyId' in data && 'confidence' in data && data.confidence === wanted).length;
  return {
    sure: withConfidence('pair'),
    held: withConfidence('key-id-only'),
    withoutId: places.reduce((sum, { found }) => sum + found.loose + found.apiTokens, 0),
    others,
  };
}

export interface EntryCounts {
  /** A key that no entry before had, or the secret to a key of the same place. */
  readonly usable: number;
  /** A key that an entry before had. */
  readonly duplicates: number;
  /** Secrets without a key id near them, and API tokens: an event for a person, and no call. */
  readonly withoutId: number;
  /** Nothing of CoreWeave's. */
  readonly ignored: number;
}

export function entryCountsOf(places: readonly Place[]): EntryCounts {
  const counts = { usable: 0, duplicates: 0, withoutId: 0, ignored: 0 };
  const seen = new Set<AccessKeyId>();
  for (const { accessKeyIds, claimed, open, apiTokens } of places.flatMap(({ entries }) => entries)) {
    if (accessKeyIds.some((id) => !seen.has(id))) counts.usable++;
    else if (accessKeyIds.length > 0) counts.duplicates++;
    else if (open + apiTokens > 0) counts.withoutId++;
    else if (claimed > 0) counts.usable++;
    else counts.ignored++;
    for (const id of accessKeyIds) seen.add(id);
  }
  return counts;
}
