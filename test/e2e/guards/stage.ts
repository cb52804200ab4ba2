/**
 * Shared by the end-to-end tests of the safety checks: current events, the ledger as an operator sees it, messages sent
 * on in time's place.
 */
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import type { Table } from '../../../lib/ports.ts';
import { localSqs } from '../../../local/queues.ts';
import { keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import type { Stack } from '../stack.ts';
import { until } from '../wait.ts';

/** RFC 3339, `ms` from now. */
export const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();

type Fields = Record<string, unknown>;
/** Events that happen now. */
export const now = {
  offboarding: (id: string, data: Fields, overrides: Fields = {}) =>
    offboarded({ id, time: fromNow(0), data, ...overrides }),
  returner: (id: string, data: Fields, overrides: Fields = {}) =>
    reinstated({ id, time: fromNow(0), data, ...overrides }),
  leak: (id: string, data: Fields) => keyLeak({ id, time: fromNow(0), data }),
  compromise: (id: string, principalName: string) =>
    principalLeak({ id, time: fromNow(0), data: { principalName, scope: 'principal' } }),
};

/** The ledger beside the function. */
export const ledgerOf = ({ ledgerEndpoint }: Stack): Table =>
  createTable({
    name: 'ledger',
    dryRun: false,
    now: () => Date.now(),
    overrides: {
      endpoint: ledgerEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });

/** Ids of the messages that lines of the function, from the `from`th on, are about. */
const spokenOf = ({ output }: Stack, from: number): ReadonlySet<string> =>
  new Set(output.slice(from).flatMap((line) => /"(?:messageId|original_event_uid)":"([^"]+)"/.exec(line)?.[1] ?? []));

/** Sends events and waits until they are settled, or given back. */
export async function settle(
  stack: Stack,
  lane: 'urgent' | 'bulk',
  ...events: readonly (Fields | string)[]
): Promise<void> {
  await settleReplayed(stack, lane, {}, ...events);
}

/** The same for messages with attributes, such as those of a replay. */
export async function settleReplayed(
  stack: Stack,
  lane: 'urgent' | 'bulk',
  attributes: Readonly<Record<string, string>>,
  ...events: readonly (Fields | string)[]
): Promise<void> {
  await settleFrom(stack, { lane, attributes }, ...events);
}

interface Sending {
  readonly lane: 'urgent' | 'bulk';
  readonly attributes?: Readonly<Record<string, string>>;
  /** What SQS names as the sender; by default who sends such a message in production. */
  readonly accessKeyId?: string;
}

/** The same for messages of one sender. */
export async function settleFrom(
  stack: Stack,
  { lane, attributes = {}, accessKeyId }: Sending,
  ...events: readonly (Fields | string)[]
): Promise<void> {
  const sent: string[] = [];
  for (const event of events) {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    sent.push(await stack.send(lane, body, attributes, accessKeyId));
  }
  // A queue reads empty while its last messages are being delivered, so each must have a record.
  await until('each message', () => {
    const spoken = spokenOf(stack, 0);
    return sent.every((id) => spoken.has(id)) || undefined;
  });
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

/** How many requests to give a message back have been answered by `comeBack`. */
const broughtBack = new WeakMap<Stack, number>();

/**
 * Makes what the function gave back since the last time visible at once, in place of its backoff, and waits until that
 * is settled.
 */
export async function comeBack(stack: Stack, lane: 'urgent' | 'bulk'): Promise<void> {
  const QueueUrl = stack.queues[lane].url;
  const all = stack.queueRequests
    .filter(({ action }) => action === 'ChangeMessageVisibilityBatch')
    .flatMap(({ body }) => entriesOf(body));
  const given = all.slice(broughtBack.get(stack) ?? 0);
  broughtBack.set(stack, all.length);
  const from = stack.output.length;
  const sqs = localSqs(new URL(QueueUrl).origin, 1);
  for (const { ReceiptHandle } of given) {
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: String(ReceiptHandle), VisibilityTimeout: 0 }),
    );
  }
  sqs.destroy();
  await until('what came back', () => spokenOf(stack, from).size >= given.length || undefined);
  await stack.idle();
}

/** `call target` of the requests that change something, in order. */
export const posts = ({ api }: Stack): readonly string[] =>
  api.requests.filter(({ call }) => call.startsWith('revoke')).map(({ call, target }) => `${call} ${target}`);
