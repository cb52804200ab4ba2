/** The webhook endpoint on ports in memory: every source is set up with the secrets of `requests.ts`. */
import { SOURCES } from '../../../events/sources/registry.ts';
import type { Reply, WebRequest } from '../../../events/sources/source.ts';
import type { IngestServices, SenderSecrets } from '../../../lib/ingest/context.ts';
import { ingest } from '../../../lib/ingest/ingest.ts';
import { createThrottledCounter } from '../../../lib/ingest/throttled-counter.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { SECRET, SIGNING_SECRET } from '../../events/sources/requests.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { type Meddle, memoryPorts, type Outside, openOutside, sha256 } from '../../support/memory-ports.ts';

/** One instance on `outside`; `senders` replaces what a test asks of the secrets. */
export function openEdge({
  senders = {},
  meddle,
  outside = openOutside(EVENT_MS),
  sources = SOURCES,
}: {
  senders?: Partial<SenderSecrets>;
  meddle?: Meddle;
  outside?: Outside;
  sources?: IngestServices['sources'];
} = {}) {
  const services: IngestServices = {
    ports: {
      ...memoryPorts(outside, meddle === undefined ? {} : { meddle }),
      secrets: {
        proofs: async ({ secretEncoding = 'text' }) =>
          createProofs([secretEncoding === 'base64' ? SIGNING_SECRET : SECRET], secretEncoding),
        reload: async () => undefined,
        ...senders,
      },
      digest: (bytes) => sha256(Buffer.from(bytes).toString()),
    },
    settings: settingsOf(),
    sources,
    counter: createThrottledCounter(outside.clock),
  };
  const send = (source: string, from: WebRequest): Promise<Reply> =>
    ingest(services, {
      request: { ...from, path: `/${source}${from.path}` },
      requestId: 'request-1',
      gatewayId: 'gateway-1',
      address: '192.0.2.1',
      endsAt: outside.clock.now() + 10_000,
    });
  return { outside, send };
}

/** Lets each step at a port fail. */
export const fails =
  (port: string): Meddle =>
  (step, moment) => {
    if (step.port === port && moment === 'before') throw Object.assign(new Error('down'), { code: `${port}-down` });
  };
