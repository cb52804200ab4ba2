/** What a subscription of CloudWatch Logs invokes a function with. (CloudWatch Logs guide, subscription filters) */
import { gunzipSync } from 'node:zlib';
import * as z from 'zod/mini';

/** Thrown for what is no delivery. Says nothing of it: it may hold anything. */
class LogDeliveryError extends Error {
  override readonly name = 'LogDeliveryError';
  readonly code = 'not-a-delivery';
  constructor() {
    super('not-a-delivery: expected awslogs.data, gzip in base64, as CloudWatch Logs sends it');
  }
}

const invocation = z.object({ awslogs: z.object({ data: z.string() }) });

const delivery = z.union([
  z.object({ messageType: z.literal('CONTROL_MESSAGE') }),
  z.object({ messageType: z.literal('DATA_MESSAGE'), logEvents: z.array(z.object({ message: z.string() })) }),
]);

/** An invocation is at most 1 MiB; text like ours is packed some ten times smaller. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The log lines of an invocation by a subscription filter; none if the subscription only tests delivery. Throws
 * LogDeliveryError (`not-a-delivery`).
 */
export function readLogDelivery(event: unknown): readonly string[] {
  const packed = invocation.safeParse(event);
  const read = delivery.safeParse(packed.success ? unpacked(packed.data.awslogs.data) : undefined);
  if (!read.success) throw new LogDeliveryError();
  return read.data.messageType === 'DATA_MESSAGE' ? read.data.logEvents.map(({ message }) => message) : [];
}

function unpacked(data: string): unknown {
  try {
    return JSON.parse(gunzipSync(Buffer.from(data, 'base64'), { maxOutputLength: MAX_BYTES }).toString('utf8'));
  } catch {
    // What zlib and JSON.parse say may quote what came.
    return undefined;
  }
}
