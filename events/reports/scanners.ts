/** gitleaks, Betterleaks and trufflehog: from an entry of a report to a finding. (gitleaks and Betterleaks, report/finding.go; trufflehog, pkg/output) */
import { fieldsOf, isRecord } from '../shapes.ts';
import type { Part } from '../sources/findings.ts';
import { groupOf, shortText } from '../sources/reading.ts';
import {
  arrayOf,
  type Finding,
  type Format,
  lineOf,
  matchParts,
  nameOf,
  type Outcome,
  partsOf,
  redacted,
  textAt,
  textOf,
  valueAt,
} from './finding.ts';
import { isMask } from './mask.ts';

type Entry = Readonly<Record<string, unknown>>;

export const UNREDACTED = {
  gitleaks: 'run gitleaks without --redact, where nobody else can read the report',
  trufflehog: 'run trufflehog so that Raw is whole, where nobody else can read the report',
};

const isGitleaks = (value: unknown): value is Entry =>
  isRecord(value) && typeof value.RuleID === 'string' && (typeof value.Secret === 'string' || value.Secret === null);
/** Version 7: one line and one commit per leak. */
const isGitleaks7 = (value: unknown): value is Entry & { readonly offender: string } =>
  isRecord(value) && typeof value.offender === 'string' && typeof value.rule === 'string';

const gitleaks: Format = {
  name: 'gitleaks',
  title: 'gitleaks or Betterleaks',
  isWhole: false,
  recognizes: (value) => isGitleaks(value) || isGitleaks7(value),
  reads: (values) =>
    values.map((value) => {
      if (isGitleaks7(value)) return [gitleaks7Finding(value)];
      return isGitleaks(value) ? [gitleaksFinding(value)] : [];
    }),
};

function gitleaksFinding(entry: Entry): Outcome {
  const { Secret: secret, File: file, StartLine } = entry;
  if (typeof secret !== 'string') return { kind: 'skipped', advice: 'scan again: the secret of a finding is null' };
  if (isMask(secret)) return redacted(UNREDACTED.gitleaks);
  const line = lineOf(StartLine);
  const commit = textOf(entry.Commit) ?? '';
  const place = [...scopeOf(entry.Attributes), commit, textOf(file) ?? ''];
  return {
    parts: [...matchParts(line, secret, entry.Match), ...componentsOf(entry.RequiredSets)],
    detector: shortText(entry, 'RuleID'),
    fingerprint: shortText(entry, 'Fingerprint'),
    place: typeof file === 'string' ? place : undefined,
    url: shortText(entry, 'Link') ?? nameOf(place, line),
  };
}

/** The repository and what else tells files of one name apart. (Betterleaks, sources/attribute.go) */
function scopeOf(attributes: unknown): readonly string[] {
  const scoped = Object.entries(fieldsOf(attributes)).filter(
    ([key, value]) =>
      typeof value === 'string' && /^(?:resource|git\.remote_url|(?:github|gitlab|huggingface)\..+)$/.test(key),
  );
  return scoped.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => String(value));
}

/** What a rule of several parts matched besides, on lines of its own. */
const componentsOf = (sets: unknown): readonly Part[] =>
  arrayOf(sets)
    .flatMap((set) => arrayOf(valueAt(set, 'components')))
    .flatMap((component) => {
      const { Secret: secret, Match: match, StartLine: line } = fieldsOf(component);
      return typeof secret === 'string' && !isMask(secret) ? matchParts(lineOf(line), secret, match) : [];
    });

function gitleaks7Finding(entry: Entry & { readonly offender: string }): Outcome {
  if (isMask(entry.offender)) return redacted(UNREDACTED.gitleaks);
  const line = lineOf(entry.lineNumber);
  const place = [entry.repo, entry.commit, entry.file].map((part) => textOf(part) ?? '');
  return {
    parts: matchParts(line, entry.offender, entry.line),
    detector: shortText(entry, 'rule'),
    fingerprint: undefined,
    place,
    url: shortText(entry, 'leakURL') ?? nameOf(place, line),
  };
}

const isTrufflehog = (value: unknown): value is Entry & { readonly Raw: string } =>
  isRecord(value) && typeof value.Raw === 'string';
/** Version 2, and version 3 with `--json-legacy`: the strings that one rule found in one file. */
const isTrufflehog2 = (value: unknown): value is Entry =>
  isRecord(value) && Array.isArray(value.stringsFound) && typeof value.commitHash === 'string';

const trufflehog: Format = {
  name: 'trufflehog',
  title: 'trufflehog',
  isWhole: false,
  recognizes: (value) => isTrufflehog(value) || isTrufflehog2(value),
  reads(values) {
    const kindsWithLines = new Set(values.filter((value) => lineIn(value) !== undefined).map(kindOf));
    return values.map((value) => {
      if (isTrufflehog2(value)) return [trufflehog2Finding(value)];
      return isTrufflehog(value) ? [trufflehogFinding(value, kindsWithLines.has(kindOf(value)) ? 0 : undefined)] : [];
    });
  },
};

