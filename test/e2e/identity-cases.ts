/** Small inputs made from public bug reports about directories and webhooks, sent to the whole product in order. */
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EdgeStack, SHARED } from './edge.ts';
import { ledgerOf } from './guards/stage.ts';
import { until } from './wait.ts';

interface Step {
  /** An HTTPS request, signed as the path's sender unless `noAuth`. */
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly noAuth?: 1;
  /** An SQS message on this queue. */
  readonly sqs?: 'urgent' | 'bulk';
  /** Of a request or message: a JSON value, or raw text. */
  readonly body?: unknown;
  readonly text?: string;
  /** Creates keys of these principals. */
  readonly createKeys?: readonly string[];
}

export interface IdentityCase {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Owners who have a key before the first step. */
  readonly createKeys?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Principals by entry of the identity directory. */
  readonly identities?: Readonly<Record<string, readonly string[]>>;
}

/** What a case came to. */
export interface Result {
  /** HTTP statuses, in order. */
  readonly answers: readonly number[];
  /** Owners with live keys afterwards. */
  readonly live: readonly string[];
  /** `reason: identifier` of each dead letter: the principal or name in it, else a part of what was received. */
  readonly deadLetters: readonly string[];
}

const FOLDER = fileURLToPath(new URL('../fixtures/cases/identity/', import.meta.url));

export const IDENTITY_CASES: readonly IdentityCase[] = ['10-scim', '11-scim-shapes', '30-okta-and-others'].flatMap(
  (file): IdentityCase[] => JSON.parse(readFileSync(`${FOLDER}${file}.json`, 'utf8')),
);

const idOf = (name: string): string => Buffer.from(name).toString('base64url');

const filled = (text: string, start: string): string =>
  text.replaceAll(/\{\{(?:now(?:\+(\d+))?|(start)|id:([^}]+))\}\}/g, (_all, seconds = '0', isStart, name) => {
    if (name !== undefined) return idOf(String(name));
    return isStart === undefined ? new Date(Date.now() + Number(seconds) * 1_000).toISOString() : start;
  });

const textOf = ({ body, text }: Step, start: string): string =>
  filled(text ?? (body === undefined ? '' : JSON.stringify(body)), start);

/** The proof of the sender whose path it is. */
export function proofOf(path: string, body: string): Readonly<Record<string, string>> {
  if (path.startsWith('/scim')) return { authorization: `Bearer ${SHARED}` };
  if (path.startsWith('/okta')) return { authorization: SHARED };
  const [id, seconds] = [randomUUID(), String(Math.floor(Date.now() / 1_000))];
  const key = Buffer.from(SIGNING_SECRET, 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}

/** In base64, as the secrets of Standard Webhooks are. */
export const SIGNING_SECRET = Buffer.alloc(32, 7).toString('base64');

/** Sends what a step says; returns the status of the answer, if it was a request. */
async function send({ edge, stack }: EdgeStack, step: Step, at: { start: string; sent: string[] }) {
  const body = textOf(step, at.start);
  for (const owner of step.createKeys ?? []) stack.api.store.createKeys(owner);
  if (step.sqs !== undefined) at.sent.push(await stack.send(step.sqs, body));
  if (step.path === undefined) return [];
  const { method = 'POST' } = step;
  const path = filled(step.path, at.start);
  const proof = step.noAuth === undefined ? proofOf(path, body) : {};
  const headers = { 'content-type': 'application/json', ...proof, ...step.headers };
  const answer = await fetch(`${edge.url}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }) });
  return [answer.status];
}

/** Waits until each event that the edge accepted, and each message of the case, was processed. */
async function settled({ audit, stack }: EdgeStack, sent: readonly string[]): Promise<void> {
  await until('each event and message', () => {
    const messages = new Map<string | undefined, Set<string>>();
    for (const { metadata } of stack.audit) {
      const { correlation_uid: event, original_event_uid: message } = metadata;
      messages.set(event, (messages.get(event) ?? new Set()).add(message));
    }
    const accepted = audit.filter(({ status_detail }) => status_detail === 'accepted');
    const counts = Map.groupBy(accepted, ({ metadata }) => metadata.correlation_uid);
    const spoken = new Set([...messages.values()].flatMap((each) => [...each]));
    const all = [...counts].every(([event, { length }]) => (messages.get(event)?.size ?? 0) >= length);
    return (all && sent.every((id) => spoken.has(id))) || undefined;
  });
  await stack.idle();
}

/** Runs the steps of a case, each once what came before it was processed. */
export async function runCase(
  world: EdgeStack,
  { steps, createKeys = [], identities = {} }: IdentityCase,
): Promise<Result> {
  const at = { start: new Date().toISOString(), sent: [] };
  const { api } = world.stack;
  for (const owner of createKeys) api.store.createKeys(owner);
  const ledger = ledgerOf(world.stack);
  for (const [name, principals] of Object.entries(identities)) {
    await ledger.put({ pk: `identity#${name}`, version: 1, data: { principals } }, undefined);
  }
  const answers: number[] = [];
  for (const step of steps) {
    answers.push(...(await send(world, step, at)));
    if ('idle' in step) await settled(world, at.sent);
  }
  await settled(world, at.sent);
  const deadLetters = (await world.stack.deadLetters()).map(
    ({ reason, event, raw }) => `${reason}: ${nameIn(JSON.stringify(event ?? raw?.text ?? ''))}`,
  );
  return {
    answers,
    live: createKeys.filter((owner) => api.store.liveKeys(owner).length > 0),
    deadLetters: deadLetters.toSorted(),
  };
}

/** The first name in a text that could lead a person to whom it is about. */
const nameIn = (text: string): string => /[^\s"\\/,:{}[\]]+@[\w.-]+/.exec(text)?.[0] ?? 'no name';
