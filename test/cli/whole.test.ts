/** The CLI with the localhost stack: its events are processed, and it reports their results. Needs `npm run build`. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../local/listen.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { startStsServer } from '../../local/sts-server.ts';
import { variablesFor } from '../../local/variables.ts';
import { until } from '../e2e/wait.ts';
import { offboarded } from '../support/event-factory.ts';
import { withoutLongPolls } from '../support/long-polls.ts';
import { BARE, enterEnvironment, leaveEnvironment, runHere, runProgram } from './stand.ts';

const PROTECTED_KEY = 'CWWHOLE000000001';
const KEY = 'CWWHOLE000000002';
const OFFBOARDED = 'saml/offboarded@example.com';

describe('the command line before the whole product', () => {
  let stack: Stack;
  let sts: Listening;
  let env: NodeJS.ProcessEnv;
  const folder = mkdtempSync(join(tmpdir(), 'revoker-'));
  const auditLog = join(folder, 'audit.jsonl');
  beforeAll(async () => {
    sts = await startStsServer();
    stack = await startStack({
      onAudit: (line) => appendFileSync(auditLog, `${line}\n`),
      onLog: () => {},
      // Those of the mappings stay: they would look without end.
      onRequest: withoutLongPolls,
      seed: [
        { accessKeyId: PROTECTED_KEY, principalName: 'coreweave/keeper' },
        { accessKeyId: KEY, principalName: 'coreweave/leaky' },
        { accessKeyId: 'CWWHOLE000000003', principalName: OFFBOARDED },
        { accessKeyId: 'CWWHOLE000000004', principalName: OFFBOARDED },
      ],
      env: { PROTECTED: JSON.stringify([{ accessKeyId: PROTECTED_KEY, owner: 'keeper', reason: 'test' }]) },
    });
    env = {
      ...BARE,
      ...variablesFor({
        queues: stack.queues,
        api: stack.api,
        sqs: stack.sqsEndpoint,
        dynamodb: stack.ledgerEndpoint,
        lambda: stack.lambdaEndpoint,
      }),
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      XDG_STATE_HOME: folder,
      REVOKER_AUDIT_LOG: auditLog,
    };
    enterEnvironment(env);
  });
  afterAll(async () => {
    leaveEnvironment();
    await Promise.all([stack.close(), sts.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const json = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runHere([...args, '--json'], { env });
    return { code, stderr, ...JSON.parse(stdout) };
  };

  it('revokes a key and waits until it is gone', async () => {
    const { code, stdout } = await runProgram(['revoke', '--key', KEY, '--wait', '--yes', '--json'], { env });
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, outcome: 'gone', lane: 'urgent' });
    expect(stack.api.store.status(KEY)).toBe('DELETED');
  });

  it('says so when a principal had no key to be revoked', async () => {
    const mistyped = await json('revoke', '--principal', 'saml/typo@example.com', '--wait', '--yes');
    expect(mistyped).toMatchObject({ code: 0, outcome: 'no-keys' });
  });

  it('revokes an offboarding by way of the directory, and shows what the ledger has of it', async () => {
    const people = `kind,value,principals\nemail,offboarded@example.com,${OFFBOARDED}\n`;
    expect((await runHere(['identity', 'import', '-', '--yes'], { env, input: people })).code).toBe(0);
    const event = offboarded({
      id: 'by-email',
      time: new Date().toISOString(),
      data: { identity: { email: 'offboarded@example.com' } },
    });
    expect((await runHere(['send', '-', '--yes'], { env, input: JSON.stringify(event) })).code).toBe(0);
    await until('the offboarding to be gone', () =>
      stack.api.store.liveKeys(OFFBOARDED).length === 0 ? true : undefined,
    );
    await stack.idle();
    const { ledger, audit } = await json('status', 'by-email', '--source', String(event.source));
    expect(audit.events[0]).toMatchObject({ eventId: 'by-email', status: 'revoked', targets: [OFFBOARDED] });
    expect(ledger).toMatchObject({
      state: 'done',
      principals: [OFFBOARDED],
      fence: [expect.any(String), expect.any(String)],
    });
    expect(await json('keys', OFFBOARDED)).toMatchObject({ code: 0, live: 0 });
  });

  it('tells of a hold, releases it by an approved replay, and finds the key gone', async () => {
    const held = await json('revoke', '--key', PROTECTED_KEY, '--wait', '--timeout', '20', '--yes');
    expect(held).toMatchObject({ code: 1, outcome: 'dead-letter', reason: 'held-protected' });
    const words = ['--event-id', held.eventId, '--source', held.source, '--approve', '--yes', '--operator', 'keeper'];
    const approve = async (answers?: readonly string[]) => {
      const { code, stdout } = await runHere(['dlq', 'replay', ...words, '--json'], {
        env,
        ...(answers && { answers }),
      });
      return { code, ...JSON.parse(stdout) };
    };
    expect(await approve()).toMatchObject({ code: 2, error: { code: 'confirmation-needed' } });
    expect(await approve([PROTECTED_KEY])).toMatchObject({
      code: 0,
      results: { replayed: 1 },
      operator: { name: 'keeper', userId: 'local' },
    });
    await until('the key to be gone', () => (stack.api.store.status(PROTECTED_KEY) === 'DELETED' ? true : undefined));
    expect(await stack.depth('deadLetters')).toBe(0);
    await stack.idle();
    const { audit } = await json('status', PROTECTED_KEY);
    expect(audit).toMatchObject({ from: 'files', events: [{ eventId: held.eventId, status: 'revoked' }] });
    const phases: readonly string[] = audit.events[0].steps.map(({ phase }: { phase: string }) => phase);
    // The function may begin before the replay has recorded that it sent the event.
    expect(phases.slice(0, 2)).toEqual(['hold', 'replay']);
    expect(phases.slice(2).filter((phase) => phase !== 'replay')).toEqual(['intent', 'outcome']);
    expect(phases).toHaveLength(5);
    expect(await json('audit', 'verify', auditLog)).toMatchObject({ code: 0, verdict: 'intact' });
  });
});
