/** In a VPC of one's own: which functions, and what their roles may do there that they may not elsewhere. */
import { beforeAll, expect, it } from 'vitest';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';

/** With every function that there can be. */
const NO_VPC = { NoticeBusArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/notices' };
const VPC = { ...NO_VPC, VpcSubnetIds: 'subnet-0a,subnet-0b', VpcSecurityGroupIds: 'sg-0a' };

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const functions = (parameters: Readonly<Record<string, string>>): Readonly<Record<string, Tree>> =>
  Object.fromEntries(
    Object.entries(resolveTemplate(service.template, parameters).resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id, { Properties }]) => [id, Properties]),
  );

/** The statements of each function's role. */
const statements = (parameters: Readonly<Record<string, string>>): Readonly<Record<string, readonly Tree[]>> => {
  const { resources } = resolveTemplate(service.template, parameters);
  const roles = Object.values(functions(parameters)).map(({ Role }) => String(Role).replace(/^arn:/, ''));
  return Object.fromEntries(
    roles.map((id) => {
      const policies = resources[id]?.Properties.Policies as { PolicyDocument: { Statement: Tree[] } }[];
      return [id, policies.flatMap((each) => each.PolicyDocument.Statement)];
    }),
  );
};

it('every function stands in the subnets and groups that are named, none without', () => {
  for (const [id, { VpcConfig }] of Object.entries(functions(VPC))) {
    const there = { SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds: ['sg-0a'] };
    expect([id, VpcConfig]).toEqual([id, there]);
    expect(functions(NO_VPC)[id]).not.toHaveProperty('VpcConfig');
  }
});

it('subnets without groups, or groups without subnets, are handed on as they are, for Lambda to refuse', () => {
  const { VpcSubnetIds, VpcSecurityGroupIds } = VPC;
  for (const half of [{ VpcSubnetIds }, { VpcSecurityGroupIds }]) {
    expect(functions(half).RevokeUrgentLambdaFunction).toHaveProperty('VpcConfig');
  }
});

it('every role lets Lambda, and not our code, manage network interfaces, and adds nothing else', () => {
  const Action = [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  const added = [
    { Sid: 'NetworkInterfaces', Effect: 'Allow', Action, Resource: ['*'] },
    {
      Sid: 'NotByCode',
      Effect: 'Deny',
      Action,
      Resource: ['*'],
      Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    },
  ];
  const outside = statements(NO_VPC);
  for (const [role, inside] of Object.entries(statements(VPC))) {
    const before = (outside[role] ?? []).map((each) => JSON.stringify(each));
    expect([role, inside.filter((each) => !before.includes(JSON.stringify(each)))]).toEqual([role, added]);
    expect(inside).toHaveLength(before.length + added.length);
  }
  expect(JSON.stringify(outside)).not.toContain('ec2:');
});
