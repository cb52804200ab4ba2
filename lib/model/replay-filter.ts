/** Which dead letters a replay selects, and whether an approval may be given for them unseen. */
import { isHoldReason, type Reason } from './reasons.ts';
import type { Lane } from './settings.ts';

/** All filters that are set must match. */
export interface ReplayFilter {
  readonly reason?: Reason;
  readonly source?: string;
  readonly lane?: Lane;
  readonly eventType?: string;
  readonly eventId?: string;
  /** Message ids of dead letters, or beginnings of them. */
  readonly messageIds?: readonly string[];
  /** Ages in ms since `lastSeen`. */
  readonly olderThan?: number;
  readonly newerThan?: number;
}

/**
 * An approval covers what an operator saw. Without a preview it must name exact events: by message id, or by source and
 * id. An event id is unique only within its source: another sender can use the same one.
 */
export const namesExactEvents = ({ eventId, source, messageIds }: ReplayFilter): boolean =>
  messageIds !== undefined || (eventId !== undefined && source !== undefined);

/** Whether the filter can select holds, which need an approval. */
export const canMeanHolds = ({ reason }: ReplayFilter): boolean => reason === undefined || isHoldReason(reason);
