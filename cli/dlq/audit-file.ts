/** The file for the audit records of the CLI itself (`dlq discard`): append-only, readable by its owner alone. */
import { closeSync, createWriteStream, mkdirSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AuditLog } from '../../lib/audit/write.ts';
import { createAuditLog } from '../../lib/io/log/audit-log.ts';
import { sha256, systemChance } from '../../lib/io/node.ts';
import { usageError } from '../failure.ts';

/** `revoker/audit.jsonl` in the user's state folder (XDG Base Directory Specification, `$XDG_STATE_HOME`). */
export const defaultAuditFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'revoker', 'audit.jsonl');

/** Throws CliError `audit-unavailable` (usage error) if the file cannot be written: no discard without a record. */
export function openAuditFile(path: string): AuditLog & { close(): Promise<void> } {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    throw usageError(
      'audit-unavailable',
      'the file of audit records cannot be written',
      'give another one with --audit <file>',
    );
  }
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  const close = (): Promise<void> => new Promise((resolve) => stream.end(resolve));
  return { ...createAuditLog(stream, { authority: 'revoker', newId: systemChance.id, sha256 }), close };
}
