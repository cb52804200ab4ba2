/** The notices, behind one parameter: who is subscribed to what, and may call whom. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { auditRecord } from '../../lib/audit/record.ts';
import { readNotifyConfig } from '../../lib/io/config/read-others.ts';
import { OTHER_STEPS } from '../lib/audit/other-steps.ts';
import { OUTCOME_STEPS } from '../lib/audit/outcome-steps.ts';
import { REPLAY_STEPS } from '../lib/audit/replay-steps.ts';
import { factsOf, KEY_EVENT, KEY_TARGET } from '../support/audit-facts.ts';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate, type Tree } from './resolve.ts';

const BUS = 'arn:aws:events:eu-west-1:123456789012:event-bus/notices';
const MINE = /^(?:Notify|Notices|RevokeUrgentNotices|RevokeBulkNotices|Revoke\w+MayNotify)/;

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const resources = (parameters: Readonly<Record<string, string>> = { NoticeBusArn: BUS }) =>
  resolveTemplate(service.template, parameters).resources;
const propertiesOf = (id: string): Tree => resources()[id]?.Properties ?? {};

describe('without a bus', () => {
  it('nothing of it is made', () => {
    expect(Object.keys(resources({})).filter((id) => MINE.test(id))).toEqual([]);
  });
});

describe('with a bus', () => {
  it('all of it is made, and nothing else is other than before', () => {
    const [before, after] = [resources({}), resources()];
    const made = Object.keys(after).filter((id) => !Object.hasOwn(before, id));
    expect(made.toSorted()).toEqual([
      'NoticesFailingAlarm',
      'NotifyLambdaEvConf',
      'NotifyLambdaFunction',
      'NotifyLogGroup',
      'NotifyRole',
      'RevokeBulkMayNotify',
      'RevokeBulkNotices',
      'RevokeUrgentMayNotify',
      'RevokeUrgentNotices',
    ]);
    const changed = Object.keys(before).filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]));
    // Each function has the variable, and the settings repeat it.
    expect(changed.filter((id) => !/LambdaFunction$|^Settings$/.test(id))).toEqual([]);
  });

  it('the function has its bus and a role of its own, and comes again twice', () => {
    expect(propertiesOf('NotifyLambdaFunction')).toMatchObject({
      Handler: 'dist/handlers/notify.handler',
      Role: 'arn:NotifyRole',
      Timeout: 60,
      MemorySize: 256,
      Runtime: 'nodejs24.x',
      LoggingConfig: { LogFormat: 'JSON' },
    });
    const { Variables } = propertiesOf('NotifyLambdaFunction').Environment as { Variables: Record<string, string> };
    expect(readNotifyConfig({ ...Variables, AWS_REGION: 'eu-west-1' })).toEqual({
      busArn: BUS,
      topicArn: undefined,
      stack: { name: 'coreweave-revocation-dev', region: 'eu-west-1' },
      runbook: 'RUNBOOK.md',
    });
    expect(propertiesOf('NotifyLambdaEvConf')).toEqual({
      FunctionName: 'the-NotifyLambdaFunction',
      Qualifier: '$LATEST',
      DestinationConfig: {},
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
    });
  });

  it('the two functions that revoke are heard, and no other: its own log would be a loop', () => {
    const filters = Object.values(resources()).filter(({ Type }) => Type === 'AWS::Logs::SubscriptionFilter');
    expect(filters.map(({ Properties: { LogGroupName, DestinationArn } }) => [LogGroupName, DestinationArn])).toEqual([
      ['the-RevokeUrgentLogGroup', 'arn:NotifyLambdaFunction'],
      ['the-RevokeBulkLogGroup', 'arn:NotifyLambdaFunction'],
    ]);
  });

  it.each(['RevokeUrgent', 'RevokeBulk'])(
    'a log group may call the function before it does, and no stranger: %s',
    (id) => {
      expect(propertiesOf(`${id}MayNotify`)).toEqual({
        FunctionName: 'the-NotifyLambdaFunction',
        Action: 'lambda:InvokeFunction',
        Principal: 'logs.amazonaws.com',
        SourceAccount: '123456789012',
        SourceArn: `arn:${id}LogGroup`,
      });
      expect(service.template.Resources[`${id}Notices`]).toMatchObject({ DependsOn: [`${id}MayNotify`] });
    },
  );

  it('no log group has more subscriptions than the two that CloudWatch allows, the audit’s copy counted', () => {
    const filters = Object.values(resources({ NoticeBusArn: BUS, AuditLockDays: '400' })).filter(
      ({ Type }) => Type === 'AWS::Logs::SubscriptionFilter',
    );
    const groups = filters.map(({ Properties }) => String(Properties.LogGroupName));
    const most = Math.max(...groups.map((group) => groups.filter((each) => each === group).length));
    expect(most).toBe(2);
  });
});

describe('with chat', () => {
  const CHAT = { ChatNotices: 'true' };

  it('the function and a topic are made, to which only the function publishes', () => {
    const made = Object.keys(resources(CHAT)).filter((id) => !Object.hasOwn(resources({}), id));
    expect(made).toEqual(expect.arrayContaining(['NoticeTopic', 'NoticeTopicPolicy', 'NotifyLambdaFunction']));
    const { PolicyDocument } = resources(CHAT).NoticeTopicPolicy?.Properties ?? {};
    const { Statement } = PolicyDocument as { readonly Statement: readonly Tree[] };
    expect(Statement.map(({ Sid, Effect, Condition }) => [Sid, Effect, Condition])).toEqual([
      ['OnlyTls', 'Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['OnlyNotify', 'Deny', { ArnNotEquals: { 'aws:PrincipalArn': 'arn:NotifyRole' } }],
    ]);
  });

  it('the function may publish to the topic, and put nothing on a bus', () => {
    const { Policies } = resources(CHAT).NotifyRole?.Properties ?? {};
    const [{ PolicyDocument } = {}] = Policies as readonly Tree[];
    const { Statement } = PolicyDocument as { readonly Statement: readonly Tree[] };
    expect(Statement.map(({ Sid }) => Sid)).toEqual(['PublishNotices', 'WriteLogs']);
    expect(Statement[0]).toMatchObject({ Action: ['sns:Publish'], Resource: ['the-NoticeTopic'] });
  });
});

describe('the filter', () => {
  /**
   * As far as our pattern goes: a record's class, and one of some phases. (CloudWatch Logs guide, filter pattern
   * syntax)
   */
  const passes = (record: Tree): boolean => {
    const { FilterPattern } = propertiesOf('RevokeBulkNotices');
    const [, classUid, phases = ''] = /^\{ \$\.class_uid = (\d+) && \((.+)\) \}$/.exec(String(FilterPattern)) ?? [];
    const wanted = phases.split(' || ').map((one) => /^\$\.unmapped\.phase = "([a-z-]+)"$/.exec(one)?.[1]);
    return record.class_uid === Number(classUid) && wanted.includes(String((record.unmapped as Tree).phase));
  };
  const steps = [...OUTCOME_STEPS, ...OTHER_STEPS, ...REPLAY_STEPS];

  it('lets through what may be a notice, and of the rest nothing', () => {
    const phases = (through: boolean) =>
      new Set(
        steps
          .filter(({ entry, event }) => passes({ ...auditRecord(factsOf(entry, event)) }) === through)
          .map(({ entry }) => entry.phase),
      );
    expect([...phases(true)].toSorted()).toEqual(['dead-letter', 'hold', 'outcome']);
    expect([...phases(false)].toSorted()).toEqual(['discard', 'intent', 'note', 'refusal', 'replay']);
    const outcome: AuditEntry = { phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed' };
    expect(passes({ ...auditRecord(factsOf(outcome, KEY_EVENT)) })).toBe(true);
  });

  it('is the same for both', () => {
    expect(propertiesOf('RevokeUrgentNotices').FilterPattern).toBe(propertiesOf('RevokeBulkNotices').FilterPattern);
  });
});
