/** Cuts a stream of text into lines, and says when the output of an invocation has come to its end. */
import type { Readable } from 'node:stream';
import { endMark } from './protocol.ts';

export interface Lines {
  /** Resolves when the mark of that invocation was read; a line before it that was not ended is handed on. */
  ended(requestId: string): Promise<void>;
}

/** Hands each line of `stream` to `onLine`, without its line feed; only `\n` ends a line. */
export const readLines = (stream: Readable, onLine: (line: string) => void): Lines => {
  const waiting = new Map<string, () => void>();
  let rest = '';
  const take = (line: string): void => {
    for (const [mark, resolve] of waiting) {
      if (!line.endsWith(mark)) continue;
      waiting.delete(mark);
      if (line.length > mark.length) onLine(line.slice(0, -mark.length));
      resolve();
      return;
    }
    onLine(line);
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
  return {
    ended: (requestId) =>
      new Promise((resolve) => {
        waiting.set(endMark(requestId), resolve);
      }),
  };
};
