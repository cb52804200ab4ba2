/** A Git repository with all that is planted, and the reports of the real scanners about it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { programOf, type Scanner } from './install.ts';
import { envOf, OTHERS, PLANTED, REMOVED } from './planted.ts';

const run = promisify(execFile);
export const DETECTORS = resolve(import.meta.dirname, '../../detectors');

export interface Repository {
  /** Holds the repository and the reports. */
  readonly folder: string;
  readonly root: string;
  close(): void;
}

/** Nothing of the machine's Git: neither its configuration nor its hooks. */
const GIT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(['AUTHOR', 'COMMITTER'].flatMap((who) => Object.entries(identityOf(who)))),
};

function identityOf(who: string): Record<string, string> {
  const name = `GIT_${who}`;
  return { [`${name}_NAME`]: 'a', [`${name}_EMAIL`]: 'a@example.com', [`${name}_DATE`]: '2026-11-23T09:30:00Z' };
}

export async function createRepository(): Promise<Repository> {
  const folder = mkdtempSync(join(tmpdir(), 'scanners-'));
  const root = join(folder, 'repository');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: readonly string[]) => run('git', args, { cwd: root, env: GIT });
  for (const { path, text } of PLANTED) write(path, text);
  for (const [path, text] of Object.entries(OTHERS)) write(path, text);
  write(REMOVED.path, envOf(REMOVED));
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'add');
  await git('rm', '--quiet', REMOVED.path);
  await git('commit', '--quiet', '--message', 'remove');
  return { folder, root, close: () => rmSync(folder, { recursive: true, force: true }) };
}

type ReportForm = 'json' | 'csv' | 'sarif';

export interface Scan {
  readonly scanner: Scanner;
  readonly of: 'files' | 'history';
  readonly form: ReportForm;
}

/** Scans; resolves with the report as the scanner wrote it, with the log of trufflehog in it (`2>&1`). */
export async function reportOf({ scanner, of, form }: Scan, { folder, root }: Repository): Promise<Buffer> {
  const program = programOf(scanner);
  if (scanner === 'trufflehog 3.60') {
    const what = of === 'files' ? ['filesystem', root] : ['git', `file://${root}`];
    const config = `--config=${DETECTORS}/trufflehog.yaml`;
    return scanFully(program, [...what, config, '--no-verification', '--no-update', '--json']);
  }
  const report = join(folder, `report.${form}`);
  const what = scanner === 'gitleaks 8.16' ? detect(of, root) : scan(of, root);
  const into = ['--report-format', form, '--report-path', report];
  await run(program, [...what, '--config', `${DETECTORS}/gitleaks.toml`, '--exit-code', '0', ...into], { cwd: root });
  return readFileSync(report);
}

/** trufflehog 3.60 ends with exit code 1 after one complete scan in ten; its log says whether the scan was complete. */
async function scanFully(program: string, args: readonly string[]): Promise<Buffer> {
  const { stdout, stderr } = await run(program, args, { maxBuffer: 1 << 26 }).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error) return error;
    throw error;
  });
  if (!String(stderr).includes('"finished scanning"')) throw new Error(`the scan is incomplete: ${stderr}`);
  return Buffer.from(`${stderr}${stdout}`);
}

const detect = (of: Scan['of'], root: string): readonly string[] => [
  ...['detect', '--source', root],
  ...(of === 'files' ? ['--no-git'] : []),
];
const scan = (of: Scan['of'], root: string): readonly string[] => [
  ...[of === 'files' ? 'dir' : 'git', root],
  ...['--max-decode-depth', '2'],
];
