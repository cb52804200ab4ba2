/** The option --stack against a CloudFormation and a Systems Manager on localhost, and the real queues and ledger. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { addStack } from '../../../cli/stack/add-stack.ts';
import { VERSION } from '../../../lib/model/version.ts';
import { type StackServer, stackOf, startStackServer } from '../../../local/stack-server.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { incidentLog } from '../../support/incident-log.ts';
import { deadLetterOf } from '../dlq/dead-letters.ts';
import { BARE, enterEnvironment, leaveEnvironment, type Stand, startStand } from '../stand.ts';

const STACK = 'coreweave-revocation-test';
const folder = mkdtempSync(join(tmpdir(), 'stack-'));
let stand: Stand;
let server: StackServer;
/** What an operator has: a name, credentials, and nothing of the functions. */
let operator: NodeJS.ProcessEnv;

beforeAll(async () => {
  [stand, server] = await Promise.all([startStand(), startStackServer()]);
  const own = Object.entries(stand.env).filter(([name]) => !(name in BARE) && !name.startsWith('AWS_'));
  server.stacks.set(STACK, await stackOf(STACK, Object.fromEntries(own) as Record<string, string>));
  const endpoints = Object.entries(stand.env).filter(([name]) => name.startsWith('AWS_'));
  operator = {
    ...BARE,
    ...Object.fromEntries(endpoints),
    AWS_ENDPOINT_URL_CLOUDFORMATION: server.endpoint,
    AWS_ENDPOINT_URL_SSM: server.endpoint,
  };
}, 60_000);
afterAll(async () => {
  await Promise.all([stand.close(), server.close()]);
  rmSync(folder, { recursive: true });
});

/** Runs the program as the operator. The SDK takes its endpoints from the environment of this process. */
async function operate(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const terminal = fakeTerminal();
  enterEnvironment({ ...operator, ...env });
  try {
    const code = await run(args, { terminal, env: { ...operator, ...env } });
    return { code, out: terminal.out, err: terminal.err };
  } finally {
    leaveEnvironment();
  }
}

