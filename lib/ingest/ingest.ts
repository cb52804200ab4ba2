/**
 * The edge: a sender's request is proven genuine, read by its source, and each event in it is put on its lane. Nothing
 * else is called, and the sender hears of success only once the queue has the events.
 */
import { MAX_BODY_BYTES } from '../../events/sources/reading.ts';
import type { Reply, Source } from '../../events/sources/source.ts';
import { checkpoint, writeAuditRecord } from '../audit/write.ts';
import { errorCode } from '../runtime/error-code.ts';
import type { Admission, Arrival, IngestServices } from './context.ts';
import { acceptReading } from './enqueue.ts';

const error = (status: number, text: string, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers,
  body: { error: text },
});

const NOT_FOUND = error(404, 'not found');
const TOO_LARGE = error(413, `expected at most ${MAX_BODY_BYTES} bytes`);
const UNAUTHORISED = error(401, 'expected a genuine signature or secret');
/** In seconds; GitHub never tries again, Okta once, the others by their own schedule. */
const LATER = error(503, 'not taken, try again', { 'retry-after': '5' });

/**
 * Takes the services and an arrival; returns the reply: what the source says, 404 (unknown path, or a source that is not
 * set up), 413, 401, or 503 when secrets, queue or audit log fail. Never rejects.
 */
export async function ingest(services: IngestServices, arrival: Arrival): Promise<Reply> {
  const [, name = '', path = ''] = /^\/([^/]+)(\/.*)?$/.exec(arrival.request.path) ?? [];
  const source = services.sources.get(name);
  if (source === undefined) return NOT_FOUND;
  if (arrival.request.body.length > MAX_BODY_BYTES) return TOO_LARGE;
  const request = { ...arrival.request, path };
  const { endsAt } = arrival;
  const admission = { services, source, request, endsAt, record: recorder(services, source, arrival) };
  try {
    return await admit(admission);
  } catch (failure) {
    const { log, meter } = services.ports;
    const failed = services.counter.count(`failed ${name}`);
    if (failed > 0) {
      log.error('request-failed', { source: name, error: errorCode(failure), requests: failed });
      meter.add({ kind: 'requests-failed', count: failed });
    }
    return LATER;
  } finally {
    await checkpoint(services, arrival.requestId);
  }
}

async function admit(admission: Admission): Promise<Reply> {
  const { services, source, request } = admission;
  const proofs = await services.ports.senders.proofs(source);
  if (proofs === undefined) return NOT_FOUND;
  const now = services.ports.clock.now();
  if (!source.isGenuine(request, proofs, now)) {
    const renewed = await services.ports.senders.renewed(source);
    if (renewed === undefined || !source.isGenuine(request, renewed, now)) return refuseForgery(admission);
  }
  return acceptReading(admission, source.read(request, now));
}

/** Anyone can cause it: it is put on record by count. */
async function refuseForgery({ services, source, record }: Admission): Promise<Reply> {
  const requests = services.counter.count(`forged ${source.name}`);
  if (requests > 0) {
    services.ports.meter.add({ kind: 'requests-unauthenticated', count: requests });
    await record({ phase: 'refusal', detail: `not genuine; requests since the last record: ${requests}` });
  }
  return UNAUTHORISED;
}

/** The body is hashed once, with the first record: a request may have a thousand of them, or none. */
function recorder({ ports, settings }: IngestServices, source: Source, arrival: Arrival): Admission['record'] {
  const { body } = arrival.request;
  let sha256: string | undefined;
  return (entry, about) => {
    sha256 ??= ports.digest(body);
    const delivery = {
      messageId: arrival.gatewayId,
      receiveCount: 1,
      ...(about === undefined ? {} : { lane: about.lane }),
      senderId: `${source.name} from ${arrival.address}`,
      requestId: arrival.requestId,
      replays: 0,
      sha256,
      size: body.length,
    };
    return writeAuditRecord(ports, { entry, event: about?.event ?? null, delivery, settings });
  };
}
