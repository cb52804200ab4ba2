/** The log of an incident, made up: two functions and a replay, with each way in which an event may stand. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { accessKeyId, principalName } from '../../events/ids.ts';
import { appendToChain, type Chain, openChain } from '../../lib/audit/chain.ts';
import { checkpointRecord } from '../../lib/audit/checkpoint-record.ts';
import type { AuditEntry } from '../../lib/audit/entry.ts';
import { type AuditFacts, auditRecord } from '../../lib/audit/record.ts';
import { inAscii } from '../../lib/model/json.ts';
import { principalTarget } from '../../lib/model/plan.ts';
import { sha256 } from './audit-chains.ts';
import { eventOf, factsOf } from './audit-facts.ts';
import { check, EVENT_MS, keyLeak, offboarded } from './event-factory.ts';
import { seededChance } from './seeded-chance.ts';

const at = (ms: number): string => new Date(EVENT_MS + ms).toISOString();
const SCANNER = 'https://github.example/acme/app';
const HR = '//hr.example/acme';

type Entry = AuditEntry | 'checkpoint';
/** ms since the beginning, which runtime, what it is about, its entry, and what differs of the delivery. */
type Row = readonly [
  number,
  'urgent' | 'bulk' | 'replay',
  CanonicalEvent | null,
  Entry,
  Partial<AuditFacts['delivery']>?,
];

const CALL = { call: 'revoke-key', attempt: 1 } as const;
const ALL = { call: 'revoke-principal', attempt: 1 } as const;
const keyId = (n: number) => accessKeyId.parse(`CWEXAMPLEKEY${String(n).padStart(4, '0')}`);
const key = (n: number) => ({ kind: 'key', accessKeyId: keyId(n) }) as const;
const leak = (n: number, ms: number, source = SCANNER): CanonicalEvent =>
  eventOf(keyLeak({ id: `alert-${n}`, source, time: at(ms), data: { accessKeyId: keyId(n) } }));
const offboarding = (id: string, name: string, ms: number): CanonicalEvent =>
  eventOf(offboarded({ id, source: HR, time: at(ms), data: { principalName: name } }));
const whom = (name: string) => principalTarget(principalName.parse(name));
const keys = (count: number) => ({ count, sha256: 'a'.repeat(64), ids: [] });

/** A leaked key: its number, when the sender saw it, when we took it up, when its revocation was verified. */
const gone = (n: number, seen: number, taken: number, end: number): readonly Row[] => [
  [taken, 'urgent', leak(n, seen), { phase: 'intent', target: key(n), call: CALL }],
  [
    end,
    'urgent',
    leak(n, seen),
    {
      phase: 'outcome',
      target: key(n),
      outcome: 'confirmed',
      call: { ...CALL, status: 200, latencyMs: end - taken },
      verifiedBy: 'read-back',
    },
  ],
];

