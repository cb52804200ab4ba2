/** Validates the packaged CloudFormation template offline: schemas of AWS and the rules of cfn-lint. */
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

export interface Finding {
  readonly severity: string;
  readonly rule: string;
  /** Logical id of the resource, parameter or output; empty for none. */
  readonly id: string;
  readonly path: string;
  readonly message: string;
  /** Why it is no fault. Undefined: it is one. */
  readonly excuse: string | undefined;
}

/** Findings that are no faults: rule and logical id. One that excuses nothing is itself a finding. */
const EXCUSES: readonly { readonly rule: string; readonly id: string; readonly reason: string }[] = [
  ...['ApiTokenSecret', 'UrgentQueueUrl', 'BulkQueueUrl', 'DeadLetterQueueUrl', 'AlarmTopicArn'].map((id) => ({
    rule: 'W1001',
    id,
    reason: 'Fn::If takes this branch under the very condition that the resource has',
  })),
  ...[
    'ApiTokenSecretArn',
    'GithubSecretArn',
    'GitlabSecretArn',
    'GitguardianSecretArn',
    'OktaSecretArn',
    'ScimSecretArn',
    'StandardWebhooksSecretArn',
    'GithubTokenSecretArn',
  ].map((id) => ({
    rule: 'W2509',
    id,
    reason: 'the ARN of a secret is none, and people must see which one is used',
  })),
  ...[
    ...['Github', 'GitlabPathVar', 'Gitguardian', 'Okta', 'ScimPathVar', 'StandardDashwebhooks'],
    ...['WebhookNameVar', 'SsfNameVar'],
  ].map((route) => ({
    rule: 'W3005',
    id: `HttpApiRouteAny${route}`,
    reason: 'the packager says so twice, which does no harm',
  })),
  {
    rule: 'W9003',
    id: 'RevokeUrgentLambdaFunction',
    reason: 'a parameter of type Number cannot be empty, and CloudFormation converts the string',
  },
  { rule: 'W3005', id: 'HttpApiStage', reason: 'the packager says so twice, which does no harm' },
];

const OWN = 'arn:aws:sqs:us-east-1:123456789012';
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret';

/**
 * With these, conditions are tried both ways; with the empty defaults a branch that cannot be taken counts as a fault.
 */
const PARAMETERS = {
  UrgentReservedConcurrency: '20',
  UrgentQueueArn: `${OWN}:urgent`,
  BulkQueueArn: `${OWN}:bulk`,
  DeadLetterQueueArn: `${OWN}:dead`,
  ApiTokenSecretArn: `${SECRET}:token-AbCdEf`,
  GithubSecretArn: `${SECRET}:github-AbCdEf`,
  GitlabSecretArn: `${SECRET}:gitlab-AbCdEf`,
  GitguardianSecretArn: `${SECRET}:gitguardian-AbCdEf`,
  OktaSecretArn: `${SECRET}:okta-AbCdEf`,
  ScimSecretArn: `${SECRET}:scim-AbCdEf`,
  StandardWebhooksSecretArn: `${SECRET}:standard-AbCdEf`,
  WebhookSecretArns: `${SECRET}:webhook/hibob-AbCdEf,${SECRET}:webhook/gusto-AbCdEf`,
  GithubTokenSecretArn: `${SECRET}:github-token-AbCdEf`,
  SenderArns: 'arn:aws:iam::123456789012:role/scanner',
  SenderSourceArns: 'arn:aws:events:us-east-1:123456789012:rule/leaks',
  OperatorArns: 'arn:aws:iam::123456789012:role/operators',
  KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-0000-4000-8000-000000000000',
  PermissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/bounds',
  AlarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:pages',
  AlarmEmail: 'duty@example.com',
  QuietSource: '//hr.example',
  QuietIssuer: 'idp',
  AuditLockDays: '400',
  CanaryKeyId: 'CWCANARY00000001',
  VpcSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  VpcSecurityGroupIds: 'sg-0123456789abcdef0',
};

/** The rules take a second to compile. */
let engine: InstanceType<typeof RegoEngine> | undefined;

/**
 * What is FATAL, ERROR or WARN in the template, excused or not: three of nine planted faults were found as WARN only.
 * An analysis that did not end is a finding too.
 */
export const templateFindings = (path: string): readonly Finding[] => {
  engine ??= new RegoEngine();
  const config = { severityLevel: 'WARN', parameterOverrides: PARAMETERS } as const;
  const { status, diagnostics } = engine.validateStandard(new TemplateFile(path), config);
  const found = diagnostics.map(({ severity, ruleId: rule, entity, propertyPath: path = '', message }): Finding => {
    const id = entity?.logicalId ?? '';
    const excuse = EXCUSES.find((each) => each.rule === rule && each.id === id)?.reason;
    return { severity, rule, id, path, message, excuse };
  });
  return status === 'OK' ? [...found, ...idle(found)] : [...found, ours('', `the analysis ended as ${status}`)];
};

const idle = (found: readonly Finding[]): readonly Finding[] =>
  EXCUSES.filter(({ rule, id }) => !found.some((each) => each.rule === rule && each.id === id)).map(({ rule, id }) =>
    ours(id, `the excuse for ${rule} excuses nothing`),
  );

const ours = (id: string, message: string): Finding => ({
  severity: 'ERROR',
  rule: '-',
  id,
  path: '',
  message,
  excuse: undefined,
});
