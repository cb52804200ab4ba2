/** trufflehog 2 and 3. (trufflehog, pkg/output) */
import { fieldsOf, isRecord } from '../shapes.ts';
import { firstGroup, shortText } from '../sources/reading.ts';
import {
  arrayOf,
  type Format,
  lineOf,
  nameOf,
  partsOf,
  type ReportEntry,
  type ReportFinding,
  redacted,
  textAt,
  textOf,
  valueAtPath,
} from './finding.ts';
import { isMask } from './mask.ts';

type Entry = Readonly<Record<string, unknown>>;

const UNREDACTED = 'run trufflehog so that Raw is whole, and keep the report private';

const isTrufflehog = (value: unknown): value is Entry & { readonly Raw: string } =>
  isRecord(value) && typeof value.Raw === 'string';
/** Version 2, and version 3 with `--json-legacy`: the strings that one rule found in one file. */
const isTrufflehog2 = (value: unknown): value is Entry =>
  isRecord(value) && Array.isArray(value.stringsFound) && typeof value.commitHash === 'string';

export const trufflehog: Format = {
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

const kindOf = (entry: unknown): string | undefined => innermost(valueAtPath(entry, 'SourceMetadata', 'Data'))[0];
const lineIn = (entry: unknown): number | undefined =>
  lineOf(innermost(valueAtPath(entry, 'SourceMetadata', 'Data'))[1].line);

/** `first` is the line of an entry that tells none: the first line of a file counts as 0, and a 0 is not written. */
function trufflehogFinding(entry: Entry & { readonly Raw: string }, first: 0 | undefined): ReportEntry {
  if (isMask(entry.Raw)) return redacted(UNREDACTED);
  const { line = first, ...where } = whereOf(entry.SourceMetadata);
  return {
    parts: partsOf(line, entry.Raw, entry.RawV2, ...Object.values(fieldsOf(entry.SecretParts))),
    detector: textAt(entry, 'ExtraData', 'name') ?? shortText(entry, 'DetectorName'),
    fingerprint: undefined,
    ...where,
  };
}

function trufflehog2Finding(entry: Entry): ReportEntry {
  const strings = arrayOf(entry.stringsFound);
  if (strings.some((text) => typeof text === 'string' && isMask(text))) return redacted(UNREDACTED);
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
 * `SourceMetadata.Data` holds one object, under the kind of what was scanned: Git, Filesystem, S3, Docker and more.
 * Where there is no file, the link names the document (an issue, a page, a build), or else all fields do (a message,
 * standard input). (trufflehog, source_metadata.proto)
 */
function whereOf(metadata: unknown): Pick<ReportFinding, 'place' | 'url'> & { readonly line: number | undefined } {
  const [kind, fields] = innermost(valueAtPath(metadata, 'Data'));
  if (kind === undefined) return { place: undefined, url: '', line: undefined };
  const link = filled(fields.link);
  const file = filled(fields.file) ?? filled(fields.filename) ?? filled(fields.path);
  const entry = firstGroup(HISTORY, file);
  const line = lineOf(entry ?? fields.line) ?? lineOf(firstGroup(LINK_LINES, link));
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
