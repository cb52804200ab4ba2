/** The immutable copy of the audit, behind one parameter, and the saved queries. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ID_FIELDS } from '../../cli/status/audit-filter.ts';
import { CLASS_UID } from '../../lib/audit/ocsf-terms.ts';
import { auditRecord } from '../../lib/audit/record.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { INTENT } from '../support/audit-chains.ts';
import { factsOf, KEY_EVENT, KEY_TARGET } from '../support/audit-facts.ts';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';
import { type Alarm, usesOf } from './uses.ts';

const valueAt = (record: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], record);

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const resources = (days: string) => resolveTemplate(service.template, { AuditLockDays: days }).resources;
const ofType = (type: string, days = '400'): Readonly<Record<string, Tree>> =>
  Object.fromEntries(
    Object.entries(resources(days))
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => [id, Properties]),
  );

describe('without days', () => {
  it('there is no copy, and nothing that could write one', () => {
    for (const type of [
      'AWS::KinesisFirehose::DeliveryStream',
      'AWS::Logs::SubscriptionFilter',
      'AWS::S3::BucketPolicy',
    ]) {
      expect(Object.keys(ofType(type, '0')).filter((id) => id !== 'ServerlessDeploymentBucketPolicy')).toEqual([]);
    }
    expect(Object.keys(resources('0')).filter((id) => id.startsWith('Audit'))).toEqual(['AuditNotWrittenAlarm']);
  });
});

describe('with days', () => {
  it('objects cannot be deleted or changed before the retention period ends', () => {
    const { AuditBucket } = resources('400');
    expect(AuditBucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(AuditBucket?.Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: '400' } },
      },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('outlives the stack even in a trial', () => {
    expect(service.template.Resources.AuditBucket).toMatchObject({ DeletionPolicy: 'Retain' });
  });

  it('only Firehose writes, and only with TLS', () => {
    expect(ofType('AWS::S3::BucketPolicy').AuditBucketPolicy).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Sid: 'OnlyTls',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: ['arn:AuditBucket', 'arn:AuditBucket/*'],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
          {
            Sid: 'OnlyFirehoseWrites',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:PutObject',
            Resource: 'arn:AuditBucket/*',
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': 'arn:AuditStreamRole' } },
          },
        ],
      },
    });
  });

  it('every log group of audit records has an index of the fields that `revoker status` searches by', () => {
    const groups = Object.entries(ofType('AWS::Logs::LogGroup'));
    const indexed = groups.filter(([, { FieldIndexPolicies }]) => FieldIndexPolicies !== undefined);
    expect(indexed.map(([id]) => id)).toEqual(
      groups.map(([id]) => id).filter((id) => !/^(HttpApi|Notify)LogGroup$/.test(id)),
    );
    const record = JSON.parse(asciiJson(auditRecord(factsOf(INTENT, KEY_EVENT))));
    for (const [, { FieldIndexPolicies }] of indexed) {
      const [policy] = FieldIndexPolicies as readonly { readonly Fields: readonly string[] }[];
      expect(policy?.Fields).toEqual(expect.arrayContaining([...ID_FIELDS]));
      const found = policy?.Fields.filter((path) => typeof valueAt(record, path) === 'string');
      expect(found).toEqual(['metadata.correlation_uid', 'metadata.original_event_uid', 'unmapped.target.accessKeyId']);
    }
  });

  it('every log group of a function hands on its audit records, and nothing else', () => {
    const filters = Object.values(ofType('AWS::Logs::SubscriptionFilter'));
    const groups = Object.keys(ofType('AWS::Logs::LogGroup')).filter((id) => id !== 'HttpApiLogGroup');
    expect(filters.map(({ LogGroupName }) => LogGroupName)).toEqual(groups.map((id) => `the-${id}`));
    for (const filter of filters) {
      expect(filter).toMatchObject({
        FilterPattern: `{ $.class_uid = ${CLASS_UID} }`,
        DestinationArn: 'arn:AuditStream',
        RoleArn: 'arn:AuditForwardRole',
      });
    }
  });

  it('an alarm counts what is not forwarded, by each subscription', () => {
    const filters = Object.values(ofType('AWS::Logs::SubscriptionFilter'));
    const alarm = resources('400').AuditNotForwardedAlarm?.Properties as unknown as Alarm;
    expect(usesOf(alarm).map(({ dimensions: { LogGroupName, FilterName } }) => ({ LogGroupName, FilterName }))).toEqual(
      filters.map(({ LogGroupName, FilterName }) => ({ LogGroupName, FilterName })),
    );
  });

  it('the roles may do what they are for', () => {
    const policyOf = (id: string) => JSON.stringify(resources('400')[id]?.Properties.Policies);
    const policy = (PolicyName: string, ...Statement: readonly Tree[]) =>
      JSON.stringify([{ PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } }]);
    expect(policyOf('AuditForwardRole')).toBe(
      policy('forward', {
        Sid: 'Forward',
        Effect: 'Allow',
        Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
        Resource: ['arn:AuditStream'],
      }),
    );
    expect(policyOf('AuditStreamRole')).toBe(
      policy(
        'store',
        {
          Sid: 'SeeBucket',
          Effect: 'Allow',
          Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
          Resource: ['arn:AuditBucket'],
        },
        {
          Sid: 'WriteFiles',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: ['arn:AuditBucket/audit/*', 'arn:AuditBucket/failed/*'],
        },
      ),
    );
  });
});

describe('the saved queries', () => {
  const call = { call: 'revoke-key', attempt: 1 } as const;
  const record = {
    ...auditRecord(factsOf({ phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed', call }, KEY_EVENT)),
  };
  const hold = auditRecord(factsOf({ phase: 'hold', reason: 'held-limit', detail: 'x' }, KEY_EVENT));
  const valueAt = (path: string): unknown =>
    [record, hold]
      .map((each) => path.split('.').reduce<unknown>((at, name) => (at as Tree | undefined)?.[name], each))
      .find((value) => value !== undefined);

  it('are four, over all log groups, by fields that records have', () => {
    const queries = Object.values(ofType('AWS::Logs::QueryDefinition', '0'));
    expect(queries.map(({ Name }) => String(Name).split('/')[1])).toEqual([
      'time to revoke',
      'open intents',
      'by source',
      'by reason',
    ]);
    for (const { LogGroupNames, QueryString } of queries) {
      expect(LogGroupNames).toHaveLength(5);
      expect(QueryString).toMatch(/^filter class_uid = 3007 and /);
      const fields = String(QueryString).match(/\b(?:metadata|unmapped)\.[\w.]+|\bstatus_detail\b|\btime\b/g) ?? [];
      expect(fields.length).toBeGreaterThan(0);
      expect(fields.filter((field) => valueAt(field) === undefined)).toEqual([]);
    }
  });
});
