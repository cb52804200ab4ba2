import { readdirSync, readFileSync } from 'node:fs';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { ENCODINGS, SECRETS } from '../events/planted-secrets.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { asksOf, deadLettersOf } from './asks.ts';
import { bundle, recordOf, variables } from './direct.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

const SAMPLES = new URL('../../events/samples/', import.meta.url);
const samplesOf = (folder: string): readonly string[] =>
  readdirSync(new URL(folder, SAMPLES)).map((name) => readFileSync(new URL(`${folder}/${name}`, SAMPLES), 'utf8'));
const secrets = Object.values(SECRETS);

/** What every one of the secrets holds, as no text of ours does: so much of one is a leak. */
const CANARY = SECRETS['URL with credentials']?.match(/:(\w{12})@/)?.[1] ?? 'none';

/** Encodings of a text; of base64 the part that does not depend on the text around it. */
const formsOf = (text: string): readonly string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text),
  ...['', '.', '..'].flatMap((before) =>
    (['base64', 'base64url'] as const).map((form) =>
      Buffer.from(before + text)
        .toString(form)
        .replace(/=+$/, '')
        .slice(before === '' ? 0 : 4, -4),
    ),
  ),
  Buffer.from(text).toString('hex'),
  Buffer.from(text).toString('hex').replace(/../g, '%$&'),
];

/** Copies of a JSON value, each with a secret in one string or key name; JSON in a string is gone through too. */
function* planted(value: unknown, secret: () => string): Generator<unknown> {
  if (typeof value === 'string') {
    yield secret();
    if (value.startsWith('{')) for (const inner of planted(JSON.parse(value), secret)) yield JSON.stringify(inner);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    const put = (key: string, of: unknown) =>
      Array.isArray(value)
        ? value.with(Number(name), of)
        : Object.fromEntries(Object.entries(value).map((entry) => (entry[0] === name ? [key, of] : entry)));
    if (!Array.isArray(value)) yield put(secret(), field);
    for (const copy of planted(field, secret)) yield put(name, copy);
  }
}

/** Gives one kind of secret after the other, from the `n`th on. */
const inTurn = (n: number) => {
  let next = n;
  return () => secrets[next++ % secrets.length] ?? '';
};
/** The sample with two kinds of secret in each of its strings and keys. */
const inFields = (sample: string, n: number): readonly string[] =>
  [n, n + 5].flatMap((start) => [...planted(JSON.parse(sample), inTurn(start))].map((copy) => JSON.stringify(copy)));
/** For what may be no JSON: the secret in place of each of its first texts. */
const inTexts = (sample: string, secret: string): readonly string[] =>
  [...sample.matchAll(/"(?:[^"\\]|\\.)*"/g)]
    .slice(0, 40)
    .map(({ index, 0: found }) => sample.slice(0, index) + JSON.stringify(secret) + sample.slice(index + found.length));
const raw = (secret: string): readonly string[] => [
  secret,
  ...Object.values(ENCODINGS).flatMap((encode) => [encode(secret), `the key is ${encode(secret)}, they say`]),
];

let stack: Stack;
let fn: LambdaFunction;
const output: string[] = [];
beforeAll(async () => {
  stack = await startStack();
  fn = createFunction({
    bundle,
    env: variables(stack.sqsEndpoint, stack.queues, {
      COREWEAVE_API_URL: stack.api.url,
      COREWEAVE_API_TOKEN: stack.api.token,
      AWS_ENDPOINT_URL_DYNAMODB: stack.ledgerEndpoint,
      AWS_ENDPOINT_URL_SCHEDULER: stack.scheduler.endpoint,
    }),
    timeoutMs: 60_000,
    maximumConcurrency: 1,
    onStdout: (line) => output.push(line),
    onStderr: (line) => output.push(line),
  });
});
afterAll(() => Promise.all([fn.close(), stack.close()]));

/** All that the product has written anywhere by now. A SendMessage is the test's own. */
async function sinks(): Promise<readonly string[]> {
  const ledger = new DynamoDBClient({
    endpoint: stack.ledgerEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Items = [] } = await ledger.send(new ScanCommand({ TableName: 'ledger' }));
  ledger.destroy();
  const asked = stack.queueRequests.filter(({ action }) => action !== 'SendMessage');
  return [...output, ...stack.output, ...[asked, stack.api.requests, Items].map((sink) => JSON.stringify(sink))];
}

/** The forms of the secrets, and of what they have in common, that a sink holds. */
const leaksIn = (sinks: readonly string[]): readonly string[] => {
  const all = sinks.join('\n');
  return [CANARY, ...secrets].flatMap(formsOf).filter((form) => all.includes(form));
};

describe('a secret', () => {
  it('in any field or key of any sample, or in a text that is none, comes out nowhere', async () => {
    const bodies = [
      ...samplesOf('accepted').flatMap(inFields),
      ...[...samplesOf('ignored'), ...samplesOf('refused')].flatMap((sample, n) =>
        inTexts(sample, secrets[n % secrets.length] ?? ''),
      ),
      ...secrets.flatMap(raw),
    ];
    const { urgent, bulk } = stack.queues;
    await fn.invoke({
      Records: bodies.map((body, n) => recordOf(`m-${n}`, body, (n % 2 === 0 ? urgent : bulk).arn)),
    });

    expect(secrets.filter((secret) => secret.includes(CANARY))).toEqual(secrets);
    expect(leaksIn(bodies)).toEqual(expect.arrayContaining([CANARY, ...secrets]));
    expect(deadLettersOf(asksOf(stack.queueRequests)).length).toBeGreaterThan(bodies.length / 2);
    expect(leaksIn(await sinks())).toEqual([]);
    expect(stack.api.secretSeen).toBe(false);
  }, 60_000);

  it('where an identifier belongs has its own reason, and the dead letter is without it', async () => {
    const events = secrets.flatMap((secret) => [
      keyLeak({ id: 'in-key', data: { accessKeyId: secret } }),
      offboarded({ id: 'in-principal', data: { principalName: `saml/${secret}` } }),
    ]);
    for (const event of events) await stack.send('urgent', JSON.stringify(event));
    await until('all dead letters', async () => ((await stack.depth('urgent')) === 0 ? true : undefined));
    const deadLetters = (await stack.deadLetters()).filter(({ raw }) => raw?.text?.includes('"id":"in-'));
    expect(deadLetters.map(({ reason }) => reason)).toEqual(events.map(() => 'secret-like-target'));
    expect(leaksIn([...(await sinks()), ...deadLetters.map((deadLetter) => JSON.stringify(deadLetter))])).toEqual([]);
  });
});
