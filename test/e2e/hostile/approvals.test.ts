/**
 * Who can release what: attacks on approvals, against the built functions and the CLI of two operators. Needs
 * `npm run build`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
const TWO_PERSON_APPROVAL = '["held-protected"]';
const GUARDED = 'CWAPPROVALGUARD1';
const PROTECTED = JSON.stringify([{ accessKeyId: GUARDED, owner: 'ops', reason: 'production' }]);

let world: EdgeStack;
let sts: Listening;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  sts = await startStsServer();
  world = await startEdgeStack({
    env: { TWO_PERSON_APPROVAL, PROTECTED },
    seed: [GUARDED, SEEN, UNSEEN].map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })),
  });
  const { queues, api, sqsEndpoint, ledgerEndpoint, lambdaEndpoint } = world.stack;
  env = {
    ...BARE,
    ...variablesFor({ queues, api, sqs: sqsEndpoint, dynamodb: ledgerEndpoint, lambda: lambdaEndpoint }),
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

/** Reason and source of each dead letter. */
const held = async (): Promise<readonly (readonly [string, string])[]> =>
  (await as('AROAANN', ['dlq', 'list', '--detail'])).letters.map(({ reason, source }: Record<string, string>) => [
    reason,
    source,
  ]);
/** Empties the dead-letter queue. */
async function discardAll(): Promise<void> {
  const { letters: deadLetters } = await as('AROAANN', ['dlq', 'list', '--detail']);
  for (const { messageId } of deadLetters) {
    await as('AROAANN', ['dlq', 'discard', messageId, '--reason', 'the next test', '--yes']);
  }
}
beforeEach(discardAll);

/** What `audit verify` finds in the log of the functions so far. */
async function verify() {
  writeFileSync(auditLog, world.stack.output.filter((line) => line.includes('"class_uid":3007')).join('\n'));
  return as('AROAANN', ['audit', 'verify', auditLog]);
}

