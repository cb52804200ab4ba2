/**
 * The canary of the packaged template, sent as its schedule would, through the localhost stack. Needs `npm run build`.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { LOCAL_ROLES } from '../../local/variables.ts';
import { canarySchedule, sentBy } from '../template/canary-text.ts';
import { type PackagedService, packageOnce } from '../template/packaged.ts';
import { type SecretsManager, startSecretsManager } from './secrets-manager.ts';
import { until } from './wait.ts';

const KEY = 'CWCANARY00000001';
const DAY_MS = 86_400_000;

let service: PackagedService;
let secrets: SecretsManager;
let stack: Stack;
const output: string[] = [];
beforeAll(async () => {
  [service, secrets] = await Promise.all([packageOnce(), startSecretsManager('', Date.now() - 25.5 * DAY_MS)]);
  stack = await startStack({
    env: {
      METRIC_SERVICE: 'canary-e2e',
      API_TOKEN_LIFE: String(service.template.Parameters.ApiTokenLife?.Default),
      SELF_PRINCIPAL: 'coreweave/the-handler',
      COREWEAVE_API_TOKEN: '',
      COREWEAVE_API_TOKEN_SECRET_ID: 'token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
    seed: [{ accessKeyId: KEY, principalName: 'coreweave/tester' }],
    onAudit: (line) => output.push(line),
    onLog: () => undefined,
  });
  secrets.secret = stack.api.token;
}, 120_000);
afterAll(async () => {
  await Promise.all([stack.close(), secrets.close()]);
});

/** Sends the canary with this id; resolves with its outcome once its invocation has told its metrics. */
async function sing(id: string): Promise<string> {
  const from = output.length;
  const input = canarySchedule(service.template, KEY)?.Target.Input ?? '';
  await stack.send('urgent', sentBy(input, Date.now() - 59_000, id), {}, LOCAL_ROLES.canary);
  await until('the metrics of a canary', () => output.slice(from).find((line) => line.includes('"_aws"')));
  const records = output.filter((line) => line.includes(`"correlation_uid":"${id}"`)).map((line) => JSON.parse(line));
  return records.find(({ unmapped }) => unmapped.phase === 'outcome')?.status_detail;
}
/** All values of a metric so far. */
const told = (metric: string): readonly number[] =>
  output
    .map((line) => JSON.parse(line))
    .flatMap((line) => ('_aws' in line && metric in line ? [line[metric]].flat() : []));

it('completes while its key is live, while it is deleted, and when it is unknown', async () => {
  expect(stack.api.store.status(KEY)).toBe('ACTIVE');
  expect(await sing('first')).toBe('confirmed');
  expect(stack.api.store.status(KEY)).toBe('DELETED');
  expect(await sing('second')).toBe('already-revoked');
  stack.api.store.purge(KEY);
  expect(await sing('third')).toBe('not-found');
  expect(told('CanaryProven')).toEqual([1, 1, 1]);
});

it('rings none of the alarms about leaks', async () => {
  expect(['NotFoundVouched', 'TimeToRevoke', 'OldestUnconfirmed'].map(told)).toEqual([[], [], []]);
  expect(await stack.deadLetters()).toEqual([]);
});

it('has the token loaded, so that its days are told', () => {
  expect(new Set(told('TokenDaysLeft'))).toEqual(new Set([4]));
});

it('is not proven when the token is refused', async () => {
  stack.api.rotateToken();
  await sing('refused');
  expect(told('CanaryProven')).toHaveLength(3);
  expect(told('TokenRefused').length).toBeGreaterThan(0);
});
