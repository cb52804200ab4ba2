/**
 * Prepares what all files of the suite share: the unpacked package, the runtime client, and a folder that no function
 * may write.
 */
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageService } from '../../scripts/serverless-package.ts';
import { type RuntimeClient, runtimeClient } from './runtime-client.ts';
import { unzip } from './unzip.ts';

/** A function of the packaged template. */
export interface PackagedFunction {
  readonly handler: string;
  readonly memory: number;
  readonly timeoutS: number;
}

export interface Packaged {
  /** What runs the functions, for the names of tests. */
  readonly client: string;
  readonly node: string;
  /** Module of the runtime client. */
  readonly entry: string;
  readonly task: string;
  readonly functions: readonly PackagedFunction[];
}

declare module 'vitest' {
  interface ProvidedContext {
    packaged: Packaged;
  }
}

const ROOT = resolve(import.meta.dirname, '../..');

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly Handler?: string; readonly MemorySize?: number; readonly Timeout?: number };
}

const functionsIn = (template: string): readonly PackagedFunction[] => {
  const { Resources: resources }: { Resources: Record<string, Resource> } = JSON.parse(readFileSync(template, 'utf8'));
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties: { Handler = '', MemorySize = 0, Timeout = 0 } = {} }) => ({
      handler: Handler,
      memory: MemorySize,
      timeoutS: Timeout,
    }));
};

/** On Linux in CI the real client is a must. Elsewhere our own takes its place, and says so. */
const describeClient = (client: RuntimeClient): string => {
  if (client.kind === 'aws') return `aws-lambda-ric ${client.version}`;
  if (process.env.CI === 'true' && process.platform === 'linux') throw new Error(`test:lambda: ${client.reason}`);
  process.stderr.write(
    `test:lambda: skipped aws-lambda-ric: ${client.reason}\nThe suite runs on test/lambda/own-client.ts.\n`,
  );
  return 'own client';
};

/** Files that all users can read and only root can change. */
const protect = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || path.endsWith('/node') ? 0o555 : 0o444);
  }
  chmodSync(folder, 0o555);
};

/** Vitest calls it once, before all files, and what it returns after them. */
export default async function setup(project: TestProject): Promise<() => void> {
  const client = await runtimeClient();
  const name = describeClient(client);
  const { template, zip } = await packageService(ROOT);
  const folder = mkdtempSync(join(tmpdir(), 'lambda-'));
  const [node, task, home] = [join(folder, 'node'), join(folder, 'task'), join(folder, 'client')];
  mkdirSync(task);
  unzip(readFileSync(zip), task);
  // Copies, because the user that runs the functions may not be allowed to reach the originals.
  copyFileSync(process.execPath, node);
  if (client.kind === 'aws') cpSync(client.folder, home, { recursive: true });
  else cpSync(join(import.meta.dirname, 'own-client.ts'), join(home, 'own-client.ts'));
  protect(folder);
  const entry =
    client.kind === 'aws' ? join(home, 'node_modules', 'aws-lambda-ric', 'index.mjs') : join(home, 'own-client.ts');
  project.provide('packaged', { client: name, node, entry, task, functions: functionsIn(template) });
  return () => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
  };
}
