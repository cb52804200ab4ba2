/** Reports of tools that mask or hash what they find, unless they are asked not to. */
import { fieldsOf, isRecord } from '../shapes.ts';
import { arrayOf, redacted, textAt, textOf, valueAtPath } from './finding.ts';
import { ADVICE, format, outcomeOf } from './unmasked.ts';

/** (ggshield, secret scan --json) */
const ggshield = format(
  { name: 'ggshield', title: 'ggshield', isWhole: true },
  (value) =>
    isRecord(value) && scansIn(value).some((scan) => Array.isArray(valueAtPath(scan, 'entities_with_incidents'))),
  (value) =>
    scansIn(value)
      .flatMap((scan) => arrayOf(valueAtPath(scan, 'entities_with_incidents')))
      .flatMap((entity) =>
        arrayOf(valueAtPath(entity, 'incidents'))
          .flatMap((incident) => arrayOf(valueAtPath(incident, 'occurrences')))
          .map((occurrence) => {
            const found = {
              text: valueAtPath(occurrence, 'match'),
              place: [textOf(valueAtPath(entity, 'filename'))],
              line: valueAtPath(occurrence, 'line_start'),
              detector: textAt(occurrence, 'type'),
            };
            return outcomeOf(found, ADVICE.ggshield);
          }),
      ),
);

/** A scan of commits holds one of each. */
const scansIn = (value: unknown): readonly unknown[] => [value, ...arrayOf(valueAtPath(value, 'scans'))];

/** (Trivy, --format json) */
const trivy = format(
  { name: 'trivy', title: 'Trivy', isWhole: true },
  (value) => isRecord(value) && Object.hasOwn(value, 'SchemaVersion') && Object.hasOwn(value, 'ArtifactName'),
  (value) =>
    arrayOf(valueAtPath(value, 'Results')).flatMap((result) =>
      arrayOf(valueAtPath(result, 'Secrets')).map((secret) => {
        const found = {
          text: valueAtPath(secret, 'Match'),
          place: [textOf(valueAtPath(value, 'ArtifactName')), textOf(valueAtPath(result, 'Target'))],
          line: valueAtPath(secret, 'StartLine'),
          detector: textAt(secret, 'RuleID'),
        };
        return outcomeOf(found, ADVICE.trivy);
      }),
    ),
);

/** (Checkov, --output json) */
const checkov = format(
  { name: 'checkov', title: 'Checkov', isWhole: true },
  (value) => isRecord(value) && typeof value.check_type === 'string' && isRecord(value.results),
  (value) =>
    arrayOf(valueAtPath(value, 'results', 'failed_checks')).map((check) => {
      const found = {
        text: linesOf(valueAtPath(check, 'code_block')),
        place: [textOf(valueAtPath(check, 'file_path'))],
        line: arrayOf(valueAtPath(check, 'file_line_range'))[0],
        detector: textAt(check, 'check_id'),
      };
      return outcomeOf(found, ADVICE.checkov);
    }),
);

/** From pairs of a number and a line. */
const linesOf = (block: unknown): string =>
  arrayOf(block)
    .map((line) => (textOf(arrayOf(line)[1]) ?? '').trimEnd())
    .join('\n');

/** (Semgrep, --json) */
const semgrep = format(
  { name: 'semgrep', title: 'Semgrep', isWhole: true },
  (value) => isRecord(value) && Array.isArray(value.results) && isRecord(value.paths),
  (value) =>
    arrayOf(valueAtPath(value, 'results')).map((result) => {
      const lines = valueAtPath(result, 'extra', 'lines');
      const found = {
        text: lines === 'requires login' ? undefined : lines,
        place: [textOf(valueAtPath(result, 'path'))],
        line: valueAtPath(result, 'start', 'line'),
        detector: textAt(result, 'check_id'),
      };
      return outcomeOf(found, ADVICE.semgrep);
    }),
);

/** (detect-secrets, scan) */
const detectSecrets = format(
  { name: 'detect-secrets', title: 'detect-secrets', isWhole: true },
  (value) => isRecord(value) && Array.isArray(value.plugins_used) && isRecord(value.results),
  (value) =>
    Object.values(fieldsOf(valueAtPath(value, 'results')))
      .flatMap(arrayOf)
      .map(() => redacted(ADVICE['detect-secrets'])),
);

export const MASKING_TOOLS = [ggshield, trivy, checkov, semgrep, detectSecrets] as const;
