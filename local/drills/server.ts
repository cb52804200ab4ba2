/** Creates runbook situations on the localhost stack, for `revoker drill`. Listens on localhost only. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { fault } from '../coreweave/faults.ts';
import type { FakeApi } from '../coreweave/server.ts';
import type { DemoStack } from '../demo/stack.ts';
import { type Listening, listenOnLoopback } from '../listen.ts';
import { localSqs } from '../queues.ts';
import { LOCAL_ROLES } from '../variables.ts';
import { ALARMS, DRILLS } from './situations.ts';
import type { DrillStage } from './stage.ts';

/** Functions need a second or two. */
const TIMEOUT_MS = 20_000;
const POLL_MS = 100;
/** Longer than the function needs for a first event, the batch window of the bulk queue included. */
const LATER_S = 3;
const OUTAGE_MS = 300_000;

export interface DrillOptions {
  /** Duration of an outage unless it is stopped. */
  readonly outageMs?: number;
  /** Delay of an event that must come after another, in whole seconds. */
  readonly laterS?: number;
}

type Answer = readonly [status: number, body: object];

/**
 * `GET /`: the drills. `POST /<code>`: makes that situation, and answers once its dead letters are there. `POST /stop`:
 * ends an outage, which also ends by itself.
 */
export async function startDrillServer(
  stack: DemoStack,
  { outageMs = OUTAGE_MS, laterS = LATER_S }: DrillOptions = {},
): Promise<Listening> {
  const sqs = localSqs(stack.sqsEndpoint);
  const functionSqs = localSqs(stack.sqsEndpoint, 3, LOCAL_ROLES.revoke);
  const outages = createOutages(stack.api.faults, outageMs);
  const respond = async (request: IncomingMessage): Promise<Answer> => {
    await text(request);
    const code = (request.url ?? '/').slice(1);
    if (request.method === 'GET') return [200, { drills: listDrills() }];
    if (code === 'stop') {
      outages.stop();
      return [200, { stopped: true }];
    }
    return Object.hasOwn(DRILLS, code)
      ? makeSituation(code, stack, createStage(stack, { sqs, functionSqs, outages, laterS }))
      : NO_DRILL;
  };
  const server = createServer(async (request, response) => {
    const [status, answer] = await respond(request).catch((): Answer => [500, { error: 'the drill failed' }]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const listening = await listenOnLoopback(server);
  return {
    ...listening,
    async close() {
      outages.stop();
      sqs.destroy();
      functionSqs.destroy();
      await listening.close();
    },
  };
}

const listDrills = () => Object.entries(DRILLS).map(([code, { situation }]) => ({ code, situation }));
const NO_DRILL: Answer = [404, { drills: listDrills() }];

async function makeSituation(code: string, { depth }: Pick<DemoStack, 'depth'>, stage: DrillStage): Promise<Answer> {
  const drill = DRILLS[code];
  if (drill === undefined) return NO_DRILL;
  const { alarm, situation } = drill;
  const before = await depth('deadLetters');
  await drill.make(stage);
  const until = Date.now() + TIMEOUT_MS;
  while ((await depth('deadLetters')) < before + drill.deadLetters && Date.now() < until) await pause(POLL_MS);
  const deadLetters = (await depth('deadLetters')) - before;
  return [200, { code, situation, alarm, alarmText: ALARMS[alarm], deadLetters }];
}

interface Outages {
  start(status: number): void;
  stop(): void;
}

function createOutages(faults: FakeApi['faults'], ms: number): Outages {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    faults.clear();
  };
  return {
    start(status) {
      stop();
      faults.plan('any', fault.status(status), { times: Number.POSITIVE_INFINITY });
      timer = setTimeout(stop, ms);
    },
    stop,
  };
}

interface StageTools {
  readonly sqs: SQSClient;
  /** Signs as the function that revokes. */
  readonly functionSqs: SQSClient;
  readonly outages: Outages;
  readonly laterS: number;
}

const createStage = (
  { api, queues, send }: DemoStack,
  { sqs, functionSqs, outages, laterS }: StageTools,
): DrillStage => ({
  run: randomUUID().slice(0, 6).toUpperCase(),
  now: Date.now(),
  api,
  send,
  async sendLater(lane, body) {
    await sqs.send(new SendMessageCommand({ QueueUrl: queues[lane].url, MessageBody: body, DelaySeconds: laterS }));
  },
  async sendDeadLetterMessage({ body, attributes }, by) {
    const texts = Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]);
    const MessageAttributes = Object.fromEntries(texts);
    const command = new SendMessageCommand({ QueueUrl: queues.deadLetters.url, MessageBody: body, MessageAttributes });
    await (by === 'function' ? functionSqs : sqs).send(command);
  },
  rejectOnce: (target) => api.faults.plan('revoke-key', fault.status(400), { target }),
  startOutage: outages.start,
});
