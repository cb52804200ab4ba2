/**
 * Who can release what: attacks on approvals, against the built functions and the CLI of two operators. Needs
 * `npm run build`.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../local/listen.ts';
import { startStsServer } from '../../../local/sts-server.ts';
import { variablesFor } from '../../../local/variables.ts';
import { BARE, enterEnvironment, leaveEnvironment, runHere } from '../../cli/stand.ts';
import { type ApprovalOptions, approve } from '../../support/approval.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { type EdgeStack, startEdgeStack } from '../edge.ts';
import { fromNow, ledgerOf, now, settle, settleReplayed } from '../guards/stage.ts';
import { until } from '../wait.ts';

const DAY_MS = 86_400_000;
const [HR, OTHER] = ['//hr.example/acme', '//other.example/acme'];
const [SEEN, UNSEEN] = ['CWAPPROVALSEEN01', 'CWAPPROVALOTHER1'];
const folder = mkdtempSync(join(tmpdir(), 'approvals-'));
const auditLog = join(folder, 'functions.jsonl');
const operatorLog = join(folder, 'revoker/audit.jsonl');
const TWO_PERSON_APPROVAL = '["held-superseded"]';

let world: EdgeStack;
let sts: Listening;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  sts = await startStsServer();
  world = await startEdgeStack({ env: { TWO_PERSON_APPROVAL } });
  const { queues, api, sqsEndpoint, ledgerEndpoint } = world.stack;
  env = {
    ...BARE,
    ...variablesFor({ queues, api, sqs: sqsEndpoint, dynamodb: ledgerEndpoint }),
    TWO_PERSON_APPROVAL,
    AWS_ENDPOINT_URL_STS: sts.endpoint,
    XDG_STATE_HOME: folder,
  };
  enterEnvironment(env);
});
afterAll(async () => {
  leaveEnvironment();
  await Promise.all([world.close(), sts.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const live = (name: string): number => world.stack.api.store.liveKeys(name).length;
const held = async () => (await world.stack.deadLetters()).map(({ reason, event }) => [reason, event?.source]);

/** Runs the CLI as this operator; the queue and STS know them by their access key. */
async function as(operator: string, args: readonly string[], answers: readonly string[] = []) {
  enterEnvironment({ AWS_ACCESS_KEY_ID: operator });
  const { code, stdout, stderr } = await runHere([...args, '--json'], { env, answers });
  enterEnvironment({ AWS_ACCESS_KEY_ID: 'local' });
  await world.stack.idle();
  return { code, stderr, ...JSON.parse(stdout) };
}

const replay = (event: Readonly<Record<string, unknown>>, ...more: readonly string[]) => [
  'dlq',
  'replay',
  `--source=${event.source}`,
  `--event-id=${event.id}`,
  '--approve',
  ...more,
];

describe('an approval', () => {
  it('of one event releases no other of the same id', async () => {
    const [wanted, stranger] = [HR, OTHER].map((source, n) => {
      const principalName = `saml/same-${n}@example.com`;
      world.stack.api.store.mint(principalName);
      return now.leaver('leaver-7', { principalName }, { source, time: fromNow(-8 * DAY_MS) });
    });
    if (wanted === undefined || stranger === undefined) throw new Error('expected two events');
    await settle(world.stack, 'bulk', wanted, stranger);
    const ambiguous = ['dlq', 'replay', '--event-id=leaver-7', '--approve', '--yes'];
    expect(await as('AROAANN', ambiguous)).toMatchObject({ code: 2, error: { code: 'source-missing' } });
    expect(await as('AROAANN', replay(wanted), ['approve'])).toMatchObject({ code: 0, results: { replayed: 1 } });
    await until('the revocation', () => live('saml/same-0@example.com') === 0 || undefined);
    await world.stack.idle();
    expect(live('saml/same-1@example.com')).toBe(1);
    expect(await held()).toEqual([['held-stale', OTHER]]);
  });
});
