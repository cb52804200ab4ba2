/** The ports of a function, measured: what CloudWatch finds on the log pipe after invocations of the real flows. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { auditRecord } from '../../../../lib/audit/record.ts';
import type { AuditLog } from '../../../../lib/audit/write.ts';
import { processBatch } from '../../../../lib/consume/batch.ts';
import { processPlan } from '../../../../lib/consume/pipelines.ts';
import { createRuntime } from '../../../../lib/consume/runtime.ts';
import { readMetricConfig } from '../../../../lib/io/config/read-others.ts';
import { createAuditLog } from '../../../../lib/io/log/audit-log.ts';
import { createMetrics } from '../../../../lib/io/log/metrics.ts';
import type { Schedules } from '../../../../lib/ports.ts';
import { page } from '../../../support/api-answers.ts';
import { INTENT } from '../../../support/audit-chains.ts';
import { factsOf } from '../../../support/audit-facts.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../../support/event-factory.ts';
import { settingsOf } from '../../../support/memory-function.ts';
import { memoryPorts, openOutside, sha256, type TestPorts } from '../../../support/memory-ports.ts';
import { invocationContext, LANES, sqsRecords } from '../../../support/record-factory.ts';
import { evenChance } from '../../../support/seeded-chance.ts';

const DAY_MS = 86_400_000;
const CONFIG = { service: 'revocation-test', sources: new Set<string>(), tokenLifeMs: 30 * DAY_MS };

const pipe = () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      lines.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  return { lines, stream };
};

type Line = Readonly<Record<string, unknown>>;
const emfOf = (lines: readonly string[]): readonly Line[] =>
  lines.map((line): Line => JSON.parse(line)).filter((line) => '_aws' in line);

/** A revoke function on memory whose audit log and metrics share one pipe, as in Lambda. */
function open() {
  const outside = openOutside(EVENT_MS);
  const { lines, stream } = pipe();
  const metrics = createMetrics(stream, CONFIG, outside.clock.now);
  const memory = memoryPorts(outside);
  const inner: TestPorts = {
    ...memory,
    audit: createAuditLog(stream, { authority: 'revoke:1', newId: evenChance().id, sha256 }),
  };
  const ports: TestPorts = {
    ...inner,
    api: metrics.api(inner.api),
    audit: metrics.audit(inner.audit),
    meter: metrics.meter,
    schedules: metrics.schedules(inner.schedules),
  };
  const settings = settingsOf();
  const runtime = createRuntime(ports, settings, processPlan);
  const deliver = (bodies: readonly unknown[]) =>
    outside.clock.run(
      processBatch({ runtime, lanes: LANES }, { Records: sqsRecords(bodies) }, invocationContext(outside.clock)),
    );
  return { outside, lines, deliver, ports };
}

describe('an invocation', () => {
  it('ends with one line that says what it did', async () => {
    const { outside, lines, deliver } = open();
    outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    await deliver([keyLeak()]);
    expect(emfOf(lines)).toEqual([
      expect.objectContaining({
        Service: 'revocation-test',
        Lane: 'urgent',
        Outcome: 'confirmed',
        Source: 'other',
        Status: '2xx',
        Outcomes: 1,
        TimeToRevoke: expect.any(Number),
        AuditRecords: 3,
      }),
      expect.objectContaining({ Call: 'read-key' }),
    ]);
    expect(lines.filter((line) => line.includes('revocation-audit'))).toHaveLength(3);
    expect(lines.findIndex((line) => line.includes('"_aws"'))).toBe(3);
  });

  it('that had nothing to do writes nothing', async () => {
    const { lines, deliver } = open();
    await deliver([]);
    expect(lines).toEqual([]);
  });

  it('tells each value once, in its own invocation', async () => {
    const { lines, deliver } = open();
    await deliver(['no JSON']);
    await deliver(['no JSON', '{}']);
    expect(emfOf(lines).map(({ DeadLetters, Reason }) => [Reason, DeadLetters])).toEqual([
      ['unreadable', 1],
      ['unreadable', 1],
      ['invalid', 1],
    ]);
  });

  it('tells of retries, the token and the breaker', async () => {
    const { outside, lines, deliver } = open();
    outside.api.play(() => ({ answer: page(401) }));
    await deliver(
      Array.from({ length: 9 }, (_, n) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: `CWABCDEFGHIJKL0${n}` } })),
    );
    const sum = (name: string) => emfOf(lines).reduce((total, line) => total + Number(line[name] ?? 0), 0);
    expect({ retries: sum('Retries'), opened: sum('BreakerOpened') }).toEqual({
      retries: 9,
      opened: expect.any(Number),
    });
    expect(sum('BreakerOpened')).toBeGreaterThanOrEqual(1);
    expect(sum('TokenRefused')).toBeGreaterThanOrEqual(5);
  });
});

