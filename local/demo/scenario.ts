/** What `npm start` sends, as tables: each row with its expected result. `steps.ts` turns them into messages. */
import type { Reason } from '../../lib/model/reasons.ts';
import { type Fault, fault } from '../coreweave/faults.ts';
import * as org from './organization.ts';

/** `dryRun`: a queue whose function has `MODE=dry-run`. */
export type DemoLane = 'urgent' | 'bulk' | 'dryRun';

/** The expected result of a row (see `Expectation`). `attempts` is 1 for a key and 0 for everything else, if absent. */
interface ExpectedRow {
  /** The event's id, which is also its name in the output. */
  readonly name: string;
  readonly trail: readonly string[];
  readonly attempts?: number;
}

export interface LeakRow extends ExpectedRow {
  /** Name of the key in `organization.ts`. */
  readonly key: string;
  readonly envelope?: (event: object) => object;
  /** What the API does at the first call for this key. */
  readonly firstFault?: Fault;
  readonly lane?: DemoLane;
}

export const LEAKS: readonly LeakRow[] = [
  { name: 'leaked-key', key: 'RAW', trail: ['confirmed'] },
  {
    name: 'leaked-by-sns',
    key: 'SNS',
    envelope: (event) => ({ Type: 'Notification', Message: JSON.stringify(event) }),
    trail: ['confirmed'],
  },
  {
    name: 'leaked-by-eventbridge',
    key: 'BUS',
    envelope: (event) => ({ source: 'scanner', 'detail-type': 'leak', detail: event }),
    trail: ['confirmed'],
  },
  { name: 'already-revoked', key: 'PAST', trail: ['already-revoked'] },
  { name: 'unknown-key', key: 'UNKNOWN', trail: ['not-found'] },
  {
    name: 'api-busy-429',
    key: 'BUSY',
    firstFault: fault.status(429, { retryAfter: '1' }),
    trail: ['throttled', 'confirmed'],
    attempts: 2,
  },
  {
    name: 'api-down-503',
    key: 'DOWN',
    firstFault: fault.status(503),
    trail: ['unavailable', 'confirmed'],
    attempts: 2,
  },
  { name: 'answer-lost', key: 'LOST', firstFault: fault.reset('after'), trail: ['unknown', 'confirmed'] },
  {
    name: 'api-refuses-400',
    key: 'BAD',
    firstFault: fault.status(400),
    trail: ['rejected', 'api-rejected', 'replayed', 'confirmed'],
    attempts: 2,
  },
  { name: 'dry-run', key: 'BYSTANDER', lane: 'dryRun', trail: ['would-revoke'], attempts: 0 },
];

export interface PersonRow extends ExpectedRow {
  readonly principal: string;
  /** `user.offboarded.v1`, if absent. */
  readonly type?: 'user.offboarded.v1' | 'user.reinstated.v1';
  /** Minutes from the event's time to the run (0). */
  readonly age?: number;
  /** Days from the run to the effective date. */
  readonly effectiveInDays?: number;
  readonly source?: string;
  /** Names of the rows that must have an audit record before this one is sent. */
  readonly after?: readonly string[];
}

const crowdMember = (n: number) => ({
  name: `crowd-${n}`,
  principal: org.crowdPrincipal(n),
  source: '//mass.example',
});
/** As many principals of one source as the limit allows. */
export const CROWD: readonly string[] = Array.from({ length: org.CROWD_LIMIT }, (_, n) => crowdMember(n + 1).name);

/** One principal over the limit: held until an operator approves it. */
export const OVER_LIMIT = crowdMember(org.CROWD_LIMIT + 1);

export const PEOPLE: readonly PersonRow[] = [
  { name: 'offboarded', principal: org.OFFBOARDED_PRINCIPAL, trail: ['confirmed'], attempts: 1 },
  { name: 'offboarded-no-keys', principal: org.PRINCIPAL_WITHOUT_KEYS, trail: ['no-keys'], attempts: 1 },
  { name: 'protected', principal: org.BREAK_GLASS, trail: ['held-protected'] },
  {
    name: 'reinstated',
    principal: org.REINSTATED_PRINCIPAL,
    type: 'user.reinstated.v1',
    age: 5,
    trail: ['reinstated'],
  },
  {
    name: 'offboarded-before',
    principal: org.REINSTATED_PRINCIPAL,
    age: 10,
    after: ['reinstated'],
    trail: ['held-superseded'],
  },
  {
    name: 'in-a-month',
    principal: org.SCHEDULED_PRINCIPAL,
    age: 10,
    effectiveInDays: 30,
    trail: ['scheduled', 'held-superseded'],
  },
  {
    name: 'stays-after-all',
    principal: org.SCHEDULED_PRINCIPAL,
    type: 'user.reinstated.v1',
    after: ['in-a-month'],
    trail: ['reinstated'],
  },
  ...CROWD.map((_, n) => ({ ...crowdMember(n + 1), trail: ['confirmed'], attempts: 1 })),
  { ...OVER_LIMIT, after: CROWD, trail: ['held-limit', 'replayed', 'confirmed'], attempts: 1 },
];

export interface ReplayRow {
  /** The request to the replay function. */
  readonly request: {
    readonly reason: Reason;
    readonly source?: string;
    readonly eventId?: string;
    readonly approve?: true;
    /** With it the function ends at once: otherwise it looks for more until the queue is empty. */
    readonly max: number;
    readonly operator: string;
  };
  /** The row whose dead letter must exist first. */
  readonly after: string;
  readonly message: string;
}

export const REPLAYS: readonly ReplayRow[] = [
  {
    request: {
      reason: 'held-limit',
      source: OVER_LIMIT.source,
      eventId: OVER_LIMIT.name,
      approve: true,
      max: 1,
      operator: 'ann',
    },
    after: OVER_LIMIT.name,
    message: 'ann approves the event that was over the limit',
  },
  {
    request: { reason: 'api-rejected', max: 1, operator: 'ann' },
    after: 'api-refuses-400',
    message: 'The API recovered: ann replays the rejected event',
  },
];

/** Looks like the secret of a key. Composed at run time, so that no file contains it. */
export const composeSecret = (): string => `cwo${'x'.repeat(40)}`;

export interface BrokenRow extends ExpectedRow {
  /** The whole body, or the type and data of an event. */
  readonly content: string | { readonly type: string; readonly data: object };
}

export const BROKEN: readonly BrokenRow[] = [
  { name: 'unreadable', content: 'not an event', trail: ['unreadable'] },
  { name: 'unknown-type', content: { type: 'user.promoted.v1', data: {} }, trail: ['unknown-type'] },
  {
    name: 'secret-as-target',
    content: { type: 'credential.compromised.v1', data: { accessKeyId: composeSecret() } },
    trail: ['secret-like-target'],
  },
];
