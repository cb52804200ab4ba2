/** The reconciliation: invoked by its schedules each day, or by an operator. */
import type { InvocationContext } from '../lib/consume/batch.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { readReconcileRequest } from '../lib/io/lambda/reconcile-request.ts';
import { type ReconcileResult, reconcile } from '../lib/reconcile/reconcile.ts';
import { reconcileServices } from './reconcile-services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before anything is read.
const services = reconcileServices(process.env);

/** Time (ms) before the invocation's end at which the listing ends; what follows takes seconds. */
const MARGIN_MS = 60_000;

/** Throws ReconcileRequestError (`request-invalid`) and ListingFailed (`listing-failed`). */
export const handler = async (event: unknown, context: InvocationContext): Promise<ReconcileResult> => {
  const request = readReconcileRequest(event, services.ports.clock.now());
  const leftMs = context.getRemainingTimeInMillis();
  const endsAt = services.ports.clock.now() + Math.max(leftMs - MARGIN_MS, leftMs / 2);
  return reconcile(services, { ...request, endsAt, requestId: context.awsRequestId });
};