const RECORD = auditRecord(factsOf(INTENT, null));

describe('a measured port', () => {
  const failing: AuditLog = {
    write: () => Promise.reject(Object.assign(new Error('no'), { code: 'audit-unavailable' })),
    checkpoint: () => Promise.reject(new Error('no')),
  };

  it('rejects as it did, and says that the audit could not be written', async () => {
    const { lines, stream } = pipe();
    const audit = createMetrics(stream, CONFIG, () => 7).audit(failing);
    await expect(audit.write(RECORD)).rejects.toMatchObject({ code: 'audit-unavailable' });
    await expect(audit.checkpoint(() => RECORD)).rejects.toThrow('no');
    expect(emfOf(lines)).toMatchObject([{ AuditFailures: 2, _aws: { Timestamp: 7 } }]);
  });

  it('tells of schedules that could not be made or deleted', async () => {
    const { lines, stream } = pipe();
    const metrics = createMetrics(stream, CONFIG, () => 7);
    const broken: Schedules = { create: () => Promise.reject(new Error('denied')), remove: async () => 'absent' };
    const schedules = metrics.schedules(broken);
    await expect(schedules.create({ name: 'n', at: 1, body: '' })).rejects.toThrow('denied');
    await expect(schedules.remove('n')).resolves.toBe('absent');
    await metrics.audit({ write: async () => {}, checkpoint: async () => {} }).checkpoint(() => RECORD);
    expect(emfOf(lines)).toMatchObject([{ ScheduleFailures: 1 }]);
  });

  it('adds up what flows measure', async () => {
    const { lines, stream } = pipe();
    const metrics = createMetrics(stream, CONFIG, () => 7);
    metrics.meter.add({ kind: 'requests-unauthenticated', count: 1 });
    metrics.meter.add({ kind: 'requests-unauthenticated', count: 5 });
    await metrics.audit({ write: async () => {}, checkpoint: async () => {} }).checkpoint(() => RECORD);
    expect(emfOf(lines)).toMatchObject([{ SignatureFailures: 6 }]);
  });

  it('tells how long the API token lives each time that it is loaded, unless it lives for ever', async () => {
    const told = async (tokenLifeMs: number | undefined) => {
      const { lines, stream } = pipe();
      const metrics = createMetrics(stream, { ...CONFIG, tokenLifeMs }, () => 100 * DAY_MS);
      metrics.token(80 * DAY_MS);
      await metrics.audit({ write: async () => {}, checkpoint: async () => {} }).checkpoint(() => RECORD);
      return emfOf(lines).map(({ TokenDaysLeft }) => TokenDaysLeft);
    };
    expect([await told(CONFIG.tokenLifeMs), await told(undefined)]).toEqual([[10], []]);
  });

  it('ends an invocation whose pipe is broken as it would end without metrics', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const metrics = createMetrics(stream, CONFIG, () => 7);
    metrics.meter.add({ kind: 'circuit-opened' });
    const audit = metrics.audit({ write: async () => {}, checkpoint: async () => {} });
    await expect(audit.checkpoint(() => RECORD)).resolves.toBeUndefined();
  });

  it('is the port itself where nothing is measured', () => {
    const { stream } = pipe();
    const metrics = createMetrics(stream, undefined, () => 7);
    expect(metrics.audit(failing)).toBe(failing);
    expect(metrics.token(1)).toBeUndefined();
  });
});

describe('the configuration', () => {
  it('measures where a service is named, and names the sources that it is given', () => {
    expect(readMetricConfig({})).toBeUndefined();
    expect(readMetricConfig({ METRIC_SERVICE: 'svc' })).toEqual({
      service: 'svc',
      sources: new Set(),
      tokenLifeMs: undefined,
    });
    expect(readMetricConfig({ METRIC_SERVICE: 'svc', METRIC_SOURCES: '["//hr.example"]' })?.sources).toEqual(
      new Set(['//hr.example']),
    );
    expect(readMetricConfig({ METRIC_SERVICE: 'svc', API_TOKEN_LIFE: 'P30D' })?.tokenLifeMs).toBe(30 * DAY_MS);
  });
});
