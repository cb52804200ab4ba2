import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startExecution } from './execution.ts';

const { client } = inject('packaged');

/** A function that tries what the sandbox forbids, and tells how each try ended. */
const PROBE = `
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
const codeOf = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
export const handler = async () => ({
  uid: process.getuid(),
  writes: [process.env.LAMBDA_TASK_ROOT, tmpdir(), '.'].map((folder) =>
    codeOf(() => writeFileSync(folder + '/probe', '')),
  ),
  spawn: codeOf(() => spawn('true')),
});
`;

describe(`the sandbox on ${client}`, () => {
  it('runs a function as a user without rights, and lets it write no file and start no process', async () => {
    const task = mkdtempSync(join(tmpdir(), 'probe-'));
    onTestFinished(() => rmSync(task, { recursive: true }));
    writeFileSync(join(task, 'probe.mjs'), PROBE);
    chmodSync(task, 0o755);
    const execution = await startExecution({ handler: 'probe.handler', env: {}, task });
    const denied = 'ERR_ACCESS_DENIED';
    const uid = process.getuid?.() === 0 ? 993 : process.getuid?.();
    const body = { uid, writes: [denied, denied, denied], spawn: denied };
    expect(await execution.invoke({})).toEqual({ kind: 'response', body });
  });
});
