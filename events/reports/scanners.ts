/**
 * What the scanners call things: from an entry of a report to a finding. (gitleaks, report/finding.go; trufflehog,
 * pkg/output/json.go)
 */
import { isRecord } from '../shapes.ts';
import { shortText } from '../sources/reading.ts';

export type ReportFormat = 'gitleaks' | 'trufflehog';

/** One entry, with what it matched. The texts are read for key ids and let go: they hold secrets. */
export interface Finding {
  readonly texts: readonly string[];
  readonly isRedacted: boolean;
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
  /** The file, in one version: what was found in it belongs together. Empty: nobody knows the file. */
  readonly file: readonly string[];
  /** A link to the very line, or what there is of one. */
  readonly url: string;
}

export interface Scanner {
  /** Takes an entry; returns the finding, or undefined when it is none. */
  findingOf(entry: unknown): Finding | undefined;
  readonly expected: string;
  /** Whether an empty text is what it writes when it found nothing, and no sign that it failed. */
  readonly mayBeEmpty: boolean;
  readonly unredacted: string;
}

/** Masked in whole or in part, as gitleaks (`REDACTED`, `CWAB...`) and those who follow it (`****`) do it. */
const isMask = (text: string): boolean => /^\[?redacted\]?$|\*{3}|(?:\.{3}|…)$/i.test(text);

const texts = (...values: readonly unknown[]): readonly string[] => values.filter((value) => typeof value === 'string');

const gitleaks: Scanner = {
  findingOf(entry) {
    if (!isRecord(entry) || typeof entry.Secret !== 'string' || typeof entry.RuleID !== 'string') return undefined;
    const [commit = '', name] = ['Commit', 'File'].map((key) => shortText(entry, key));
    return {
      texts: texts(entry.Secret, entry.Match),
      isRedacted: isMask(entry.Secret),
      detector: shortText(entry, 'RuleID'),
      fingerprint: shortText(entry, 'Fingerprint'),
      file: name === undefined ? [] : [commit, name],
      url: shortText(entry, 'Link') ?? lineOf([commit, name ?? ''], entry.StartLine),
    };
  },
  expected: 'expected findings of gitleaks: run it with --report-format json',
  mayBeEmpty: false,
  unredacted: 'run gitleaks without --redact',
};

const trufflehog: Scanner = {
  findingOf(entry) {
    if (!isRecord(entry) || typeof entry.Raw !== 'string') return undefined;
    const { file, url } = placeOf(entry.SourceMetadata);
    return {
      texts: texts(entry.Raw, entry.RawV2, ...(isRecord(entry.SecretParts) ? Object.values(entry.SecretParts) : [])),
      isRedacted: isMask(entry.Raw),
      detector: shortText(entry.ExtraData, 'name') ?? shortText(entry, 'DetectorName'),
      fingerprint: undefined,
      file,
      url,
    };
  },
  expected: 'expected findings of trufflehog: run it with --json',
  mayBeEmpty: true,
  unredacted: 'run trufflehog so that Raw is whole',
};

/**
 * `SourceMetadata.Data` holds one object, under the kind of what was scanned: Git, Github, Filesystem, S3, GCS, Docker
 * and more. A link stands for the file where there is none: an issue, a page, a build. (trufflehog,
 * source_metadata.proto)
 */
function placeOf(metadata: unknown) {
  const data = isRecord(metadata) && isRecord(metadata.Data) ? Object.values(metadata.Data)[0] : undefined;
  const first = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => shortText(data, key)).find((text) => text !== undefined);
  const link = first('link');
  const within = [first('repository', 'bucket', 'image') ?? '', first('commit', 'layer') ?? ''];
  const name = first('file', 'filename') ?? link;
  const line = isRecord(data) ? data.line : undefined;
  return {
    file: name === undefined ? [] : [...within, name],
    url: link ?? lineOf([...within, name ?? ''], line),
  };
}

const lineOf = (file: readonly string[], line: unknown): string => {
  const name = file.filter((part) => part !== '').join(':');
  return typeof line === 'number' && name !== '' ? `${name}:${line}` : name;
};

export const SCANNERS: Readonly<Record<ReportFormat, Scanner>> = { gitleaks, trufflehog };
