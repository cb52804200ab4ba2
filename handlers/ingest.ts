/** The edge, behind an HTTP API: senders' webhooks become events on the lanes. */

import type { InvocationContext } from '../lib/consume/batch.ts';
import { ingest } from '../lib/ingest/ingest.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { type HttpResponse, httpResponse, readHttpEvent } from '../lib/io/lambda/http-event.ts';
import { ingestServices } from './ingest-services.ts';
import { loadEdgeClients } from './warm-up.ts';

exitOnFatalError();
// Cold start: a wrong configuration fails the invocation before any request is read.
const services = ingestServices(process.env);
await loadEdgeClients();

/** Called by Lambda with each request; returns the response. Throws HttpEventError (`not-http`). */
export const handler = async (event: unknown, context: InvocationContext): Promise<HttpResponse> => {
  const endsAt = services.ports.clock.now() + context.getRemainingTimeInMillis();
  return httpResponse(await ingest(services, { ...readHttpEvent(event), requestId: context.awsRequestId, endsAt }));
};
