import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { LEAST, PLANTED, read, SCHEDULES } from './environment.ts';

const OPERATORS = { name: 'operators', senderId: 'AROAOPS', sources: [''], authority: 'operator' };
const HR = {
  name: 'hr',
  senderId: 'AROAHR',
  sources: ['//hr.example/'],
  types: ['user.offboarded.v1'],
  authority: 'hr',
};

test('with what is required alone, all else has its default', () => {
  const config = read();
  expect(config).toEqual({
    settings: {
      mode: 'enforce',
      dryRunKeep: false,
      keyIdOnly: 'hold',
      ownerUnknown: 'hold',
      twoPersonApproval: [],
      verify: true,
      apiConcurrency: 8,
      apiTimeoutMs: 10_000,
      retryHorizonMs: 6 * 3_600_000,
      staleAfterMs: 7 * 86_400_000,
      protections: [],
      principalTemplates: [],
      limits: { sourcePer10Minutes: 25, sourcePerDay: 100, totalPer10Minutes: 100, totalPerDay: 400 },
      senders: { own: new Map([['AROAREVOKE', 'revoke']]), bindings: undefined },
      keyLimits: { senderKeysPer10Minutes: 500, senderKeysPerDay: 2_000 },
      reconcileLimit: 25,
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      handler: 'local:$LATEST',
      apiHost: 'api.coreweave.com',
    },
    urgentQueueUrl: LEAST.URGENT_QUEUE_URL,
    bulkQueueUrl: LEAST.BULK_QUEUE_URL,
    deadLetterQueueUrl: LEAST.DEAD_LETTER_QUEUE_URL,
    ledgerTable: 'ledger',
    github: undefined,
    apiUrl: new URL('https://api.coreweave.com'),
    token: { kind: 'secret', id: 'coreweave/api-token' },
    schedule: undefined,
    warnings: [
      'SELF_PRINCIPAL: absent, nothing protects the principal of our own API token',
      'SENDERS: absent, a forged source is not detected',
      ...['BULK_QUEUE_ARN', 'DEAD_LETTER_QUEUE_ARN', 'SCHEDULER_ROLE_ARN'].map(
        (name) => `${name}: missing, expected an ARN; future-dated offboardings cannot be scheduled`,
      ),
    ],
  });
});

