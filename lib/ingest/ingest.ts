/**
 * The webhook endpoint: authenticates a request, parses it by its source, and enqueues its events. Nothing else is
 * called, and the sender gets a success response only once the queue has accepted the events.
 */
import { REDACTED } from '../../events/secrets.ts';
import { MAX_BODY_BYTES } from '../../events/sources/reading.ts';
import type { Proofs, Rejected, Reply, SignedSource, Source } from '../../events/sources/source.ts';
import { writeAuditRecord, writeCheckpoint } from '../audit/write.ts';
import { lazyDigest } from '../model/raw-digest.ts';
import { errorCode } from '../runtime/error-code.ts';
import type { IncomingRequest, IngestServices, SecretOwner, SourceRequest } from './context.ts';
import { lookUp } from './directory.ts';
import { handleParsedRequest } from './enqueue.ts';

const error = (status: number, text: string, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers,
  body: { error: text },
});

const NOT_FOUND = error(404, 'not found');
const unauthorized = ({ challenge }: Source): Rejected => ({
  kind: 'rejected',
  why: '',
  reply: error(
    401,
    'expected a valid signature or secret',
    challenge === undefined ? {} : { 'www-authenticate': challenge },
  ),
});
/** `retry-after` in seconds. GitHub never retries, Okta once, the others on their own schedule. */
const UNAVAILABLE = error(503, 'not accepted, retry later', { 'retry-after': '5' });

/** Name of the source, and what is below it: `/scim/Users`, `/webhook/<name>`, `/ssf/<name>`. */
const PATH = /^\/+((?:(?:webhook|ssf)\/)?[^/]+)(\/.*)?$/;

/**
 * Replies as the source specifies, or with 404 (unknown path, or source not configured), 401, or 503 if secrets,
 * queue or audit log fail. Never rejects.
 */
export async function ingest(services: IngestServices, incoming: IncomingRequest): Promise<Reply> {
  const [, name = '', path = ''] = PATH.exec(incoming.request.path) ?? [];
  const source = services.sources.get(name);
  if (source === undefined) return NOT_FOUND;
  const request = { ...incoming.request, path };
  const greeting = 'open' in source ? undefined : source.handshake?.(request);
  if (greeting !== undefined) return greeting;
  const { endsAt, gatewayId } = incoming;
  const record = recorder(services, source, incoming);
  try {
    const sourceRequest = { services, source, request, endsAt, gatewayId, record };
    return await ('open' in source ? openSigned(sourceRequest, source) : authenticate(sourceRequest, source));
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

async function authenticate(sourceRequest: SourceRequest, source: Source): Promise<Reply> {
  const { services, request } = sourceRequest;
  const now = services.ports.clock.now();
  const proven = await isProven(sourceRequest, source, (proofs) => source.isAuthentic(request, proofs, now));
  if (proven === undefined) return NOT_FOUND;
  if (!proven) return reject(sourceRequest, unauthorized(source));
  if (source.lookups === undefined) return handleParsedRequest(sourceRequest, source.read(request, now));
  const { found, store } = await lookUp(services.ports, source.lookups(request));
  return handleParsedRequest({ ...sourceRequest, store }, source.read(request, now, found));
}

/** Undefined: no secret is configured. After a failure, with secrets that have changed since they were loaded. */
async function isProven(
  { services: { ports } }: SourceRequest,
  owner: SecretOwner,
  isAuthentic: (proofs: Proofs) => boolean,
): Promise<boolean | undefined> {
  const proofs = await ports.secrets.proofs(owner);
  if (proofs === undefined || isAuthentic(proofs)) return proofs === undefined ? undefined : true;
  const reloaded = await ports.secrets.reload(owner);
  return reloaded !== undefined && isAuthentic(reloaded);
}

async function openSigned(sourceRequest: SourceRequest, source: SignedSource): Promise<Reply> {
  const { services, request } = sourceRequest;
  const now = services.ports.clock.now();
  const { header } = source;
  if (header !== undefined) {
    const proven = await isProven(sourceRequest, source, (proofs) => header.isAuthentic(request, proofs, now));
    if (proven !== true) return reject(sourceRequest, header.rejected);
  }
  const opened = await source.open(request, now);
  if (opened.kind === 'rejected') return reject(sourceRequest, opened);
  services.ports.meter.add({ kind: 'token-verified', sender: source.name });
  return handleParsedRequest(sourceRequest, opened.reading);
}

/** Anyone can cause this, so audit records are throttled and carry a count. */
async function reject({ services, source, record }: SourceRequest, { why, reply }: Rejected): Promise<Reply> {
  const requests = services.counter.count(`forged ${source.name} ${why}`);
  if (requests > 0) {
    services.ports.meter.add({ kind: 'requests-unauthenticated', count: requests });
    const detail = why === '' ? 'not genuine' : `not genuine (${why})`;
    await record({ phase: 'refusal', detail: `${detail}; requests since the last record: ${requests}` });
  }
  return reply;
}

/** The body is redacted and hashed once, for the first record: a request may have a thousand records, or none. */
function recorder(
  { ports, settings }: IngestServices,
  source: Pick<Source, 'name' | 'withoutProof'>,
  incoming: IncomingRequest,
): SourceRequest['record'] {
  const { body } = incoming.request;
  const sha256 = (text: string): string => ports.digest(new TextEncoder().encode(text));
  // A longer body is refused by its source, and takes too long to search for secrets.
  const text = (): string =>
    body.length > MAX_BODY_BYTES ? REDACTED : (source.withoutProof?.(body) ?? new TextDecoder().decode(body));
  const digest = lazyDigest(text, sha256);
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
