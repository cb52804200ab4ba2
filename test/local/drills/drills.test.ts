/** Each drill makes the dead letter of its name on the localhost stack, and the CLI refuses every other stack. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { isReason } from '../../../lib/model/reasons.ts';
import { type DemoStack, startDemoStack } from '../../../local/demo/stack.ts';
import { startDrillServer } from '../../../local/drills/server.ts';
import { ALARMS, DRILLS } from '../../../local/drills/situations.ts';
import type { Listening } from '../../../local/listen.ts';
import { localSqs } from '../../../local/queues.ts';
import { enterEnvironment, leaveEnvironment } from '../../cli/stand.ts';
import { until } from '../../e2e/wait.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { withoutLongPolls } from '../../support/long-polls.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'drills-'));
let stack: DemoStack;
let server: Listening;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stack = await startDemoStack({
    onAudit: () => undefined,
    onLog: () => undefined,
    onRequest: withoutLongPolls,
    bulkAtOnce: true,
  });
  server = await startDrillServer(stack, { outageMs: 3_000, laterS: 1 });
  env = { ...stack.env, REVOKER_DRILL_URL: server.endpoint, XDG_STATE_HOME: folder };
  enterEnvironment(env);
}, 60_000);
afterAll(async () => {
  leaveEnvironment();
  await server.close();
  await stack.close();
  rmSync(folder, { recursive: true });
});

const withCode = async (args: readonly string[], differs: NodeJS.ProcessEnv = {}) => {
  const terminal = fakeTerminal();
  const code = await run(args, { terminal, env: { ...env, ...differs } });
  return { code, out: terminal.out };
};
async function operate(args: readonly string[], differs: NodeJS.ProcessEnv = {}) {
  const { code, out } = await withCode([...args, '--json'], differs);
  return { code, json: JSON.parse(out) };
}

const countOf = async (code: string): Promise<number> => {
  const { json } = await operate(['dlq', 'list']);
  return json.reasons.find(({ reason }: { reason: string }) => reason === code)?.count ?? 0;
};

/** Reading the dead letters of all drills before it would be most of what a drill takes. */
beforeEach(async () => {
  const sqs = localSqs(stack.sqsEndpoint);
  await sqs.send(new PurgeQueueCommand({ QueueUrl: stack.queues.deadLetters.url }));
  sqs.destroy();
});

it('doctor has on the localhost stack the two warnings that docs/getting-started.md names', async () => {
  const { code, json } = await operate(['doctor']);
  const checks: readonly { name: string; state: string }[] = json.checks;
  const wrong = checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${state} ${name}`);
  expect({ code, wrong }).toEqual({ code: 0, wrong: ['warning senders', 'warning token life'] });
});

describe('revoker drill', () => {
  it('lists each drill with its situation', async () => {
    const drills = Object.entries(DRILLS).map(([code, { situation }]) => ({ code, situation }));
    expect(await operate(['drill'])).toEqual({ code: 0, json: { drills } });
  });

  it.each(Object.keys(DRILLS).filter(isReason))(
    'makes a dead letter, and the same again: %s',
    { timeout: 60_000 },
    async (code) => {
      for (const _ of ['once', 'again']) {
        expect((await operate(['drill', code])).json).toEqual({
          code,
          situation: DRILLS[code]?.situation,
          alarm: 'dead letters waiting',
          alarmText: 'A dead letter needs action.',
          deadLetters: 1,
          runbook: 'RUNBOOK.md#alarm-dead-letters-waiting',
        });
      }
      expect(await countOf(code)).toBe(2);
    },
  );

  it.each([
    ['held-unknown-sender', 'AROADRILLUNKNOWN'],
    ['retries-exhausted', 'local'],
    ['held-stale', 'local'],
  ])('makes a dead letter whose sender `dlq show` prints: %s', async (code, sender) => {
    await operate(['drill', code]);
    const { json } = await operate(['dlq', 'list', '--detail']);
    const shown = await withCode(['dlq', 'show', json.letters[0].messageId]);
    expect(shown.out).toMatch(new RegExp(`^sender +${sender}$`, 'm'));
  });

  it('says the text of the alarm, and what to do next', async () => {
    const { code, out } = await withCode(['drill', 'unreadable']);
    expect(code).toBe(0);
    expect(out).toContain('Alarm: dead letters waiting\nA dead letter needs action. RUNBOOK.md#alarm-dead-letters-');
    expect(out).toContain('\n  revoker dlq list\n');
  });

  it.each(Object.keys(ALARMS))('has the text that the alarm has: %s', (alarm) => {
    const text = ALARMS[alarm as keyof typeof ALARMS];
    const anchor = `alarm-${alarm.replaceAll(' ', '-')}`;
    expect(readFileSync(join(ROOT, 'deploy/alarms.yml'), 'utf8')).toContain(`'${text} \${RunbookUrl}#${anchor}'`);
    expect(readFileSync(join(ROOT, 'RUNBOOK.md'), 'utf8')).toContain(`\n### Alarm: ${alarm}\n`);
  });

  const keys = () => operate(['keys', 'coreweave/bystander']);
  it('breaks the API until the outage is stopped', async () => {
    expect((await operate(['drill', 'breaker-open'])).json.alarm).toBe('breaker open');
    expect((await keys()).json.error.code).toBe('api-unavailable');
    expect((await operate(['drill', 'stop'])).json).toEqual({ stopped: true });
    expect((await keys()).code).toBe(0);
  });

  it('breaks the API for a while, and then it works by itself', async () => {
    expect((await operate(['drill', 'token-refused'])).json.alarm).toBe('token refused');
    expect((await keys()).code).toBe(1);
    expect(await until('the API to answer', async () => ((await keys()).code === 0 ? true : undefined))).toBe(true);
  });

  it.each([
    ['a code that no drill has', ['drill', 'nothing'], {}, 'wrong-use'],
    ['a name of every object', ['drill', 'constructor'], {}, 'wrong-use'],
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
