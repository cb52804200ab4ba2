/**
 * Installs the scanners: Debian packages of other suites, unpacked into a cache folder of the user. Nothing of the
 * machine's apt and dpkg is written. Exit code 3: they cannot be had here, and standard error says why.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Package {
  readonly suite: string;
  readonly name: 'gitleaks' | 'trufflehog';
  /** Upstream version and Debian revision; a rebuild of them (`+b1`) is the same source. */
  readonly version: string;
}

const PACKAGES = {
  'gitleaks 8.16': { suite: 'trixie', name: 'gitleaks', version: '8.16.0-1' },
  'gitleaks 8.26': { suite: 'sid', name: 'gitleaks', version: '8.26.0-1' },
  'trufflehog 3.60': { suite: 'sid', name: 'trufflehog', version: '3.60.0-1' },
} as const satisfies Record<string, Package>;

export type Scanner = keyof typeof PACKAGES;
const SCANNERS: readonly Package[] = Object.values(PACKAGES);

const TIMEOUT_MS = 300_000;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.*';
/** Where a Debian mirror is named, in both forms of source files. */
const SOURCE_FILES = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.list', '/etc/apt/sources.list.d/*.sources'];

const pinned = createHash('sha256').update(JSON.stringify(PACKAGES)).digest('hex').slice(0, 12);
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const FOLDER = join(cache, 'coreweave-revocation-handler', `scanners-${pinned}-${process.arch}`);

/** The program of a scanner, once it is installed. */
export const programOf = (scanner: Scanner): string => binaryIn(FOLDER, PACKAGES[scanner]);

const binaryIn = (folder: string, { suite, name }: Package): string => join(folder, suite, 'usr', 'bin', name);

class Unavailable extends Error {}

/** Builds beside the folder, and moves the result there: an interrupted installation leaves nothing half done. */
async function install(): Promise<void> {
  if (existsSync(FOLDER)) return;
  const [mirror, keyring] = [await mirrorOf(), globSync(KEYRING).toSorted()[0]];
  if (keyring === undefined) throw new Unavailable('this machine has no debian-archive-keyring');
  mkdirSync(dirname(FOLDER), { recursive: true });
  const workshop = mkdtempSync(`${FOLDER}-`);
  try {
    for (const suite of new Set(SCANNERS.map((each) => each.suite))) {
      const apt = await createApt(join(workshop, `apt-${suite}`), `deb [signed-by=${keyring}] ${mirror} ${suite} main`);
      for (const each of SCANNERS.filter((one) => one.suite === suite)) await unpack(each, apt, workshop);
      rmSync(apt.folder, { recursive: true, force: true });
    }
    for (const each of SCANNERS) await tryOut(each, workshop);
    renameSync(workshop, FOLDER);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** The mirror of Debian that this machine itself uses. */
async function mirrorOf(): Promise<string> {
  const format = '$(ORIGIN) $(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).catch(() => {
    throw new Unavailable('this machine has no apt');
  });
  // Before the first `apt-get update` there are no index targets with an origin.
  const files = globSync(SOURCE_FILES).toSorted();
  const sources = files.length === 0 ? '' : (await run('cat', files)).stdout;
  const named =
    /^Debian (\S+\/debian\/?)$/m.exec(stdout) ?? /^(?!\s*#).*?\b(https?:\/\/\S+\/debian\/?)(?=\s|$)/m.exec(sources);
  if (named?.[1] === undefined) throw new Unavailable('the apt configuration of this machine names no Debian mirror');
  return named[1];
}

interface Apt {
  readonly folder: string;
  /** Runs apt-get on its own source list, in its folder. */
  get(...args: readonly string[]): Promise<unknown>;
}

async function createApt(folder: string, source: string): Promise<Apt> {
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `${source}\n`);
  const options = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Update::Error-Mode': 'any',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const get = (...args: readonly string[]) =>
    run('apt-get', [...flags, '-qq', ...args], { cwd: folder, timeout: TIMEOUT_MS });
  await get('update').catch((error: unknown) => {
    throw new Unavailable(`the package lists cannot be read: ${lastLine(error)}`);
  });
  return { folder, get };
}

async function unpack({ suite, name, version }: Package, apt: Apt, workshop: string): Promise<void> {
  await apt.get('download', `${name}=${version}*`).catch((error: unknown) => {
    const missing = `${name} ${version} of Debian ${suite} is not available (${lastLine(error)})`;
    throw new Unavailable(`${missing}: pin another in test/scanners/install.ts`);
  });
  for (const file of globSync(`${name}_*.deb`, { cwd: apt.folder })) {
    await run('dpkg', ['-x', join(apt.folder, file), join(workshop, suite)]);
  }
}

/** The packages are of newer suites than the machine may be. */
async function tryOut(scanner: Package, workshop: string): Promise<void> {
  await run(binaryIn(workshop, scanner), ['--help'], { timeout: TIMEOUT_MS }).catch((error: unknown) => {
    throw new Unavailable(`${scanner.name} of Debian ${scanner.suite} does not run here: ${lastLine(error)}`);
  });
}

/** The last output of apt-get, without URLs, which name the mirror of this machine. */
const lastLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/https?:\/\/\S+/g, '…') ?? '';

if (import.meta.main) {
  try {
    await install();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`test:scanners: not run: ${error.message}`);
    process.exitCode = 3;
  }
}