const BACK = { receiveCount: 2, requestId: 'r-2' };
const trouble: readonly Row[] = [
  [9_000, 'urgent', leak(90, 4_000), { phase: 'intent', target: key(90), call: CALL }],
  [
    9_900,
    'urgent',
    leak(90, 4_000),
    { phase: 'outcome', target: key(90), outcome: 'unavailable', call: { ...CALL, status: 503, latencyMs: 900 } },
  ],
  [15_000, 'urgent', leak(90, 4_000), { phase: 'intent', target: key(90), call: CALL }, BACK],
  [
    25_000,
    'urgent',
    leak(90, 4_000),
    { phase: 'outcome', target: key(90), outcome: 'unknown', call: { ...CALL, fault: 'timeout', latencyMs: 10_000 } },
    BACK,
  ],
  [
    25_400,
    'urgent',
    leak(90, 4_000),
    {
      phase: 'outcome',
      target: key(90),
      outcome: 'confirmed',
      call: { ...CALL, fault: 'timeout', latencyMs: 10_000 },
      verifiedBy: 'read-back',
    },
    BACK,
  ],
  [31_000, 'urgent', leak(91, 30_000), { phase: 'intent', target: key(91), call: CALL }],
  [
    32_400,
    'urgent',
    leak(91, 30_000),
    {
      phase: 'outcome',
      target: key(91),
      outcome: 'accepted',
      call: { ...CALL, status: 200, latencyMs: 88 },
      verifiedBy: 'read-back',
    },
  ],
  [33_000, 'urgent', leak(92, 29_000, '//partner.example/scan'), { phase: 'intent', target: key(92), call: CALL }],
  [
    33_200,
    'urgent',
    leak(92, 29_000, '//partner.example/scan'),
    {
      phase: 'outcome',
      target: key(92),
      outcome: 'not-found',
      call: { ...CALL, status: 404, latencyMs: 70 },
      verifiedBy: 'api-answer',
    },
  ],
  [
    34_000,
    'urgent',
    null,
    { phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' },
    { messageId: '5f2c0c5e-77a1-4a3f-9d55-0f6f5a0f9a10' },
  ],
];

const LEFT = 'saml/user@example.com';
const OLD = 'saml/contractor@example.com';
const ADMIN = 'saml/break-glass@example.com';
const old = offboarding('offboarding-3', OLD, -9 * 86_400_000);
const admin = offboarding('offboarding-9', ADMIN, -30_000);
const left = offboarding('offboarding-7', LEFT, -45_000);
const look = eventOf(
  check({
    id: 'offboarding-7/check-1',
    source: '//revoker/checks',
    time: at(100_000),
    data: { parent: { source: HR, id: 'offboarding-7' }, principalName: LEFT, generation: 1 },
  }),
);

const ANN = { name: 'ann', arn: 'arn:aws:sts::123456789012:assumed-role/responders/ann', claimed: false };
const release = {
  phase: 'replay',
  reason: 'held-stale',
  operationId: '0d7e9c1a-52f4-4a7b-8a60-4b6a1f2f7c11',
  operator: ANN,
  origin: 'm-3',
} as const;

const offboardings: readonly Row[] = [
  [12_000, 'bulk', left, { phase: 'intent', target: whom(LEFT), call: ALL }],
  [
    13_800,
    'bulk',
    left,
    {
      phase: 'outcome',
      target: whom(LEFT),
      outcome: 'confirmed',
      call: { ...ALL, status: 200, latencyMs: 310 },
      verifiedBy: 'listing',
      before: keys(3),
      after: keys(0),
    },
  ],
  [
    14_100,
    'bulk',
    old,
    { phase: 'hold', reason: 'held-stale', detail: 'the offboarding is older than P7D', target: whom(OLD) },
  ],
  [
    14_300,
    'bulk',
    admin,
    {
      phase: 'hold',
      reason: 'held-protected',
      detail: 'break-glass account, owner platform-security',
      target: whom(ADMIN),
    },
  ],
  [14_900, 'bulk', null, 'checkpoint'],
  [614_000, 'replay', old, { ...release, code: 'intent', releases: 'held-stale', target: whom(OLD) }],
  [614_200, 'replay', old, { ...release, code: 'sent', target: whom(OLD) }],
  [614_300, 'replay', null, 'checkpoint'],
  [617_000, 'bulk', old, { phase: 'intent', target: whom(OLD), call: ALL }, { requestId: 'r-9', replays: 1 }],
  [
    618_100,
    'bulk',
    old,
    {
      phase: 'outcome',
      target: whom(OLD),
      outcome: 'confirmed',
      call: { ...ALL, status: 200, latencyMs: 280 },
      verifiedBy: 'listing',
      before: keys(1),
      after: keys(0),
    },
    { requestId: 'r-9', replays: 1 },
  ],
  [119_000, 'bulk', look, { phase: 'intent', target: key(301), call: CALL }, { requestId: 'r-5' }],
  [
    119_600,
    'bulk',
    look,
    {
      phase: 'outcome',
      target: key(301),
      outcome: 'confirmed',
      call: { ...CALL, status: 200, latencyMs: 95 },
      verifiedBy: 'read-back',
      late: true,
    },
    { requestId: 'r-5' },
  ],
];

const ROWS: readonly Row[] = [
  ...Array.from({ length: 14 }, (_, n) =>
    gone(n + 1, n * 400, 1_100 + n * 420 + (n % 4) * 300, 1_700 + n * 430 + (n % 5) * 520),
  ).flat(),
  ...trouble,
  ...offboardings,
  [640_000, 'urgent', null, 'checkpoint'],
  [640_000, 'bulk', null, 'checkpoint'],
];

/** Returns the lines of the log, in the order of time, every chain closed. */
export function incidentLog({ moreLeaks = 0 }: { readonly moreLeaks?: number } = {}): readonly string[] {
  const more = Array.from({ length: moreLeaks }, (_, n) => gone(500 + n, n * 300, 2_000 + n * 300, 3_000 + n * 300));
  const { id } = seededChance(6);
  const chains = new Map<string, Chain>();
  const { settings } = factsOf({ phase: 'note', name: '' }, null);
  return [...ROWS, ...more.flat()]
    .toSorted(([one], [other]) => one - other)
    .map(([ms, runtime, event, entry, delivery = {}]) => {
      const chain = chains.get(runtime) ?? openChain(id(), `revoke-${runtime}:7`);
      const facts = factsOf({ phase: 'note', name: '' }, event);
      const lane = runtime === 'urgent' ? 'urgent' : 'bulk';
      const record =
        entry === 'checkpoint'
          ? checkpointRecord({ id: id(), now: EVENT_MS + ms, requestId: 'r-1', settings, chain })
          : auditRecord({
              ...facts,
              id: id(),
              now: EVENT_MS + ms,
              entry,
              delivery: {
                ...facts.delivery,
                receiveCount: 1,
                replays: 0,
                lane,
                senderId: 'AROAEXAMPLE:webhook',
                ...delivery,
              },
            });
      const linked = appendToChain(chain, record, sha256);
      chains.set(runtime, linked.chain);
      return inAscii(linked.text);
    });
}