describe('revoker --stack', () => {
  it('operates a deployed stack without any other variable', async () => {
    await stand.addDeadLetters(deadLetterOf(keyLeak({ id: 'leak-by-stack' }), { reason: 'held-protected' }));
    const { code, out, err } = await operate(['dlq', 'list', '--stack', STACK, '--region', 'us-east-1']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('held-protected');
  });

  it('takes the stack from REVOKER_STACK, which --env-file replaces', async () => {
    expect((await operate(['dlq', 'list'], { REVOKER_STACK: STACK })).code).toBe(0);
    const file = join(folder, 'local.env');
    writeFileSync(file, `DEAD_LETTER_QUEUE_URL=${stand.env.DEAD_LETTER_QUEUE_URL}\n`);
    expect((await operate(['dlq', 'list', '--env-file', file], { REVOKER_STACK: 'no-such-stack' })).code).toBe(0);
  });

  it('shows commands with the same stack', async () => {
    await stand.addDeadLetters(deadLetterOf(keyLeak({ id: 'shown-by-stack' }), { reason: 'held-protected' }));
    const { out } = await operate(['dlq', 'show', 'shown-by-stack', '--stack', STACK, '--region', 'us-east-1']);
    expect(out).toContain(` --stack ${STACK} --region us-east-1`);
  });

  it('asks no stack for a command without variables', async () => {
    const file = join(folder, 'empty.jsonl');
    writeFileSync(file, '');
    const { err } = await operate(['audit', 'verify', file], { REVOKER_STACK: 'no-such-stack' });
    expect(err).not.toContain('stack');
  });

  describe('with audit report', () => {
    /** The log of a function of a stack. */
    const logOf = (name: string, functionName: string): string => {
      const file = join(folder, `${name}.jsonl`);
      writeFileSync(file, incidentLog().join('\n').replaceAll('"revoke:7"', `"${functionName}:7"`));
      return file;
    };

    it('reads account and region, and only for the report itself', async () => {
      const file = logOf('own', `${STACK}-revokeUrgent`);
      const out = join(folder, 'own.html');
      const { code, err } = await operate(['audit', 'report', file, '--out', out, '--stack', STACK]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const text = readFileSync(out, 'utf8')
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ');
      expect(text).toContain(
        `Stack ${STACK} Account 000000000000 Region us-east-1 Mode enforce Handler version ${VERSION} ` +
          `Functions ${STACK}-revokeUrgent Generated at`,
      );
      const verified = await operate(['audit', 'verify', file], { REVOKER_STACK: 'no-such-stack' });
      expect(verified.err).not.toContain('stack-not-found');
    });

    it.each([
      ['another stack', 'other-revokeUrgent', STACK, 'stack-differs'],
      ['a stack that does not exist', 'no-such-stack-replay', 'no-such-stack', 'stack-not-found'],
    ])('refuses records of %s', async (_, functionName, stack, error) => {
      const file = logOf(error, functionName);
      const out = join(folder, `${error}.html`);
      const { code, err } = await operate(['audit', 'report', file, '--out', out], { REVOKER_STACK: stack });
      expect(code).toBe(2);
      expect(err).toContain(`[${error}]`);
      expect(existsSync(out)).toBe(false);
    });
  });

  it.each([
    ['a stack that does not exist', ['--stack', 'no-such-stack'], {}, 'stack-not-found'],
    ['a name that no stack can have', ['--stack', '../x'], {}, 'stack-not-found'],
    ['a file as well', ['--stack', STACK, '--env-file', 'x'], {}, 'wrong-use'],
    ['something that is no region', ['--region', 'eu central'], {}, 'wrong-use'],
    ['another value in the environment', ['--stack', STACK], { MODE: 'dry-run' }, 'settings-conflict'],
    ['no access', ['--stack', STACK], { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:9' }, 'stack-unavailable'],
  ])('refuses %s', async (_, args, env, error) => {
    const { code, err } = await operate(['dlq', 'list', ...args], env);
    expect(code).toBe(error === 'stack-unavailable' ? 1 : 2);
    expect(err).toContain(`[${error}]`);
  });
});

describe('addStack', () => {
  const list = JSON.stringify(
    Array.from({ length: 4_000 }, (_, n) => ({
      principalName: `saml/${Math.imul(n + 1, 2_654_435_761).toString(36)}@example.com`,
      owner: 'SRE',
      reason: 'production',
    })),
  );
  const file = join(folder, 'protected.json');
  const variables = { MODE: 'enforce', LIMITS: '{\n "totalPerDay": 400\n}', PROTECTED: `@${file}`, SENDERS: '' };
  beforeAll(async () => {
    writeFileSync(file, list);
    server.stacks.set('files', await stackOf('files', variables));
  });
  const readerOf = (name: string) => {
    const stack = server.stacks.get(name);
    return {
      describe: async () => stack && { arn: '', outputs: new Map(Object.entries(stack.outputs)) },
      settings: async () =>
        Object.entries(stack?.parameters ?? {}).map(([each, value]) => ({ name: each, value, changedAt: 7 })),
    };
  };

  it('puts the texts of packaged files in place of their names', async () => {
    expect(Object.keys(server.stacks.get('files')?.parameters ?? {}).length).toBeGreaterThan(2);
    const env: NodeJS.ProcessEnv = {};
    expect(await addStack(env, 'files', readerOf('files'))).toBe(7);
    const functions = ['revokeUrgent', 'revokeBulk', 'ingest', 'replay', 'reconcile'];
    const groups = functions.map((name) => `/aws/lambda/files-${name}`);
    expect(env).toEqual({ ...variables, PROTECTED: list, REVOKER_LOG_GROUPS: groups.join(',') });
  });

  it.each([
    ['a part of a file is missing', (name: string) => !name.endsWith('/files/00')],
    ['the variables are missing', (name: string) => !name.endsWith('/variables')],
  ])('throws where %s, as during a deployment', async (_, keeps) => {
    const reader = readerOf('files');
    const settings = async () => (await reader.settings()).filter(({ name }) => keeps(name));
    await expect(addStack({}, 'files', { ...reader, settings })).rejects.toMatchObject({
      failure: { code: 'settings-incomplete', exitCode: 1 },
    });
  });

  it('throws for a stack that has stored no settings', async () => {
    const reader = {
      ...readerOf('files'),
      describe: async () => ({ arn: '', outputs: new Map([['UrgentQueueUrl', 'x']]) }),
    };
    await expect(addStack({}, 'other', reader)).rejects.toMatchObject({ failure: { code: 'stack-without-settings' } });
  });
});