const kindOf = (entry: unknown): string | undefined => innermost(valueAt(entry, 'SourceMetadata', 'Data'))[0];
const lineIn = (entry: unknown): number | undefined =>
  lineOf(innermost(valueAt(entry, 'SourceMetadata', 'Data'))[1].line);

/** `first` is the line of an entry that tells none: the first line of a file counts as 0, and a 0 is not written. */
function trufflehogFinding(entry: Entry & { readonly Raw: string }, first: 0 | undefined): Outcome {
  if (isMask(entry.Raw)) return redacted(UNREDACTED.trufflehog);
  const { line = first, ...where } = whereOf(entry.SourceMetadata);
  return {
    parts: partsOf(line, entry.Raw, entry.RawV2, ...Object.values(fieldsOf(entry.SecretParts))),
    detector: textAt(entry, 'ExtraData', 'name') ?? shortText(entry, 'DetectorName'),
    fingerprint: undefined,
    ...where,
  };
}

function trufflehog2Finding(entry: Entry): Outcome {
  const strings = arrayOf(entry.stringsFound);
  if (strings.some((text) => typeof text === 'string' && isMask(text))) return redacted(UNREDACTED.trufflehog);
  const place = [textOf(entry.commitHash) ?? '', textOf(entry.path) ?? ''];
  return {
    parts: partsOf(undefined, ...strings),
    detector: shortText(entry, 'reason'),
    fingerprint: undefined,
    place,
    url: nameOf(place, undefined),
  };
}

/** Lines at the end of a link: GitHub's and GitLab's, Bitbucket's. */
const LINK_LINES = /#(?:L|lines-)(\d{1,9})(?:[-:]L?\d{1,9})?$/;
/** An entry of the history of an image counts as a line. */
const HISTORY = /^image-metadata:history:(\d{1,9}):/;
/** Names of the file, which count apart, and what differs between the findings in it. */
const APART = new Set(['file', 'filename', 'path', 'line', 'link']);

/**
 * `SourceMetadata.Data` holds one object, under the kind of what was scanned: Git, Filesystem, S3, Docker and more. Where
 * there is no file, the link names the document (an issue, a page, a build), or else all fields do: a message, standard
 * input. (trufflehog, source_metadata.proto)
 */
function whereOf(metadata: unknown): Pick<Finding, 'place' | 'url'> & { readonly line: number | undefined } {
  const [kind, fields] = innermost(valueAt(metadata, 'Data'));
  if (kind === undefined) return { place: undefined, url: '', line: undefined };
  const link = filled(fields.link);
  const file = filled(fields.file) ?? filled(fields.filename) ?? filled(fields.path);
  const entry = groupOf(HISTORY, file);
  const line = lineOf(entry ?? fields.line) ?? lineOf(groupOf(LINK_LINES, link));
  const document = link?.replace(LINK_LINES, '');
  const name = entry === undefined ? file : 'image-metadata:history';
  // With a line, the link differs from line to line, and repository, commit and file say it all.
  const scope = [kind, ...namesIn(fields), ...(fields.line === undefined && document !== undefined ? [document] : [])];
  const whole = document === undefined ? scope : [kind, document];
  return {
    place: name === undefined ? whole : [...scope, name],
    url: link ?? nameOf([...shownScope(fields), file ?? ''], line),
    line,
  };
}

const filled = (value: unknown): string | undefined => textOf(value) || undefined;

/** Webhooks and others wrap the object once more. */
function innermost(data: unknown): readonly [kind: string | undefined, fields: Entry] {
  const [[kind, value] = [undefined, undefined], ...others] = Object.entries(fieldsOf(data));
  if (!isRecord(value) || others.length > 0) return [undefined, {}];
  const [inner, ...more] = Object.values(value);
  return isRecord(inner) && more.length === 0 ? innermost(value) : [kind, value];
}

const namesIn = (fields: Entry): readonly string[] =>
  Object.entries(fields)
    .filter(([key, value]) => !APART.has(key) && value !== '' && value !== null)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();

/** For people: where the file is, and in which version. */
const shownScope = (fields: Entry): readonly string[] => [
  // A password in the address of the repository would hide the whole place.
  filled(fields.repository)?.replace(/(?<=:\/\/)[^/@]*@/, '') ?? filled(fields.bucket) ?? filled(fields.image) ?? '',
  filled(fields.commit) ?? filled(fields.layer) ?? '',
];

export type ReportFormat = 'gitleaks' | 'trufflehog';

export const SCANNERS: Readonly<Record<ReportFormat, Format>> = { gitleaks, trufflehog };
