/** Findings of tools that may mask what they found, and how to get a report of each that can be used. */
import { type Format, lineOf, nameOf, partsOf, type ReportEntry, redacted } from './finding.ts';
import { holdsMask, isMask, withoutMasks } from './mask.ts';

const USE_ANOTHER = 'scan with gitleaks or trufflehog and the rules in detectors/';

/** By the name of the format. */
export const ADVICE = {
  gitlab: `GitLab shows no source in it: ${USE_ANOTHER}`,
  github: 'ask GitHub for alerts with hide_secret=false',
  kingfisher: 'run Kingfisher without --redact',
  'nosey-parker': `Nosey Parker shows no match in it: ${USE_ANOTHER}`,
  ggshield: 'ggshield masks what it finds: run it with --json --show-secrets',
  trivy: `Trivy masks every secret: ${USE_ANOTHER}`,
  checkov: `Checkov masks every secret: ${USE_ANOTHER}`,
  semgrep: 'Semgrep shows lines of source only after `semgrep login`: log in and scan again',
  'detect-secrets': `detect-secrets keeps only hashes: ${USE_ANOTHER}`,
} as const;

export interface UnmaskedMatch {
  /** What was matched, masked or not. */
  readonly text: unknown;
  /** The file comes last: without it, it is unknown what belongs together. */
  readonly place: readonly (string | undefined)[];
  readonly line: unknown;
  readonly detector?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly url?: string | undefined;
}

/** A finding, or the advice if its text is masked or missing. A line of source may hold a mask beside a whole key. */
export function outcomeOf(
  { text, place, line: at, detector, fingerprint, url }: UnmaskedMatch,
  advice: string,
): ReportEntry {
  if (typeof text !== 'string' || text === '') return redacted(advice);
  const isLine = /\s/.test(text);
  const isMasked = isLine ? holdsMask(text) : isMask(text);
  const shown = withoutMasks(text);
  if (isMasked && !(isLine && /CW|cwo/.test(shown))) return redacted(advice);
  const names = place.map((name) => name ?? '');
  const line = lineOf(at);
  return {
    parts: partsOf(line, shown),
    detector,
    fingerprint,
    place: names.at(-1) === '' ? undefined : names,
    url: url ?? nameOf(names, line),
  };
}

/** A format whose every value is read by itself. */
export const format = (
  { name, title, isWhole }: Pick<Format, 'name' | 'title' | 'isWhole'>,
  recognizes: Format['recognizes'],
  read: (value: unknown) => readonly ReportEntry[],
): Format => ({ name, title, isWhole, recognizes, reads: (values) => values.map(read) });
