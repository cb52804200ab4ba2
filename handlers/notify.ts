/** The notices: subscribed to the logs of the revoke functions, apart from the queues. */
import type { InvocationContext } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { readLogDelivery } from '../lib/io/lambda/log-delivery.ts';
import { notify } from '../lib/notify/notify.ts';
import { notifyServices } from './notify-services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any line is read.
const services = notifyServices(process.env);

/** No attempt starts later than this before the invocation's end, in ms: its calls may take three timeouts. */
const MARGIN_MS = 15_000;

/**
 * Called with each delivery of CloudWatch Logs. Throws LogDeliveryError (`not-a-delivery`) and NotifyError
 * (`notices-not-put`).
 */
export const handler = async (event: unknown, context: InvocationContext): Promise<void> => {
  const endsAt = services.ports.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
  await notify(services, { lines: readLogDelivery(event), endsAt });
};
