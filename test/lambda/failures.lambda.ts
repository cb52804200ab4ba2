import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fault } from '../../local/coreweave/faults.ts';
import { recordOf } from '../e2e/direct.ts';
import { until } from '../e2e/wait.ts';
import { keyLeak } from '../support/event-factory.ts';
import { startExecution } from './execution.ts';
import { type Stage, startStage } from './stage.ts';

const { client } = inject('packaged');
const OWN = 'own client';
const HANDLER = 'dist/handlers/revoke.handler';
/** Loaded before the runtime client: causes an unhandled rejection on SIGUSR2. */
const REJECT_ON_SIGNAL = "process.on('SIGUSR2', () => void Promise.reject(new TypeError('planted text')))";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

describe(`a failing function on ${client}`, () => {
  it.each(['revoke', 'ingest', 'replay', 'notify'])(
    '%s: posts an init error of type ConfigError when no variable is set',
    async (name) => {
      const execution = await startExecution({ handler: `dist/handlers/${name}.handler`, env: {} });
      const posted = await execution.start();
      expect(posted).toMatchObject({
        kind: 'init-error',
        error: {
          errorType: 'ConfigError',
          header: 'ConfigError',
          errorMessage: expect.stringMatching(/^config-invalid: /),
        },
      });
      expect(await execution.ended).toMatchObject({ code: 1 });
      const [line] = execution.stdout.map((each) => JSON.parse(each));
      // AWS' client logs the error, too; ours does not.
      if (line !== undefined) expect(line.message.errorType).toBe('ConfigError');
      expect(execution.stderr.map((each) => JSON.parse(each))).toMatchObject(
        client === OWN ? [] : [{ code: 'fatal', error: 'ConfigError' }],
      );
    },
  );

  it('revoke: ends after an unhandled rejection, and the next environment settles the record', async () => {
    const { api, queues, env } = stage;
    const key = 'CWREJECTED000001';
    api.store.add({ accessKeyId: key, principalName: 'coreweave/owner' });
    api.faults.plan('revoke-key', fault.hang());
    const event = {
      Records: [recordOf('leak', JSON.stringify(keyLeak({ id: key, data: { accessKeyId: key } })), queues.urgent.arn)],
    };
    const nodeOptions = [`--import=data:text/javascript,${encodeURIComponent(REJECT_ON_SIGNAL)}`];
    const crashing = await startExecution({ handler: HANDLER, env: env.revoke, nodeOptions });
    const outcome = crashing.invoke(event);
    await until('the call of the API', () => api.requests.find(({ call }) => call === 'revoke-key'));
    process.kill(crashing.pid, 'SIGUSR2');
    expect(await outcome).toMatchObject({ kind: 'ended', code: 1 });
    const lines = crashing.stderr.map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ level: 'error', code: 'fatal', error: 'TypeError' });
    expect(crashing.stderr.join()).not.toContain('planted text');

    const next = await startExecution({ handler: HANDLER, env: env.revoke });
    expect(await next.invoke(event)).toEqual({ kind: 'response', body: { batchItemFailures: [] } });
    expect(api.store.status(key)).toBe('DELETED');
  });
});
