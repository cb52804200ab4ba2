/** Reads files of exported logs line by line, with or without gzip, whatever their size. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extractEvents, splitLines } from './log-export.ts';

/** A longer line is a whole export in one line, which would have to fit into memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

export type LogFileErrorCode = 'log-unreadable' | 'log-damaged' | 'log-line-too-long';

/** `detail` is an error code of the system, or a fixed text. */
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
  /** Number of the event in the line, from 1, where the line contains several. */
  readonly part?: number;
  readonly text: string;
}

/**
 * Yields the events that may be audit records, in the order of the file; `-` is stdin. Rejects with LogFileError:
 * `log-unreadable` (missing file or permission), `log-damaged` (invalid gzip), `log-line-too-long` (over 64 MiB).
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

/** Detects gzip (RFC 1952 §2.3.1) and UTF-16 by the first bytes, not by the file name. */
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
  const [one, two] = first.done ? [] : first.value;
  if (one === 0xff && two === 0xfe) return toUtf8(all());
  // The reader of the decompressed bytes gets the errors too.
  return one === 0x1f && two === 0x8b ? pipeline(Readable.from(all()), createGunzip(), () => undefined) : all();
}

/** Windows PowerShell writes what is redirected to a file in UTF-16. */
async function* toUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-16le');
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
}

/** Splits before it decodes: text of a whole chunk costs five times the CPU of its lines. */
async function* readLines(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let begun: Uint8Array[] = [];
  let isFirst = true;
  const finish = (end: Uint8Array): readonly string[] => {
    const text = Buffer.concat([...begun, end]).toString();
    begun = [];
    const line = isFirst ? text.replace(/^\ufeff/, '') : text;
    isFirst = false;
    return splitLines(line);
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield* finish(chunk.subarray(start, end));
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    if (begun.reduce((sum, { length }) => sum + length, 0) > MAX_LINE_BYTES) {
      throw new LogFileError('log-line-too-long', file, 'over 64 MiB');
    }
  }
  yield* finish(new Uint8Array());
}
