/** Bundles in a temporary folder, and functions that run them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createFunction, type FunctionOptions, type LambdaFunction } from '../../../local/function.ts';

/** One function that does what its event says. */
const SOURCE = `
  let calls = 0;
  const never = new Promise(() => {});
  const deeds = {
    echo: (event) => event.value,
    nothing: () => undefined,
    count: () => (calls += 1),
    context: (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() }),
    env: () => process.env,
    throwError: () => { throw new RangeError('out of range'); },
    throwNull: () => { throw null; },
    circular: () => { const value = {}; value.self = value; return value; },
    hang: () => { process.stdout.write('before the hang\\n'); setInterval(() => {}, 1000); return never; },
    block: () => { for (;;); },
    exit: () => { process.stderr.write('last words'); process.exit(3); },
    reject: () => { Promise.reject(new Error('unhandled on purpose')); return never; },
    dieAfterwards: () => { setImmediate(() => { process.stderr.write('gone'); process.exit(); }); },
    wait: async (event) => { await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid; },
    write: () => {
      process.stdout.write('one\\ntw');
      process.stdout.write('o\\n{"text":"a\\u2028b\\u00e9"}\\nnot ended');
      process.stderr.write('trouble\\n');
    },
    flood: () => { for (let n = 0; n < 2000; n += 1) process.stdout.write('x'.repeat(100) + n + '\\n'); },
  };
  export const handler = async (event, context) => deeds[event.deed](event, context);
`;

const BUNDLES = {
  'deeds.mjs': SOURCE,
  'broken.mjs': 'throw new SyntaxError("does not load");',
  'other.mjs': 'export const main = () => {};',
  'slow.mjs': 'await new Promise(() => setInterval(() => {}, 1000)); export const handler = () => {};',
};

export const failing = (errorType: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({ name: 'FunctionError', errorType, message });

/** Writes the bundles; what functions made of them write is in `stdout` and `stderr`, by line. */
export const writeDeeds = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'environment-'));
  for (const [name, source] of Object.entries(BUNDLES)) await writeFile(join(folder, name), source);
  const functions: LambdaFunction[] = [];
  const stdout: string[] = [];
  const stderr: string[] = [];
  return {
    stdout,
    stderr,
    create(options: Partial<FunctionOptions> = {}, bundle: keyof typeof BUNDLES | 'absent.mjs' = 'deeds.mjs') {
      const made = createFunction({
        bundle: join(folder, bundle),
        env: {},
        timeoutMs: 5_000,
        maximumConcurrency: 1,
        onStdout: (line) => stdout.push(line),
        onStderr: (line) => stderr.push(line),
        ...options,
      });
      functions.push(made);
      return made;
    },
    async remove() {
      await Promise.all(functions.map((made) => made.close()));
      await rm(folder, { recursive: true });
    },
  };
};
export type Deeds = Awaited<ReturnType<typeof writeDeeds>>;
