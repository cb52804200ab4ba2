/**
 * Executes every shell block of the documents in EXECUTED, as printed, against a stack on localhost. A block runs in
 * bash with the definitions of the blocks before it. What the test changes: `npm` runs the bundled CLI, since starting
 * npm takes longer than the command, and types what a question asks for. Blocks have dead-letter queues of their
 * own, except for `doctor`, which compares the queues of the stack, and for drills.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReason, type Reason } from '../../lib/model/reasons.ts';
import { type DemoStack, startDemoStack } from '../../local/demo/stack.ts';
import { startDrillServer } from '../../local/drills/server.ts';
import { startInvokedFunctions } from '../../local/invoked.ts';
import type { Listening } from '../../local/listen.ts';
import { localSqs } from '../../local/queues.ts';
import { stackOf, startStackServer } from '../../local/stack-server.ts';
import { BUNDLE_OPTIONS } from '../../scripts/bundle-options.ts';
import { offboarded } from '../support/event-factory.ts';
import { withoutLongPolls } from '../support/long-polls.ts';
import { deadLetterOf } from '../support/replay-stage.ts';
import { EXECUTED, RUN_BY } from './executed.ts';
import { linesOf, type ShellBlock, shellBlocksIn } from './shell.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Runs until it is stopped; the stack of this test takes its place. */
const WATCH = 'npm start -- --watch';
const [SOURCE, KEY, PRINCIPAL] = ['//hr.example/acme', 'CWDEMO0BYSTANDER', 'coreweave/bystander'];

const root = mkdtempSync(join(tmpdir(), 'documents-'));
/** The env file of the localhost stack. */
const LOCAL_ENV = join(root, 'local.env');
let stack: DemoStack;
let drills: Listening;
/** What the blocks have started. */
const servers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  const options = { ...BUNDLE_OPTIONS, absWorkingDir: ROOT, outdir: join(root, 'cli') } as const;
  [stack] = await Promise.all([
    startDemoStack({
      onAudit: () => undefined,
      onLog: () => undefined,
      onRequest: withoutLongPolls,
      bulkAtOnce: true,
    }),
    build({ ...options, entryPoints: ['test/docs/answering-cli.ts'] }),
  ]);
  drills = await startDrillServer(stack, { laterS: 1 });
  // Each block has the operator's variables in its environment.
  const variables = Object.entries(deployed({ REVOKER_DRILL_URL: drills.endpoint }));
  writeFileSync(LOCAL_ENV, variables.map(([name, value]) => `${name}='${value}'\n`).join(''));
}, 120_000);

afterAll(async () => {
  await drills.close();
  await Promise.all([stack.close(), ...servers.map((server) => server.close())]);
  rmSync(root, { recursive: true });
});

/** A folder to work in, with a dead-letter queue of its own: commands that read one take seconds, and run at once. */
interface Workplace {
  readonly folder: string;
  /** Credentials and endpoints of AWS. */
  readonly env: NodeJS.ProcessEnv;
  /** Resolves with the id of the message. */
  sendDeadLetter(reason: Reason, event: Readonly<Record<string, unknown>>): Promise<string>;
}

/** The stack of the documents, and the same with the dead-letter queue that `doctor` expects. */
const [STACK, WHOLE] = ['coreweave-revocation-prod', 'whole'];
const isOfOperator = (name: string): boolean => name.startsWith('AWS_');

/** Variables of the deployment; credentials and endpoints are the operator's. */
const deployed = (differs: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries({ ...stack.env, ...differs }).filter(([name]) => !isOfOperator(name)));

async function openWorkplace(name: string): Promise<Workplace> {
  const folder = join(root, name);
  const sqs = localSqs(stack.sqsEndpoint);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  mkdirSync(folder);
  const auditLog = join(folder, 'audit.jsonl');
  writeFileSync(auditLog, '');
  // The function `replay` has one dead-letter queue: that of the block.
  const invoked = await startInvokedFunctions({
    env: { ...stack.env, DEAD_LETTER_QUEUE_URL: QueueUrl },
    onAudit: () => undefined,
    onLog: () => undefined,
  });
  const server = await startStackServer({
    [STACK]: await stackOf(STACK, deployed({ DEAD_LETTER_QUEUE_URL: QueueUrl })),
    [WHOLE]: await stackOf(WHOLE, deployed()),
  });
  servers.push(server, invoked);
  return {
    folder,
    env: {
      ...Object.fromEntries(Object.entries(stack.env).filter(([key]) => isOfOperator(key))),
      AWS_ENDPOINT_URL_CLOUDFORMATION: server.endpoint,
      AWS_ENDPOINT_URL_SSM: server.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: invoked.endpoint,
      REVOKER_AUDIT_LOG: auditLog,
    },
    async sendDeadLetter(reason, event) {
      const { body } = deadLetterOf(offboarded(event), { reason, lane: 'bulk' });
      const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
      return MessageId;
    },
  };
}

