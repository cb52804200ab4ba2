/** gitleaks 7 and 8, and Betterleaks, which writes what gitleaks does and more. (both: report/finding.go) */
import { fieldsOf, isRecord } from '../shapes.ts';
import type { Part } from '../sources/findings.ts';
import { shortText } from '../sources/reading.ts';
import {
  arrayOf,
  type Format,
  lineOf,
  matchParts,
  nameOf,
  type ReportEntry,
  redacted,
  textOf,
  valueAtPath,
} from './finding.ts';
import { isMask } from './mask.ts';

type Entry = Readonly<Record<string, unknown>>;

export const UNREDACTED_GITLEAKS = 'run gitleaks without --redact, and keep the report private';

const isGitleaks = (value: unknown): value is Entry =>
  isRecord(value) && typeof value.RuleID === 'string' && (typeof value.Secret === 'string' || value.Secret === null);
/** Version 7: one line and one commit per leak. */
const isGitleaks7 = (value: unknown): value is Entry & { readonly offender: string } =>
  isRecord(value) && typeof value.offender === 'string' && typeof value.rule === 'string';

export const gitleaks: Format = {
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

function gitleaksFinding(entry: Entry): ReportEntry {
  const { Secret: secret, File: file, StartLine } = entry;
  if (typeof secret !== 'string') return { kind: 'skipped', advice: 'scan again: the secret of a finding is null' };
  if (isMask(secret)) return redacted(UNREDACTED_GITLEAKS);
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
    .flatMap((set) => arrayOf(valueAtPath(set, 'components')))
    .flatMap((component) => {
      const { Secret: secret, Match: match, StartLine: line } = fieldsOf(component);
      return typeof secret === 'string' && !isMask(secret) ? matchParts(lineOf(line), secret, match) : [];
    });

function gitleaks7Finding(entry: Entry & { readonly offender: string }): ReportEntry {
  if (isMask(entry.offender)) return redacted(UNREDACTED_GITLEAKS);
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
