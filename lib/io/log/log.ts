/** The operational log: one ASCII JSON line per entry, with the context of the record at work. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Writable } from 'node:stream';
import { asciiJson } from '../../model/json.ts';
import type { Clock, Log, LogFields } from '../../ports.ts';

type Level = 'info' | 'warn' | 'error';

/**
 * A line is `{"time","level","code", …context, …fields}`, `time` in ISO 8601; an inner context wins over an outer one,
 * fields over the context, and nothing over time, level and code. Never throws: a log that cannot be written is lost.
 */
export const createLog = (stream: Writable, clock: Pick<Clock, 'now'>): Log => {
  const contexts = new AsyncLocalStorage<LogFields>();
  // Without a listener, a broken pipe would end the process.
  stream.on('error', () => undefined);

  const write = (level: Level, code: string, fields: LogFields = {}): void => {
    const head = { time: new Date(clock.now()).toISOString(), level, code };
    stream.write(`${asciiJson({ ...head, ...contexts.getStore(), ...fields, ...head })}\n`);
  };

  return {
    info: (code, fields) => write('info', code, fields),
    warn: (code, fields) => write('warn', code, fields),
    error: (code, fields) => write('error', code, fields),
    within: (fields, work) => contexts.run({ ...contexts.getStore(), ...fields }, work),
  };
};
