/**
 * Alarms that can fire, and a dashboard that shows something: every metric is one that is published, of a thing that is
 * there.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SOURCES } from '../../events/sources/registry.ts';
import { METRICS, metricsOfStep } from '../../lib/metrics/metrics.ts';
import { TOKEN_WARNING_DAYS } from '../../lib/model/token-expiry.ts';
import { sectionOf } from '../docs/markdown.ts';
import { factsOf } from '../support/audit-facts.ts';
import { growthOf, type Sample } from './growth.ts';
import { type PackagedService, packageOnce } from './packaged.ts';
import { faultOf, type Use } from './published.ts';
import { resolveTemplate, type Tree } from './resolve.ts';
import { type Alarm, usesOf, usesOfDashboard } from './uses.ts';

const ON = {
  QuietSource: '//hr.example',
  QuietIssuer: 'idp',
  AuditLockDays: '400',
  CanaryKeyId: 'CWCANARY00000001',
  NoticeBusArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/notices',
};
const NAME = 'coreweave-revocation-dev';
const RUNBOOK = readFileSync(resolve(import.meta.dirname, '../../RUNBOOK.md'), 'utf8');

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const deployed = (parameters: Readonly<Record<string, string>> = ON) => resolveTemplate(service.template, parameters);
const ofType = <Properties>(type: string, parameters?: Readonly<Record<string, string>>) =>
  Object.entries(deployed(parameters).resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]): readonly [string, Properties] => [id, Properties as Properties]);
const alarms = (parameters?: Readonly<Record<string, string>>): readonly Alarm[] =>
  ofType<Alarm>('AWS::CloudWatch::Alarm', parameters).map(([, alarm]) => alarm);
const shortName = ({ AlarmName }: Alarm): string => AlarmName.slice(NAME.length + 1);

const widgetUses = (): readonly Use[] =>
  ofType<{ DashboardBody: string }>('AWS::CloudWatch::Dashboard').flatMap(([, { DashboardBody }]) =>
    usesOfDashboard(DashboardBody),
  );

const isPart = (part: Readonly<Record<string, string>>, whole: Readonly<Record<string, string>>): boolean =>
  Object.entries(part).every(([name, value]) => whole[name] === value);

/** What the value of each dimension must be one of: things of this stack. */
const things = (): Readonly<Record<string, readonly string[]>> => {
  const ids = (type: string) => ofType<Tree>(type).map(([id]) => `the-${id}`);
  return {
    QueueName: ofType<{ QueueName: string }>('AWS::SQS::Queue').map(([, { QueueName }]) => QueueName),
    FunctionName: ids('AWS::Lambda::Function'),
    LogGroupName: ids('AWS::Logs::LogGroup'),
    FilterName: ofType<{ FilterName: string }>('AWS::Logs::SubscriptionFilter').map(([, { FilterName }]) => FilterName),
    ApiId: ids('AWS::ApiGatewayV2::Api'),
    ScheduleGroup: ids('AWS::Scheduler::ScheduleGroup'),
    DeliveryStreamName: ids('AWS::KinesisFirehose::DeliveryStream'),
    Service: [NAME],
    Lane: ['urgent', 'bulk', '*'],
    Sender: [...SOURCES.keys(), `ssf/${ON.QuietIssuer}`, '*'],
  };
};
const strangers = (uses: readonly Use[]): readonly string[] => {
  const known = things();
  return uses
    .flatMap(({ dimensions }) => Object.entries(dimensions))
    .filter(([name, value]) => known[name]?.includes(value) === false)
    .map(([name, value]) => `${name} ${value}`);
};

