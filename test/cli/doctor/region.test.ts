/** What commands say where the SDK of AWS finds no region. The SDK reads the environment of the process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { enterEnvironment, type RunOptions, runHere, type Stand, startStand } from '../stand.ts';

describe('without a region', () => {
  let stand: Stand;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    stand = await startStand();
    const { AWS_REGION: _, ...rest } = stand.env;
    const nowhere = join(stand.folder, 'nowhere');
    env = { ...rest, HOME: stand.folder, AWS_CONFIG_FILE: nowhere, AWS_SHARED_CREDENTIALS_FILE: nowhere };
  });
  afterAll(() => stand.close());
  const command = (args: readonly string[], options: RunOptions = {}) => {
    enterEnvironment({ AWS_REGION: undefined, ...env, ...options.env });
    return runHere(args, { env, ...options });
  };

  it.each([[['status', 'x']], [['dlq', 'list']], [['dlq', 'show', 'alert-42']], [['identity', 'list']]])(
    '%j says that there is none, and not what AWS makes of it',
    async (args) => {
      expect(await command(args)).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^error \[region-missing\] .+\n {2}next: give --region or set AWS_REGION .+\n$/),
      });
    },
  );

  it('reports the missing region, not the token in the secret', async () => {
    const secret = { ...env, COREWEAVE_API_TOKEN: undefined, COREWEAVE_API_TOKEN_SECRET_ID: 'token' };
    const { code, stderr } = await command(['keys', 'saml/unknown@example.com'], { env: secret });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('[region-missing]') });
  });

  it('an event is not sent for want of one', async () => {
    const { code, stdout } = await command(['send', '-', '--yes'], { input: JSON.stringify(keyLeak()) });
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('not sent [region-missing]') });
    expect(stdout).toMatch(/give --region or set AWS_REGION/);
  });

  it('the doctor says so first, and asks AWS nothing', async () => {
    const { code, stdout } = await command(['doctor', '--json']);
    const { checks }: { checks: { name: string; state: string; mend?: string }[] } = JSON.parse(stdout);
    expect({ code, failed: checks.filter(({ state }) => state === 'failed') }).toMatchObject({
      code: 1,
      failed: [{ name: 'region', mend: expect.stringContaining('set AWS_REGION') }],
    });
    expect(checks.map(({ name }) => name)).toEqual([
      'region',
      'configuration',
      'own principal',
      'senders',
      'API token',
      'token owner',
      'permissions',
      'clock',
      'token life',
    ]);
  });

  it('that of a profile will do', async () => {
    const config = join(stand.folder, 'config');
    writeFileSync(config, '[default]\nregion = eu-central-1\n');
    const profiled = { ...env, AWS_CONFIG_FILE: config };
    expect(await stand.run(['dlq', 'list'], { env: profiled })).toMatchObject({ code: 0, stdout: '0 dead letters\n' });
    const lost = {
      ...profiled,
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
      DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/0/x',
    };
    expect((await command(['dlq', 'list'], { env: lost })).stderr).toContain(
      '[queue-unavailable] cannot connect to 127.0.0.1:9 (ECONNREFUSED)',
    );
  });
});
