import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWatchFiles } from '../../../local/demo/watch-files.ts';

const MODULE = join(import.meta.dirname, '../../../local/demo/watch-files.ts');

/** What a process does that has written the files, and then runs the statement. */
function pathAfter(statement: string) {
  const script = `
    import { createWatchFiles } from ${JSON.stringify(MODULE)};
    const { envFile, writeEnv } = createWatchFiles();
    writeEnv({ NAME: 'value' });
    process.stdout.write(envFile);
    ${statement}
  `;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  return { status, path: stdout };
}

describe('createWatchFiles', () => {
  it('keeps variables and audit records for their owner alone, until they are removed', () => {
    const { envFile, auditLog, addAudit, writeEnv, remove } = createWatchFiles();
    writeEnv({ NAME: 'value' });
    addAudit('{}');
    expect([envFile, auditLog].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    remove();
    expect([envFile, auditLog].map((path) => existsSync(path))).toEqual([false, false]);
  });

  it.each([
    ['an error in a listener', `setImmediate(() => { throw new Error('a fault'); });`, 1],
    ['a rejection', `await Promise.reject(new Error('a fault'));`, 1],
    ['an exit', 'process.exit(3);', 3],
  ])('leaves no file when the process ends by %s', (_, statement, status) => {
    const ended = pathAfter(statement);
    expect(ended.status).toBe(status);
    expect(ended.path).toMatch(/local\.env$/);
    expect(existsSync(ended.path)).toBe(false);
  });
});