describe('the alarms', () => {
  it('are these', () => {
    expect(alarms().map(shortName).toSorted()).toEqual([
      'attestation-missing',
      'audit-not-forwarded',
      'audit-not-stored',
      'audit-not-written',
      'breaker-open',
      'canary-silent',
      'dead-letters-expiring',
      'dead-letters-growing',
      'dead-letters-waiting',
      'function-errors',
      'function-throttles',
      'ingest-failing',
      'ingest-refusing',
      'key-not-found',
      'metrics-rejected',
      'notices-failing',
      'quiet-issuer',
      'quiet-source',
      'recursion-cut',
      'schedules-failing',
      'self-check',
      'sender-refused',
      'signature-failures',
      'slow-revocation',
      'standing-keys',
      'token-ending',
      'token-refused',
      'too-many-in-flight',
      'urgent-queue-waiting',
      'urgent-unconfirmed',
    ]);
    const shy = alarms({}).map(shortName);
    expect(shy).not.toContain('quiet-source');
    expect(shy).not.toContain('quiet-issuer');
    expect(shy).not.toContain('audit-not-stored');
    expect(shy).not.toContain('audit-not-forwarded');
    expect(shy).not.toContain('canary-silent');
    expect(shy).not.toContain('notices-failing');
    expect(shy).toHaveLength(24);
    expect(alarms({ ReconcileHour: '' })).toHaveLength(21);
  });

  it('watch metrics that are published, by their dimensions and a statistic that means something', () => {
    expect(
      alarms()
        .flatMap(usesOf)
        .map(faultOf)
        .filter((fault) => fault !== undefined),
    ).toEqual([]);
  });

  it('watch things that are there', () => {
    expect(strangers(alarms().flatMap(usesOf))).toEqual([]);
  });

  it('calculate with metrics that they have, and compare one result', () => {
    for (const { AlarmName, Metrics = [] } of alarms()) {
      const results = Metrics.filter(({ ReturnData }) => ReturnData);
      expect([AlarmName, results.length]).toEqual([AlarmName, Metrics.length === 0 ? 0 : 1]);
      const used = results[0]?.Expression?.match(/\b[a-z]\w*/g) ?? [];
      const given = Metrics.filter(({ MetricStat }) => MetricStat !== undefined).map(({ Id }) => Id);
      expect(used.toSorted()).toEqual(given.toSorted());
    }
  });

  it('look at dead letters as they lie there, and fire again when there are more', () => {
    const byName = new Map(alarms().map((alarm) => [shortName(alarm), alarm]));
    expect(byName.get('dead-letters-waiting')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      EvaluationPeriods: 1,
      Period: 60,
    });
    const retention = Number(deployed().resources.DeadLetterQueue?.Properties.MessageRetentionPeriod);
    // Each look of an operator counts as a receipt, and the age leaves out what was received three times.
    expect(byName.get('dead-letters-expiring')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Period: 3600,
      EvaluationPeriods: retention / 2 / 3600,
      Threshold: 1,
    });
    expect(byName.get('slow-revocation')).toMatchObject({ ExtendedStatistic: 'p95', Threshold: '60000' });
  });

  it('count a dead letter once, also while an operator reads it, and no growth for longer than five minutes', () => {
    const growing = alarms().filter((alarm) => shortName(alarm) === 'dead-letters-growing');
    // A metric without a data point counts as 0 in SUM, and would leave `+` without a result.
    expect(growing).toMatchObject([
      { Metrics: [{ Expression: 'DIFF(SUM([visible, hidden]))' }, {}, {}], EvaluationPeriods: 5, DatapointsToAlarm: 1 },
    ]);
    const calm: readonly Sample[] = Array.from({ length: 4 }, () => ({ visible: 5 }));
    const read: readonly Sample[] = [...calm, { visible: 0, hidden: 5 }, ...calm, { visible: 5, hidden: 0 }];
    const growth = (samples: readonly Sample[]) => growing.flatMap((alarm) => growthOf(alarm, samples));
    expect(growth(read).filter((grown) => grown >= 1)).toEqual([]);
    expect(growth([...read, { visible: 1, hidden: 5 }, ...calm]).filter((grown) => grown >= 1)).toEqual([1]);
  });

  it.each([...SOURCES.keys(), 'webhook/hr', 'ssf/idp', undefined])('count refused requests of %s', (sender) => {
    const counted = sender === undefined ? {} : { counted: { sender, why: 'x', times: 2 } };
    const data = metricsOfStep(factsOf({ phase: 'refusal', detail: 'x', ...counted }, null), new Set());
    const refused = alarms().filter((alarm) => shortName(alarm) === 'sender-refused');
    const isCounted = ({ metric, dimensions }: Use): boolean =>
      data.some(({ name, labels }) => name === metric && isPart(dimensions, { Service: NAME, ...labels }));
    const seen = refused.flatMap(usesOf).filter(isCounted);
    // Anyone on the internet can cause refusals of no sender.
    expect(seen).toHaveLength(sender === undefined ? 0 : 1);
  });

  it('warn of the API token when `doctor` does', () => {
    const ending = alarms().find((alarm) => shortName(alarm) === 'token-ending');
    expect(ending).toMatchObject({ ComparisonOperator: 'LessThanThreshold', Threshold: TOKEN_WARNING_DAYS });
  });

  it('are calm without data, all but those about silence', () => {
    const loud = alarms().filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(loud.map((alarm) => [shortName(alarm), alarm.TreatMissingData]).toSorted()).toEqual([
      ['attestation-missing', 'breaching'],
      ['canary-silent', 'breaching'],
      ['quiet-issuer', 'breaching'],
      ['quiet-source', 'breaching'],
    ]);
  });

  it('link to the runbook of the parameter', () => {
    const RunbookUrl = 'https://wiki.example/runbook';
    for (const alarm of alarms({ ...ON, RunbookUrl })) {
      expect(alarm.AlarmDescription).toMatch(new RegExp(` ${RunbookUrl}#alarm-${shortName(alarm)}$`));
    }
  });

  it("go to the topic of the stack, or to one of one's own, when they begin and when they end", () => {
    const actions = (parameters: Readonly<Record<string, string>>) =>
      new Set(
        alarms({ ...ON, ...parameters }).flatMap(({ AlarmActions, OKActions }) =>
          [AlarmActions, OKActions].map(String),
        ),
      );
    expect(actions({})).toEqual(new Set(['the-AlarmTopic']));
    const own = 'arn:aws:sns:eu-west-1:123456789012:pages';
    expect(actions({ AlarmTopicArn: own })).toEqual(new Set([own]));
    expect(ofType('AWS::SNS::Topic', { AlarmTopicArn: own })).toEqual([]);
  });
});

