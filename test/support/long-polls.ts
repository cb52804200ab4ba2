import { isRecord } from '../../events/shapes.ts';
import type { QueueServerOptions } from '../../local/queue-server.ts';

type QueueRequest = Parameters<NonNullable<QueueServerOptions['onRequest']>>[0];

/**
 * For the queue server's `onRequest`: who reads the dead letters looks until the queue is empty, and a second of
 * waiting for each look would be most of what a test takes. Lanes keep their long polls.
 */
export function withoutLongPolls({ action, queueName, body }: QueueRequest): void {
  const isRead = action === 'ReceiveMessage' && queueName.endsWith('dead-letters');
  if (isRead && isRecord(body)) Object.assign(body, { WaitTimeSeconds: 0 });
}
