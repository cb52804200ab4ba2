/** Faults that a test plans for the next requests to the embedded queue. */

export type QueueAction =
  | 'SendMessage'
  | 'SendMessageBatch'
  | 'ReceiveMessage'
  | 'DeleteMessage'
  | 'DeleteMessageBatch'
  | 'ChangeMessageVisibility'
  | 'ChangeMessageVisibilityBatch'
  | 'GetQueueAttributes';

/**
 * `status`: an SQS error with that HTTP status, without effect. `delayMs`: the request waits, then works.
 * `reset`: the connection breaks before the effect, or after it (a lost response). `failedEntries`: of a batch, these
 * entries (by position) are answered under `Failed` without effect, the others work.
 */
export type QueueFault =
  | { readonly status: number }
  | { readonly delayMs: number }
  | { readonly reset: 'before' | 'after' }
  | { readonly failedEntries: 'all' | readonly number[] };

export interface QueueFaults {
  /** Plans `fault` for the next `times` requests (1) of that action, to the queue of that name if one is given. */
  next(action: QueueAction, fault: QueueFault, only?: { readonly times?: number; readonly queue?: string }): void;
  /** The fault for this request, used up by one; undefined when none is planned. */
  take(action: string, queueName: string): QueueFault | undefined;
  /** Forgets all plans. */
  clear(): void;
}

/** Returns an empty plan. Plans for the same action are used up in the order in which they were made. */
export const planQueueFaults = (): QueueFaults => {
  let plans: { action: string; queue: string | undefined; fault: QueueFault; left: number }[] = [];
  return {
    next(action, fault, { times = 1, queue } = {}) {
      plans.push({ action, queue, fault, left: times });
    },
    take(action, queueName) {
      const plan = plans.find((p) => p.action === action && (p.queue ?? queueName) === queueName);
      if (plan === undefined) return undefined;
      plan.left -= 1;
      if (plan.left <= 0) plans = plans.filter((p) => p !== plan);
      return plan.fault;
    },
    clear() {
      plans = [];
    },
  };
};