test('everything that can be set is read', () => {
  const config = read({
    ...SCHEDULES,
    MODE: 'dry-run',
    COREWEAVE_API_URL: 'http://127.0.0.1:8080',
    COREWEAVE_API_TOKEN: PLANTED,
    COREWEAVE_API_TOKEN_SECRET_ID: '',
    API_CONCURRENCY: '128',
    API_TIMEOUT_MS: '100',
    VERIFY: 'false',
    RETRY_HORIZON: 'PT90S',
    STALE_AFTER: 'P1DT2H3M4S',
    PROTECTED:
      '[{"principalName":"saml/admin@example.com","owner":"ops","reason":"break glass",' +
      '"until":"2027-01-01T00:00:00+01:00"},' +
      '{"accessKeyId":"CWABCDEFGHIJKLMN","owner":"ml","reason":"training"}]',
    SELF_PRINCIPAL: 'coreweave/revoker',
    PRINCIPAL_TEMPLATES: '["saml/{email}","coreweave/{externalId}"]',
    LIMITS:
      '{"sourcePer10Minutes":1,"sourcePerDay":2,"totalPer10Minutes":3,"totalPerDay":4,' +
      '"senderKeysPer10Minutes":9,"senderKeysPerDay":"off"}',
    RECONCILE_LIMIT: '7',
    OWN_ROLES: '{"AROA1":"ingest","AROA2":"scheduler","":"canary"}',
    SENDERS: JSON.stringify([OPERATORS, HR]),
    DRY_RUN_KEEP: 'true',
    KEY_ID_ONLY: 'revoke',
    OWNER_UNKNOWN: 'revoke',
    TWO_PERSON_APPROVAL: '["held-protected","held-limit","held-protected"]',
    GITHUB_TOKEN_SECRET_ID: 'github/token',
    GITHUB_API_URL: 'https://api.acme.ghe.com',
    SCHEDULE_GROUP: 'offboardings',
    AWS_LAMBDA_FUNCTION_NAME: 'revoke-urgent',
    AWS_LAMBDA_FUNCTION_VERSION: '7',
  });
  const { token, ...rest } = config;
  expect(rest).toEqual({
    settings: {
      mode: 'dry-run',
      dryRunKeep: true,
      keyIdOnly: 'revoke',
      ownerUnknown: 'revoke',
      twoPersonApproval: ['held-limit', 'held-protected'],
      verify: false,
      apiConcurrency: 128,
      apiTimeoutMs: 100,
      retryHorizonMs: 90_000,
      staleAfterMs: 93_784_000,
      protections: [
        {
          target: { principalName: 'saml/admin@example.com' },
          owner: 'ops',
          reason: 'break glass',
          until: Date.UTC(2026, 11, 31, 23),
        },
        { target: { accessKeyId: 'CWABCDEFGHIJKLMN' }, owner: 'ml', reason: 'training' },
      ],
      selfPrincipal: 'coreweave/revoker',
      principalTemplates: ['saml/{email}', 'coreweave/{externalId}'],
      limits: { sourcePer10Minutes: 1, sourcePerDay: 2, totalPer10Minutes: 3, totalPerDay: 4 },
      reconcileLimit: 7,
      senders: {
        own: new Map([
          ['AROA1', 'ingest'],
          ['AROA2', 'scheduler'],
        ]),
        bindings: [OPERATORS, HR],
      },
      keyLimits: { senderKeysPer10Minutes: 9, senderKeysPerDay: 'off' },
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      handler: 'revoke-urgent:7',
      apiHost: '127.0.0.1:8080',
    },
    urgentQueueUrl: LEAST.URGENT_QUEUE_URL,
    bulkQueueUrl: LEAST.BULK_QUEUE_URL,
    deadLetterQueueUrl: LEAST.DEAD_LETTER_QUEUE_URL,
    ledgerTable: 'ledger',
    github: { url: new URL('https://api.acme.ghe.com'), tokenSecretId: 'github/token' },
    apiUrl: new URL('http://127.0.0.1:8080'),
    schedule: {
      bulkQueueArn: SCHEDULES.BULK_QUEUE_ARN,
      deadLetterQueueArn: SCHEDULES.DEAD_LETTER_QUEUE_ARN,
      roleArn: SCHEDULES.SCHEDULER_ROLE_ARN,
      group: 'offboardings',
    },
    warnings: [],
  });
  expect(token.kind === 'plain' && token.value.reveal()).toBe(PLANTED);
  expect(inspect(config, { depth: 9, showHidden: true })).not.toContain(PLANTED);
});

test.for([
  ['https://api.coreweave.com/', 'api.coreweave.com'],
  ['http://localhost:3000', 'localhost:3000'],
  ['https://localhost:3000/', 'localhost:3000'],
  ['http://[::1]:3000', '[::1]:3000'],
] as const)('%s is an API that may be called', ([url, host]) => {
  const { apiUrl, settings } = read({ COREWEAVE_API_URL: url });
  expect([apiUrl.host, settings.apiHost]).toEqual([host, host]);
});

test.for([
  ['P1D', 86_400_000],
  ['PT36H', 129_600_000],
  ['PT1H30M', 5_400_000],
  ['P1DT1S', 86_401_000],
  ['PT1S', 1_000],
  ['P3D', 259_200_000],
] as const)('a duration of %s is %d ms', ([text, ms]) => {
  expect(read({ STALE_AFTER: text }).settings.staleAfterMs).toBe(ms);
});

test('weeks are a duration, too', () => {
  expect(read({ STALE_AFTER: 'P2W' }).settings.staleAfterMs).toBe(14 * 86_400_000);
});

test.for([
  ['the working folder', {}, resolve('guards/protected.json')],
  ['the Lambda package', { LAMBDA_TASK_ROOT: '/var/task' }, '/var/task/guards/protected.json'],
] as const)('a protected list in a file is read relative to %s', ([, more, path]) => {
  const paths: string[] = [];
  const config = read({ ...more, PROTECTED: '@guards/protected.json' }, (asked) => {
    paths.push(asked);
    return '[{"principalName":"saml/a","owner":"o","reason":"r"}]\n';
  });
  expect(paths).toEqual([path]);
  expect(config.settings.protections).toEqual([{ target: { principalName: 'saml/a' }, owner: 'o', reason: 'r' }]);
});
