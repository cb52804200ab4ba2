import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localSqs } from '../../../local/queues.ts';
import { stackOf } from '../../../local/stack-server.ts';
import { BARE, BUILT_PROGRAM, runProgram } from '../../cli/stand.ts';
import { keyLeak, offboarded } from '../../support/event-factory.ts';
import { deadLetterOf } from '../../support/replay-stage.ts';
import { packagedGrants, STACK, wordsOf } from './grants.ts';
import { type Stage, startStage } from './stage.ts';

/** Not in the policy, because every identity may make it. (STS API reference, GetCallerIdentity) */
const FREE = ['unknown /'];

const KEY = 'CWCOMMAND0000001';
const PEOPLE = 'kind,value,principals\nemail,user@example.com,saml/user\n';
const EVENTS = [keyLeak({ id: 'leak' }), offboarded({ id: 'left', source: '//scanner.example/acme/app' })];

const folder = mkdtempSync(join(tmpdir(), 'commands-'));
let stage: Stage;
let grants: Awaited<ReturnType<typeof packagedGrants>>;
beforeAll(async () => {
  [stage, grants] = await Promise.all([startStage(), packagedGrants()]);
  stage.api.store.add({ accessKeyId: KEY, principalName: 'coreweave/owner' });
  const sqs = localSqs((await stage.caller()).recorder.endpoint);
  for (const event of EVENTS) {
    const { body } = deadLetterOf(event);
    await sqs.send(new SendMessageCommand({ QueueUrl: stage.queues.deadLetters.url, MessageBody: body }));
  }
  sqs.destroy();
  writeFileSync(join(folder, 'report.json'), JSON.stringify([{ RuleID: 'coreweave', Secret: KEY, File: 'a' }]));
  writeFileSync(join(folder, 'events.json'), JSON.stringify(EVENTS));
  writeFileSync(join(folder, 'people.csv'), PEOPLE);
}, 120_000);
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

const COMMANDS: readonly (readonly string[])[] = [
  ['explain', 'events.json'],
  ['send', 'events.json', '--yes'],
  ['scan-report', 'report.json', '--yes'],
  ['revoke', '--key', KEY, '--yes'],
  ['keys', 'coreweave/owner'],
  ['status', 'leak'],
  ['identity', 'import', 'people.csv', '--yes'],
  ['identity', 'list'],
  ['identity', 'remove', 'email', 'user@example.com', '--yes'],
  ['dlq', 'list'],
  ['dlq', 'show', 'leak'],
  ['dlq', 'export', 'dead-letters.jsonl'],
  ['dlq', 'discard', 'leak', '--reason', 'a test', '--yes', '--operator', 'ann', '--audit', 'audit.jsonl'],
  [
    'dlq',
    'replay',
    '--event-id',
    'left',
    '--source',
    '//scanner.example/acme/app',
    '--approve',
    '--yes',
    '--function',
    'replay',
  ],
  ['backfill', 'offboardings'],
  ['backfill', 'github', '--repo', 'acme/app', '--yes'],
  ['reconcile', '--dry-run'],
  ['reconcile', '--function', 'reconcile', '--yes'],
  ['token', 'rotate', '--stack', STACK],
  ['doctor'],
];

const isOfOperator = (name: string): boolean => name.startsWith('AWS_');
const select = (env: NodeJS.ProcessEnv, isWanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value && isWanted(name) ? [[name, value]] : [])));

describe('the policy of operators', () => {
  it('allows every call of every command, and nothing that no command calls', async () => {
    const { recorder, env } = await stage.caller();
    stage.stacks.set(
      STACK,
      await stackOf(
        STACK,
        select(env, (name) => !isOfOperator(name)),
      ),
    );
    const allowed = new Set([...grants.of('OperatorPolicy'), ...FREE]);
    const used = new Set<string>();
    const refused: string[] = [];
    for (const [command = '', ...args] of COMMANDS) {
      recorder.clear();
      // Only a token that differs from the one on stdin is stored.
      if (command === 'token') stage.secrets.secrets.set('api-token', 'a-token-of-last-year');
      const given = args.map((arg) => (/\.\w+$/.test(arg) && !arg.includes('@') ? join(folder, arg) : arg));
      const own = args.includes('--stack') ? select(env, isOfOperator) : env;
      await runProgram([command, ...given], {
        env: { ...BARE, ...own, XDG_STATE_HOME: folder },
        input: stage.api.token,
        program: BUILT_PROGRAM,
      });
      for (const call of wordsOf(recorder.calls())) {
        used.add(call);
        if (!allowed.has(call)) refused.push(`${[command, ...args].join(' ')}: ${call}`);
      }
    }
    expect(refused).toEqual([]);
    expect([...used].filter((call) => !FREE.includes(call)).toSorted()).toEqual(grants.of('OperatorPolicy'));
  }, 120_000);
});
