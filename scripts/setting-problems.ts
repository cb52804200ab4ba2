/** What the functions of a deployment would refuse to start with, before it is deployed. */
import { readFileSync } from 'node:fs';
import { fieldsOf, isRecord } from '../events/shapes.ts';
import { optional, problemsOf, withFile } from '../lib/io/config/environment.ts';
import { parseSsfIssuers } from '../lib/io/config/ssf-issuers.ts';
import { V } from '../lib/io/config/variables.ts';
import { CONFIGURED } from './sender-problems.ts';

/**
 * Of a packaged template, whose defaults a deployment uses. Each problem names the parameter as the file of a stage
 * does. `@file` is relative to `root`.
 */
export function settingProblems(template: unknown, root: string): readonly string[] {
  const parameters = fieldsOf(fieldsOf(template).Parameters);
  const defaultOf = (name: string): string => String(fieldsOf(parameters[name]).Default ?? '');
  const names = parametersByVariable(template, parameters);
  const checked = Object.values(V).filter(({ name }) => CONFIGURED.every((each) => each.name !== name));
  const problems = checked.flatMap((variable) => {
    const parameter = names.get(variable.name);
    if (parameter === undefined) return [];
    const given = { LAMBDA_TASK_ROOT: root, [variable.name]: defaultOf(parameter) };
    const { env, problems: unread } = withFile(given, variable.name, (path) => readFileSync(path, 'utf8'));
    const found = [...unread, ...problemsOf(env, variable, false)];
    return found.map((problem) => `${parameter.charAt(0).toLowerCase()}${parameter.slice(1)}: ${problem}`);
  });
  return [...problems, ...pairProblems(defaultOf, root)];
}

/** Names of parameters by those of the variables whose whole value they are. */
function parametersByVariable(
  template: unknown,
  parameters: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> {
  const variables = Object.values(fieldsOf(fieldsOf(template).Resources)).flatMap((resource) =>
    Object.entries(fieldsOf(fieldsOf(fieldsOf(fieldsOf(resource).Properties).Environment).Variables)),
  );
  return new Map(
    variables.flatMap(([name, value]) => {
      const parameter = isRecord(value) ? value.Ref : undefined;
      return typeof parameter === 'string' && parameter in parameters ? [[name, parameter]] : [];
    }),
  );
}

/** An alarm on what is never measured would not end, and an address without a subscription gets no alarms. */
function pairProblems(defaultOf: (parameter: string) => string, root: string): readonly string[] {
  const isSet = (parameter: string): boolean => defaultOf(parameter) !== '';
  const measured = optional({ METRIC_SOURCES: defaultOf('MetricSources') }, V.metricSources);
  const issuers = issuersOf(defaultOf('SsfIssuers'), root);
  const pairs: readonly (readonly [isWrong: boolean, problem: string])[] = [
    [
      isSet('QuietSource') && measured?.has(defaultOf('QuietSource')) === false,
      'quietSource: expected one of metricSources, which have metrics of their own',
    ],
    [
      isSet('QuietIssuer') && issuers?.has(defaultOf('QuietIssuer')) === false,
      'quietIssuer: expected the name of one of ssfIssuers',
    ],
    [
      isSet('CanaryKeyId') && defaultOf('Verify') === 'false',
      "canaryKeyId: expected verify 'true': a canary that is not verified proves nothing",
    ],
    [
      isSet('AlarmEmail') && isSet('AlarmTopicArn'),
      'alarmEmail: is subscribed only to the topic of the stack: leave it empty, and subscribe it to alarmTopicArn',
    ],
  ];
  return pairs.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

/** Undefined: they are wrong, which senderProblems says. */
function issuersOf(value: string, root: string): ReadonlyMap<string, unknown> | undefined {
  const given = { LAMBDA_TASK_ROOT: root, SSF_ISSUERS: value || '{}' };
  const { env } = withFile(given, 'SSF_ISSUERS', (path) => readFileSync(path, 'utf8'));
  const parsed = parseSsfIssuers(env.SSF_ISSUERS ?? '');
  return parsed.kind === 'issuers' ? parsed.issuers : undefined;
}
