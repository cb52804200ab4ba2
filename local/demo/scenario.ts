/** What `npm start` sends, as tables: each row with what must come of it. `steps.ts` makes messages of them. */
import type { Reason } from '../../lib/model/reasons.ts';
import { type Fault, fault } from '../coreweave/faults.ts';
import * as org from './organisation.ts';

/** `dryRun` is a queue of its own, whose function has `MODE=dry-run`. */
export type DemoLane = 'urgent' | 'bulk' | 'dryRun';

/** What must come of a row: see `Expectation`. Attempts that are not given are 1 for a key and 0 for all else. */
interface Outlook {
  /** The event's id, and its name in the output. */
  readonly name: string;
  readonly trail: readonly string[];
  readonly attempts?: number;
}

export interface LeakRow extends Outlook {
  /** Name of the key in the organisation. */
  readonly key: string;
  readonly envelope?: (event: object) => object;
  /** What the API does at the first call for this key. */
  readonly hiccup?: Fault;
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
  { name: 'already-revoked', key: 'PAST', trail: ['confirmed'] },
  { name: 'unknown-key', key: 'NOBODY', trail: ['not-found'] },
  {
    name: 'api-busy-429',
    key: 'BUSY',
    hiccup: fault.status(429, { retryAfter: '1' }),
    trail: ['throttled', 'confirmed'],
    attempts: 2,
  },
  {
    name: 'api-down-503',
    key: 'DOWN',
    hiccup: fault.status(503),
    trail: ['unavailable', 'confirmed'],
    attempts: 2,
  },
  { name: 'answer-lost', key: 'LOST', hiccup: fault.reset('after'), trail: ['unknown', 'confirmed'] },
  {
    name: 'api-refuses-400',
    key: 'BAD',
    hiccup: fault.status(400),
    trail: ['rejected', 'api-rejected', 'replayed', 'confirmed'],
    attempts: 2,
  },
  { name: 'dry-run', key: 'BYSTANDER', lane: 'dryRun', trail: ['would-revoke'], attempts: 0 },
];

export interface PersonRow extends Outlook {
  readonly principal: string;
  /** Absent: `user.offboarded.v1`. */
  readonly type?: 'user.offboarded.v1' | 'user.reinstated.v1';
  /** When it was said, in minutes before the run (0). */
  readonly age?: number;
  /** When they leave, in days after the run. */
  readonly leavesInDays?: number;
  readonly source?: string;
  /** Names of rows on which the audit log must have had a word before this one is sent. */
  readonly after?: readonly string[];
}

const member = (n: number) => ({ name: `crowd-${n}`, principal: org.crowd(n), source: '//mass.example' });
/** Those of one source who come within the limit. */
export const CROWD: readonly string[] = Array.from({ length: org.CROWD_LIMIT }, (_, n) => member(n + 1).name);

/** The one too many, until a person releases it. */
export const OVER = member(org.CROWD_LIMIT + 1);

export const PEOPLE: readonly PersonRow[] = [
  { name: 'leaver', principal: org.LEAVER, trail: ['confirmed'], attempts: 1 },
  { name: 'leaver-without-keys', principal: org.KEYLESS, trail: ['no-keys'], attempts: 1 },
  { name: 'protected', principal: org.BREAK_GLASS, trail: ['held-protected'] },
  { name: 'reinstated', principal: org.RETURNER, type: 'user.reinstated.v1', age: 5, trail: ['reinstated'] },
  { name: 'leaver-of-before', principal: org.RETURNER, age: 10, after: ['reinstated'], trail: ['held-superseded'] },
  {
    name: 'in-a-month',
    principal: org.NEXT_MONTH,
    age: 10,
    leavesInDays: 30,
    trail: ['scheduled', 'held-superseded'],
  },
  {
    name: 'stays-after-all',
    principal: org.NEXT_MONTH,
    type: 'user.reinstated.v1',
    after: ['in-a-month'],
    trail: ['reinstated'],
  },
  ...CROWD.map((_, n) => ({ ...member(n + 1), trail: ['confirmed'], attempts: 1 })),
  { ...OVER, after: CROWD, trail: ['held-limit', 'replayed', 'confirmed'], attempts: 1 },
];

export interface ReplayRow {
  /** What the replay function is asked. */
  readonly request: { readonly reason: Reason; readonly approve?: true; readonly operator: string };
  /** The row whose letter must be there before. */
  readonly after: string;
  readonly news: string;
}

export const REPLAYS: readonly ReplayRow[] = [
  {
    request: { reason: 'api-rejected', operator: 'ann' },
    after: 'api-refuses-400',
    news: 'The API is mended: ann replays what it refused',
  },
  {
    request: { reason: 'held-limit', approve: true, operator: 'ann' },
    after: OVER.name,
    news: 'ann has looked at what was over the limit, and releases it',
  },
];

/** Looks like the secret of a key. Put together here, so that no file has it. */
export const secret = (): string => `cwo${'x'.repeat(40)}`;

export interface BrokenRow extends Outlook {
  /** A text that is the body, or an event's type and data. */
  readonly content: string | { readonly type: string; readonly data: object };
}

export const BROKEN: readonly BrokenRow[] = [
  { name: 'unreadable', content: 'not an event', trail: ['unreadable'] },
  { name: 'unknown-type', content: { type: 'user.promoted.v1', data: {} }, trail: ['unknown-type'] },
  {
    name: 'secret-as-target',
    content: { type: 'credential.compromised.v1', data: { accessKeyId: secret() } },
    trail: ['secret-like-target'],
  },
];
