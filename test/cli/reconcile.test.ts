/** `revoker reconcile` and `revoker whoami` with the localhost stack. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../local/coreweave/faults.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { variablesFor } from '../../local/variables.ts';
import { offboarded } from '../support/event-factory.ts';
import { BARE, enterEnvironment, leaveEnvironment, runHere } from './stand.ts';

const ANN = 'coreweave/uAnn';
const BOB = 'coreweave/uBob';
const ROLE = 'saml/researchers';

let stack: Stack;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stack = await startStack({ onAudit: () => {}, onLog: () => {}, env: { RECONCILE_LIMIT: '1' } });
  env = {
    ...BARE,
    ...variablesFor({
      queues: stack.queues,
      api: stack.api,
      sqs: stack.sqsEndpoint,
      dynamodb: stack.ledgerEndpoint,
      lambda: stack.lambdaEndpoint,
    }),
    RECONCILE_LIMIT: '1',
  };
  enterEnvironment(env);
  for (const principalName of [ANN, BOB, ROLE]) {
    const event = offboarded({ id: principalName, time: new Date().toISOString(), data: { principalName } });
    await stack.send('bulk', JSON.stringify(event));
  }
  await stack.idle();
  for (const name of [ANN, BOB, ROLE]) stack.api.store.createKeys(name);
}, 60_000);
afterAll(async () => {
  leaveEnvironment();
  await stack.close();
});

const run = (...args: readonly string[]) => runHere(args, { env });
const live = () => [ANN, BOB, ROLE].filter((name) => stack.api.store.liveKeys(name).length > 0);

describe('revoker reconcile', () => {
  it('says in a dry run what a run would do, and does nothing', async () => {
    const { code, stdout } = await run('reconcile', '--dry-run');
    expect(code).toBe(3);
    expect(
      stdout
        .split('\n')
        .slice(0, 4)
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['principal', 'keys', 'what'],
      [ANN, '1', 'would be revoked'],
      [BOB, '1', 'would be held: over the limit'],
      [ROLE, '1', 'not revoked: several people share it'],
    ]);
    expect(live()).toEqual([ANN, BOB, ROLE]);
  });

  it('says in a dry run why the keys could not be listed, and nothing of the rate limiter', async () => {
    stack.api.faults.plan('list-keys', fault.status(503), { times: 100 });
    const { code, stdout, stderr } = await run('reconcile', '--dry-run');
    stack.api.faults.clear();
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error [listing-failed] the keys could not be listed: the CoreWeave API is not available (HTTP 503)\n' +
        '  next: retry; if the error persists, check the status page of CoreWeave\n',
    });
  });

  it('counts the principals that it leaves to an operator, and exits with 3 where there are no others', async () => {
    const protections = [ANN, BOB].map((principalName) => ({ principalName, owner: 'ops', reason: 'backup' }));
    const { code, stdout } = await runHere(['reconcile', '--dry-run'], {
      env: { ...env, PROTECTED: JSON.stringify(protections) },
    });
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^3 offboarded principals with live keys, of 3 that/m)]);
  });

  it('has the function revoke up to its limit', async () => {
    const { code, stdout } = await run('reconcile', '--yes', '--json');
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 3,
      dryRun: false,
      offboarded: 3,
      standing: [
        { principalName: ANN, keys: 1, action: 'sent' },
        { principalName: BOB, keys: 1, action: 'held: over the limit' },
      ],
      findings: [{ code: 'shared', principalName: ROLE, keys: 1 }],
    });
    await stack.idle();
    expect(live()).toEqual([BOB, ROLE]);
  });

  it('attests what is left, and why', async () => {
    const { code, stdout } = await run('reconcile', '--attest', '--json');
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 'standing',
      detail: '2 of 3 offboarded principals have live keys',
      remaining: [
        { principalName: BOB, keys: 1, why: 'its event is held' },
        { principalName: ROLE, keys: 1, why: 'the principal is shared by several people' },
      ],
    });
    expect(code).toBe(3);
  });

  it.each([
    ['without a name of the function', { METRIC_SERVICE: '' }, [], 2, 'function-unknown'],
    ['of a function that is not there', {}, ['--function', 'other'], 1, 'function-unavailable'],
  ])('%s says what to do', async (_name, differs, args, exitCode, failure) => {
    const { code, stdout, stderr } = await runHere(['reconcile', '--yes', '--json', ...args], {
      env: { ...env, ...differs },
    });
    expect([code, stdout + stderr]).toEqual([exitCode, expect.stringContaining(failure)]);
  });
});

describe('revoker whoami', () => {
  it('says whose token it is', async () => {
    const { code, stdout } = await run('whoami', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { principalName: 'coreweave/uRevocationHandler', orgUid: 'cw1234' },
    ]);
  });
});
