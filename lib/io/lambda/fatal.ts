/**
 * Logs the error that ends the process. Node would print the source line, which is thousands of characters long in a
 * minified bundle, and the message, which may quote an event.
 */
import { writeSync } from 'node:fs';
import { asciiJson } from '../../model/json.ts';
import { sdkErrorName } from '../aws/sdk.ts';

const FRAME = /^\s+at .{1,300}$/;
const MOST_FRAMES = 10;
const STDERR = 2;

/**
 * A line of the operational log with the name of the error and the frames of its stack, but not its message. `now` is
 * in epoch ms.
 */
export const fatalLine = (error: unknown, now: number): string =>
  asciiJson({
    time: new Date(now).toISOString(),
    level: 'error',
    code: 'fatal',
    error: sdkErrorName(error),
    stack: error instanceof Error ? framesOf(error) : [],
  });

/** A message may have lines that look like frames. */
const framesOf = ({ stack = '', message }: Error): readonly string[] => {
  const header = stack.indexOf(message);
  return stack
    .slice(header < 0 ? 0 : header + message.length)
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim());
};

/**
 * Ends the process with code 1 after an uncaught exception or an unhandled rejection, as Node does. Lambda then reports
 * `Runtime.ExitError`.
 */
export const exitOnFatalError = (): void => {
  process.on('uncaughtException', (error: unknown) => {
    try {
      writeSync(STDERR, `${fatalLine(error, Date.now())}\n`);
    } finally {
      process.exit(1);
    }
  });
};
