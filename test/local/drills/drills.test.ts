/** Each drill makes the dead letter of its name on the localhost stack, and the CLI refuses every other stack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { isReason } from '../../../lib/model/reasons.ts';
import { type DemoStack, startDemoStack } from '../../../local/demo/stack.ts';
import { startDrillServer } from '../../../local/drills/server.ts';
import { DRILLS } from '../../../local/drills/situations.ts';
import type { Listening } from '../../../local/listen.ts';
import { enterEnvironment, leaveEnvironment } from '../../cli/stand.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'drills-'));
let stack: DemoStack;
let server: Listening;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stack = await startDemoStack({ onAudit: () => undefined, onLog: () => undefined });
  server = await startDrillServer(stack);
  env = { ...stack.env, REVOKER_DRILL_URL: server.endpoint, XDG_STATE_HOME: folder };
  enterEnvironment(env);
}, 60_000);
afterAll(async () => {
  leaveEnvironment();
  await server.close();
  await stack.close();
  rmSync(folder, { recursive: true });
});

async function operate(args: readonly string[], differs: NodeJS.ProcessEnv = {}) {
  const terminal = fakeTerminal();
  const code = await run([...args, '--json'], { terminal, env: { ...env, ...differs } });
  return { code, json: JSON.parse(terminal.out) };
}

const reasons = async (): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    (await operate(['dlq', 'list'])).json.reasons.map(({ reason, count }: { reason: string; count: number }) => [
      reason,
      count,
    ]),
  );

describe('revoker drill', () => {
  it('lists at least ten drills', async () => {
    expect(await operate(['drill'])).toEqual({ code: 0, json: { codes: Object.keys(DRILLS) } });
    expect(Object.keys(DRILLS).length).toBeGreaterThan(10);
  });

  it.each(Object.keys(DRILLS).filter(isReason))(
    'makes a dead letter, and the same again: %s',
    async (code) => {
      const before = (await reasons())[code] ?? 0;
      for (const _ of ['once', 'again']) {
        const { json } = await operate(['drill', code]);
        expect(json).toEqual({
          code,
          alarm: 'dead letters waiting',
          deadLetters: 1,
          runbook: 'RUNBOOK.md#alarm-dead-letters-waiting',
        });
      }
      expect((await reasons())[code]).toBe(before + 2);
    },
    60_000,
  );

  it('breaks the API until the drill is stopped', async () => {
    expect((await operate(['drill', 'breaker-open'])).json.alarm).toBe('breaker open');
    expect((await operate(['keys', 'coreweave/bystander'])).json.error.code).toBe('api-unavailable');
    expect((await operate(['drill', 'stop'])).json).toEqual({ stopped: true });
    expect((await operate(['keys', 'coreweave/bystander'])).code).toBe(0);
  });

  it.each([
    ['a code that no drill has', ['drill', 'nothing'], {}, 'wrong-use'],
    ['a stack without drills', ['drill'], { REVOKER_DRILL_URL: undefined }, 'drill-refused'],
    ['drills elsewhere', ['drill'], { REVOKER_DRILL_URL: 'https://drill.example' }, 'drill-refused'],
    [
      'queues elsewhere',
      ['drill'],
      { URGENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/u' },
      'drill-refused',
    ],
    ['a stack that is gone', ['drill'], { REVOKER_DRILL_URL: 'http://127.0.0.1:9' }, 'drill-failed'],
  ])('refuses %s', async (_, args, differs, code) => {
    expect((await operate(args, differs)).json.error.code).toBe(code);
  });
});
