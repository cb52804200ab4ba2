/** Who may do what: every statement of every role of the packaged template, word for word. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';

const SQS = 'arn:aws:sqs:eu-west-1:123456789012:coreweave-revocation-dev';
const LOGS = 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/coreweave-revocation-dev';

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const roles = (parameters: { readonly [name: string]: string } = {}): { readonly [id: string]: Tree } =>
  Object.fromEntries(
    Object.entries(resolveTemplate(service.template, parameters).resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .map(([id, { Properties }]) => [id, Properties]),
  );

const policy = (name: string, Statement: readonly Tree[]) => [
  { PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement } },
];

const sendOnward = {
  Sid: 'SendOnward',
  Effect: 'Allow',
  Action: ['sqs:SendMessage'],
  Resource: [`${SQS}-bulk`, `${SQS}-dead-letters`],
};

const LAMBDA_TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

const revoker = (lane: 'urgent' | 'bulk', functionName: string) => ({
  AssumeRolePolicyDocument: LAMBDA_TRUST,
  Policies: policy('revoke', [
    {
      Sid: 'TakeFromLane',
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      Resource: [`${SQS}-${lane}`],
    },
    sendOnward,
    {
      Sid: 'Ledger',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: ['arn:LedgerTable'],
    },
    {
      Sid: 'ApproveNothing',
      Effect: 'Deny',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: ['arn:LedgerTable'],
      Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['approval#*', 'dry#approval#*'] } },
    },
    {
      Sid: 'ReadToken',
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: ['the-ApiTokenSecret'],
    },
    {
      Sid: 'Schedules',
      Effect: 'Allow',
      Action: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
      Resource: ['arn:aws:scheduler:eu-west-1:123456789012:schedule/the-ScheduleGroup/*'],
    },
    {
      Sid: 'HandRoleToSchedules',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: ['arn:SchedulerRole'],
      Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${LOGS}-${functionName}:*`],
    },
  ]),
});

const secretOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`;
const read = (Sid: string, ...Resource: readonly string[]) => ({
  Sid,
  Effect: 'Allow',
  Action: ['secretsmanager:GetSecretValue'],
  Resource,
});

const ingest = (...secrets: readonly string[]) => ({
  AssumeRolePolicyDocument: LAMBDA_TRUST,
  Policies: policy('ingest', [
    {
      Sid: 'SendEventsAndDeadLetters',
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: [`${SQS}-urgent`, `${SQS}-bulk`, `${SQS}-dead-letters`],
    },
    {
      Sid: 'Directories',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      Resource: ['arn:LedgerTable'],
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['directory#*', 'dry#directory#*'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
    ...(secrets.length === 0 ? [] : [read('ReadSendersSecrets', ...secrets)]),
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${LOGS}-ingest:*`],
    },
  ]),
});

const replay = {
  AssumeRolePolicyDocument: LAMBDA_TRUST,
  Policies: policy('replay', [
    {
      Sid: 'TakeDeadLetters',
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      Resource: [`${SQS}-dead-letters`],
    },
    {
      Sid: 'SendToQueues',
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: [`${SQS}-urgent`, `${SQS}-bulk`],
    },
    { Sid: 'ReadLedger', Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource: ['arn:LedgerTable'] },
    {
      Sid: 'ApproveUnidentified',
      Effect: 'Allow',
      Action: ['dynamodb:PutItem'],
      Resource: ['arn:LedgerTable'],
      Condition: {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': ['approval#*#unidentified', 'dry#approval#*#unidentified'],
        },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
    {
      Sid: 'ApproveNothingProtected',
      Effect: 'Deny',
      Action: ['dynamodb:PutItem'],
      Resource: ['arn:LedgerTable'],
      Condition: {
        'ForAnyValue:StringLike': {
          'dynamodb:LeadingKeys': ['approval#*#held-protected#*', 'dry#approval#*#held-protected#*'],
        },
      },
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${LOGS}-replay:*`],
    },
  ]),
};

const reconcile = {
  AssumeRolePolicyDocument: LAMBDA_TRUST,
  Policies: policy('reconcile', [
    { Sid: 'SendEvents', Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [`${SQS}-bulk`] },
    {
      Sid: 'ReadLedger',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
      Resource: ['arn:LedgerTable'],
    },
    {
      Sid: 'WriteOwnRows',
      Effect: 'Allow',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: ['arn:LedgerTable'],
      Condition: {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': ['reconciliation#', 'window#reconcile#'].flatMap((key) => [`${key}*`, `dry#${key}*`]),
        },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
    read('ReadToken', 'the-ApiTokenSecret'),
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${LOGS}-reconcile:*`],
    },
  ]),
};

describe('the roles', () => {
  it('grant exactly what is needed, each to one function or to the schedules', () => {
    expect(roles()).toEqual({
      RevokeUrgentRole: revoker('urgent', 'revokeUrgent'),
      RevokeBulkRole: revoker('bulk', 'revokeBulk'),
      IngestRole: ingest(),
      ReplayRole: replay,
      ReconcileRole: reconcile,
      SchedulerRole: {
        Description: 'Lets the schedules of future-dated offboardings send to the bulk queue',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'scheduler.amazonaws.com' },
              Action: 'sts:AssumeRole',
              Condition: {
                StringEquals: { 'aws:SourceAccount': '123456789012' },
                ArnEquals: { 'aws:SourceArn': 'arn:ScheduleGroup' },
              },
            },
          ],
        },
        Policies: policy('send', [sendOnward]),
      },
    });
  });

  it('read the secrets of the senders that are set up, and GitHub’s token, each where it is used', () => {
    const [github, scim, token] = [secretOf('github'), secretOf('scim'), secretOf('token')];
    expect(roles({ GithubSecretArn: github, ScimSecretArn: scim }).IngestRole).toEqual(ingest(github, scim));
    const withToken = roles({ GithubTokenSecretArn: token });
    const granted = read('ReadGithubToken', token);
    for (const role of ['RevokeUrgentRole', 'RevokeBulkRole']) {
      expect(withToken[role]).toMatchObject({
        Policies: [{ PolicyDocument: { Statement: expect.arrayContaining([granted]) } }],
      });
    }
    expect([withToken.IngestRole, withToken.ReplayRole]).toEqual([ingest(), replay]);
  });

  it('read the secrets of the webhooks that are configured, the edge alone', () => {
    const [hibob, gusto] = [secretOf('webhook/hibob'), secretOf('webhook/gusto')];
    const { IngestRole, ...others } = roles({ WebhookSecretArns: `${hibob},${gusto}` });
    const { IngestRole: _, ...before } = roles();
    expect(others).toEqual(before);
    expect(IngestRole).toMatchObject({
      Policies: [{ PolicyDocument: { Statement: expect.arrayContaining([read('ReadWebhookSecrets', hibob, gusto)]) } }],
    });
  });

  it('let the canary’s schedule send to the urgent queue, if there is one', () => {
    const { CanaryRole, ...others } = roles({ CanaryKeyId: 'CWCANARY00000001' });
    expect(others).toEqual(roles());
    expect(CanaryRole).toEqual({
      Description: "Lets the canary's schedule send to the urgent queue",
      AssumeRolePolicyDocument: (others.SchedulerRole as { AssumeRolePolicyDocument: Tree }).AssumeRolePolicyDocument,
      Policies: policy('send', [
        {
          Sid: 'SendCanary',
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: [`${SQS}-urgent`, `${SQS}-dead-letters`],
        },
      ]),
    });
  });

  it('let the notices be put on their one bus, if there is one', () => {
    const NoticeBusArn = 'arn:aws:events:eu-west-1:123456789012:event-bus/notices';
    const { NotifyRole, ...others } = roles({ NoticeBusArn });
    expect(others).toEqual(roles());
    expect(NotifyRole).toEqual({
      AssumeRolePolicyDocument: LAMBDA_TRUST,
      Policies: policy('notify', [
        { Sid: 'PutNotices', Effect: 'Allow', Action: ['events:PutEvents'], Resource: [NoticeBusArn] },
        {
          Sid: 'WriteLogs',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: [`${LOGS}-notify:*`],
        },
      ]),
    });
  });

  it('are bounded, each of them, by the policy of permissionsBoundaryArn', () => {
    const PermissionsBoundaryArn = 'arn:aws:iam::123456789012:policy/bounds';
    const optional = {
      CanaryKeyId: 'CWCANARY00000001',
      NoticeBusArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/notices',
      AuditLockDays: '400',
    };
    const all = roles({ ...optional, PermissionsBoundaryArn });
    expect(Object.keys(all).length).toBeGreaterThan(8);
    const bounds = Object.values(all).map(({ PermissionsBoundary }) => PermissionsBoundary);
    expect(new Set(bounds)).toEqual(new Set([PermissionsBoundaryArn]));
    expect(Object.values(roles(optional)).filter(({ PermissionsBoundary }) => PermissionsBoundary)).toEqual([]);
  });

  it('have wildcards for log streams and schedules only', () => {
    const statements = Object.values(roles()).flatMap(({ Policies }) =>
      (Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap((each) => each.PolicyDocument.Statement),
    );
    const wild = statements
      .flatMap(({ Action, Resource }) => [...Action, ...Resource])
      .filter((text) => /[*?]/.test(text));
    expect([...new Set(wild)].sort()).toEqual([
      `${LOGS}-ingest:*`,
      `${LOGS}-reconcile:*`,
      `${LOGS}-replay:*`,
      `${LOGS}-revokeBulk:*`,
      `${LOGS}-revokeUrgent:*`,
      'arn:aws:scheduler:eu-west-1:123456789012:schedule/the-ScheduleGroup/*',
    ]);
  });

  it('have a group of schedules named after the stage, which the wildcard ends in', () => {
    expect(resolveTemplate(service.template).resources.ScheduleGroup).toEqual({
      Type: 'AWS::Scheduler::ScheduleGroup',
      Properties: { Name: 'coreweave-revocation-dev' },
    });
  });
});
