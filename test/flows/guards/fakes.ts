/** What the world of the guards is made of: an API over a store of keys, settings, and messages as Lambda hands them over. */
import { createHash } from 'node:crypto';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import type { ApiRequest, Observation } from '../../../lib/domain/api.ts';
import type { Lane, Protection, Settings } from '../../../lib/domain/settings.ts';
import type { Clock } from '../../../lib/ports.ts';
import type { Store } from '../../../local/coreweave/store.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const SETTINGS: Settings = {
  mode: 'enforce',
  dryRunKeep: false,
  verify: true,
  apiConcurrency: 8,
  apiTimeoutMs: 10_000,
  retryHorizonMs: 6 * 3_600_000,
  staleAfterMs: 7 * 86_400_000,
  protections: [],
  principalTemplates: [],
  limits: { sourcePer10Minutes: 25, sourcePerDay: 100, totalPer10Minutes: 100, totalPerDay: 400 },
  configHash: 'c0ffee',
  handler: 'revoke:1',
  apiHost: 'api.coreweave.com',
};

/** A protection of a principal, or of a key, by the form of its name. */
export const protect = (name: string, until?: number): Protection => ({
  target: name.startsWith('CW')
    ? { accessKeyId: accessKeyId.parse(name) }
    : { principalName: principalName.parse(name) },
  owner: 'platform',
  reason: 'backups',
  ...(until === undefined ? {} : { until }),
});

export const answer = (status: number, body: unknown = {}): Observation => ({
  kind: 'answer',
  status,
  body,
  latencyMs: 1,
});
export const LOST: Observation = { kind: 'fault', fault: 'reset', latencyMs: 1 };
export const NOT_FOUND = answer(404, { code: 5, message: 'not found', details: [] });

/** What the API answers, with its effect on the store. */
export function answerOf(store: Store, request: ApiRequest): Observation {
  switch (request.call) {
    case 'revoke-key':
      return store.revokeKey(request.accessKeyId) === 'unknown' ? NOT_FOUND : answer(200);
    case 'revoke-principal':
      store.revokePrincipal(request.principalName);
      return answer(200);
    case 'read-key': {
      const info = store.read(request.accessKeyId);
      return info === undefined ? NOT_FOUND : answer(200, { info });
    }
    case 'list-keys':
      return answer(200, { info: store.page({ offset: request.offset, limit: 1_000 }) });
    case 'can-i':
      return answer(200, { verdict: true });
  }
}

/** One line for a call: what it was and whom it was about. */
export const callLine = (request: ApiRequest): string => {
  if ('accessKeyId' in request) return `${request.call} ${request.accessKeyId}`;
  return 'principalName' in request ? `${request.call} ${request.principalName}` : request.call;
};

/** The queues of the lanes, by which a record's lane is told. */
export const LANES: ReadonlyMap<string, Lane> = new Map([
  ['1:urgent', 'urgent'],
  ['1:bulk', 'bulk'],
]);

export interface Arrival {
  readonly lane?: Lane;
  readonly receiveCount?: number;
  /** Epoch ms. */
  readonly firstReceived: number;
}

/** The message `id` with that body, as it arrives. */
export const recordOf = (id: number, body: string, { lane = 'bulk', receiveCount = 1, firstReceived }: Arrival) => ({
  messageId: String(id),
  receiptHandle: `handle-${id}`,
  body,
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    ApproximateFirstReceiveTimestamp: String(firstReceived),
    SenderId: 'AROAEXAMPLE',
  },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:us-east-1:1:${lane}`,
});

/** A clock whose waits take no time but their own. One that can be aborted, the wait for an invocation's end, lasts until it is. */
export const movableClock = (time: { now: number }): Clock => ({
  now: () => time.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal === undefined) time.now += ms;
      if (signal === undefined || signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    }),
});
