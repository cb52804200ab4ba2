/** Reports of GitLab, GitHub, Kingfisher and Nosey Parker, which show what they found. */
import { fieldsOf, isRecord } from '../shapes.ts';
import { alertStateOf } from '../sources/github-state.ts';
import { shortText } from '../sources/reading.ts';
import { arrayOf, type ReportEntry, textAt, textOf, valueAtPath } from './finding.ts';
import { ADVICE, format, outcomeOf } from './unmasked.ts';

/** `gl-secret-detection-report.json`, and other security reports. (GitLab, secret-detection-report-format.json) */
const gitlab = format(
  { name: 'gitlab', title: 'GitLab secret detection', isWhole: true },
  (value) => isRecord(value) && Array.isArray(value.vulnerabilities),
  (value) => arrayOf(valueAtPath(value, 'vulnerabilities')).map(vulnerability),
);

function vulnerability(entry: unknown): ReportEntry {
  const commit = textOf(valueAtPath(entry, 'location', 'commit', 'sha')) ?? '';
  const found = {
    text: valueAtPath(entry, 'raw_source_code_extract'),
    // A scan of files writes a commit of zeros.
    place: [/^0*$/.test(commit) ? '' : commit, textOf(valueAtPath(entry, 'location', 'file'))],
    line: valueAtPath(entry, 'location', 'start_line'),
    detector: shortText(arrayOf(valueAtPath(entry, 'identifiers'))[0], 'value'),
    fingerprint: shortText(entry, 'id'),
  };
  return outcomeOf(found, ADVICE.gitlab);
}

/** The list of a repository's or an organization's alerts. (GitHub REST API, secret scanning) */
const github = format(
  { name: 'github', title: 'GitHub secret scanning alerts', isWhole: false },
  (value) => isRecord(value) && typeof value.secret_type === 'string' && Number.isSafeInteger(value.number),
  (value) => [alertOutcome(value)],
);

function alertOutcome(alert: unknown): ReportEntry {
  const url = textOf(valueAtPath(alert, 'html_url'));
  const location = fieldsOf(valueAtPath(alert, 'first_location_detected'));
  const state = alertStateOf(fieldsOf(alert));
  const found = {
    // There is nothing to do about it.
    text: state === 'revoked' ? 'revoked' : valueAtPath(alert, 'secret'),
    place: [
      url?.replace(/\/security\/secret-scanning\/\d+$/, ''),
      textOf(location.blob_sha) ?? textOf(location.commit_sha),
      textOf(location.path) ?? `alert ${valueAtPath(alert, 'number')}`,
    ],
    line: location.start_line,
    detector: textAt(alert, 'secret_type'),
    url: textAt(alert, 'html_url'),
  };
  const entry = outcomeOf(found, ADVICE.github);
  return state === 'dismissed' && 'parts' in entry ? { ...entry, dismissed: alert } : entry;
}

const isKingfisher = (value: unknown): boolean =>
  isRecord(valueAtPath(value, 'finding')) && isRecord(valueAtPath(value, 'rule'));

/** A finding per line. (Kingfisher, src/reporter/json_format.rs) */
const kingfisher = format({ name: 'kingfisher', title: 'Kingfisher', isWhole: false }, isKingfisher, (value) => [
  kingfisherOutcome(value),
]);

/** The same with all findings in one object. */
const kingfisherReport = format(
  { name: 'kingfisher', title: 'Kingfisher', isWhole: true },
  (value) => isRecord(value) && Array.isArray(value.findings) && value.findings.every(isKingfisher),
  (value) => arrayOf(valueAtPath(value, 'findings')).map(kingfisherOutcome),
);

function kingfisherOutcome(entry: unknown): ReportEntry {
  const finding = valueAtPath(entry, 'finding');
  const git = valueAtPath(finding, 'git_metadata');
  const found = {
    text: valueAtPath(finding, 'snippet'),
    place: [
      textOf(valueAtPath(git, 'repository_url')),
      textOf(valueAtPath(git, 'commit', 'id')),
      textOf(valueAtPath(git, 'file', 'path')) ?? textOf(valueAtPath(finding, 'path')),
    ],
    line: valueAtPath(finding, 'line'),
    detector: textAt(entry, 'rule', 'id'),
    fingerprint: textAt(finding, 'fingerprint'),
  };
  return outcomeOf(found, ADVICE.kingfisher);
}

/** `noseyparker report --format json` or `jsonl`: the matches of one rule. (Nosey Parker, generate json-schema) */
const noseyParker = format(
  { name: 'nosey-parker', title: 'Nosey Parker', isWhole: false },
  (value) => isRecord(value) && typeof value.rule_name === 'string' && Array.isArray(value.matches),
  (value) => arrayOf(valueAtPath(value, 'matches')).map((match) => matchOutcome(match, value)),
);

function matchOutcome(match: unknown, rule: unknown): ReportEntry {
  const provenance = arrayOf(valueAtPath(match, 'provenance'))[0];
  const path = textOf(valueAtPath(provenance, 'path')) ?? textOf(valueAtPath(provenance, 'first_commit', 'blob_path'));
  const found = {
    text: valueAtPath(match, 'snippet', 'matching'),
    place: [textOf(valueAtPath(match, 'blob_id')), path],
    line: valueAtPath(match, 'location', 'source_span', 'start', 'line'),
    detector: textAt(rule, 'rule_name'),
    fingerprint: textAt(rule, 'finding_id'),
  };
  return outcomeOf(found, ADVICE['nosey-parker']);
}

export const WHOLE_TOOLS = [gitlab, github, kingfisher, kingfisherReport, noseyParker] as const;
