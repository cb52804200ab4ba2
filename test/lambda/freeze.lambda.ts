import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { recordOf } from '../e2e/direct.ts';
import { type Closing, startPeer } from '../e2e/freeze/peer.ts';
import { keyLeak, offboarded, reinstated } from '../support/event-factory.ts';
import { startExecution } from './execution.ts';
import { type Stage, startStage } from './stage.ts';

const { client } = inject('packaged');
const CLOSINGS: readonly Closing[] = ['fin', 'rst', 'late-rst', 'silence'];
const BURST = 20;
/** Longer than an idle connection is used. */
const STOPPED_S = 5;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

const principal = (id: string) => ({ id, time: new Date().toISOString(), data: { principalName: `saml/${id}` } });
const record = (id: string, event: object) => recordOf(id, JSON.stringify(event), stage.queues.bulk.arn);

/** Reinstatements call the ledger, leaked keys the API. */
const burst = (name: string) => ({
  Records: Array.from({ length: BURST }, (_, n) => `${name}${n}`).flatMap((id) => [
    record(id, reinstated(principal(id))),
    record(
      `key-${id}`,
      keyLeak({ id: `key-${id}`, data: { accessKeyId: `CWFREEZE${id.toUpperCase().replace('-', '')}` } }),
    ),
  ]),
});

/** Freezes one environment after a burst; resolves with what the next record ends in. */
const freeze = async (closing: Closing) => {
  const { api, sqs, dynamodb, env } = stage;
  const peers = await Promise.all([api.url, sqs, dynamodb].map(startPeer));
  onTestFinished(() => Promise.all(peers.map((peer) => peer.close())).then(() => undefined));
  const [COREWEAVE_API_URL = '', AWS_ENDPOINT_URL_SQS = '', AWS_ENDPOINT_URL_DYNAMODB = ''] = peers.map(
    ({ endpoint }) => endpoint,
  );
  const endpoints = { COREWEAVE_API_URL, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB };
  const execution = await startExecution({
    handler: 'dist/handlers/revoke.handler',
    env: { ...env.revoke, ...endpoints },
  });
  await execution.invoke(burst(closing));
  process.kill(execution.pid, 'SIGSTOP');
  for (const peer of peers) peer.end(closing);
  await once(spawn('sleep', [String(STOPPED_S)], { stdio: 'ignore' }), 'close');
  const next = `left-${closing}`;
  const answer = execution.invoke({ Records: [record(next, offboarded(principal(next)))] });
  process.kill(execution.pid, 'SIGCONT');
  return { closing, answer: await answer };
};

describe(`an environment on ${client} that is stopped for ${STOPPED_S} s between invocations`, () => {
  it('revoke: settles the next record in one delivery, however the peers close', async () => {
    const answer = { kind: 'response', body: { batchItemFailures: [] } };
    expect(await Promise.all(CLOSINGS.map(freeze))).toEqual(CLOSINGS.map((closing) => ({ closing, answer })));
  });
});
