/**
 * Metrics of one Lambda environment: what goes through its ports is measured, and written as lines of CloudWatch's
 * embedded metric format at the end of each invocation, where the audit's checkpoint is. Pipelines know nothing of it.
 */
import type { Writable } from 'node:stream';
import type { AuditLog } from '../../audit/write.ts';
import type { Api } from '../../coreweave/api.ts';
import { emfDocuments } from '../../metrics/emf.ts';
import {
  AUDIT_FAILED,
  type Datum,
  metricsOfAuditRecords,
  metricsOfCall,
  metricsOfMeasurement,
  metricsOfStep,
  metricsOfToken,
  SCHEDULE_FAILED,
} from '../../metrics/metrics.ts';
import { asciiJson } from '../../model/json.ts';
import { tokenDaysLeft } from '../../model/token-expiry.ts';
import type { Meter, Schedules } from '../../ports.ts';
import type { MetricConfig } from '../config/read-others.ts';

/** Each method returns the same port, measured. */
export interface Metrics {
  api(api: Api): Api;
  audit(audit: AuditLog): AuditLog;
  schedules(schedules: Schedules): Schedules;
  readonly meter: Meter;
  /** Called with each load of the API token: when it was stored (epoch ms). */
  token(storedAt: number): void;
}

const UNMEASURED: Metrics = {
  api: (api) => api,
  audit: (audit) => audit,
  schedules: (schedules) => schedules,
  meter: { add: () => undefined },
  token: () => undefined,
};

/**
 * `stream`: `process.stdout`, not `console`, because Lambda's JSON log format wraps what `console` prints. Without a
 * configuration nothing is measured. Results and rejections of the ports do not change. Metrics that cannot be written
 * are lost. (Lambda guide, JSON log format and embedded metric format)
 */
export function createMetrics(stream: Writable, config: MetricConfig | undefined, now: () => number): Metrics {
  if (config === undefined) return UNMEASURED;
  // A failed pipe also emits 'error', which would end the process.
  stream.on('error', () => undefined);
  let data: Datum[] = [];
  const add = (more: readonly Datum[]): void => void data.push(...more);

  const flush = async (): Promise<void> => {
    const lines = emfDocuments(data, config.service, now()).map((document) => `${asciiJson(document)}\n`);
    data = [];
    if (lines.length > 0) await new Promise<void>((resolve) => stream.write(lines.join(''), () => resolve()));
  };

  return {
    api: (api) => ({
      send: async (request, timeoutMs) => {
        const observed = await api.send(request, timeoutMs);
        add(metricsOfCall(request, observed));
        return observed;
      },
    }),
    audit: (audit) => measuredAudit(audit, { add, flush, sources: config.sources }),
    meter: { add: (measurement) => add(metricsOfMeasurement(measurement)) },
    schedules: ({ create, remove }) => {
      const failed = (error: unknown): never => {
        add(SCHEDULE_FAILED);
        throw error;
      };
      return {
        create: (schedule) => create(schedule).catch(failed),
        remove: (name) => remove(name).catch(failed),
      };
    },
    token: (storedAt) => {
      if (config.tokenLifeMs !== undefined) add(metricsOfToken(tokenDaysLeft(storedAt, config.tokenLifeMs, now())));
    },
  };
}

interface Sink {
  readonly add: (data: readonly Datum[]) => void;
  readonly flush: () => Promise<void>;
  readonly sources: ReadonlySet<string>;
}

/** Only what was written to the audit log is counted: metrics and audit records agree. */
function measuredAudit(audit: AuditLog, { add, flush, sources }: Sink): AuditLog {
  const failed = (error: unknown): never => {
    add(AUDIT_FAILED);
    throw error;
  };
  return {
    write: async (record, facts) => {
      await audit.write(record, facts).catch(failed);
      add(metricsOfAuditRecords(1));
      if (facts !== undefined) add(metricsOfStep(facts, sources));
    },
    checkpoint: async (make) => {
      let made = 0;
      try {
        await audit
          .checkpoint((end) => {
            made = 1;
            return make(end);
          })
          .catch(failed);
        if (made > 0) add(metricsOfAuditRecords(made));
      } finally {
        await flush();
      }
    },
  };
}
