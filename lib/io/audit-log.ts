/** The audit log: one ASCII JSON line per record on Lambda's log pipe, acknowledged by the stream. */
import type { Writable } from 'node:stream';
import { asciiJson } from '../domain/ascii-json.ts';
import type { AuditLog } from '../ports.ts';
import { AdapterError } from './adapter-error.ts';
import { sdkErrorName } from './sdk.ts';

/** Bytes of one line, its end included. CloudWatch Logs cuts events at 256 KB, and a cut line proves nothing. */
const MAX_LINE_BYTES = 200_000;

/**
 * Takes the stream of the log pipe (`process.stdout`, not `console`: Lambda patches that, prefixes lines and drops
 * levels) and returns the audit log. Lines are written in the order of the calls. `write` rejects with AdapterError
 * `audit-too-long` (nothing was written) or `audit-unavailable` (the stream has failed, or fails this write).
 */
export const createAuditLog = (stream: Writable): AuditLog => {
  // A failed pipe also emits 'error', which would end the process; the callbacks below report it.
  stream.on('error', () => undefined);

  return {
    write: async (record) => {
      const line = `${asciiJson(record)}\n`;
      if (line.length > MAX_LINE_BYTES) {
        throw new AdapterError('audit-too-long', `${line.length} bytes, at most ${MAX_LINE_BYTES}`);
      }
      await new Promise<void>((resolve, reject) => {
        stream.write(line, (error) => {
          if (error) reject(new AdapterError('audit-unavailable', sdkErrorName(error)));
          else resolve();
        });
      });
    },
  };
};
