import { describe, expect, it } from 'vitest';
import { callsOf, serviceOf } from '../../../local/recorder/calls.ts';

const json = (target: string, body: object) => ({ method: 'POST', path: '/', target, body });
const url = 'http://127.0.0.1:1/000000000000/revocation-urgent';

describe('callsOf', () => {
  it.each([
    ['AmazonSQS.SendMessage', { QueueUrl: url }, 'sqs', 'sqs:SendMessage', 'revocation-urgent'],
    ['AmazonSQS.SendMessageBatch', { QueueUrl: url }, 'sqs', 'sqs:SendMessage', 'revocation-urgent'],
    ['AmazonSQS.DeleteMessageBatch', { QueueUrl: url }, 'sqs', 'sqs:DeleteMessage', 'revocation-urgent'],
    ['DynamoDB_20120810.BatchGetItem', { RequestItems: { ledger: {} } }, 'dynamodb', 'dynamodb:BatchGetItem', 'ledger'],
    ['DynamoDB_20120810.PutItem', { TableName: 'ledger' }, 'dynamodb', 'dynamodb:PutItem', 'ledger'],
    [
      'secretsmanager.GetSecretValue',
      { SecretId: 'token' },
      'secretsmanager',
      'secretsmanager:GetSecretValue',
      'token',
    ],
    ['AmazonSSM.GetParametersByPath', { Path: '/stack/settings' }, 'ssm', 'ssm:GetParametersByPath', '/stack/settings'],
    ['', { Action: 'DescribeStacks', StackName: 'stack' }, 'cloudformation', 'cloudformation:DescribeStacks', 'stack'],
    ['AWSEvents.PutEvents', { Entries: [{ EventBusName: 'bus' }] }, 'events', 'events:PutEvents', 'bus'],
  ])('%s: returns the permission of the call', (target, body, service, action, resource) => {
    const request = json(target, body);
    expect([serviceOf(request), callsOf(request)]).toEqual([service, [{ action, resource }]]);
  });

  it('returns two permissions for a schedule that gets a role, and one for its deletion', () => {
    const body = { GroupName: 'group', Target: { RoleArn: 'role' } };
    const create = { method: 'POST', path: '/schedules/name', target: '', body };
    const remove = { method: 'DELETE', path: '/schedules/name?groupName=group', target: '', body: undefined };
    expect([...callsOf(create), ...callsOf(remove)]).toEqual([
      { action: 'scheduler:CreateSchedule', resource: 'group' },
      { action: 'iam:PassRole', resource: 'role' },
      { action: 'scheduler:DeleteSchedule', resource: 'group' },
    ]);
  });

  it('returns the permission to invoke a function', () => {
    const request = { method: 'POST', path: '/2015-03-31/functions/reconcile/invocations', target: '', body: {} };
    const call = { action: 'lambda:InvokeFunction', resource: 'reconcile' };
    expect([serviceOf(request), callsOf(request)]).toEqual(['lambda', [call]]);
  });

  it('returns nothing for a service that the product does not use', () => {
    const request = json('AmazonEC2.RunInstances', {});
    expect([serviceOf(request), callsOf(request)]).toEqual([undefined, []]);
  });
});
