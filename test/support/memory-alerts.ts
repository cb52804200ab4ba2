/** The `Alerts` port in memory: alerts by `repository/number`, with what they hold, and answers in place of it. */
import { findingsIn, findingsNear } from '../../events/sources/findings.ts';
import type { AlertState } from '../../events/sources/github-state.ts';
import type { AlertFailure, AlertName, Alerts } from '../../lib/model/alert.ts';

export interface MemoryAlert {
  /** What the scanner matched. */
  readonly secret: string;
  /** The texts around it. */
  readonly places?: readonly string[];
  state: AlertState;
}

export interface MemoryAlerts extends Alerts {
  /** By `repository/number`. */
  readonly known: Map<string, MemoryAlert>;
  /** Given in place of the answer to a question, from now on. */
  readonly instead: Partial<Record<keyof Alerts, AlertFailure>>;
}

const GONE: AlertFailure = { kind: 'refused', why: 'no such alert', status: 404 };

/** Starts without alerts. */
export function memoryAlerts(): MemoryAlerts {
  const known = new Map<string, MemoryAlert>();
  const instead: MemoryAlerts['instead'] = {};
  const find = ({ repository, number }: AlertName) => known.get(`${repository}/${number}`);
  return {
    known,
    instead,
    async read(name) {
      const alert = find(name);
      if (instead.read !== undefined || alert === undefined) return instead.read ?? GONE;
      return { kind: 'alert', state: alert.state, findings: findingsIn(alert.secret) };
    },
    async locations(name) {
      const places = find(name)?.places ?? [];
      return instead.locations ?? { kind: 'locations', findings: places.map((text) => findingsNear(text)) };
    },
    async close(name) {
      const alert = find(name);
      if (instead.close !== undefined || alert === undefined) return instead.close ?? GONE;
      alert.state = 'revoked';
      return { kind: 'closed' };
    },
  };
}
