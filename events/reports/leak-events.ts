/** The findings of reports as events, and the result for each entry. */
import type { CanonicalEvent } from '../canonical.ts';
import type { AccessKeyId } from '../ids.ts';
import { keysIn, type Place, type Trace, unnamedAt, unnamedId } from '../sources/places.ts';
import { hourOf, present } from '../sources/reading.ts';

/** Reports have only the times of commits, which may be years old: the event's time is that of reading the report. */
export function leakEventsOf(places: readonly Place[], now: number): readonly unknown[] {
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

/** Results of the findings. */
export interface Counts {
  /** Keys that are sent as leaked with their secret: they are revoked. */
  readonly sure: number;
  /** Keys without their secret: held for approval. */
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
  /** Secrets without a key id near them, and API tokens: a dead letter, and no call. */
  readonly withoutId: number;
  /** Not CoreWeave's. */
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
