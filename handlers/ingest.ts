/** The webhook endpoint, behind an HTTP API: requests of senders become events on the input queues. */
import type { InvocationContext } from '../lib/consume/batch.ts';
import { ingest } from '../lib/ingest/ingest.ts';
import { preloadClients } from '../lib/io/aws/warm-up.ts';
import { exitOnFatalError } from '../lib/io/lambda/fatal.ts';
import { type HttpResponse, httpResponse, readHttpEvent } from '../lib/io/lambda/http-event.ts';
import { ingestServices } from './ingest-services.ts';

exitOnFatalError();
// Cold start: an invalid configuration fails the invocation before any request is read.
const services = await ingestServices(process.env);
await preloadClients();

/** Throws HttpEventError (`not-http`). */
export const handler = async (event: unknown, context: InvocationContext): Promise<HttpResponse> => {
  const endsAt = services.ports.clock.now() + context.getRemainingTimeInMillis();
  return httpResponse(await ingest(services, { ...readHttpEvent(event), requestId: context.awsRequestId, endsAt }));
};
