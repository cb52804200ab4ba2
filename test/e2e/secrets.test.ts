import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRETS } from '../events/planted-secrets.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

const SAMPLES = new URL('../../events/samples/', import.meta.url);
const samples = ['accepted', 'ignored', 'refused'].flatMap((folder) =>
  readdirSync(new URL(folder, SAMPLES)).map((name) => readFileSync(new URL(`${folder}/${name}`, SAMPLES), 'utf8')),
);

/** The body with the secret in the n-th of its strings, keys included; undefined when it has no n-th. */
function planted(body: string, n: number, secret: string): string | undefined {
  const strings = [...body.matchAll(/"(?:[^"\\]|\\.)*"/g)];
  const { index, 0: found } = strings[n] ?? {};
  if (index === undefined || found === undefined) return undefined;
  return body.slice(0, index) + JSON.stringify(secret) + body.slice(index + found.length);
}

const formsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('base64url'),
  encodeURIComponent(secret),
];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ batchSize: 100 });
});
afterAll(() => stack.close());

describe('a secret in any field of any sample', () => {
  it('comes out nowhere: not in logs, queues, dead letters or calls', async () => {
    const secrets = Object.values(SECRETS);
    const bodies = samples.flatMap((sample, index) => {
      const secret = secrets[index % secrets.length] ?? '';
      return Array.from({ length: 40 }, (_, n) => planted(sample, n, secret)).filter((body) => body !== undefined);
    });
    bodies.push(...secrets, ...secrets.map((secret) => Buffer.from(`key=${secret}`).toString('base64')));
    const before = stack.queueRequests.length;
    for (let n = 0; n < bodies.length; n += 50) {
      await Promise.all(bodies.slice(n, n + 50).map((body) => stack.send('urgent', body)));
    }
    await until('all to be settled', async () => ((await stack.depth('urgent')) === 0 ? true : undefined), 60_000);

    const sent = new Set(bodies);
    const sinks = [
      ...stack.output,
      ...stack.api.requests.map((request) => JSON.stringify(request)),
      ...(await stack.deadLetters()).map((letter) => JSON.stringify(letter)),
      ...stack.queueRequests
        .slice(before)
        .filter(({ body }) => !(isSend(body) && sent.has(body.MessageBody)))
        .map((request) => JSON.stringify(request)),
    ];
    const leaks = secrets.flatMap(formsOf).filter((form) => sinks.some((sink) => sink.includes(form)));
    expect(bodies.length).toBeGreaterThan(500);
    expect(sinks.length).toBeGreaterThan(1_000);
    expect(leaks).toEqual([]);
    expect(stack.api.secretSeen).toBe(false);
  }, 90_000);
});

const isSend = (body: unknown): body is { readonly MessageBody: string } =>
  typeof body === 'object' && body !== null && 'MessageBody' in body && typeof body.MessageBody === 'string';
