/** The settings of the input queues as deployed; a test holds `serverless.yml` against them. */
import type { Lane } from './settings.ts';

export interface QueueSettings {
  /** Six times the timeout of the function, and the batching window. (Lambda guide, SQS event source) */
  readonly visibilityS: number;
  /** Receives before SQS moves a message: beyond the retry horizon at our backoff. */
  readonly maxReceiveCount: number;
}

export const QUEUE_SETTINGS: Readonly<Record<Lane, QueueSettings>> = {
  urgent: { visibilityS: 180, maxReceiveCount: 400 },
  bulk: { visibilityS: 725, maxReceiveCount: 60 },
};
