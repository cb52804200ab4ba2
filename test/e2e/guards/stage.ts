/** What the end-to-end tests of the guards share: events of now, the ledger as an operator sees it, messages sent on in time's place. */
import { setTimeout as pause } from 'node:timers/promises';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { createTable } from '../../../lib/io/table.ts';
import type { Table } from '../../../lib/ports.ts';
import { localSqs } from '../../../local/queues.ts';
import { keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import type { Stack } from '../stack.ts';

/** RFC 3339, `ms` from now. */
export const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();

type Fields = Record<string, unknown>;
/** Events that happen now. */
export const now = {
  leaver: (id: string, data: Fields, overrides: Fields = {}) =>
    offboarded({ id, time: fromNow(0), data, ...overrides }),
  returner: (id: string, data: Fields, overrides: Fields = {}) =>
    reinstated({ id, time: fromNow(0), data, ...overrides }),
  leak: (id: string, data: Fields) => keyLeak({ id, time: fromNow(0), data }),
  compromise: (id: string, principalName: string) =>
    principalLeak({ id, time: fromNow(0), data: { principalName, scope: 'principal' } }),
};

/** The ledger beside the function. */
export const ledgerOf = ({ ledgerEndpoint }: Stack, dryRun = false): Table =>
  createTable({
    name: 'ledger',
    dryRun,
    now: () => Date.now(),
    overrides: {
      endpoint: ledgerEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });

/** Sends events and waits until they are settled, or given back. */
export async function settle(
  stack: Stack,
  lane: 'urgent' | 'bulk',
  ...events: readonly (Fields | string)[]
): Promise<void> {
  for (const event of events) await stack.send(lane, typeof event === 'string' ? event : JSON.stringify(event));
  await stack.idle();
}

const entriesOf = (body: unknown): readonly Fields[] =>
  typeof body === 'object' && body !== null && 'Entries' in body && Array.isArray(body.Entries) ? body.Entries : [];

/** Bodies of the messages that the function sent with a delay, oldest first, from the `from`th on. */
export const delayed = ({ queueRequests }: Stack, from = 0): readonly { body: string; seconds: number }[] =>
  queueRequests
    .flatMap(({ action, body }) => (action === 'SendMessageBatch' ? entriesOf(body) : []))
    .flatMap(({ MessageBody, DelaySeconds }) =>
      typeof DelaySeconds === 'number' ? [{ body: String(MessageBody), seconds: DelaySeconds }] : [],
    )
    .slice(from);

/** Makes what the function gave back visible at once, in place of its backoff, and waits until that is settled. */
export async function comeBack(stack: Stack, lane: 'urgent' | 'bulk'): Promise<void> {
  const QueueUrl = stack.queues[lane].url;
  const given = stack.queueRequests
    .filter(({ action }) => action === 'ChangeMessageVisibilityBatch')
    .flatMap(({ body }) => entriesOf(body));
  const sqs = localSqs(new URL(QueueUrl).origin, 1);
  for (const { ReceiptHandle } of given) {
    // Those that were given back before and are gone by now are refused.
    await sqs
      .send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: String(ReceiptHandle), VisibilityTimeout: 0 }),
      )
      .catch(() => undefined);
  }
  sqs.destroy();
  await pause(5);
  await stack.idle();
}

/** `call target` of the requests that change something, in order. */
export const posts = ({ api }: Stack): readonly string[] =>
  api.requests.filter(({ call }) => call.startsWith('revoke')).map(({ call, target }) => `${call} ${target}`);
