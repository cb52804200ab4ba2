/** Packages the service and checks what would be deployed: the contents of the zip and the CloudFormation template. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { formatBytes } from './bundle-size.ts';
import { CONFIGURED, senderProblems, templateText } from './sender-problems.ts';
import { packageService } from './serverless-package.ts';
import { type Finding, templateFindings } from './template-findings.ts';
import { zipEntries } from './zip-entries.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** A sentence for each difference between the paths in the package and those that were built. */
export const contentProblems = (packaged: readonly string[], expected: readonly string[]): readonly string[] => [
  ...packaged.filter((name) => !expected.includes(name)).map((name) => `${name}: packaged, but not built`),
  ...expected.filter((name) => !packaged.includes(name)).map((name) => `${name}: built, but not packaged`),
  ...(expected.includes('dist/handlers/revoke.mjs') ? [] : ['dist/handlers/revoke.mjs: not built']),
];

const builtFiles = (): readonly string[] =>
  readdirSync(join(ROOT, 'dist', 'handlers'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .replaceAll(sep, '/'),
    );

const printFinding = ({ severity, rule, id, path, message, excuse }: Finding): void => {
  console.log(`${excuse === undefined ? severity : 'excused'}  ${rule}  ${id}  ${path}\n    ${message}`);
  if (excuse !== undefined) console.log(`    excuse: ${excuse}`);
};

const printSize = (bytes: number, what: string): void => console.log(`${formatBytes(bytes).padStart(10)}  ${what}`);

const main = async (args: readonly string[]): Promise<number> => {
  const { template, zip } = await packageService(ROOT, args);
  const bytes = readFileSync(zip);
  const entries = zipEntries(bytes);
  for (const { name, bytes: size } of entries) printSize(size, name);
  printSize(bytes.length, `the zip of ${entries.length} files\n`);

  const problems = [
    ...contentProblems(
      entries.map(({ name }) => name),
      builtFiles(),
    ),
    ...CONFIGURED.flatMap((each) =>
      senderProblems(each, templateText(JSON.parse(readFileSync(template, 'utf8')), each), ROOT),
    ),
  ];
  const findings = templateFindings(template);
  for (const problem of problems) console.log(`ERROR  ${problem}`);
  for (const finding of findings) printFinding(finding);
  const faults = problems.length + findings.filter(({ excuse }) => excuse === undefined).length;
  console.log(`\npackage: ${faults} faults, ${findings.length + problems.length - faults} excused`);
  return faults === 0 ? 0 : 1;
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
