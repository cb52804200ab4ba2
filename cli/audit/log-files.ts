/** Files with exported logs, read line by line, packed with gzip or not, however long they are. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extractEvents, splitLines } from './log-export.ts';

/** A line that long holds a whole export: it would have to fit into memory. */
const MAX_LINE_UNITS = 64 * 1024 * 1024;

export type LogFileErrorCode = 'log-unreadable' | 'log-damaged' | 'log-line-too-long';

/** `detail` is a name of the system, or a fixed sentence. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';
  readonly code: LogFileErrorCode;
  readonly file: string;
  readonly detail: string;

  constructor(code: LogFileErrorCode, file: string, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.file = file;
    this.detail = detail;
  }
}

export interface LogEvent {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Which event of the line, from 1, when it holds several. */
  readonly part?: number;
  readonly text: string;
}

/**
 * Takes a path, or `-` and the bytes of stdin; yields the events in the file that may be audit records, in its order.
 * Rejects with LogFileError: `log-unreadable` (no such file, no right), `log-damaged` (gzip that does not end, or is
 * none), `log-line-too-long` (over 64 MiB).
 */
export async function* readLogFile(path: string, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<LogEvent> {
  const file = path === '-' ? 'stdin' : path;
  const bytes = path === '-' ? stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
  let line = 0;
  try {
    for await (const text of readLines(await decompress(bytes), file)) {
      line += 1;
      const events = extractEvents(text);
      for (const [index, event] of events.entries()) {
        yield { file, line, ...(events.length === 1 ? {} : { part: index + 1 }), text: event };
      }
    }
  } catch (error) {
    if (error instanceof LogFileError) throw error;
    const name = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new LogFileError(/^(Z_|ERR_)/.test(name) ? 'log-damaged' : 'log-unreadable', file, name);
  }
}

/** Told by its first bytes, since names lie. (RFC 1952 §2.3.1) */
async function decompress(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    if (first.done) return;
    yield first.value;
    for (;;) {
      const next = await iterator.next();
      if (next.done) return;
      yield next.value;
    }
  }
  const isGzip = !first.done && first.value[0] === 0x1f && first.value[1] === 0x8b;
  // Whoever reads the unpacked bytes hears of errors too: nothing is left to be told here.
  return isGzip ? pipeline(Readable.from(all()), createGunzip(), () => undefined) : all();
}

async function* readLines(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = splitLines(rest + decoder.decode(chunk, { stream: true }));
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_UNITS) {
      throw new LogFileError('log-line-too-long', file, 'over 64 MiB');
    }
    yield* lines;
  }
  yield* splitLines(rest + decoder.decode());
}
