/** End to end: keys that do not exist, in one repository, do not hold a true leak of another. Needs a build. */
import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EdgeStack, startEdgeStack } from '../edge.ts';

const TRUE_KEY = 'CWTRUELEAKEDKEY1';
const INVENTED = 100;
const LIMITS = {
  sourcePer10Minutes: 25,
  sourcePerDay: 100,
  totalPer10Minutes: 100,
  totalPerDay: 400,
  senderKeysPer10Minutes: 20,
  senderKeysPerDay: 20,
};

let world: EdgeStack;
beforeAll(async () => {
  world = await startEdgeStack({
    seed: [{ accessKeyId: TRUE_KEY, principalName: 'coreweave/owner' }],
    env: { LIMITS: JSON.stringify(LIMITS) },
  });
});
afterAll(() => world.close());

/** In the form of a key id, and of a secret: from a hash, so that they look random. */
const formed = (prefix: string, n: number, length: number, encoding: 'hex' | 'base64'): string =>
  `${prefix}${hash('sha512', `${prefix} ${n}`, encoding)
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, length)}`;
const invented = (n: number): string => formed('CW', n, 14, 'hex').toUpperCase();
const secret = (n: number): string => formed('cwo', n, 40, 'base64');

async function report(repository: string, text: string): Promise<void> {
  const alert = { secret: text, secretType: 'coreweave_key', state: 'open', resolution: null } as const;
  world.github.alerts.set(`/repos/${repository}/secret-scanning/alerts/1`, alert);
  const answer = await world.deliver('secret_scanning_alert', {
    action: 'created',
    alert: { number: 1, secret_type: 'coreweave_key', updated_at: new Date().toISOString() },
    repository: { full_name: repository, html_url: `https://github.com/${repository}` },
  });
  expect(answer.status).toBeLessThan(300);
  await world.stack.idle();
}

it('100 invented keys of one repository do not hold the leak of another, with a limit of 20', async () => {
  const pairs = Array.from({ length: INVENTED }, (_, n) => `${invented(n)} ${secret(n)}`);
  await report('acme/scratch', pairs.join('\n'));
  const unknown = world.stack.audit.filter(({ status_detail }) => status_detail === 'not-found');
  expect(unknown).toHaveLength(INVENTED);
  await report('acme/production', `${TRUE_KEY} ${secret(INVENTED)}`);
  expect(world.stack.api.store.status(TRUE_KEY)).toBe('DELETED');
  expect(await world.stack.deadLetters()).toEqual([]);
}, 60_000);
