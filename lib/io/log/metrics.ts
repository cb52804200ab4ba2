/**
 * Metrics of one Lambda environment: what goes through its ports is measured, and written as lines of CloudWatch's
 * embedded metric format at the end of each invocation, where the audit's checkpoint is. The flows know nothing of it.
 */
import type { Writable } from 'node:stream';
import type { AuditLog } from '../../audit/write.ts';
import type { Api } from '../../coreweave/api.ts';
import { emfDocuments } from '../../metrics/emf.ts';
import {
  AUDIT_FAILED,
  auditWritten,
  type Datum,
  metricsOfCall,
  metricsOfLine,
  metricsOfStep,
  metricsOfTally,
  metricsOfToken,
  SCHEDULE_FAILED,
} from '../../metrics/metrics.ts';
import { tokenDaysLeft } from '../../metrics/token-expiry.ts';
import { asciiJson } from '../../model/json.ts';
import type { Log, LogFields, Schedules } from '../../ports.ts';
import type { MetricConfig } from '../config/read-others.ts';

/** `lib/ingest/throttled-counter.ts`, as far as it is measured. */
interface Tally {
  count(kind: string): number;
}

/** Takes a port; returns the same port, measured. */
export interface Metrics {
  api(api: Api): Api;
  audit(audit: AuditLog): AuditLog;
  log(log: Log): Log;
  schedules(schedules: Schedules): Schedules;
  tally(tally: Tally): Tally;
  /** Called with each load of the API token: takes when it was stored (epoch ms). */
  token(storedAt: number): void;
}

const UNMEASURED: Metrics = {
  api: (api) => api,
  audit: (audit) => audit,
  log: (log) => log,
  schedules: (schedules) => schedules,
  tally: (tally) => tally,
  token: () => undefined,
};

/**
 * Takes the stream of the log pipe (`process.stdout`, not `console`: valid JSON there is passed on as it is, whereas
 * Lambda's JSON log format wraps what `console` prints), the configuration (undefined: nothing is measured) and the
 * clock. What the ports return and reject with stays as it was; metrics that cannot be written are lost. (Lambda guide,
 * JSON log format and embedded metric format)
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
    log: (log) => {
      const counted = (write: (code: string, fields?: LogFields) => void) => (code: string, fields?: LogFields) => {
        add(metricsOfLine(code, fields ?? {}));
        write(code, fields);
      };
      return { ...log, info: counted(log.info), warn: counted(log.warn), error: counted(log.error) };
    },
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
    tally: ({ count }) => ({
      count: (kind) => {
        const times = count(kind);
        add(metricsOfTally(kind, times));
        return times;
      },
    }),
    token: (storedAt) => {
      if (config.tokenLifeMs !== undefined) add(metricsOfToken(tokenDaysLeft(storedAt, config.tokenLifeMs, now())));
    },
  };
}

interface Meter {
  readonly add: (data: readonly Datum[]) => void;
  readonly flush: () => Promise<void>;
  readonly sources: ReadonlySet<string>;
}

/** What is not on record is not counted: metrics and audit tell the same. */
function measuredAudit(audit: AuditLog, { add, flush, sources }: Meter): AuditLog {
  const failed = (error: unknown): never => {
    add(AUDIT_FAILED);
    throw error;
  };
  return {
    write: async (record, facts) => {
      await audit.write(record, facts).catch(failed);
      add(auditWritten(1));
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
        if (made > 0) add(auditWritten(made));
      } finally {
        await flush();
      }
    },
  };
}
