/** The files with which the CLI works on a stack that keeps running. Their folder ends with the process. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WatchFiles {
  readonly envFile: string;
  readonly auditLog: string;
  /** Adds a line to the audit log. */
  addAudit(line: string): void;
  writeEnv(variables: Readonly<Record<string, string>>): void;
  remove(): void;
}

/** The folder is removed too when the process ends by an error: the variables name a stack that is gone. */
export function createWatchFiles(): WatchFiles {
  const folder = mkdtempSync(join(tmpdir(), 'revoker-'));
  const [envFile, auditLog] = [join(folder, 'local.env'), join(folder, 'audit.jsonl')];
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return {
    envFile,
    auditLog,
    addAudit: (line) => appendFileSync(auditLog, `${line}\n`, { mode: 0o600 }),
    writeEnv(variables) {
      const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`);
      writeFileSync(envFile, lines.join(''), { mode: 0o600 });
    },
    remove,
  };
}
