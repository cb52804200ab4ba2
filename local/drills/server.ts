/** Makes situations of the runbook on the localhost stack, for `revoker drill`. Listens on loopback only. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DemoStack } from '../demo/stack.ts';
import { type Listening, listenOnLoopback } from '../listen.ts';
import { localSqs } from '../queues.ts';
import { DRILLS, type DrillStage } from './situations.ts';

/** Functions need a second or two. */
const TIMEOUT_MS = 20_000;
const POLL_MS = 100;
/** More than the batch window of the bulk queue. */
const DELAY_S = 3;

/**
 * `GET /`: the codes. `POST /<code>`: makes that situation, and answers once its dead letters are there. `POST /stop`:
 * ends faults of the API.
 */
export async function startDrillServer(stack: DemoStack): Promise<Listening> {
  const sqs = localSqs(stack.sqsEndpoint);
  const server = createServer(async (request, response) => {
    const [status, answer] = await respond(request).catch((): Answer => [500, { error: 'the drill failed' }]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const respond = async (request: IncomingMessage): Promise<Answer> => {
    await text(request);
    const code = (request.url ?? '/').slice(1);
    if (request.method === 'GET') return [200, { codes: Object.keys(DRILLS) }];
    if (code === 'stop') {
      stack.api.faults.clear();
      return [200, { stopped: true }];
    }
    const drill = Object.hasOwn(DRILLS, code) ? DRILLS[code] : undefined;
    if (drill === undefined) return [404, { codes: Object.keys(DRILLS) }];
    const before = await stack.depth('deadLetters');
    await drill.make(createStage(stack, sqs));
    const until = Date.now() + TIMEOUT_MS;
    while ((await stack.depth('deadLetters')) < before + drill.deadLetters && Date.now() < until) await pause(POLL_MS);
    const deadLetters = (await stack.depth('deadLetters')) - before;
    return [200, { code, alarm: drill.alarm, deadLetters }];
  };
  const listening = await listenOnLoopback(server);
  return {
    ...listening,
    async close() {
      sqs.destroy();
      await listening.close();
    },
  };
}

type Answer = readonly [status: number, body: object];

const createStage = ({ api, queues, send }: DemoStack, sqs: ReturnType<typeof localSqs>): DrillStage => ({
  run: randomUUID().slice(0, 6).toUpperCase(),
  now: Date.now(),
  api,
  send,
  async sendLater(lane, body) {
    await sqs.send(new SendMessageCommand({ QueueUrl: queues[lane].url, MessageBody: body, DelaySeconds: DELAY_S }));
  },
  async bury({ body, attributes }) {
    const texts = Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]);
    const MessageAttributes = Object.fromEntries(texts);
    await sqs.send(new SendMessageCommand({ QueueUrl: queues.deadLetters.url, MessageBody: body, MessageAttributes }));
  },
});
