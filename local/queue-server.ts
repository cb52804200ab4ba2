/**
 * The embedded SQS: fauxqs in process, on localhost only (`startFauxqs` and its command listen on every interface).
 * Adds the checks of AWS that fauxqs lacks, and faults on demand.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { buildApp } from 'fauxqs';
import * as answers from './queue/answers.ts';
import { planQueueFaults, type QueueFault, type QueueFaults } from './queue/faults.ts';
import { isFields, listOf, queueNameOf } from './queue/fields.ts';
import { createReceipts, type Receipts } from './queue/receipts.ts';
import { queueRefusal } from './queue/refusals.ts';
import { createSenderIds, type SenderIds } from './queue/sender-ids.ts';
import { createTraceHeaders, type TraceHeaders } from './queue/trace-headers.ts';

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

/** What a server keeps from one request to the next. */
interface State {
  readonly faults: QueueFaults;
  readonly receipts: Receipts;
  readonly traces: TraceHeaders;
  readonly senders: SenderIds;
  readonly pending: WeakMap<object, Pending>;
}

/** What was decided about a request before it ran and is needed when its answer leaves. */
interface Pending {
  /** As the client sent it, without the entries that failed. */
  readonly body: unknown;
  readonly fault: QueueFault | undefined;
  readonly failed: readonly answers.FailedEntry[];
}

const actionOf = (request: { headers: Readonly<Record<string, unknown>> }): string =>
  String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');

/** Refuses what AWS refuses and plays the planned faults, before the request has an effect. */
const guardRequests = (app: App, { faults, receipts, pending }: State, options: QueueServerOptions) => {
  app.addHook('preHandler', async (request, reply) => {
    const action = actionOf(request);
    const queueName = queueNameOf(request.body);
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
    if (!isFields(request.body)) return;
    const refuse = (entry: unknown) => queueRefusal(action, entry) ?? receipts.refusal(action, queueName, entry);
    const entries = listOf(request.body, 'Entries');
    const refused = entries.length === 0 ? refuse(request.body) : undefined;
    if (refused !== undefined) return send(answers.errorAnswer(refused));
    const { kept, failed } = answers.splitEntries(entries, refuse, fault);
    if (failed.length > 0 && kept.length === 0) {
      pending.set(request, { body: request.body, fault, failed });
      return reply.send({ Successful: [], Failed: [] });
    }
    const body = failed.length === 0 ? request.body : { ...request.body, Entries: kept };
    pending.set(request, { body, fault, failed });
    request.body = answers.withHiddenBodies(body);
  });
};

/** Corrects what fauxqs answers, and loses the answers that a plan wants lost. */
const correctAnswers = (app: App, { receipts, traces, senders, pending }: State, endpoint: () => string) => {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { body, failed } = pending.get(request) ?? { body: request.body, failed: [] };
    if (!isFields(payload) || reply.statusCode >= 400) return payload;
    const action = actionOf(request);
    receipts.note(action, body, payload);
    const corrected = answers.asAws(payload, { action, body, endpoint: endpoint() });
    if (isSend(action)) senders.note(request.headers.authorization, corrected);
    const answer = isSend(action)
      ? traces.ofSent(body, corrected)
      : senders.ofReceived(traces.ofReceived(body, corrected));
    return failed.length === 0 ? answer : { ...answer, Failed: [...listOf(answer, 'Failed'), ...failed] };
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    const fault = pending.get(request)?.fault;
    if (fault !== undefined && 'reset' in fault) request.raw.socket.destroy();
    return payload;
  });
};

const isSend = (action: string): boolean => action === 'SendMessage' || action === 'SendMessageBatch';

/**
 * Starts the queue service on a free port of 127.0.0.1. Queues are made with the SDK or `createQueues`; region, account
 * and credentials are whatever the client says. Rejects when no port can be had.
 */
export const startQueueServer = async (options: QueueServerOptions = {}): Promise<QueueServer> => {
  const app = buildApp({ logger: false });
  const faults = planQueueFaults();
  const receipts = createReceipts(() => Date.now());
  const state: State = {
    faults,
    receipts,
    traces: createTraceHeaders(),
    senders: createSenderIds(),
    pending: new WeakMap(),
  };
  let endpoint = '';
  guardRequests(app, state, options);
  correctAnswers(app, state, () => endpoint);
  endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  return { endpoint, faults, close: () => app.close() };
};
