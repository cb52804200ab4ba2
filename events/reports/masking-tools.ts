/** Reports of tools that mask or hash what they find, unless they are asked not to. */
import { fieldsOf, isRecord } from '../shapes.ts';
import { arrayOf, redacted, textAt, textOf, valueAt } from './finding.ts';
import { ADVICE, format, outcomeOf } from './unmasked.ts';

/** (ggshield, secret scan --json) */
const ggshield = format(
  { name: 'ggshield', title: 'ggshield', isWhole: true },
  (value) => isRecord(value) && scansIn(value).some((scan) => Array.isArray(valueAt(scan, 'entities_with_incidents'))),
  (value) =>
    scansIn(value)
      .flatMap((scan) => arrayOf(valueAt(scan, 'entities_with_incidents')))
      .flatMap((entity) =>
        arrayOf(valueAt(entity, 'incidents'))
          .flatMap((incident) => arrayOf(valueAt(incident, 'occurrences')))
          .map((occurrence) => {
            const found = {
              text: valueAt(occurrence, 'match'),
              place: [textOf(valueAt(entity, 'filename'))],
              line: valueAt(occurrence, 'line_start'),
              detector: textAt(occurrence, 'type'),
            };
            return outcomeOf(found, ADVICE.ggshield);
          }),
      ),
);

/** A scan of commits holds one of each. */
const scansIn = (value: unknown): readonly unknown[] => [value, ...arrayOf(valueAt(value, 'scans'))];

/** (Trivy, --format json) */
const trivy = format(
  { name: 'trivy', title: 'Trivy', isWhole: true },
  (value) => isRecord(value) && Object.hasOwn(value, 'SchemaVersion') && Object.hasOwn(value, 'ArtifactName'),
  (value) =>
    arrayOf(valueAt(value, 'Results')).flatMap((result) =>
      arrayOf(valueAt(result, 'Secrets')).map((secret) => {
        const found = {
          text: valueAt(secret, 'Match'),
          place: [textOf(valueAt(value, 'ArtifactName')), textOf(valueAt(result, 'Target'))],
          line: valueAt(secret, 'StartLine'),
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
    arrayOf(valueAt(value, 'results', 'failed_checks')).map((check) => {
      const found = {
        text: linesOf(valueAt(check, 'code_block')),
        place: [textOf(valueAt(check, 'file_path'))],
        line: arrayOf(valueAt(check, 'file_line_range'))[0],
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
    arrayOf(valueAt(value, 'results')).map((result) => {
      const lines = valueAt(result, 'extra', 'lines');
      const found = {
        text: lines === 'requires login' ? undefined : lines,
        place: [textOf(valueAt(result, 'path'))],
        line: valueAt(result, 'start', 'line'),
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
    Object.values(fieldsOf(valueAt(value, 'results')))
      .flatMap(arrayOf)
      .map(() => redacted(ADVICE['detect-secrets'])),
);

export const MASKING_TOOLS = [ggshield, trivy, checkov, semgrep, detectSecrets] as const;
