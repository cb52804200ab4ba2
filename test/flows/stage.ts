/** One instance of the function on in-memory ports and virtual time, with everything it did to the outside kept. */
import { createHash } from 'node:crypto';
import { createCaller } from '../../lib/caller.ts';
import type { ApiRequest, Observation } from '../../lib/domain/api.ts';
import type { AuditRecord } from '../../lib/domain/audit-record.ts';
import type { Lane, Settings } from '../../lib/domain/settings.ts';
import type { Ports } from '../../lib/ports.ts';
import { revokeBatch } from '../../lib/revoke-batch.ts';
import { EVENT_MS } from '../support/event-factory.ts';
import { memorySchedules } from '../support/memory-schedules.ts';
import { memoryTable } from '../support/memory-table.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';
import { answer, SETTINGS } from './guards/fakes.ts';

const ACCOUNT = 'arn:aws:sqs:us-east-1:1';

export interface Stage {
  readonly clock: VirtualClock;
  readonly calls: { readonly request: ApiRequest; readonly at: number; readonly timeoutMs: number }[];
  readonly audit: AuditRecord[];
  readonly letters: {
    readonly reason: string;
    readonly event: { readonly id: string } | null;
    readonly [field: string]: unknown;
  }[];
  readonly returned: { readonly lane: Lane; readonly handle: string; readonly seconds: number }[];
  readonly sent: { readonly lane: Lane; readonly body: string; readonly delaySeconds: number | undefined }[];
  /** The most calls at once. */
  readonly peak: () => number;
  /** Fails in place of the real thing, where a test wants it to. */
  readonly break: {
    audit?: (record: AuditRecord) => unknown;
    letter?: (body: string) => unknown;
    visibility?: () => unknown;
  };
  /** Phase and code of each audit record about an event, in order. */
  trail(eventId: string): readonly string[];
  deliver(records: readonly object[], remainingMs?: number): Promise<readonly string[]>;
}

/** Takes how the API answers (gone by default: every key is revoked, and reads as gone) and settings that differ. */
export function openStage(
  respond: (request: ApiRequest, clock: VirtualClock) => Observation | Promise<Observation> = (request) =>
    request.call === 'read-key'
      ? answer(404, { code: 5 })
      : answer(200, request.call === 'can-i' ? { verdict: true } : {}),
  changed: Partial<Settings> = {},
): Stage {
  const clock = virtualClock(EVENT_MS);
  const settings = { ...SETTINGS, ...changed };
  const stage: Omit<Stage, 'deliver' | 'trail' | 'peak'> = {
    clock,
    calls: [],
    audit: [],
    letters: [],
    returned: [],
    sent: [],
    break: {},
  };
  let running = 0;
  let peak = 0;
  let ids = 0;
  const failAs = async (thrown: unknown): Promise<void> => {
    if (thrown !== undefined) throw (await thrown) === 'null' ? null : thrown;
  };
  const late = (timeoutMs: number): Promise<Observation> =>
    clock.sleep(timeoutMs).then(() => ({ kind: 'fault', fault: 'timeout', latencyMs: timeoutMs }));
  const ports: Ports = {
    clock,
    chance: {
      fraction: () => 0.5,
      id: () => {
        ids += 1;
        return `id-${ids}`;
      },
    },
    api: {
      async send(request, timeoutMs) {
        stage.calls.push({ request, at: clock.now(), timeoutMs });
        running += 1;
        peak = Math.max(peak, running);
        await Promise.resolve();
        const observed = await Promise.race([respond(request, clock), late(timeoutMs)]);
        running -= 1;
        return observed;
      },
    },
    audit: {
      async write(record) {
        await failAs(stage.break.audit?.(record));
        stage.audit.push(record);
      },
    },
    deadLetters: {
      async send({ body }) {
        await failAs(stage.break.letter?.(body));
        stage.letters.push(JSON.parse(body));
      },
    },
    lanes: {
      async returnAfter(lane, handle, seconds) {
        await failAs(stage.break.visibility?.());
        stage.returned.push({ lane, handle, seconds });
      },
      async send(lane, body, { delaySeconds }) {
        stage.sent.push({ lane, body, delaySeconds });
      },
    },
    table: memoryTable({ now: clock.now }),
    schedules: memorySchedules({ deliver: async () => undefined }),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    log: { info: () => {}, warn: () => {}, error: () => {}, within: (_fields, work) => work() },
  };
  const environment = { ports, settings, caller: createCaller(ports, settings) };
  const lanes = new Map<string, Lane>([
    ['1:urgent', 'urgent'],
    ['1:bulk', 'bulk'],
  ]);
  return {
    ...stage,
    peak: () => peak,
    trail: (eventId) =>
      stage.audit.flatMap((record) => {
        const { metadata, unmapped, status_detail } = JSON.parse(JSON.stringify(record));
        return metadata.correlation_uid === eventId ? [`${unmapped.phase}:${status_detail}`] : [];
      }),
    async deliver(records, remainingMs = 30_000) {
      const ends = clock.now() + remainingMs;
      const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => ends - clock.now() };
      const { batchItemFailures } = await clock.run(revokeBatch({ environment, lanes }, { Records: records }, context));
      if (clock.now() > ends) throw new Error('overran the deadline');
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

let handles = 0;

/** One SQS record as Lambda hands it over. `receives` and `ageMs` set how often and since when it was received. */
export function record(
  body: unknown,
  {
    id,
    lane = 'urgent',
    receives = 1,
    ageMs = 0,
    attributes = {},
  }: {
    readonly id?: string;
    readonly lane?: Lane;
    readonly receives?: number;
    readonly ageMs?: number;
    readonly attributes?: Readonly<Record<string, string>>;
  } = {},
) {
  handles += 1;
  const messageId = id ?? `m-${handles}`;
  return {
    messageId,
    receiptHandle: `h-${messageId}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(EVENT_MS - ageMs),
      SentTimestamp: String(EVENT_MS - ageMs),
      SenderId: 'AIDAEXAMPLE',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `${ACCOUNT}:${lane}`,
    awsRegion: 'us-east-1',
  };
}
