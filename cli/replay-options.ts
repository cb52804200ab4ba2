/** What `revoker dlq replay` may be asked, and the request that it makes of that. */
import type { Reason } from '../lib/model/reasons.ts';
import type { ReplayFilter } from '../lib/replay/rules.ts';
import type { Lane } from '../lib/model/settings.ts';
import type { ReplayRequest } from '../lib/replay/replay.ts';

/** As commander hands them over, parsed; ages in ms. */
export interface ReplayOptions {
  readonly reason?: Reason;
  readonly source?: string;
  readonly lane?: Lane;
  readonly eventType?: string;
  readonly eventId?: string;
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly max?: number;
  readonly rate?: number;
  readonly approve?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly operator?: string;
  readonly audit?: string;
}

/** Takes the options; returns the request without its operator. */
export function requestOf({
  reason,
  source,
  lane,
  eventType,
  eventId,
  olderThan,
  newerThan,
  max,
  rate,
  approve,
}: ReplayOptions): Omit<ReplayRequest, 'operator'> {
  const filter: ReplayFilter = present({ reason, source, lane, eventType, eventId, olderThan, newerThan });
  return { filter, approve: approve ?? false, ...present({ max, ratePerSecond: rate }) };
}

/** The fields that have a value. */
const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) Object.assign(kept, { [name]: value });
  }
  return kept;
};
