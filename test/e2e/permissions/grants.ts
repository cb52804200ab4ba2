/** What the packaged roles allow, in the words of a recorder: `<action> <resource>`. */
import type { AwsCall } from '../../../local/recorder/calls.ts';
import { packageOnce } from '../../template/packaged.ts';
import { resolveTemplate } from '../../template/resolve.ts';

const ACCOUNT = 'eu-west-1:123456789012';
const secretArn = (name: string): string => `arn:aws:secretsmanager:${ACCOUNT}:secret:${name}-AbCdEf`;
const BUS_ARN = `arn:aws:events:${ACCOUNT}:event-bus/notices`;
export const SENDERS = ['github', 'gitlab', 'gitguardian', 'okta', 'scim', 'standard-webhooks'] as const;
/** A configured webhook, as the ready configuration of this name has it. */
export const WEBHOOK = 'hibob';

/** Everything that is optional in the template, so that each role has all of its statements. */
const PARAMETERS = {
  GithubSecretArn: secretArn('github'),
  GitlabSecretArn: secretArn('gitlab'),
  GitguardianSecretArn: secretArn('gitguardian'),
  OktaSecretArn: secretArn('okta'),
  ScimSecretArn: secretArn('scim'),
  StandardWebhooksSecretArn: secretArn('standard-webhooks'),
  WebhookSecretArns: secretArn(`webhook/${WEBHOOK}`),
  GithubTokenSecretArn: secretArn('github-token'),
  NoticeBusArn: BUS_ARN,
};

/** The log groups of the stack, as a recorder names them. */
const LOG_GROUPS = '/aws/lambda/coreweave-revocation-dev-*';

export const STACK = 'coreweave-revocation-dev';
const SETTINGS = `arn:aws:ssm:${ACCOUNT}:parameter/${STACK}/settings`;

/** The names that a test uses for the resources of the template. */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['urgent', 'bulk', 'dead-letters'].map((queue) => [
      `arn:aws:sqs:${ACCOUNT}:coreweave-revocation-dev-${queue}`,
      `revocation-${queue}`,
    ]),
  ),
  ...Object.fromEntries([...SENDERS, 'github-token', `webhook/${WEBHOOK}`].map((name) => [secretArn(name), name])),
  [`arn:aws:logs:${ACCOUNT}:log-group:/aws/lambda/coreweave-revocation-dev-*`]: LOG_GROUPS,
  [`arn:aws:cloudformation:${ACCOUNT}:stack/${STACK}/0f1e2d3c`]: STACK,
  // A policy names a path and what is below it.
  [SETTINGS]: `/${STACK}/settings`,
  [`${SETTINGS}/*`]: `/${STACK}/settings`,
  'arn:LedgerTable': 'ledger',
  'the-ApiTokenSecret': 'api-token',
  'arn:SchedulerRole': 'arn:aws:iam::000000000000:role/scheduler',
  'arn:ReplayLambdaFunction': 'replay',
  'arn:ReconcileLambdaFunction': 'reconcile',
  [`arn:aws:scheduler:${ACCOUNT}:schedule/the-ScheduleGroup/*`]: 'default',
  [BUS_ARN]: BUS_ARN,
};
export const BUS = BUS_ARN;

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** Lambda itself writes the logs of a function. */
const BY_LAMBDA = /^logs:(?:Create|Put)/;

const grantsIn = (statements: readonly Statement[]): readonly string[] => {
  const grants = statements
    .filter(({ Effect: effect }) => effect === 'Allow')
    .flatMap(({ Action: actions, Resource: resources }) =>
      actions
        .filter((action) => !BY_LAMBDA.test(action))
        .flatMap((action) => resources.map((resource) => `${action} ${NAMES[resource] ?? resource}`)),
    );
  return [...new Set(grants)].toSorted();
};

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** Of the packaged service; `of` takes the logical id of a role or managed policy. */
export const packagedGrants = async () => {
  const { template } = await packageOnce();
  const { resources } = resolveTemplate(template, PARAMETERS);
  return {
    of(id: string): readonly string[] {
      const properties = resources[id]?.Properties as { Policies?: readonly Policy[] } & Partial<Policy>;
      const policies = properties.Policies ?? [properties as Policy];
      return grantsIn(policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement));
    },
  };
};

/** Recorded calls in the same words. */
export const wordsOf = (calls: readonly AwsCall[]): readonly string[] =>
  [...new Set(calls.map(({ action, resource }) => `${action} ${resource}`))].toSorted();
