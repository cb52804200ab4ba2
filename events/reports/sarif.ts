/** SARIF 2.1.0 of any tool: what was found is in `region.snippet.text`, if the tool writes it. */
import { isRecord } from '../shapes.ts';
import { shortText } from '../sources/reading.ts';
import { arrayOf, type ReportEntry, textAt, textOf, valueAtPath } from './finding.ts';
import { UNREDACTED_GITLEAKS } from './gitleaks.ts';
import { ADVICE, format, outcomeOf } from './unmasked.ts';

const NO_SNIPPET = 'the SARIF has no snippet.text that can be used: scan with gitleaks and --report-format sarif';

/** By the name of the tool in lower case. The name itself is data of the report, and never shown. */
const ADVICE_BY_TOOL: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ADVICE),
  ['noseyparker', ADVICE['nosey-parker']],
  ['semgrep oss', ADVICE.semgrep],
  ['gitleaks', UNREDACTED_GITLEAKS],
  ['betterleaks', UNREDACTED_GITLEAKS],
  ['trufflehog', 'trufflehog writes no secrets into SARIF: run it with --json'],
]);

export const sarif = format(
  { name: 'sarif', title: 'SARIF', isWhole: true },
  (value) => isRecord(value) && Array.isArray(value.runs),
  (value) =>
    arrayOf(valueAtPath(value, 'runs')).flatMap((run, index) =>
      arrayOf(valueAtPath(run, 'results')).flatMap((result) => outcomesOf(result, run, index)),
    ),
);

function outcomesOf(result: unknown, run: unknown, index: number): readonly ReportEntry[] {
  const advice = ADVICE_BY_TOOL.get(textAt(run, 'tool', 'driver', 'name')?.toLowerCase() ?? '') ?? NO_SNIPPET;
  const version = [
    // Runs are reports of their own.
    index === 0 ? '' : `run ${index + 1}`,
    textOf(valueAtPath(arrayOf(valueAtPath(run, 'versionControlProvenance'))[0], 'repositoryUri')),
    textOf(valueAtPath(result, 'partialFingerprints', 'commitSha')),
  ];
  const locations = arrayOf(valueAtPath(result, 'locations'));
  return (locations.length === 0 ? [undefined] : locations).map((location) => {
    const file = valueAtPath(location, 'physicalLocation', 'artifactLocation');
    const region = valueAtPath(location, 'physicalLocation', 'region');
    const found = {
      text: valueAtPath(region, 'snippet', 'text'),
      place: [...version, shortText(file, 'uriBaseId'), textOf(valueAtPath(file, 'uri'))],
      line: valueAtPath(region, 'startLine'),
      detector: shortText(result, 'ruleId'),
    };
    return outcomeOf(found, advice);
  });
}
