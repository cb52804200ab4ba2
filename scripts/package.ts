/** Packages the service and checks what would be deployed: the contents of the zip and the CloudFormation template. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { pluralize } from '../terminal/format.ts';
import { HANDLERS } from './build.ts';
import { formatBytes } from './bundle-size.ts';
import { CONFIGURED, senderProblems, templateText } from './sender-problems.ts';
import { packageService } from './serverless-package.ts';
import { settingProblems } from './setting-problems.ts';
import { type Finding, templateFindings } from './template-findings.ts';
import type { Template } from './template-values.ts';
import { MAX_VARIABLE_BYTES, variableBytes, variableProblems } from './variable-size.ts';
import { type ZipEntry, zipEntries } from './zip-entries.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** A sentence for each difference between the paths in the package and those that were built, all handlers included. */
export const contentProblems = (
  packaged: readonly string[],
  expected: readonly string[],
  handlers: readonly string[] = HANDLERS,
): readonly string[] => [
  ...packaged.filter((name) => !expected.includes(name)).map((name) => `${name}: packaged, but not built`),
  ...expected.filter((name) => !packaged.includes(name)).map((name) => `${name}: built, but not packaged`),
  ...handlers
    .map((name) => `dist/handlers/${name}.mjs`)
    .filter((name) => !expected.includes(name))
    .map((name) => `${name}: not built`),
];

const builtFiles = (): readonly string[] =>
  readdirSync(join(ROOT, 'dist', 'handlers'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .replaceAll(sep, '/'),
    );

const findingLines = ({ severity, rule, id, path, message, excuse }: Finding): readonly string[] => [
  `${excuse === undefined ? severity : 'excused'}  ${rule}  ${id}  ${path}`,
  `    ${message}`,
  ...(excuse === undefined ? [] : [`    excuse: ${excuse}`]),
];

const sizeLine = (bytes: number, what: string): string => `${formatBytes(bytes).padStart(10)}  ${what}`;

export interface PackageCheck {
  readonly entries: readonly ZipEntry[];
  readonly zipBytes: number;
  /** Of the largest function, estimated. */
  readonly variableBytes: number;
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
}

/** The totals and the faults; with `detail` also the size of each file and what is excused. */
export function packageReport(
  { entries, zipBytes, variableBytes: variables, problems, findings }: PackageCheck,
  { detail }: { readonly detail: boolean },
): { readonly lines: readonly string[]; readonly faults: number } {
  const bad = findings.filter(({ excuse }) => excuse === undefined);
  const faults = problems.length + bad.length;
  const excused = findings.length - bad.length;
  const hint = detail || excused === 0 ? '' : ' (--detail lists them)';
  return {
    faults,
    lines: [
      ...(detail ? entries.map(({ name, bytes }) => sizeLine(bytes, name)) : []),
      sizeLine(zipBytes, `the zip of ${pluralize(entries.length, 'file')}`),
      sizeLine(variables, `variables of a function, about; at most ${formatBytes(MAX_VARIABLE_BYTES)}`),
      ...problems.map((problem) => `ERROR  ${problem}`),
      ...(detail ? findings : bad).flatMap(findingLines),
      `package: ${pluralize(faults, 'fault')}, ${excused} excused${hint}`,
    ],
  };
}

const DETAIL = '--detail';

const main = async (args: readonly string[]): Promise<number> => {
  if (process.stderr.isTTY) console.error('packaging, then validating the template: about 15 s');
  const packaged = await packageService(
    ROOT,
    args.filter((arg) => arg !== DETAIL),
  ).catch(({ message }: Error) => message);
  if (typeof packaged === 'string') {
    console.error(packaged);
    return 1;
  }
  const { template, zip } = packaged;
  const zipped = readFileSync(zip);
  const parsed: Template = JSON.parse(readFileSync(template, 'utf8'));
  const entries = zipEntries(zipped);
  const problems = [
    ...contentProblems(
      entries.map(({ name }) => name),
      builtFiles(),
    ),
    ...CONFIGURED.flatMap((each) => senderProblems(each, templateText(parsed, each), ROOT)),
    ...settingProblems(parsed, ROOT),
    ...variableProblems(parsed),
  ];
  const sizes = { zipBytes: zipped.length, variableBytes: variableBytes(parsed) };
  const check = { entries, ...sizes, problems, findings: templateFindings(template) };
  const { lines, faults } = packageReport(check, { detail: args.includes(DETAIL) });
  for (const line of lines) console.log(line);
  return faults === 0 ? 0 : 1;
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
