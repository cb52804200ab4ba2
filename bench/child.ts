/** A helper process that speaks in lines of JSON and ends with its stdin. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildProcess<Hello> {
  /** The first line that it printed. */
  readonly hello: Hello;
  /** Sends a line and returns the next line that comes back. */
  ask<Answer>(): Promise<Answer>;
  close(): Promise<void>;
}

/** Takes a module's path from the root of the project and its argument; resolves when its first line has come. */
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
