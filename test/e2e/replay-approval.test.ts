/**
 * A hold, from the safety check to the approval and the revocation, through the built functions, queues, ledger and
 * API. Needs `npm run build`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { actAs, OWN_ROLES, REPLAY_BUNDLE } from '../../local/variables.ts';
import { approvalKeyOf } from '../support/approval.ts';
import { offboarded, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { eventKeyOf } from '../support/memory-world.ts';
import { fromNow, ledgerOf, settle } from './guards/stage.ts';
import { type AuditLine, type Stack, startStack, stepsIn } from './stack.ts';
import { until } from './wait.ts';

const KEY = 'CWREPLAY00000001';
let stack: Stack;
let replay: LambdaFunction;
const audit: AuditLine[] = [];

beforeAll(async () => {
  stack = await startStack({ seed: [{ accessKeyId: KEY, principalName: SAML_PRINCIPAL }] });
  replay = createFunction({
    bundle: REPLAY_BUNDLE,
    env: {
      MODE: 'enforce',
      URGENT_QUEUE_URL: stack.queues.urgent.url,
      BULK_QUEUE_URL: stack.queues.bulk.url,
      DEAD_LETTER_QUEUE_URL: stack.queues.deadLetters.url,
      LEDGER_TABLE: 'ledger',
      OWN_ROLES,
      ...actAs('replay'),
      AWS_ENDPOINT_URL_SQS: stack.sqsEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: stack.ledgerEndpoint,
    },
    timeoutMs: 60_000,
    maximumConcurrency: 1,
    onStdout: (line) => audit.push(...stepsIn(line)),
  });
});
afterAll(async () => {
  await replay.close();
  await stack.close();
});

describe('an offboarding whose news is old', () => {
  const stale = offboarded({ id: 'old news', time: fromNow(-8 * 86_400_000) });

  it('is held, refused without an approval, and revoked with one', async () => {
    await settle(stack, 'bulk', stale);
    expect(stack.trail('old news')).toEqual(['hold:held-stale']);

    const refused = await replay.invoke({ operator: 'ann' });
    expect(refused).toMatchObject({ reasons: { 'held-stale': { 'needs-approval': 1 } } });
    expect(await replay.invoke({ operator: 'ann', approve: true, dryRun: true })).toMatchObject({
      results: { replayed: 1 },
    });
    const named = { source: stale.source, eventId: 'old news' };
    const approved = Object(await replay.invoke({ operator: 'ann', approve: true, ...named }));
    expect(approved).toMatchObject({ ended: 'complete', reasons: { 'held-stale': { sent: 1 } } });

    await until('the revocation', () => (stack.api.store.status(KEY) === 'DELETED' ? true : undefined));
    await stack.idle();
    expect(await stack.depth('deadLetters')).toBe(0);
    expect(stack.trail('old news').at(-1)).toBe('outcome:confirmed');
    expect(audit.map(({ status_detail, severity }) => [status_detail, severity])).toEqual([
      ['needs-approval', 'Low'],
      ['intent', 'High'],
      ['sent', 'Informational'],
    ]);

    const used = { reason: 'held-stale', userId: 'unidentified', operator: 'claimed:ann' };
    expect((await ledgerOf(stack).get(eventKeyOf(stale)))?.data).toMatchObject({
      state: 'done',
      approvals: [{ key: approvalKeyOf(stale, 'held-stale', 'unidentified'), ...used }],
    });
    const runs = stack.audit.filter(
      ({ metadata, unmapped }) => metadata.correlation_uid === 'old news' && unmapped.phase !== 'hold',
    );
    expect(runs.map(({ unmapped }) => [unmapped.phase, unmapped.approvals])).toEqual(
      ['intent', 'outcome'].map((phase) => [
        phase,
        [expect.objectContaining({ reason: 'held-stale', operation_id: approved.operationId })],
      ]),
    );
  });
});