describe('an approval', () => {
  it('of one event releases no other of the same id', async () => {
    const [wanted, stranger] = [HR, OTHER].map((source, n) => {
      const principalName = `saml/same-${n}@example.com`;
      world.stack.api.store.createKeys(principalName);
      return now.offboarding('offboarding-7', { principalName }, { source, time: fromNow(-8 * DAY_MS) });
    });
    if (wanted === undefined || stranger === undefined) throw new Error('expected two events');
    await settle(world.stack, 'bulk', wanted, stranger);
    const ambiguous = ['dlq', 'replay', '--event-id=offboarding-7', '--approve', '--yes'];
    expect(await as('AROAANN', ambiguous)).toMatchObject({ code: 2, error: { code: 'source-missing' } });
    expect(await as('AROAANN', replay(wanted), ['approve'])).toMatchObject({ code: 0, results: { replayed: 1 } });
    await until('the revocation', () => live('saml/same-0@example.com') === 0 || undefined);
    await world.stack.idle();
    expect(live('saml/same-1@example.com')).toBe(1);
    expect(await held()).toEqual([['held-stale', OTHER]]);
  });

  it('that two persons must give is one of two until the second has given it', async () => {
    const event = now.leak('guarded', { accessKeyId: GUARDED });
    await settle(world.stack, 'urgent', event);
    const first = replay(event, '--yes');
    const second = replay(event, '--approved-by=AROAANN:session', '--yes');
    expect(await as('AROAANN', first, [GUARDED])).toMatchObject({
      code: 3,
      reasons: { 'held-protected': { 'needs-second-approval': 1 } },
    });
    expect((await as('AROAANN', second, [GUARDED])).code).toBe(3);
    expect((await as('AROABOB', first, [GUARDED])).code).toBe(3);
    expect(await as('AROABOB', second, ['CWAPPROVALSEEN01'])).toMatchObject({ error: { code: 'not-confirmed' } });
    expect([world.stack.api.store.status(GUARDED), await held()]).toEqual([
      'ACTIVE',
      [['held-protected', String(event.source)]],
    ]);
    expect(await as('AROABOB', second, [GUARDED])).toMatchObject({ code: 0, results: { replayed: 1 } });
    await until('the revocation', () => world.stack.api.store.status(GUARDED) === 'DELETED' || undefined);
    await world.stack.idle();
    const outcome = world.stack.audit.find(
      ({ metadata, unmapped }) => metadata.correlation_uid === 'guarded' && unmapped.phase === 'outcome',
    );
    expect(outcome?.unmapped.approvals).toMatchObject(
      ['AROAANN', 'AROABOB'].map((id) => ({
        reason: 'held-protected',
        operator: `arn:aws:sts::000000000000:assumed-role/${id}/session`,
      })),
    );
    expect(await verify()).toMatchObject({ totals: {} });
  });

  it.each<[string, ApprovalOptions]>([
    ['for another body', { differs: { eventHash: 'a'.repeat(64) } }],
    ['for another target', { targets: ['CWAPPROVALSEEN02'] }],
    ['in the name of another operator', { differs: { userId: 'AROAOPERATORS:bob' } }],
    ['with the ARN of another operator', { differs: { operator: 'arn:aws:sts::000000000000:assumed-role/ops/bob' } }],
    ['that has expired', { differs: { validUntil: fromNow(-1_000) } }],
    ['that is older than a day', { differs: { created: fromNow(-DAY_MS) } }],
  ])('in the ledger %s releases nothing', async (_, { differs, ...options }) => {
    const event = now.leak('unsure', { accessKeyId: SEEN, confidence: 'key-id-only' });
    const valid = { created: fromNow(0), validUntil: fromNow(DAY_MS), ...differs };
    const table = ledgerOf(world.stack);
    const { attributes } = await approve({ table }, event, ['held-low-confidence'], { ...options, differs: valid });
    await settleReplayed(world.stack, 'urgent', attributes, event);
    expect(await held()).toEqual([['held-low-confidence', String(event.source)]]);
    expect(world.stack.api.store.status(SEEN)).toBe('ACTIVE');
  });

  it('that is forged in every field is named by the run, and found by audit verify', async () => {
    const [accessKeyId = ''] = world.stack.api.store.createKeys('coreweave/owner');
    const event = now.leak('forged', { accessKeyId, confidence: 'key-id-only' });
    const operationId = 'no replay of ours';
    const differs = { created: fromNow(0), validUntil: fromNow(DAY_MS), operationId };
    const { attributes } = await approve({ table: ledgerOf(world.stack) }, event, ['held-low-confidence'], { differs });
    await settleReplayed(world.stack, 'urgent', attributes, event);
    expect(world.stack.api.store.status(accessKeyId)).toBe('DELETED');
    const { findings } = await verify();
    const found = findings.filter(({ meaning }: { meaning: string }) => meaning.includes('no replay of ours'));
    expect(found).toMatchObject([{ kind: 'approval-unmatched', file: auditLog }]);
  });

  it('of an alert covers the key that was shown, not one that the alert names later', async () => {
    const repository = 'acme/app';
    const alert = { secretType: 'coreweave_access_key_pair', state: 'open', resolution: null } as const;
    const path = `/repos/${repository}/secret-scanning/alerts/4`;
    world.github.alerts.set(path, { ...alert, secret: 'CWAPPROVALFIRST1' });
    world.stack.api.store.add({ accessKeyId: 'CWAPPROVALFIRST1', principalName: 'coreweave/owner' });
    const event = keyLeak({
      id: 'alert-4',
      time: fromNow(0),
      data: { reference: { provider: 'github', ref: `${repository}/4` } },
    });
    await settle(world.stack, 'urgent', event);
    expect(await held()).toEqual([['held-low-confidence', String(event.source)]]);
    world.github.alerts.set(path, { ...alert, secret: UNSEEN });
    expect(await as('AROAANN', replay(event), ['approve'])).toMatchObject({ code: 0, results: { replayed: 1 } });
    await world.stack.idle();
    expect(await held()).toEqual([['held-low-confidence', String(event.source)]]);
    expect(['CWAPPROVALFIRST1', UNSEEN].map((id) => world.stack.api.store.status(id))).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await as('AROAANN', replay(event), ['approve'])).toMatchObject({ code: 0, results: { replayed: 1 } });
    await until('the revocation', () => world.stack.api.store.status(UNSEEN) === 'DELETED' || undefined);
  });
});
