/**
 * Reports of scanners, as files: read where the scan ran, so that no secret of the report leaves that machine. What
 * comes out names keys, places and counts.
 */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import type { AccessKeyId } from '../ids.ts';
import { hourOf } from '../sources/reading.ts';
import { candidatesOf, type Place, placesOf } from './places.ts';
import { entriesIn } from './report-text.ts';
import { type ReportFormat, SCANNERS } from './scanners.ts';

/** Entries of the report. `found` is the sum of all others. */
export interface Summary {
  readonly found: number;
  /** A key that no entry before had, or the secret to a key of the same file. */
  readonly usable: number;
  /** A key that an entry before had. */
  readonly duplicates: number;
  /** Secrets without a key id in their file, and API tokens: an event for a person, and no call. */
  readonly withoutId: number;
  readonly redacted: number;
  /** Nothing of CoreWeave's. */
  readonly ignored: number;
  /** No JSON, or no finding of this scanner: the report is cut off or of another kind. */
  readonly unreadable: number;
}

export interface Report {
  readonly kind: 'report';
  /** One per key, and one per file for what names no key. */
  readonly events: readonly CanonicalEvent[];
  /** Fixed sentences: why something that should have been an event is none. These need a person. */
  readonly faults: readonly string[];
  readonly summary: Summary;
}

export interface RefusedReport {
  readonly kind: 'refused';
  /** A sentence that says what to do instead; never data of the report. */
  readonly why: string;
}

/**
 * Takes a format, the text of a report and now (epoch ms); returns its events and a summary. The same report gives
 * events of the same ids within an hour. Refused: what `entriesIn` refuses, a report of another kind, and one that is
 * redacted so that nothing is left to revoke by. Never throws.
 */
export function readReport(format: ReportFormat, text: string, now: number): Report | RefusedReport {
  const scanner = SCANNERS[format];
  const read = entriesIn(text);
  if (read.kind === 'refused') return read;
  const findings = read.entries.flatMap((entry) => scanner.findingOf(entry) ?? []);
  const unreadable = read.unreadable + read.entries.length - findings.length;
  const isEmpty = text.trim() === '' && !scanner.mayBeEmpty;
  if (findings.length === 0 && (unreadable > 0 || isEmpty)) return { kind: 'refused', why: scanner.expected };
  const whole = findings.filter(({ isRedacted }) => !isRedacted);
  const redacted = findings.length - whole.length;
  const places = placesOf(whole);
  const sender = { source: `${format}://report`, time: new Date(now).toISOString(), hour: hourOf(now) };
  const outcomes = candidatesOf(places, sender).map((candidate) => parseEvent(candidate, now));
  if (outcomes.length === 0 && redacted > 0) {
    return { kind: 'refused', why: `${REDACTED}: ${scanner.unredacted}, where nobody else can read the report` };
  }
  return {
    kind: 'report',
    events: outcomes.flatMap((each) => (each.kind === 'event' ? [each.event] : [])),
    faults: outcomes.flatMap((each) => (each.kind === 'event' ? [] : [`${each.reason}: ${each.detail}`])),
    summary: { found: findings.length + unreadable, ...countsOf(places), redacted, unreadable },
  };
}

const REDACTED = 'the report is redacted, and nothing is left in it to revoke by';

function countsOf(places: readonly Place[]): Pick<Summary, 'usable' | 'duplicates' | 'withoutId' | 'ignored'> {
  const counts = { usable: 0, duplicates: 0, withoutId: 0, ignored: 0 };
  const seen = new Set<AccessKeyId>();
  for (const { found, each } of places) {
    const isPaired = found.secrets <= found.accessKeyIds.length;
    for (const { accessKeyIds, secrets, apiTokens } of each) {
      if (accessKeyIds.some((id) => !seen.has(id))) counts.usable++;
      else if (accessKeyIds.length > 0) counts.duplicates++;
      else if (secrets > 0 && isPaired) counts.usable++;
      else if (secrets + apiTokens > 0) counts.withoutId++;
      else counts.ignored++;
      for (const id of accessKeyIds) seen.add(id);
    }
  }
  return counts;
}