describe('the runbook', () => {
  const headings = (): readonly string[] =>
    [...RUNBOOK.matchAll(/^### (Alarm: .+)$/gm)].map(([, heading = '']) => heading);
  const headingOf = (alarm: Alarm): string => `Alarm: ${shortName(alarm).replaceAll('-', ' ')}`;

  it('has a section for each alarm, and for no other', () => {
    expect(headings().toSorted()).toEqual(alarms().map(headingOf).toSorted());
  });

  it('is named in each description, by the anchor of its section', () => {
    for (const alarm of alarms()) {
      expect(alarm.AlarmDescription).toMatch(new RegExp(`^.{20,}\\. RUNBOOK\\.md#alarm-${shortName(alarm)}$`));
    }
  });

  it('has for each alarm the steps Meaning, Investigate and Fix', () => {
    for (const heading of headings()) {
      const steps = [...sectionOf(RUNBOOK, `### ${heading}`).matchAll(/^- \*\*(\w+)\*\*: .{20,}/gm)].map(
        ([, step]) => step,
      );
      expect([heading, ...steps]).toEqual([heading, 'Meaning', 'Investigate', 'Fix']);
    }
  });
});

describe('the dashboard', () => {
  it('shows metrics that are published, of things that are there', () => {
    const uses = widgetUses();
    expect(uses.length).toBeGreaterThan(30);
    expect(uses.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
    expect(strangers(uses)).toEqual([]);
  });

  it('shows, or an alarm watches, everything that is measured: each metric is paid for', () => {
    const looked = new Set([...widgetUses(), ...alarms().flatMap(usesOf)].map(({ metric }) => metric));
    expect(Object.keys(METRICS).filter((name) => !looked.has(name))).toEqual([]);
  });
});

describe('the measure of uses', () => {
  const good: Use = {
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: 'q' },
    statistic: 'Maximum',
  };
  const ours: Use = {
    namespace: 'CoreweaveRevocation',
    metric: 'TimeToRevoke',
    dimensions: { Service: 's', Lane: 'urgent' },
    statistic: 'p95',
  };

  it.each<[string, Use]>([
    ['a metric that sees no redrive', { ...good, metric: 'NumberOfMessagesSent' }],
    ['another name', { ...good, metric: 'ApproximateNumberOfMessagesVisibles' }],
    ['another namespace', { ...good, namespace: 'AWS/Sqs' }],
    ['a missing dimension', { ...good, dimensions: {} }],
    ['a sum of a gauge', { ...good, statistic: 'Sum' }],
    ['an unknown metric in our namespace', { ...ours, metric: 'TimeToRevoked' }],
    ['an unknown set of dimensions in our namespace', { ...ours, dimensions: { Service: 's' } }],
    ['a sum of durations', { ...ours, statistic: 'Sum' }],
  ])('finds %s', (_, use) => {
    expect(faultOf(good)).toBeUndefined();
    expect(faultOf(ours)).toBeUndefined();
    expect(faultOf(use)).toBeDefined();
  });
});
