/**
 * From the real scanners through pipes into the built CLI, on the localhost stack: keys that leaked with their secret
 * are revoked, and no others. Needs `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { variablesFor } from '../../local/variables.ts';
import { BARE } from '../cli/stand.ts';
import { type Stack, startStack } from '../e2e/stack.ts';
import { programOf, type Scanner } from './install.ts';
import { LONE_ID, PLANTED, REMOVED, SECRETS } from './planted.ts';
import { createRepository, DETECTORS, type Repository, reportOf, type Scan } from './repository.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli/revoker.mjs');
const BYSTANDER = 'CWBYSTANDER00001';
const OWNER = 'coreweave/owner';
const ALL = [...PLANTED, REMOVED].map(({ id }) => id);

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a line of bash in the repository, as the documents tell it. */
async function bash(line: string, scanner: Scanner, stack: Stack, { folder, root }: Repository): Promise<Ended> {
  const { queues, api, sqsEndpoint: sqs, ledgerEndpoint: dynamodb } = stack;
  const env = {
    ...BARE,
    ...variablesFor({ queues, api, sqs, dynamodb }),
    PATH: [dirname(programOf(scanner)), process.env.PATH].join(':'),
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    DETECTORS,
    NODE: process.execPath,
    CLI,
  };
  const child = spawn('bash', ['-c', line], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, output: `${stdout}${stderr}` };
}

const GITLEAKS = 'gitleaks git --config $DETECTORS/gitleaks.toml --max-decode-depth 2 --exit-code 0 --no-banner';
const TRUFFLEHOG = 'trufflehog git --config $DETECTORS/trufflehog.yaml --no-verification --no-update --json file://.';
const REVOKER = '"$NODE" "$CLI" scan-report --yes';

const PIPES: readonly (readonly [Scanner, string])[] = [
  ['gitleaks 8.26', `set -o pipefail; ${GITLEAKS} --report-format json --report-path - . | ${REVOKER} -`],
  ['trufflehog 3.60', `set -o pipefail; ${TRUFFLEHOG} 2>&1 | ${REVOKER} -`],
];
const FILES: readonly Scan[] = [
  { scanner: 'gitleaks 8.26', of: 'history', form: 'sarif' },
  { scanner: 'gitleaks 8.26', of: 'history', form: 'csv' },
];

const start = async (): Promise<Stack> => {
  const seed = [...ALL, LONE_ID, BYSTANDER].map((accessKeyId) => ({ accessKeyId, principalName: OWNER }));
  const stack = await startStack({ seed });
  onTestFinished(() => stack.close());
  return stack;
};

/** What the report was to come to: an operator has to act on the rest, which exit code 3 says. */
async function expectRevoked(stack: Stack, { code, output }: Ended): Promise<void> {
  expect({ code, output }).toMatchObject({ code: 3, output: expect.stringContaining(`${ALL.length} leaked with`) });
  await stack.idle();
  expect(stack.api.store.liveKeys(OWNER)).toEqual([LONE_ID, BYSTANDER]);
  const deadLetters = await stack.deadLetters();
  expect(deadLetters.map(({ reason }) => reason).toSorted()).toEqual([
    'console-only',
    'held-low-confidence',
    'unmappable',
  ]);
  const shown = [output, ...stack.output, JSON.stringify(deadLetters), JSON.stringify(stack.queueRequests)].join('\n');
  expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
}

describe('scan-report of the built CLI', () => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await createRepository();
  });
  afterAll(() => repository.close());

  it.each(PIPES)('revokes by a pipe from %s', async (scanner, line) => {
    const stack = await start();
    await expectRevoked(stack, await bash(line, scanner, stack, repository));
  });

  it.each(FILES)('revokes by $scanner in $form', async (scan) => {
    const stack = await start();
    const file = join(repository.folder, `scan.${scan.form}`);
    writeFileSync(file, await reportOf(scan, repository));
    await expectRevoked(stack, await bash(`${REVOKER} '${file}'`, scan.scanner, stack, repository));
  });

  it('sends nothing and fails where the scanner in the pipe fails', async () => {
    const stack = await start();
    const line = `set -o pipefail; gitleaks git --config missing.toml --report-path - . | ${REVOKER} -`;
    const { code } = await bash(line, 'gitleaks 8.26', stack, repository);
    expect(code).toBe(1);
    expect(stack.api.store.liveKeys(OWNER)).toHaveLength(ALL.length + 2);
  });
});
