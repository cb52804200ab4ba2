/** Who may reach what beside the functions: queue policies, operators, and a key of one's own. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';

const SQS = 'arn:aws:sqs:eu-west-1:123456789012:coreweave-revocation-dev';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-0000-4000-8000-000000000000';
const SCANNER = 'arn:aws:iam::210987654321:role/scanner';
const HR = 'arn:aws:iam::210987654321:role/hr';
const RULE = 'arn:aws:events:eu-west-1:123456789012:rule/leaks';
/** The variable of IAM, which the packager must leave alone. (IAM user guide, policy variables) */
const USER_ID = ['$', '{aws:userid}'].join('');
const OPERATORS = 'arn:aws:iam::123456789012:role/operators';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

type Parameters = Readonly<Record<string, string>>;
const resources = (parameters: Parameters = {}) => resolveTemplate(service.template, parameters).resources;
const statementsOf = (id: string, parameters: Parameters = {}): readonly Statement[] => {
  const policy = resources(parameters)[id]?.Properties.PolicyDocument as { Statement: Statement[] };
  return policy.Statement;
};
const sids = (id: string, parameters: Parameters = {}) => statementsOf(id, parameters).map(({ Sid }) => Sid);

describe('the queues', () => {
  it('name no principal by default', () => {
    expect(['Urgent', 'Bulk', 'DeadLetter'].map((queue) => sids(`${queue}QueuePolicy`))).toEqual([
      ['OnlyTls'],
      ['OnlyTls'],
      ['OnlyTls', 'OnlyOurFunctionsSend'],
    ]);
  });

  it.each(['Urgent', 'Bulk'])('let named senders send, and do nothing else: %s', (lane) => {
    const [, ...named] = statementsOf(`${lane}QueuePolicy`, { SenderArns: `${SCANNER},${HR}`, SenderSourceArns: RULE });
    const Resource = `${SQS}-${lane.toLowerCase()}`;
    expect(named).toEqual([
      {
        Sid: 'NamedSenders',
        Effect: 'Allow',
        Principal: { AWS: [SCANNER, HR] },
        Action: 'sqs:SendMessage',
        Resource,
      },
      {
        Sid: 'NamedSources',
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] },
        Action: 'sqs:SendMessage',
        Resource,
        Condition: { ArnEquals: { 'aws:SourceArn': [RULE] } },
      },
    ]);
  });

  it('let only the replay and named operators receive dead letters', () => {
    expect(statementsOf('DeadLetterQueuePolicy', { OperatorArns: `${OPERATORS},${HR}` })[2]).toEqual({
      Sid: 'OnlyReplayAndOperators',
      Effect: 'Deny',
      Principal: '*',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:PurgeQueue'],
      Resource: `${SQS}-dead-letters`,
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': ['arn:ReplayRole', OPERATORS, HR] } },
    });
    expect(sids('DeadLetterQueuePolicy', { SenderArns: SCANNER })).toEqual(['OnlyTls', 'OnlyOurFunctionsSend']);
  });

  it('let only our own functions and schedules send dead letters, and SQS move them', () => {
    const roles = ['RevokeUrgentRole', 'RevokeBulkRole', 'IngestRole', 'SchedulerRole'].map((role) => `arn:${role}`);
    expect(statementsOf('DeadLetterQueuePolicy', {})[1]).toEqual({
      Sid: 'OnlyOurFunctionsSend',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:SendMessage',
      Resource: `${SQS}-dead-letters`,
      Condition: { Null: { 'aws:PrincipalArn': 'false' }, ArnNotEquals: { 'aws:PrincipalArn': roles } },
    });
  });

  it('give dead letters to no other role of ours', () => {
    const documents = Object.entries(resources()).flatMap(([id, { Type, Properties }]) => {
      if (Type === 'AWS::IAM::ManagedPolicy') return [{ id, document: Properties.PolicyDocument }];
      if (Type !== 'AWS::IAM::Role') return [];
      return (Properties.Policies as { PolicyDocument: unknown }[]).map((each) => ({
        id,
        document: each.PolicyDocument,
      }));
    });
    const takers = documents.filter(({ document }) =>
      (document as { Statement: Statement[] }).Statement.some(
        ({ Effect, Action, Resource }) =>
          Effect === 'Allow' &&
          [Action].flat().includes('sqs:ReceiveMessage') &&
          JSON.stringify(Resource).includes('-dead-letters'),
      ),
    );
    expect(takers.map(({ id }) => id).toSorted()).toEqual(['OperatorPolicy', 'ReplayRole']);
  });
});

