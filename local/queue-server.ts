/**
 * The embedded SQS: fauxqs in process, on loopback only (`startFauxqs` and its command listen on every interface), made
 * as strict as AWS where it is kinder, and with faults on demand.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { buildApp } from 'fauxqs';
import * as answers from './queue/answers.ts';
import { planQueueFaults, type QueueFault, type QueueFaults } from './queue/faults.ts';
import { queueRefusal } from './queue/refusals.ts';

export interface QueueServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly faults: QueueFaults;
  close(): Promise<void>;
}

export interface QueueServerOptions {
  /** Sees each request before it has an effect. */
  onRequest?(request: { readonly action: string; readonly queueName: string; readonly body: unknown }): void;
}

type App = ReturnType<typeof buildApp>;

/** What was decided about a request before it ran and is needed when its answer leaves. */
interface Pending {
  readonly fault: QueueFault | undefined;
  readonly failed: readonly answers.FailedEntry[];
}

const actionOf = (request: { headers: Readonly<Record<string, unknown>> }): string =>
  String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');

/** Refuses what AWS refuses and plays the planned faults, before the request has an effect. */
const guardRequests = (
  app: App,
  faults: QueueFaults,
  pending: WeakMap<object, Pending>,
  options: QueueServerOptions,
) => {
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    const queueName = answers.queueNameOf(request.body);
    options.onRequest?.({ action, queueName, body: request.body });
    const fault = faults.take(action, queueName);
    const send = ({ status, headers, body }: ReturnType<typeof answers.errorAnswer>) =>
      reply.code(status).headers(headers).send(body);
    if (fault !== undefined && 'delayMs' in fault) await pause(fault.delayMs);
    if (fault !== undefined && 'reset' in fault && fault.reset === 'before') {
      reply.hijack();
      return request.raw.socket.destroy();
    }
    if (fault !== undefined && 'status' in fault)
      return send(answers.errorAnswer(answers.plannedError(fault.status), fault.status));
    const entries = answers.listOf(request.body, 'Entries');
    if (entries.length === 0) {
      const refused = queueRefusal(action, request.body);
      if (refused !== undefined) return send(answers.errorAnswer(refused));
    }
    const { kept, failed } = answers.splitEntries(action, entries, fault);
    pending.set(request, { fault, failed });
    if (failed.length === 0 || !answers.isFields(request.body)) return;
    if (kept.length === 0) return reply.send({ Successful: [], Failed: [] });
    request.body = { ...request.body, Entries: kept };
  });
};

/** Corrects what fauxqs answers, and loses the answers that a plan wants lost. */
const mendAnswers = (app: App, endpoint: () => string, pending: WeakMap<object, Pending>) => {
  app.addHook('preSerialization', async (request, _reply, payload) => {
    if (!answers.isFields(payload)) return payload;
    const answer = answers.asAws(payload, { action: actionOf(request), body: request.body, endpoint: endpoint() });
    const failed = pending.get(request)?.failed ?? [];
    return failed.length === 0 ? answer : { ...answer, Failed: [...answers.listOf(answer, 'Failed'), ...failed] };
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    const fault = pending.get(request)?.fault;
    if (fault !== undefined && 'reset' in fault) request.raw.socket.destroy();
    return payload;
  });
};

/**
 * Starts the queue service on a free port of 127.0.0.1. Queues are made with the SDK or `createQueues`; region, account
 * and credentials are whatever the client says. Rejects when no port can be had.
 */
export const startQueueServer = async (options: QueueServerOptions = {}): Promise<QueueServer> => {
  const app = buildApp({ logger: false });
  const faults = planQueueFaults();
  const pending = new WeakMap<object, Pending>();
  let endpoint = '';
  guardRequests(app, faults, pending, options);
  mendAnswers(app, () => endpoint, pending);
  endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  return { endpoint, faults, close: () => app.close() };
};
