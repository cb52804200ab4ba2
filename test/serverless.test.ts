/**
 * What serverless.yml becomes in AWS: the packaged template, resolved, against lib/io/config and the numbers of the
 * design.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SOURCES } from '../events/sources/registry.ts';
import { readConfig, readReplayConfig } from '../lib/io/config/read.ts';
import { readIngestConfig } from '../lib/io/config/read-others.ts';
import { VARIABLES } from '../lib/io/config/variables.ts';
import { QUEUE_SETTINGS } from '../lib/model/queue-settings.ts';
import { HANDLERS } from '../scripts/build.ts';
import { findingsOf } from './template/findings.ts';
import { BUILT, type PackagedService, packageHere, packageOnce } from './template/packaged.ts';
import { resolveTemplate, type Tree } from './template/resolve.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SQS = 'arn:aws:sqs:eu-west-1:123456789012';
const URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012';
const OWN = {
  UrgentQueueArn: 'arn:aws:sqs:eu-west-1:210987654321:leaks',
  BulkQueueArn: 'arn:aws:sqs:eu-west-1:210987654321:offboardings',
  DeadLetterQueueArn: 'arn:aws:sqs:eu-west-1:210987654321:dead',
  ApiTokenSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:coreweave-AbCdEf',
};

const secret = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:hooks/${name}-AbCdEf`;
const SENDERS = {
  GithubSecretArn: secret('github'),
  GitlabSecretArn: secret('gitlab'),
  GitguardianSecretArn: secret('gitguardian'),
  OktaSecretArn: secret('okta'),
  ScimSecretArn: secret('scim'),
  StandardWebhooksSecretArn: secret('standard'),
};

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const deployed = (parameters?: { readonly [name: string]: string }) => resolveTemplate(service.template, parameters);
const propertiesOf = (
  type: string,
  parameters?: { readonly [name: string]: string },
): { readonly [id: string]: Tree } =>
  Object.fromEntries(
    Object.entries(deployed(parameters).resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties]),
  );
const environmentOf = (id: string, parameters?: { readonly [name: string]: string }): Record<string, string> => {
  const { Environment } = propertiesOf('AWS::Lambda::Function', parameters)[id] as {
    Environment: { Variables: Record<string, string> };
  };
  return Environment.Variables;
};
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the package', () => {
  it('ships the files of dist/handlers and no other', () => {
    expect(service.packaged).toEqual(BUILT);
  });

  it('names handlers that are built and exported', () => {
    const handlers = Object.values(propertiesOf('AWS::Lambda::Function')).map(({ Handler }) => String(Handler));
    for (const handler of handlers) {
      const name = HANDLERS.find((each) => handler === `dist/handlers/${each}.handler`) ?? `none for ${handler}`;
      const source = join(ROOT, 'handlers', `${name}.ts`);
      expect(existsSync(source), source).toBe(true);
      expect(readFileSync(source, 'utf8')).toMatch(/^export (const handler\b|\{[^}]*\bhandler\b)/m);
    }
    expect(handlers).toHaveLength(5);
  });

  it('passes the template validator without a fault', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'template-'));
    const path = join(folder, 'template.json');
    writeFileSync(path, service.text);
    const findings = await findingsOf(path);
    rmSync(folder, { recursive: true });
    expect(findings.filter(({ excuse }) => excuse === undefined)).toEqual([]);
  }, 240_000);
});

describe('the environment of each function', () => {
  const NAMES = VARIABLES.map(({ name }) => name).filter((name) => name !== 'COREWEAVE_API_TOKEN');

  it.each([
    'RevokeUrgentLambdaFunction',
    'RevokeBulkLambdaFunction',
    'IngestLambdaFunction',
    'ReplayLambdaFunction',
    'ReconcileLambdaFunction',
  ])('sets every variable but the plain token, and no other: %s', (id) => {
    expect(Object.keys(environmentOf(id)).sort()).toEqual(NAMES.toSorted());
  });

  it('is a configuration that the handler takes, in dry run, with schedules', () => {
    const config = readConfig({ ...environmentOf('RevokeBulkLambdaFunction'), AWS_LAMBDA_FUNCTION_NAME: 'f' }, hash);
    expect(config).toMatchObject({
      settings: { mode: 'dry-run' },
      urgentQueueUrl: `${URL}/coreweave-revocation-dev-urgent`,
      bulkQueueUrl: `${URL}/coreweave-revocation-dev-bulk`,
      deadLetterQueueUrl: `${URL}/coreweave-revocation-dev-dead-letters`,
      token: { kind: 'secret', id: 'the-ApiTokenSecret' },
      schedule: {
        bulkQueueArn: `${SQS}:coreweave-revocation-dev-bulk`,
        deadLetterQueueArn: `${SQS}:coreweave-revocation-dev-dead-letters`,
        roleArn: 'arn:SchedulerRole',
        group: 'the-ScheduleGroup',
      },
    });
  });

  it('is a configuration that the replay takes', () => {
    expect(readReplayConfig(environmentOf('ReplayLambdaFunction'), hash)).toMatchObject({
      settings: { mode: 'dry-run' },
      deadLetterQueueUrl: `${URL}/coreweave-revocation-dev-dead-letters`,
      ledgerTable: 'the-LedgerTable',
    });
  });

  it('is a configuration that the edge takes, every sender shut until it has a secret', () => {
    const read = (parameters = {}) =>
      readIngestConfig(environmentOf('IngestLambdaFunction', parameters), hash, [...SOURCES.keys()]).secretIds;
    expect(read()).toEqual(new Map());
    expect(read(SENDERS)).toEqual(
      new Map([
        ['github', SENDERS.GithubSecretArn],
        ['gitlab', SENDERS.GitlabSecretArn],
        ['gitguardian', SENDERS.GitguardianSecretArn],
        ['okta', SENDERS.OktaSecretArn],
        ['scim', SENDERS.ScimSecretArn],
        ['standard-webhooks', SENDERS.StandardWebhooksSecretArn],
      ]),
    );
  });

  it('repeats the defaults of the code', () => {
    const own = ['SCHEDULE_GROUP', 'INGEST_SECRETS'];
    const fallbacks = VARIABLES.filter(({ name, fallback }) => fallback !== undefined && !own.includes(name));
    const expected = Object.fromEntries(fallbacks.map(({ name, fallback }) => [name, fallback]));
    expect(environmentOf('RevokeUrgentLambdaFunction')).toMatchObject(expected);
  });
});

describe('the functions and their queues', () => {
  it('run with the time-outs, memory and runtime of the design', () => {
    const shared = {
      Runtime: 'nodejs24.x',
      MemorySize: 512,
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON' },
    };
    const functions = propertiesOf('AWS::Lambda::Function');
    const revoke = { ...shared, Handler: 'dist/handlers/revoke.handler' };
    const replay = { ...shared, Handler: 'dist/handlers/replay.handler' };
    const reconcile = { ...shared, Handler: 'dist/handlers/reconcile.handler' };
    const ingest = { ...shared, MemorySize: 1_024, Handler: 'dist/handlers/ingest.handler' };
    const names = [
      'RevokeUrgentLambdaFunction',
      'RevokeBulkLambdaFunction',
      'IngestLambdaFunction',
      'ReplayLambdaFunction',
      'ReconcileLambdaFunction',
    ];
    expect(Object.keys(functions)).toEqual(names);
    expect(functions).toMatchObject({
      RevokeUrgentLambdaFunction: { ...revoke, Timeout: 30, Role: 'arn:RevokeUrgentRole' },
      RevokeBulkLambdaFunction: { ...revoke, Timeout: 120, Role: 'arn:RevokeBulkRole', RecursiveLoop: 'Allow' },
      IngestLambdaFunction: { ...ingest, Timeout: 10, Role: 'arn:IngestRole' },
      ReplayLambdaFunction: { ...replay, Timeout: 900, Role: 'arn:ReplayRole' },
      ReconcileLambdaFunction: { ...reconcile, Timeout: 600, Role: 'arn:ReconcileRole' },
    });
    expect(functions.RevokeUrgentLambdaFunction).not.toHaveProperty('RecursiveLoop');
  });

  it('take batches that may fail in part, and nothing filters them', () => {
    expect(propertiesOf('AWS::Lambda::EventSourceMapping')).toEqual({
      RevokeUrgentMapping: {
        FunctionName: 'the-RevokeUrgentLambdaFunction',
        EventSourceArn: `${SQS}:coreweave-revocation-dev-urgent`,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 10 },
      },
      RevokeBulkMapping: {
        FunctionName: 'the-RevokeBulkLambdaFunction',
        EventSourceArn: `${SQS}:coreweave-revocation-dev-bulk`,
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 5,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    });
  });

  it('keep, hide and give up messages as designed', () => {
    const deadLetterTargetArn = `${SQS}:coreweave-revocation-dev-dead-letters`;
    expect(propertiesOf('AWS::SQS::Queue')).toEqual({
      UrgentQueue: {
        QueueName: 'coreweave-revocation-dev-urgent',
        VisibilityTimeout: QUEUE_SETTINGS.urgent.visibilityS,
        MessageRetentionPeriod: 4 * 86_400,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn, maxReceiveCount: QUEUE_SETTINGS.urgent.maxReceiveCount },
      },
      BulkQueue: {
        QueueName: 'coreweave-revocation-dev-bulk',
        VisibilityTimeout: QUEUE_SETTINGS.bulk.visibilityS,
        MessageRetentionPeriod: 4 * 86_400,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn, maxReceiveCount: QUEUE_SETTINGS.bulk.maxReceiveCount },
      },
      DeadLetterQueue: {
        QueueName: 'coreweave-revocation-dev-dead-letters',
        MessageRetentionPeriod: 14 * 86_400,
        SqsManagedSseEnabled: true,
        RedriveAllowPolicy: {
          redrivePermission: 'byQueue',
          sourceQueueArns: [`${SQS}:coreweave-revocation-dev-urgent`, `${SQS}:coreweave-revocation-dev-bulk`],
        },
      },
    });
  });

  it.each(['Urgent', 'Bulk'])(
    'hide a message for six time-outs of its function and the batching window, as AWS asks: %s',
    (lane) => {
      const { Timeout } = propertiesOf('AWS::Lambda::Function')[`Revoke${lane}LambdaFunction`] as { Timeout: number };
      const { VisibilityTimeout } = propertiesOf('AWS::SQS::Queue')[`${lane}Queue`] as { VisibilityTimeout: number };
      const mapping = propertiesOf('AWS::Lambda::EventSourceMapping')[`Revoke${lane}Mapping`];
      const { MaximumBatchingWindowInSeconds: window } = mapping as { MaximumBatchingWindowInSeconds: number };
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout + window);
    },
  );

  it.each(['UrgentQueue', 'BulkQueue', 'DeadLetterQueue'])('refuse what does not come by TLS: %s', (id) => {
    const { QueueName } = propertiesOf('AWS::SQS::Queue')[id] as { QueueName: string };
    const onlyTls = {
      Sid: 'OnlyTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: `${SQS}:${QueueName}`,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    expect(propertiesOf('AWS::SQS::QueuePolicy')[`${id}Policy`]).toEqual({
      Queues: [`${URL}/${QueueName}`],
      PolicyDocument: { Version: '2012-10-17', Statement: expect.arrayContaining([onlyTls]) },
    });
  });
});

describe('what outlives the stack', () => {
  // Not of a deployment that fails: what has a fixed name would let the next one fail. (CloudFormation, DeletionPolicy)
  const keep = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

  it('is the ledger, by one string key, with expiry and recovery', () => {
    expect(deployed().resources.LedgerTable).toEqual({
      Type: 'AWS::DynamoDB::Table',
      ...keep,
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });

  it.each(['DeadLetterQueue', 'ApiTokenSecret'])('is what only an operator should delete: %s', (id) => {
    expect(deployed().resources[id]).toMatchObject(keep);
  });

  it.each(['RevokeUrgent', 'RevokeBulk', 'Ingest', 'Replay', 'Reconcile'])(
    'is the log group with the audit records, for 400 days: %s',
    (id) => {
      const name = id.charAt(0).toLowerCase() + id.slice(1);
      expect(deployed().resources[`${id}LogGroup`]).toEqual({
        Type: 'AWS::Logs::LogGroup',
        ...keep,
        Properties: {
          LogGroupName: `/aws/lambda/coreweave-revocation-dev-${name}`,
          RetentionInDays: 400,
          FieldIndexPolicies: [expect.anything()],
        },
      });
    },
  );
});

describe('the concurrency of leaked keys', () => {
  const reservedOf = (parameters: Readonly<Record<string, string>>) =>
    propertiesOf('AWS::Lambda::Function', parameters).RevokeUrgentLambdaFunction?.ReservedConcurrentExecutions;

  it('is reserved if the parameter says so', () => {
    expect([reservedOf({}), reservedOf({ UrgentReservedConcurrency: '20' })]).toEqual([undefined, '20']);
  });
});

describe('the outputs', () => {
  it('name the queues, the ledger, the secret and the settings', () => {
    const { ServerlessDeploymentBucketName: _, ...outputs } = deployed().outputs;
    expect(outputs).toEqual({
      UrgentQueueUrl: `${URL}/coreweave-revocation-dev-urgent`,
      BulkQueueUrl: `${URL}/coreweave-revocation-dev-bulk`,
      DeadLetterQueueUrl: `${URL}/coreweave-revocation-dev-dead-letters`,
      LedgerTableName: 'the-LedgerTable',
      ApiTokenSecret: 'the-ApiTokenSecret',
      HttpApiId: 'the-HttpApi',
      HttpApiUrl: 'https://the-HttpApi.execute-api.eu-west-1.amazonaws.com',
      AlarmTopicArn: 'the-AlarmTopic',
      OperatorPolicyArn: 'the-OperatorPolicy',
      SettingsPath: '/coreweave-revocation-dev/settings',
    });
  });
});

describe('the HTTP API of the webhooks', () => {
  it('has a route for each sender, with or without a path below it', () => {
    const routes = Object.values(propertiesOf('AWS::ApiGatewayV2::Route')).map(({ RouteKey }) => String(RouteKey));
    expect(routes.toSorted()).toEqual(
      [...SOURCES.keys()]
        .map((name) => `ANY /${name}${['gitlab', 'scim'].includes(name) ? '/{path+}' : ''}`)
        .concat('ANY /webhook/{name}', 'ANY /ssf/{name}')
        .toSorted(),
    );
    expect(propertiesOf('AWS::ApiGatewayV2::Integration')).toMatchObject({
      HttpApiIntegrationIngest: { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' },
    });
  });

  it('logs each request without what could name a person or hold a secret', () => {
    const { AccessLogSettings } = propertiesOf('AWS::ApiGatewayV2::Stage').HttpApiStage ?? {};
    const { DestinationArn, Format } = AccessLogSettings as { DestinationArn: string; Format: string };
    expect(DestinationArn).toBe('arn:HttpApiLogGroup');
    expect(JSON.parse(Format)).toEqual({
      requestId: '$context.requestId',
      at: '$context.requestTimeEpoch',
      from: '$context.identity.sourceIp',
      route: '$context.routeKey',
      status: '$context.status',
      latencyMs: '$context.responseLatency',
      error: '$context.error.messageString',
      functionError: '$context.integration.error',
    });
  });

  it('is throttled', () => {
    expect(propertiesOf('AWS::ApiGatewayV2::Stage')).toMatchObject({
      HttpApiStage: {
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 500 },
      },
    });
  });
});

describe("with queues and a secret of one's own", () => {
  it('makes none, and uses them everywhere', () => {
    expect(propertiesOf('AWS::SQS::Queue', OWN)).toEqual({});
    expect(propertiesOf('AWS::SQS::QueuePolicy', OWN)).toEqual({});
    expect(propertiesOf('AWS::SecretsManager::Secret', OWN)).toEqual({});
    expect(environmentOf('RevokeUrgentLambdaFunction', OWN)).toMatchObject({
      URGENT_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/210987654321/leaks',
      BULK_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/210987654321/offboardings',
      DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/210987654321/dead',
      BULK_QUEUE_ARN: OWN.BulkQueueArn,
      DEAD_LETTER_QUEUE_ARN: OWN.DeadLetterQueueArn,
      COREWEAVE_API_TOKEN_SECRET_ID: OWN.ApiTokenSecretArn,
    });
    expect(propertiesOf('AWS::Lambda::EventSourceMapping', OWN)).toMatchObject({
      RevokeUrgentMapping: { EventSourceArn: OWN.UrgentQueueArn },
      RevokeBulkMapping: { EventSourceArn: OWN.BulkQueueArn },
    });
  });

  it('lets the created dead-letter queue take from them', () => {
    const { UrgentQueueArn, BulkQueueArn } = OWN;
    expect(propertiesOf('AWS::SQS::Queue', { UrgentQueueArn, BulkQueueArn })).toMatchObject({
      DeadLetterQueue: { RedriveAllowPolicy: { sourceQueueArns: [UrgentQueueArn, BulkQueueArn] } },
    });
  });
});

describe('with parameters on the command line', () => {
  it('packages that stage with those defaults, and what it keeps', async () => {
    const args = ['--stage', 'prod', '--param=mode=enforce', '--param=retain=Delete', '--region', 'eu-central-1'];
    const prod = await packageHere(args);
    const { resources, outputs } = resolveTemplate(prod.template);
    expect(prod.template.Parameters.Mode).toMatchObject({ Default: 'enforce' });
    expect(outputs.UrgentQueueUrl).toBe(`${URL}/coreweave-revocation-prod-urgent`);
    const logs = ['RevokeUrgentLogGroup', 'RevokeBulkLogGroup', 'IngestLogGroup', 'ReplayLogGroup'];
    const kept = ['LedgerTable', 'DeadLetterQueue', 'ApiTokenSecret', ...logs];
    expect(kept.map((id) => resources[id])).toMatchObject(kept.map(() => ({ DeletionPolicy: 'Delete' })));
  }, 60_000);
});
