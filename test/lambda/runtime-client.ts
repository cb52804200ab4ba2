/**
 * Builds AWS' own runtime client (`aws-lambda-ric`) once per version, Node and machine, in a cache folder of the user.
 * It compiles libcurl and a native addon, which takes about a minute.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `folder` has the client in its node_modules. */
export type RuntimeClient =
  | { readonly kind: 'aws'; readonly folder: string; readonly version: string }
  | { readonly kind: 'own'; readonly reason: string };

const SOURCE = join(import.meta.dirname, 'client');
const FILES = ['package.json', 'package-lock.json'] as const;
const BUILD_TIMEOUT_MS = 1_800_000;

/** What the build runs, and the Debian package that has it. */
const TOOLS = {
  cmake: 'cmake',
  make: 'make',
  'g++': 'g++',
  python3: 'python3',
  xz: 'xz-utils',
  autoconf: 'autoconf',
  automake: 'automake',
  libtoolize: 'libtool',
} as const;

/** The Node that runs this brings its headers, so the build downloads none. */
const NODE_HOME = resolve(process.execPath, '../..');

/** Returns the built client, or why this machine has none. */
export const runtimeClient = async (): Promise<RuntimeClient> => {
  if (process.platform !== 'linux')
    return { kind: 'own', reason: `aws-lambda-ric builds on Linux only, not on ${process.platform}` };
  const folder = cacheFolder();
  const version: string = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8')).dependencies['aws-lambda-ric'];
  if (!existsSync(folder)) {
    const reason = (await missingRequirement()) ?? (await build(folder));
    if (reason !== undefined) return { kind: 'own', reason };
  }
  return { kind: 'aws', folder, version };
};

/** Named by all that the build depends on. */
const cacheFolder = (): string => {
  const lock = createHash('sha256')
    .update(readFileSync(join(SOURCE, 'package-lock.json')))
    .digest('hex');
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const name = `lambda-runtime-client-${lock.slice(0, 12)}-${process.version}-${process.arch}`;
  return join(cache, 'coreweave-revocation-handler', name);
};

const missingRequirement = async (): Promise<string | undefined> => {
  if (!existsSync(join(NODE_HOME, 'include', 'node', 'node_api.h'))) return `no Node headers in ${NODE_HOME}/include`;
  const missing = await missingTools();
  if (missing.length === 0) return undefined;
  const packages = missing.map((tool) => TOOLS[tool]);
  const installed = await installPackages(packages);
  if (installed && (await missingTools()).length === 0) return undefined;
  return `aws-lambda-ric needs ${missing.join(', ')}; as root run: apt-get install ${packages.join(' ')}`;
};

const missingTools = async (): Promise<readonly (keyof typeof TOOLS)[]> => {
  const tools = Object.keys(TOOLS) as (keyof typeof TOOLS)[];
  const found = await Promise.all(tools.map(isOnPath));
  return tools.filter((_, at) => !found[at]);
};

const isOnPath = async (tool: string): Promise<boolean> => {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const looks = folders.map((folder) => access(join(folder, tool), constants.X_OK));
  return (await Promise.allSettled(looks)).some(({ status }) => status === 'fulfilled');
};

/** Resolves to false when this is no Debian, the user is not root, or a package cannot be had. */
const installPackages = async (packages: readonly string[]): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !(await isOnPath('apt-get'))) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: BUILD_TIMEOUT_MS };
  try {
    await run('apt-get', ['-qq', 'update'], options);
    await run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], options);
    return true;
  } catch {
    return false;
  }
};

/** Builds beside `folder` and moves the result there, so that a build that was interrupted leaves nothing half done. */
const build = async (folder: string): Promise<string | undefined> => {
  let workshop = '';
  try {
    mkdirSync(dirname(folder), { recursive: true });
    workshop = mkdtempSync(`${folder}-`);
    for (const file of FILES) copyFileSync(join(SOURCE, file), join(workshop, file));
    const env = {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      npm_config_nodedir: NODE_HOME,
      // The addon aborts the process when it is loaded without this variable; nothing listens there.
      AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9',
    };
    await runGroup('npm', ['ci', '--no-audit', '--no-fund'], { cwd: workshop, env });
    const addon = join(workshop, 'node_modules', 'aws-lambda-ric', 'rapid-client.node');
    await run(process.execPath, ['-e', 'require(process.argv[1])', addon], { env });
    renameSync(workshop, folder);
    return undefined;
  } catch (error) {
    if (workshop !== '') rmSync(workshop, { recursive: true, force: true });
    return existsSync(folder) ? undefined : `aws-lambda-ric did not build: ${String(error)}`;
  }
};

/** Runs a command, and after the time-out ends all processes that it started. Rejects with its last lines. */
const runGroup = async (command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) => {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const timer = setTimeout(() => process.kill(-Number(child.pid), 'SIGKILL'), BUILD_TIMEOUT_MS);
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(timer));
  if (code === 0) return;
  const last = Buffer.concat(output).toString().trim().split('\n').slice(-20).join('\n');
  throw new Error(`${command} ended with ${code ?? signal}\n${last}`);
};
