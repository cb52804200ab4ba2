/**
 * Reports of scanners, read where the scan ran, so that no secret of a report leaves that machine. What comes out names
 * keys, places and counts.
 */
import { type CanonicalEvent, parseEvent } from '../canonical.ts';
import { clueOf, judge } from '../sources/findings.ts';
import { placesOf, type Sighting } from '../sources/places.ts';
import { type AlertEvents, alertEvents } from './github-alerts.ts';
import { type Counts, countsOf, type EntryCounts, entryCountsOf, leakEventsOf } from './leak-events.ts';
import { type FileFinding, type FileFindings, readReportFile } from './read-file.ts';

/** Entries of the reports. `found` is the sum of all others. */
export interface Summary extends EntryCounts {
  readonly found: number;
  /** Alerts with a credential of CoreWeave that a person has closed as false or harmless. */
  readonly dismissed: number;
  readonly redacted: number;
  /** The scanner tells of a finding, but not what it found. */
  readonly skipped: number;
  /** No JSON, or nothing that a known scanner writes. */
  readonly unreadable: number;
}

export interface RefusedReport {
  readonly kind: 'refused';
  /** A sentence that says what to do instead; never data of the report. */
  readonly why: string;
}

export interface ScannerReport {
  readonly kind: 'report';
  /** One per key, one per place for what names no key, and one per dismissed alert. */
  readonly events: readonly CanonicalEvent[];
  /** Fixed sentences: what could not become an event, or may be missing. An operator has to act. */
  readonly faults: readonly string[];
  readonly summary: Summary;
  readonly counts: Counts;
}

/** What becomes of several reports. `refused`: those that cannot be used, by index from 0. */
export interface Reports extends ScannerReport {
  readonly refused: readonly (RefusedReport & { readonly file: number })[];
}

/**
 * Reads reports at `now` (epoch ms); `format` is the name of one, or `auto`. Nothing is paired across them. The same
 * reports give events of the same ids within an hour. A report that cannot be used does not stop the others. Never
 * throws.
 */
export function readReports(format: string, reports: readonly (string | Uint8Array)[], now: number): Reports {
  const files = reports.map((report, file) => ({ file, read: usable(readReportFile(format, report)) }));
  const read = files.flatMap(({ file, read }) => (read.kind === 'findings' ? [{ ...read, file }] : []));
  const dismissed = dismissedIn(read, now);
  const places = placesOf(read.flatMap(sightingsOf), (number) => `finding ${number}`);
  const outcomes = leakEventsOf(places, now).map((candidate) => parseEvent(candidate, now));
  const events = outcomes.flatMap((each) => (each.kind === 'event' ? [each.event] : []));
  const lost = outcomes.flatMap((each) => (each.kind === 'event' ? [] : [`${each.reason}: ${each.detail}`]));
  const summary = summaryOf(entryCountsOf(places), read, dismissed);
  return {
    kind: 'report',
    events: [...events, ...dismissed.events],
    faults: [...lost, ...read.flatMap(logFault)],
    summary,
    counts: countsOf(events, places, summary.ignored),
    refused: files.flatMap(({ file, read }) => (read.kind === 'refused' ? [{ ...read, file }] : [])),
  };
}

const REDACTED = 'the report is redacted, and nothing is left in it to revoke by';

/** Refused: a report in which all that could be CoreWeave's is masked. */
function usable(read: FileFindings | RefusedReport): FileFindings | RefusedReport {
  if (read.kind === 'refused') return read;
  const masked = read.unusable.find(({ kind }) => kind === 'redacted');
  if (masked === undefined || read.findings.some(({ parts }) => holdsCredential(parts))) return read;
  return { kind: 'refused', why: `${REDACTED}: ${masked.advice}` };
}

function holdsCredential(parts: Sighting['parts']): boolean {
  const { accessKeyIds, secrets, apiTokens } = judge([clueOf(parts, true)]).findings;
  return accessKeyIds.length + secrets + apiTokens > 0;
}

const isDismissed = ({ dismissed, parts }: FileFinding): boolean => dismissed !== undefined && holdsCredential(parts);

const dismissedIn = (files: readonly FileFindings[], now: number): AlertEvents => {
  const alerts = files.flatMap(({ findings }) => findings.filter(isDismissed).map(({ dismissed }) => dismissed));
  return alertEvents(alerts, { repository: undefined, receivedVia: 'scan-report' }, now);
};

const sightingsOf = ({ findings, file }: FileFindings & { readonly file: number }): readonly Sighting[] =>
  findings
    .filter((finding) => !isDismissed(finding))
    .map(({ format, document, place, dismissed: _, ...finding }) => ({
      ...finding,
      place: place === undefined ? undefined : JSON.stringify([file, document, format, ...place]),
      source: `${format}://report`,
    }));

function summaryOf(counts: EntryCounts, files: readonly FileFindings[], dismissed: AlertEvents): Summary {
  const unusable = files.flatMap((file) => file.unusable);
  const rest = {
    ...counts,
    dismissed: dismissed.events.length,
    redacted: unusable.filter(({ kind }) => kind === 'redacted').length,
    skipped: unusable.filter(({ kind }) => kind === 'skipped').length,
    unreadable: files.reduce((sum, { unreadable }) => sum + unreadable, dismissed.unreadable),
  };
  return { found: Object.values(rest).reduce((sum, count) => sum + count, 0), ...rest };
}

const logFault = ({ errors }: FileFindings): readonly string[] =>
  errors === 0 ? [] : ['the scanner logged an error: see whether its scan was complete'];
