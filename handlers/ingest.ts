/** The edge, behind an HTTP API: senders' webhooks become events on the lanes. */
import { ingest } from '../lib/ingest.ts';
import { type HttpResponse, httpResponse, readHttpEvent } from '../lib/io/http-event.ts';
import { loadEdgeClients } from '../lib/io/warm-up.ts';
import { ingestServices } from './ingest-services.ts';

// Cold start: a wrong configuration fails the invocation before any request is read.
const services = ingestServices(process.env);
await loadEdgeClients();

/** Called by Lambda with each request; returns the response. Throws HttpEventError (`not-http`). */
export const handler = async (event: unknown, context: { readonly awsRequestId: string }): Promise<HttpResponse> =>
  httpResponse(await ingest(services, { ...readHttpEvent(event), requestId: context.awsRequestId }));
