/** End to end: one webhook request cannot become thousands of messages or dead letters. Needs a build. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EdgeStack, SHARED, startEdgeStack } from '../edge.ts';

let world: EdgeStack;
beforeAll(async () => {
  world = await startEdgeStack();
});
afterAll(() => world.close());

const PLACE = 'https://gitlab.example/acme/app/-/blob/1/keys.txt';
const idOf = (at: number) => `CW${String(at).padStart(14, '0')}`;
const MANY = Array.from({ length: 4_000 }, (_, at) => at);
const user = (at: number) => ({ type: 'User', alternateId: `user-${at}@example.com` });
const REQUESTS = {
  '/gitlab/v1/revoke_tokens': [
    { type: 'gitleaks_rule_id_coreweave-access-key-id', token: MANY.map(idOf).join(' '), location: PLACE },
  ],
  '/okta': {
    data: {
      events: [
        {
          uuid: 'many',
          published: '2026-11-23T09:30:00Z',
          eventType: 'user.lifecycle.deactivate',
          outcome: { result: 'SUCCESS' },
          target: MANY.map(user),
        },
      ],
    },
  },
};

it.each([
  ['/gitlab/v1/revoke_tokens', 204, 'https:gitlab', idOf(99)],
  ['/okta', 200, 'https:okta', 'user-99@example.com'],
] as const)('a request to %s about 4,000, sent twice, becomes one dead letter', async (path, status, sender, last) => {
  const [audited, queued] = [world.audit.length, world.stack.audit.length];
  const body = JSON.stringify(REQUESTS[path]);
  const send = () => world.request(path, { method: 'POST', headers: { authorization: SHARED }, body });
  expect([(await send()).status, (await send()).status]).toEqual([status, status]);
  await world.stack.idle();
  const detail = 'expected at most 1000 parts in one request, and it has 4000';
  const deadLetters = (await world.stack.deadLetters()).filter((each) => each.sender === sender);
  expect(deadLetters).toMatchObject([{ reason: 'oversize', detail, event: null }]);
  const { parts, first } = JSON.parse(deadLetters[0]?.raw?.text ?? '');
  expect([parts, first.length, JSON.stringify(first.at(-1))]).toEqual([4_000, 100, expect.stringContaining(last)]);
  expect(world.audit.slice(audited).map(({ unmapped }) => unmapped.phase)).toEqual([
    ...['refusal', 'dead-letter', 'checkpoint'],
    ...['refusal', 'checkpoint'],
  ]);
  expect(world.stack.audit.length).toBe(queued);
});
