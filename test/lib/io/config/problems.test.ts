import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { VARIABLES } from '../../../../lib/io/config/variables.ts';
import { LEAST, PLANTED, problems, read, SCHEDULES } from './environment.ts';

test('all that is wrong is said at once, by variable and expectation', () => {
  const none = Object.fromEntries(Object.keys(LEAST).map((name) => [name, undefined]));
  expect(problems({ ...none, VERIFY: 'yes', API_CONCURRENCY: '0' })).toEqual([
    'MODE: missing, expected enforce or dry-run',
    'URGENT_QUEUE_URL: missing, expected the URL of a standard queue, not of a .fifo queue',
    'BULK_QUEUE_URL: missing, expected the URL of a standard queue, not of a .fifo queue',
    'DEAD_LETTER_QUEUE_URL: missing, expected the URL of a standard queue, not of a .fifo queue',
    'LEDGER_TABLE: missing, expected the name of a DynamoDB table',
    'API_CONCURRENCY: expected an integer from 1 to 128',
    'VERIFY: expected true or false',
    'OWN_ROLES: missing, expected an object of ingest, revoke, replay, scheduler, canary, reconcile by role id in JSON',
    'COREWEAVE_API_TOKEN_SECRET_ID, COREWEAVE_API_TOKEN: expected exactly one of the two',
  ]);
});

test.for(VARIABLES.map(({ name }) => name))('a wrong %s never shows its value', (name) => {
  const planted = `\n${PLANTED}`;
  const one = name === 'COREWEAVE_API_TOKEN' ? { COREWEAVE_API_TOKEN_SECRET_ID: undefined } : {};
  const run = (): unknown => read({ ...SCHEDULES, ...one, [name]: planted });
  let seen: unknown;
  try {
    seen = run();
  } catch (error) {
    seen = error;
  }
  expect(inspect(seen, { depth: 9, showHidden: true })).not.toContain(PLANTED);
  expect(inspect(seen)).toContain(name);
});

test('a wrong entry of a list is named by its place', () => {
  const right = { principalName: 'saml/a', owner: 'o', reason: 'r' };
  expect(problems({ PROTECTED: JSON.stringify([right, { ...right, principalName: 'a' }]) })).toEqual([
    expect.stringMatching(/; look at 1\.principalName$/),
  ]);
});

test('an unknown field is named by its place, unless it may be anything', () => {
  const limits = { sourcePer10Minutes: 1, sourcePerDay: 1, totalPer10Minutes: 1, totalPerDay: 1 };
  const sender = { name: 'a', senderId: 'AROAX', sources: [''], authority: 'operator' };
  const of = (env: Readonly<Record<string, unknown>>) =>
    problems(Object.fromEntries(Object.entries(env).map(([name, value]) => [name, JSON.stringify(value)])));
  expect(of({ LIMITS: { ...limits, sendersPerDay: 1 } })).toEqual([expect.stringMatching(/; look at sendersPerDay$/)]);
  expect(of({ SENDERS: [sender, { ...sender, source: '//x' }] })).toEqual([
    expect.stringMatching(/; look at 1\.source$/),
  ]);
  expect(of({ LIMITS: { ...limits, [PLANTED]: 1 } })).toEqual([expect.stringMatching(/or "off"$/)]);
});

test('SENDERS: an event type that no sender may send is named by its place, beside those that exist', () => {
  const sender = { name: 'a', senderId: 'AROAX', sources: [''], authority: 'operator' };
  const withTypes = (...types: readonly string[]) =>
    problems({ SENDERS: JSON.stringify([sender, { ...sender, types }]) });
  const known = ['credential.compromised.v1', 'user.offboarded.v1', 'user.reinstated.v1'];
  expect(withTypes(...known)).toEqual([]);
  expect(withTypes('user.offboarded.v1', 'user.ofboarded.v1')).toEqual([
    expect.stringContaining(`"types", a list of ${known.join(', ')}; look at 1.types.1`),
  ]);
  expect(withTypes('revocation.check.v1')).toEqual([expect.stringMatching(/; look at 1\.types\.0$/)]);
});

test('SENDERS: a webhook that does not exist is named by its place, since its rules would hold for no sender', () => {
  const sender = { name: 'a', senderId: 'AROAX', sources: [''], authority: 'operator' };
  const withId = (senderId: string) => problems({ SENDERS: JSON.stringify([sender, { ...sender, senderId }]) });
  const names = ['github', 'gitlab', 'gitguardian', 'okta', 'scim', 'standard-webhooks', 'webhook/hr', 'ssf/idp'];
  expect(names.flatMap((name) => withId(`https:${name}`))).toEqual([]);
  for (const name of ['oktta', 'standard-webhook', 'webhooks/hr', 'webhook/', 'Okta', '']) {
    expect(withId(`https:${name}`)).toEqual([expect.stringMatching(/; look at 1\.senderId$/)]);
  }
});

test('a template that can never name a person is a problem, and each other one is taken', () => {
  const templates = ['saml/{email}', 'saml/{login}', 'saml/{externalId}', 'coreweave/{externalId}'];
  expect(problems({ PRINCIPAL_TEMPLATES: JSON.stringify(templates) })).toEqual([]);
  expect(problems({ PRINCIPAL_TEMPLATES: JSON.stringify([...templates, 'role/{login}']) })).toEqual([
    expect.stringMatching(/a role\/… is shared by many people; look at 4$/),
  ]);
});

test.for([
  ['both tokens', { COREWEAVE_API_TOKEN: PLANTED }, 'expected exactly one of the two'],
  [
    'a plain token in Lambda',
    { COREWEAVE_API_TOKEN: PLANTED, COREWEAVE_API_TOKEN_SECRET_ID: undefined, AWS_LAMBDA_FUNCTION_NAME: 'revoke' },
    'expected COREWEAVE_API_TOKEN_SECRET_ID in Lambda, unless the API is on loopback',
  ],
] as const)('%s is a problem', ([, more, expected]) => {
  expect(problems(more)).toEqual([expect.stringContaining(expected)]);
});

test('a plain token is taken outside Lambda', () => {
  expect(problems({ COREWEAVE_API_TOKEN: PLANTED, COREWEAVE_API_TOKEN_SECRET_ID: undefined })).toEqual([]);
});

test('one queue cannot be two of the three', () => {
  expect(problems({ DEAD_LETTER_QUEUE_URL: LEAST.BULK_QUEUE_URL })).toEqual([
    'URGENT_QUEUE_URL, BULK_QUEUE_URL, DEAD_LETTER_QUEUE_URL: expected three different queues',
  ]);
});

test('a wrong schedule variable is a warning, since key events go on without schedules', () => {
  const { schedule, warnings } = read({
    ...SCHEDULES,
    SCHEDULER_ROLE_ARN: 'scheduler',
    SELF_PRINCIPAL: 'coreweave/me',
  });
  expect([schedule, warnings]).toEqual([
    undefined,
    [
      'SENDERS: absent, a forged source is not detected',
      'SCHEDULER_ROLE_ARN: expected an ARN; future-dated offboardings cannot be scheduled',
    ],
  ]);
});

test('a protected list that cannot be read is a problem, not an empty list', () => {
  expect(problems({ PROTECTED: '@missing.json' })).toEqual(['PROTECTED: expected a readable file after @']);
});
