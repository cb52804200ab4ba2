/** A helper process that exchanges lines of JSON and ends when its stdin ends. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildProcess<Hello> {
  /** The first line that it prints. */
  readonly hello: Hello;
  /** Sends an empty line; resolves with the next line that the process prints. */
  ask<Answer>(): Promise<Answer>;
  close(): Promise<void>;
}

/** `module` is a path from the root of the project. Resolves at the first line of the process. */
export async function startChild<Hello>(module: string, argument: unknown = {}): Promise<ChildProcess<Hello>> {
  const path = fileURLToPath(new URL(`../${module}`, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(argument)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${module} has ended`);
    return JSON.parse(value);
  };
  return {
    hello: await next(),
    ask: () => {
      child.stdin.write('\n');
      return next();
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
