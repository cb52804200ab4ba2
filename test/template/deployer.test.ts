/** deploy/deployer-policy.json: names each service that the template uses, and nothing outside this product's names. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { packageOnce } from './packaged.ts';

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

const FILE = resolve(import.meta.dirname, '../../deploy/deployer-policy.json');
const { Statement: statements }: { Statement: readonly Statement[] } = JSON.parse(readFileSync(FILE, 'utf8'));

const allows = (action: string, resource: string): boolean =>
  statements.some(
    ({ Action, Resource }) =>
      Action.some((each) => matchesGlob(action, each)) && Resource.some((each) => matchesGlob(resource, each)),
  );
const matchesGlob = (text: string, glob: string): boolean =>
  new RegExp(`^${glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);

/**
 * What the handlers of CloudFormation call beyond creating, changing and deleting a resource by its name. (Schemas of
 * the resource types, `handlers`; API Gateway guide, "Using service-linked roles"; the packager tags the stack, and so
 * each resource)
 */
const OF_HANDLERS: readonly (readonly [action: string, resource: string])[] = [
  ['iam:ListRolePolicies', 'arn:aws:iam::111122223333:role/coreweave-revocation-prod-IngestRole-1'],
  ['iam:ListAttachedRolePolicies', 'arn:aws:iam::111122223333:role/coreweave-revocation-prod-IngestRole-1'],
  ['iam:UpdateRoleDescription', 'arn:aws:iam::111122223333:role/coreweave-revocation-prod-CanaryRole-1'],
  ['iam:ListEntitiesForPolicy', 'arn:aws:iam::111122223333:policy/coreweave-revocation-prod-operators'],
  [
    'iam:CreateServiceLinkedRole',
    'arn:aws:iam::111122223333:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway',
  ],
  // By whatever names: CloudWatch authorizes it for all alarms.
  ['cloudwatch:DescribeAlarms', 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*'],
  ['apigateway:PUT', 'arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2Fa1'],
  ['lambda:UntagResource', 'arn:aws:lambda:eu-central-1:111122223333:event-source-mapping:0f1e2d3c'],
];

/** IAM prefixes that differ from the service in the name of a resource type. (Service Authorization Reference) */
const PREFIXES: Readonly<Record<string, string>> = { apigatewayv2: 'apigateway', kinesisfirehose: 'firehose' };

it('the policy for deployments allows each service of the template', async () => {
  const { template } = await packageOnce();
  const services = Object.values(template.Resources).map(({ Type }) => Type.split('::')[1]?.toLowerCase() ?? '');
  const needed = new Set(services.map((service) => PREFIXES[service] ?? service));
  const allowed = new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0] ?? '')));
  expect(needed.size).toBeGreaterThan(8);
  expect([...needed, 'cloudformation'].filter((service) => !allowed.has(service))).toEqual([]);
  expect([...allowed].filter((service) => service !== 'cloudformation' && !needed.has(service))).toEqual([]);
});

it('the policy for deployments names the log groups, roles and functions of the template', async () => {
  const { text } = await packageOnce();
  for (const name of ['/aws/lambda/coreweave-revocation-', '/aws/http-api/coreweave-revocation-']) {
    expect(text).toContain(name);
    expect(statements.flatMap(({ Resource }) => Resource).some((resource) => resource.includes(name))).toBe(true);
  }
});

it('the policy for deployments allows what the handlers of CloudFormation call', () => {
  expect(OF_HANDLERS.filter(([action, resource]) => !allows(action, resource))).toEqual([]);
});

it('the policy for deployments has no action of IAM, and no wildcard of actions, on every resource', () => {
  const broad = statements.filter(({ Resource }) => Resource.includes('*'));
  expect(broad.map(({ Sid }) => Sid)).toEqual(['Template', 'WithoutNames']);
  expect(broad.flatMap(({ Action }) => Action).filter((action) => /^iam:|\*/.test(action))).toEqual([]);
});

it('the policy for deployments may change only the roles of this product, and create that of API Gateway', () => {
  const iam = statements.filter(({ Action }) => Action.some((action) => action.startsWith('iam:')));
  expect(iam.flatMap(({ Resource }) => Resource)).toEqual([
    'arn:aws:iam::*:role/coreweave-revocation-*',
    'arn:aws:iam::*:policy/coreweave-revocation-*',
    'arn:aws:iam::*:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway',
  ]);
});