describe('the operators', () => {
  it('may do what the command line does, and nothing else', () => {
    expect(resources().OperatorPolicy?.Properties).toEqual({
      ManagedPolicyName: 'coreweave-revocation-dev-operators',
      Description: 'The command line of the revocation handler, and its replay',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'SendToLanes',
            Effect: 'Allow',
            Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
            Resource: [`${SQS}-urgent`, `${SQS}-bulk`],
          },
          {
            Sid: 'WorkDeadLetters',
            Effect: 'Allow',
            Action: [
              'sqs:ReceiveMessage',
              'sqs:DeleteMessage',
              'sqs:ChangeMessageVisibility',
              'sqs:GetQueueAttributes',
            ],
            Resource: [`${SQS}-dead-letters`],
          },
          {
            Sid: 'ReadLedger',
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Scan'],
            Resource: ['arn:LedgerTable'],
          },
          {
            Sid: 'ApproveAsOneself',
            Effect: 'Allow',
            Action: ['dynamodb:PutItem'],
            Resource: ['arn:LedgerTable'],
            Condition: {
              'ForAllValues:StringLike': {
                'dynamodb:LeadingKeys': [
                  `approval#*#${USER_ID}`,
                  `dry#approval#*#${USER_ID}`,
                  'identity#*',
                  'dry#identity#*',
                ],
              },
              Null: { 'dynamodb:LeadingKeys': 'false' },
            },
          },
          {
            Sid: 'RemoveIdentities',
            Effect: 'Allow',
            Action: ['dynamodb:DeleteItem'],
            Resource: ['arn:LedgerTable'],
            Condition: {
              'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['identity#*', 'dry#identity#*'] },
              Null: { 'dynamodb:LeadingKeys': 'false' },
            },
          },
          {
            Sid: 'ReadAndRotateToken',
            Effect: 'Allow',
            Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
            Resource: ['the-ApiTokenSecret'],
          },
          {
            Sid: 'Replay',
            Effect: 'Allow',
            Action: ['lambda:InvokeFunction'],
            Resource: ['arn:ReplayLambdaFunction', 'arn:ReconcileLambdaFunction'],
          },
          {
            Sid: 'SearchLogs',
            Effect: 'Allow',
            Action: ['logs:StartQuery', 'logs:FilterLogEvents'],
            Resource: ['arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/coreweave-revocation-dev-*'],
          },
          { Sid: 'ReadQueryResults', Effect: 'Allow', Action: ['logs:GetQueryResults'], Resource: ['*'] },
          {
            Sid: 'ReadOutputs',
            Effect: 'Allow',
            Action: ['cloudformation:DescribeStacks'],
            Resource: ['arn:aws:cloudformation:eu-west-1:123456789012:stack/coreweave-revocation-dev/0f1e2d3c'],
          },
          {
            Sid: 'ReadSettings',
            Effect: 'Allow',
            Action: ['ssm:GetParametersByPath'],
            Resource: [
              'arn:aws:ssm:eu-west-1:123456789012:parameter/coreweave-revocation-dev/settings',
              'arn:aws:ssm:eu-west-1:123456789012:parameter/coreweave-revocation-dev/settings/*',
            ],
          },
        ],
      },
    });
  });
});

describe("with a key of one's own", () => {
  const useKey = { Sid: 'UseKey', Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: [KEY] };
  const withKey = () => resources({ KmsKeyArn: KEY, AuditLockDays: '400' });

  it('queues, ledger, token, logs and the audit store are encrypted with it', () => {
    const encrypted: Readonly<Record<string, Tree>> = {
      UrgentQueue: { KmsMasterKeyId: KEY },
      BulkQueue: { KmsMasterKeyId: KEY },
      DeadLetterQueue: { KmsMasterKeyId: KEY },
      LedgerTable: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY } },
      ApiTokenSecret: { KmsKeyId: KEY },
      RevokeUrgentLogGroup: { KmsKeyId: KEY },
      RevokeBulkLogGroup: { KmsKeyId: KEY },
      IngestLogGroup: { KmsKeyId: KEY },
      ReplayLogGroup: { KmsKeyId: KEY },
      AuditStream: { DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: KEY } },
      AuditBucket: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY } },
          ],
        },
      },
    };
    for (const [id, properties] of Object.entries(encrypted))
      expect(withKey()[id]?.Properties).toMatchObject(properties);
    for (const id of ['UrgentQueue', 'BulkQueue', 'DeadLetterQueue']) {
      expect(withKey()[id]?.Properties).not.toHaveProperty('SqsManagedSseEnabled');
    }
  });

  it('may be used only by readers and writers of the data', () => {
    const using = Object.entries(
      resources({ KmsKeyArn: KEY, AuditLockDays: '400', CanaryKeyId: 'CWCANARY00000001' }),
    ).filter(
      ([, { Type, Properties }]) =>
        Type.startsWith('AWS::IAM::') && JSON.stringify(Properties).includes(JSON.stringify(useKey)),
    );
    expect(using.map(([id]) => id).toSorted()).toEqual([
      'AuditStreamRole',
      'CanaryRole',
      'IngestRole',
      'OperatorPolicy',
      'ReconcileRole',
      'ReplayRole',
      'RevokeBulkRole',
      'RevokeUrgentRole',
      'SchedulerRole',
    ]);
    expect(JSON.stringify(resources({ AuditLockDays: '400' }))).not.toContain('kms:');
  });
});