const NPM = `npm() {
  if [ "$1 $2 $3 $4" != 'run -s revoker --' ]; then
    case "npm $*" in ${[...Object.keys(RUN_BY), WATCH].map((command) => `'${command}'`).join('|')}) return 0 ;; esac
    echo "no test runs: npm $*" >&2; return 127
  fi
  shift 4
  [ -z "\${LOCAL_ENV:-}" ] || set -- "$@" --env-file "$LOCAL_ENV"
  case "$* " in
    'doctor '*) set -- --stack whole doctor ;;
  esac
  "$NODE" "$CLI" "$@" </dev/null
}
export REVOKER_STACK=coreweave-revocation-prod
revoker() { npm run -s revoker -- "$@"; }
set -eE; trap 'echo "failed: $BASH_COMMAND" >&2' ERR
`;

/** Resolves with what the script printed if it failed, else with an empty text. */
const runScript = (script: string, { folder, env: operator }: Workplace): Promise<string> =>
  new Promise((done) => {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const programs = { PATH, NODE_COMPILE_CACHE, NODE: process.execPath, CLI: join(root, 'cli', 'answering-cli.mjs') };
    const env = { ...operator, ...programs, HOME: root, XDG_STATE_HOME: folder };
    const options = { cwd: folder, env, timeout: 50_000 };
    execFile('bash', ['-c', script], options, (error, stdout, stderr) => done(error === null ? '' : stdout + stderr));
  });

/** Only defines functions and variables, which later blocks need too. */
const isDefinition = (block: ShellBlock): boolean =>
  linesOf(block).every((line) => /^(?:\w+=|export |\w+\(\) ?\{|\}$|aws cloudformation )/.test(line));

/** Runs one block with the definitions before it, and with values for the variables of the runbook. */
const runBlock = (
  block: ShellBlock,
  before: readonly ShellBlock[],
  workplace: Workplace,
  { event = '', message = '' } = {},
): Promise<string> => {
  const values = Object.entries({ EVENT: event, MESSAGE: message, SOURCE, KEY, PRINCIPAL }).map(
    ([name, value]) => `${name}='${value}'\n`,
  );
  const definitions = before.filter(isDefinition).map(({ code }) => code);
  // A drill needs the stack itself, as its env file names it.
  const local = block.code.includes('revoker drill') ? [`LOCAL_ENV='${LOCAL_ENV}'\n`] : [];
  return runScript([NPM, ...local, ...definitions, ...values, block.code].join(''), workplace);
};

const blocksOf = (path: string): readonly ShellBlock[] =>
  shellBlocksIn(readFileSync(join(ROOT, path), 'utf8')).filter(({ needs }) => needs === undefined);

/** The reason code that a section of the runbook is about. */
const reasonOf = (heading: string): Reason => {
  const [, code = ''] = /^`([a-z-]+)`$/.exec(heading) ?? [];
  return isReason(code) ? code : 'held-limit';
};

const RUNBOOK = blocksOf('RUNBOOK.md');

/** Blocks with a line that no block before has: the runbook repeats commands, and its blocks are independent. */
const newBlocks = (blocks: readonly ShellBlock[]): readonly (ShellBlock & { readonly n: number })[] => {
  const seen = new Set<string>();
  return blocks.flatMap((block, n) => {
    const lines = linesOf(block).filter((line) => !seen.has(line));
    for (const line of lines) seen.add(line);
    return lines.length === 0 ? [] : [{ n, ...block }];
  });
};

describe('RUNBOOK.md', () => {
  it.concurrent.each(newBlocks(RUNBOOK))('block $n runs: $heading', async ({ n, ...block }) => {
    const workplace = await openWorkplace(`block-${n}`);
    const id = `offboarding-${n}`;
    const about = { id, source: SOURCE, data: { principalName: PRINCIPAL } };
    const message = await workplace.sendDeadLetter(reasonOf(block.heading), about);
    expect(await runBlock(block, RUNBOOK.slice(0, n), workplace, { event: id, message })).toBe('');
  });
});

describe('the other documents', () => {
  // Their blocks build on each other.
  const others = EXECUTED.filter((path) => path !== 'RUNBOOK.md');

  it.concurrent.each(others)('%s runs from the first block to the last', async (path) => {
    const workplace = await openWorkplace(path.replaceAll(/\W/g, '-'));
    await workplace.sendDeadLetter('held-protected', {
      id: 'protected',
      source: '//demo.example',
      data: { principalName: 'coreweave/break-glass' },
    });
    const blocks = blocksOf(path);
    expect(blocks.length).toBeGreaterThan(1);
    for (const [n, block] of blocks.entries()) {
      expect([block.heading, await runBlock(block, blocks.slice(0, n), workplace)]).toEqual([block.heading, '']);
    }
  });
});
