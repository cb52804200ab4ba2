/**
 * The webhook endpoint: authenticates a request, parses it by its source, and enqueues its events. Nothing else is
 * called, and the sender gets a success response only once the queue has accepted the events.
 */
import { MAX_BODY_BYTES } from '../../events/sources/reading.ts';
import type { Reply, Source } from '../../events/sources/source.ts';
import { writeAuditRecord, writeCheckpoint } from '../audit/write.ts';
import { lazyDigest } from '../model/raw-digest.ts';
import { errorCode } from '../runtime/error-code.ts';
import type { IncomingRequest, IngestServices, SourceRequest } from './context.ts';
import { lookUp } from './directory.ts';
import { handleParsedRequest } from './enqueue.ts';

const error = (status: number, text: string, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers,
  body: { error: text },
});

const NOT_FOUND = error(404, 'not found');
const TOO_LARGE = error(413, `expected at most ${MAX_BODY_BYTES} bytes`);
const unauthorized = ({ challenge }: Source): Reply =>
  error(401, 'expected a valid signature or secret', challenge === undefined ? {} : { 'www-authenticate': challenge });
/** `retry-after` in seconds. GitHub never retries, Okta once, the others on their own schedule. */
const UNAVAILABLE = error(503, 'not accepted, retry later', { 'retry-after': '5' });

/** Name of the source, and what is below it: `/scim/Users`, `/webhook/<name>`. */
const PATH = /^\/+((?:webhook\/)?[^/]+)(\/.*)?$/;

/**
 * Replies as the source specifies, or with 404 (unknown path, or source not configured), 413, 401, or 503 if secrets,
 * queue or audit log fail. Never rejects.
 */
export async function ingest(services: IngestServices, incoming: IncomingRequest): Promise<Reply> {
  const [, name = '', path = ''] = PATH.exec(incoming.request.path) ?? [];
  const source = services.sources.get(name);
  if (source === undefined) return NOT_FOUND;
  if (incoming.request.body.length > MAX_BODY_BYTES) return TOO_LARGE;
  const request = { ...incoming.request, path };
  const greeting = source.handshake?.(request);
  if (greeting !== undefined) return greeting;
  const { endsAt, gatewayId } = incoming;
  const record = recorder(services, source, incoming);
  try {
    return await authenticate({ services, source, request, endsAt, gatewayId, record });
  } catch (failure) {
    const { log, meter } = services.ports;
    const failed = services.counter.count(`failed ${name}`);
    if (failed > 0) {
      log.error('request-failed', { source: name, error: errorCode(failure), requests: failed });
      meter.add({ kind: 'requests-failed', count: failed });
    }
    return UNAVAILABLE;
  } finally {
    await writeCheckpoint(services, incoming.requestId);
  }
}

async function authenticate(sourceRequest: SourceRequest): Promise<Reply> {
  const { services, source, request } = sourceRequest;
  const proofs = await services.ports.secrets.proofs(source);
  if (proofs === undefined) return NOT_FOUND;
  const now = services.ports.clock.now();
  if (!source.isGenuine(request, proofs, now)) {
    const reloaded = await services.ports.secrets.reload(source);
    if (reloaded === undefined || !source.isGenuine(request, reloaded, now)) return rejectRequest(sourceRequest);
  }
  if (source.lookups === undefined) return handleParsedRequest(sourceRequest, source.read(request, now));
  const { found, store } = await lookUp(services.ports, source.lookups(request));
  return handleParsedRequest({ ...sourceRequest, store }, source.read(request, now, found));
}

/** Anyone can cause this, so audit records are throttled and carry a count. */
async function rejectRequest({ services, source, record }: SourceRequest): Promise<Reply> {
  const requests = services.counter.count(`forged ${source.name}`);
  if (requests > 0) {
    services.ports.meter.add({ kind: 'requests-unauthenticated', count: requests });
    await record({ phase: 'refusal', detail: `not genuine; requests since the last record: ${requests}` });
  }
  return unauthorized(source);
}

/** The body is redacted and hashed once, for the first record: a request may have a thousand records, or none. */
function recorder(
  { ports, settings }: IngestServices,
  source: Source,
  incoming: IncomingRequest,
): SourceRequest['record'] {
  const { body } = incoming.request;
  const sha256 = (text: string): string => ports.digest(new TextEncoder().encode(text));
  const digest = lazyDigest(() => new TextDecoder().decode(body), sha256);
  return (entry, about) => {
    const delivery = {
      messageId: incoming.gatewayId,
      receiveCount: 1,
      ...(about === undefined ? {} : { lane: about.lane }),
      senderId: `${source.name} from ${incoming.address}`,
      requestId: incoming.requestId,
      replays: 0,
      ...digest(),
    };
    return writeAuditRecord(ports, { entry, event: about?.event ?? null, delivery, settings });
  };
}
